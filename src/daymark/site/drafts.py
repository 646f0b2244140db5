"""What was typed when a session ended is kept for whoever typed it."""

from django.http import HttpRequest
from django.utils import timezone

from daymark.access import actions
from daymark.agencies.models import Member
from daymark.concerns.views.desk import typed


def keep_expired(request: HttpRequest, member: Member) -> str:
    """Keep a POST whose session had ended as the draft of its page; gives the way back there."""
    page = request.path
    actions.keep_draft(page, typed(request), by=member, at=timezone.now())
    return page
