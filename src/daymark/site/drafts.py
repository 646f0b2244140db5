"""What was typed when a session ended is kept for whoever typed it."""

from itertools import chain

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from daymark.access import drafts
from daymark.agencies import urls as agencies
from daymark.agencies.models import Member
from daymark.site.signin_urls import SIGNIN_URLS

# What is typed there, passwords and codes among it, is nothing to keep.
ACCOUNT = (agencies.OPEN_URLS, agencies.OWN_URLS, agencies.ADMINISTRATION_URLS)
NEVER = {page.name for page in chain(SIGNIN_URLS, *ACCOUNT)}


def keep_expired(request: HttpRequest, member: Member) -> str | None:
    """Keep a POST whose session had ended as the draft of its page; gives the way back there.

    A button alone, such as one that ends a share, has no page to come back to.
    """
    match = request.resolver_match
    saved_by_script = request.path == reverse("draft")
    page = drafts.named_page(request) if saved_by_script else drafts.page_at(request.path)
    if not drafts.typed(request) or not page or not match or match.url_name in NEVER:
        return None
    drafts.keep(request, page, by=member, at=timezone.now())
    return page
