"""A page is closed unless it says what it needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from daymark.access import rules
from daymark.access.terms import Permission
from daymark.agencies.models import Member

View = Callable[..., HttpResponseBase]


class MemberRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: Member


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a page with its permission and turn everybody else away.

    Nobody signed in: to the sign-in page. A role without the permission: 403. A record the
    member may not know is the query's business and answers 404.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if permission is not Permission.PUBLIC:
                user = request.user
                if not isinstance(user, Member) or not user.is_active:
                    return redirect_to_login(request.get_full_path())
                if not allowed(user, permission):
                    raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return mark


def allowed(member: Member, permission: Permission) -> bool:
    return rules.holds(member.role, permission)
