"""What every page of a door is given."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from daymark.access import queries as access
from daymark.access.rules import holds
from daymark.access.terms import Permission
from daymark.agencies.models import Member
from daymark.design.parts import Link
from daymark.insight.queries import counts as insight
from daymark.signs import queries as signs
from daymark.signs.terms import Need
from daymark.site import languages


def public(request: HttpRequest) -> dict[str, Any]:
    """The public door's frame: the way out, the way home, the numbers of the day."""
    return {
        "demo": settings.DEMO,
        "home_url": reverse("home"),
        "exit_url": reverse("leave"),
        "elsewhere": settings.EXIT_URL,
        "languages": languages.links(request),
        "offered": languages.offered(request),
        "english": languages.english(request),
        "danger_lines": _lines(Need.DANGER),
        "help_lines": SimpleLazyObject(
            lambda: (
                signs.helplines(Need.ADVICE, on=_today(), language=_language())
                + signs.helplines(Need.ANONYMOUS, on=_today(), language=_language())
            )
        ),
        "footer_links": [
            Link(gettext("Spot the signs"), reverse("signs")),
            Link(gettext("Numbers to call"), reverse("helplines")),
            Link(gettext("Your privacy"), reverse("privacy")),
            Link(gettext("Using this site"), reverse("accessibility")),
        ],
    }


def partner(request: HttpRequest) -> dict[str, Any]:
    """The partner door's frame: who is signed in and where they may go."""
    member = getattr(request, "user", None)
    context: dict[str, Any] = {"demo": settings.DEMO, "home_url": "/"}
    if not isinstance(member, Member):
        return context
    return context | {
        "member": member.name,
        "agency": member.agency,
        "account_url": reverse("account"),
        "sign_out_url": reverse("account_logout"),
        "nav": _nav(request, member),
        "may_export": holds(member.role, Permission.EXPORT_CONCERNS),
    }


worker = owner = partner


def _nav(request: HttpRequest, member: Member) -> list[Link]:
    here = request.resolver_match.view_name if request.resolver_match else ""

    def unseen() -> int:
        return access.unseen_notices(member, now=timezone.now()).count()

    def drafts() -> int:
        return insight.unseen_runs(member).count()

    pages: list[tuple[str, str, Permission, Callable[[], int] | None]] = [
        (gettext("Today"), "today", Permission.MEMBER, None),
        (gettext("Concerns"), "concerns", Permission.READ_CONCERN, None),
        (gettext("News"), "notices", Permission.READ_CONCERN, unseen),
        (gettext("Break glass"), "break_glass", Permission.BREAK_GLASS, None),
        (gettext("Rules"), "rules", Permission.SEE_RULES, None),
        (gettext("Agreements"), "agreements", Permission.MEMBER, None),
        (gettext("Views"), "views", Permission.COUNT_CONCERNS, drafts),
        (gettext("Releases"), "releases", Permission.MEMBER, None),
        (gettext("Studies"), "studies", Permission.RUN_STUDIES, None),
        (gettext("Members"), "members", Permission.MANAGE_MEMBERS, None),
        (gettext("Desks"), "desks", Permission.MANAGE_DESKS, None),
    ]
    return [
        Link(label, reverse(name), here.split("_")[0] == name, count() if count else None)
        for label, name, permission, count in pages
        if holds(member.role, permission)
    ]


def _lines(need: Need) -> Any:
    return SimpleLazyObject(lambda: signs.helplines(need, on=_today(), language=_language()))


def _today() -> Any:
    return timezone.localdate()


def _language() -> str:
    return translation.get_language() or "en"
