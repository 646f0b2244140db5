"""What every response carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from daymark.design.policy import policy

GetResponse = Callable[[HttpRequest], HttpResponse]


def headers(get_response: GetResponse) -> GetResponse:
    """Strict content policy; nothing of a page stays in the browser or in a proxy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy())
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "interest-cohort=()")
        return response

    return middleware
