"""What every request must be, and every response carries."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

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


def addresses(get_response: GetResponse) -> GetResponse:
    """No text of the database holds a NUL, so an address with one names nothing. Forms refuse it
    in what is typed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path:
            raise Http404
        return get_response(request)

    return middleware
