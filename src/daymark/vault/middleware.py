"""For the partner door: opened data keys live as long as one request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from daymark.vault import queries

Respond = Callable[[HttpRequest], HttpResponse]


def keys_in_hand(get_response: Respond) -> Respond:
    def middleware(request: HttpRequest) -> HttpResponse:
        with queries.keys_in_hand():
            return get_response(request)

    return middleware
