"""Tell the database for whom it answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from daymark.agencies.context import acting_as
from daymark.agencies.models import Member
from daymark.audit import actions as audit


@contextmanager
def acting_for(member: Member | None) -> Iterator[None]:
    """One transaction in which row-level security sees this member, or nobody."""
    with transaction.atomic(), acting_as(member.pk if member else None):
        yield


GetResponse = Callable[[HttpRequest], HttpResponse]


def member_context(get_response: GetResponse) -> GetResponse:
    """Every request of the partner door runs inside its member's context.

    The view's own transaction is a savepoint of this one, so that a refusal, which rolls the
    view back, is still written to the trail.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        member = request.user if isinstance(request.user, Member) else None
        with acting_for(member):
            response = get_response(request)
            if member and response.status_code in {403, 404}:
                match = request.resolver_match
                audit.record(
                    "access.refused",
                    at=timezone.now(),
                    by=member,
                    page=match.view_name if match else "",
                    status=response.status_code,
                )
        return response

    return middleware
