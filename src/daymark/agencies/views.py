"""Pages about members and about one's own account; `urls` says who each is for."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from daymark.agencies import actions, queries, sessions
from daymark.agencies.forms import (
    FACTORS,
    REASONS,
    ROLES,
    AcceptForm,
    DesksForm,
    InviteForm,
    ResetReasonForm,
    RoleForm,
)
from daymark.agencies.terms import InvitationState, ResetReason, Role


def members(request: Any) -> HttpResponse:
    """Who belongs to my agency."""
    left = "left" in request.GET
    found = list(queries.members_of(request.user.agency, left=left))
    sure = queries.with_second_factor([person.pk for person in found])
    people = [(person, ROLES[Role(person.role)][0], person.pk in sure) for person in found]
    return render(request, "agencies/members.html", {"people": people, "left": left})


def member_invite(request: Any) -> HttpResponse:
    """A new member: the link is shown once, or mailed and not shown."""
    form = InviteForm(request.POST or None, agency=request.user.agency)
    if form.is_valid():
        try:
            invited = actions.invite(
                **form.cleaned_data,
                agency=request.user.agency,
                by=request.user,
                at=timezone.now(),
            )
        except actions.EmailTaken:
            form.add_error("email", _("Nobody can be invited with this address."))
        else:
            return _hand_over(request, invited)
    return render(request, "agencies/member_invite.html", {"form": form})


def _hand_over(request: Any, invited: actions.Invited) -> HttpResponse:
    path = reverse("invitation_accept", args=[invited.token])
    link = request.build_absolute_uri(path)
    page = {"person": invited.member, "link": link, "mailed": bool(settings.EMAIL_HOST)}
    if page["mailed"]:
        text = render_to_string("agencies/invitation.txt", page, request)
        send_mail(_("Your link to Daymark"), text, None, [invited.member.email])
    return render(request, "agencies/invited.html", page)


def member(request: Any, pk: UUID) -> HttpResponse:
    """One member of my agency: role, desks, second factor, the end of the membership."""
    person = get_object_or_404(queries.everyone_of(request.user.agency), pk=pk)
    desks = queries.desks_of(person)
    forms = {
        "role_form": RoleForm(initial={"role": person.role}),
        "desks_form": DesksForm(
            agency=person.agency, initial={"desks": [str(desk.pk) for desk in desks]}
        ),
        "reset_form": ResetReasonForm(),
    }
    if request.method == "POST":
        try:
            done = _DEEDS[request.POST.get("do", "")](request, person, forms)
        except (actions.MayNotManage, actions.NeedsTwoPeople, KeyError) as refused:
            raise PermissionDenied from refused
        if done:
            return done
    invitation = queries.last_invitation(person)
    reset = queries.open_reset(person)
    return render(
        request,
        "agencies/member.html",
        forms
        | {
            "person": person,
            "is_me": person.pk == request.user.pk,
            "role": ROLES[Role(person.role)][0],
            "desks": desks,
            "has_factor": queries.has_second_factor(person.pk),
            "waits": invitation
            and queries.state_of(invitation, now=timezone.now())
            in {InvitationState.OPEN, InvitationState.EXPIRED},
            "invitation": invitation,
            "reset": reset,
            "reset_reason": reset and REASONS[ResetReason(reset.reason)],
        },
    )


Forms = dict[str, Any]


def _change_role(request: Any, person: Any, forms: Forms) -> HttpResponse | None:
    forms["role_form"] = form = RoleForm(request.POST)
    if not form.is_valid():
        return None
    role = form.cleaned_data["role"]
    actions.change_role(member=person, role=role, by=request.user, at=timezone.now())
    return _said(request, person, _("The role is changed. They must sign in again."))


def _change_desks(request: Any, person: Any, forms: Forms) -> HttpResponse | None:
    forms["desks_form"] = form = DesksForm(request.POST, agency=person.agency)
    if not form.is_valid():
        return None
    wanted, has = set(form.cleaned_data["desks"]), set(queries.desks_of(person))
    now = timezone.now()
    for desk in wanted - has:
        actions.seat(member=person, desk=desk, by=request.user, at=now)
    for desk in has - wanted:
        actions.unseat(member=person, desk=desk, by=request.user, at=now)
    return _said(request, person, _("The desks are changed. They must sign in again."))


def _renew(request: Any, person: Any, forms: Forms) -> HttpResponse:
    return _hand_over(
        request, actions.renew_invitation(member=person, by=request.user, at=timezone.now())
    )


def _end_sessions(request: Any, person: Any, forms: Forms) -> HttpResponse:
    actions.end_sessions(member=person, by=request.user, at=timezone.now())
    return _said(request, person, _("They are signed out everywhere."))


def _leave(request: Any, person: Any, forms: Forms) -> HttpResponse:
    actions.leave(member=person, by=request.user, at=timezone.now())
    return _said(request, person, _("The membership has ended."))


def _ask_reset(request: Any, person: Any, forms: Forms) -> HttpResponse | None:
    forms["reset_form"] = form = ResetReasonForm(request.POST)
    if not form.is_valid():
        return None
    try:
        actions.request_factor_reset(
            member=person,
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
        )
    except actions.ResetOpen:
        return _said(request, person, _("A reset waits already."))
    return _said(
        request, person, _("Asked. Another administrator or a desk supervisor must agree.")
    )


def _cancel_reset(request: Any, person: Any, forms: Forms) -> HttpResponse:
    if reset := queries.open_reset(person):
        actions.cancel_factor_reset(reset=reset, by=request.user, at=timezone.now())
    return _said(request, person, _("The reset is cancelled."))


def _carry_out_reset(request: Any, person: Any, forms: Forms) -> HttpResponse:
    reset = queries.open_reset(person)
    if not reset:
        raise actions.NeedsTwoPeople
    return _hand_over(
        request,
        actions.reset_second_factor(reset=reset, by=request.user, at=timezone.now()),
    )


_DEEDS: dict[str, Callable[[Any, Any, Forms], HttpResponse | None]] = {
    "role": _change_role,
    "desks": _change_desks,
    "renew": _renew,
    "end_sessions": _end_sessions,
    "leave": _leave,
    "ask_reset": _ask_reset,
    "cancel_reset": _cancel_reset,
    "reset": _carry_out_reset,
}


def _said(request: Any, person: Any, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("member", person.pk)


def factor_resets(request: Any) -> HttpResponse:
    """Resets in my agency that wait for a second person, if I may be that person."""
    waiting = queries.resets_to_approve(request.user, now=timezone.now())
    if request.method == "POST":
        given = request.POST.get("reset")
        reset = next((one for one in waiting if str(one.pk) == given), None)
        if reset is None:
            raise Http404
        if request.POST.get("do") == "approve":
            actions.approve_factor_reset(reset=reset, by=request.user, at=timezone.now())
            messages.success(request, _("Agreed. Whoever asked can now carry it out."))
        else:
            actions.cancel_factor_reset(reset=reset, by=request.user, at=timezone.now())
            messages.success(request, _("The reset is cancelled."))
        return redirect("factor_resets")
    page = {"resets": [(reset, REASONS[ResetReason(reset.reason)]) for reset in waiting]}
    return render(request, "agencies/factor_resets.html", page)


def account(request: Any) -> HttpResponse:
    """My own account: password, second factors, sessions."""
    if request.method == "POST":
        actions.end_sessions(member=request.user, by=request.user, at=timezone.now())
        update_session_auth_hash(request, request.user)
        messages.success(request, _("You are signed out everywhere else."))
        return redirect("account")
    page = {
        "role": ROLES[Role(request.user.role)][0],
        "desks": queries.desks_of(request.user),
        "factors": [FACTORS[one.type] for one in queries.factors_of(request.user)],
        "since": sessions.started_at(request.session),
        "until": sessions.started_at(request.session) + settings.SESSION_ABSOLUTE,
        "idle": int(settings.SESSION_IDLE.total_seconds() // 60),
    }
    return render(request, "agencies/account.html", page)


def invitation_accept(request: Any, token: str) -> HttpResponse:
    """The page behind an invitation's link: a password, then on to a second factor."""
    invitation = queries.invitation(token)
    now = timezone.now()
    if not invitation or queries.state_of(invitation, now=now) is not InvitationState.OPEN:
        return render(request, "agencies/invitation_closed.html", status=404)
    form = AcceptForm(request.POST or None, member=invitation.member)
    if form.is_valid():
        if request.user.is_authenticated:
            get_adapter().logout(request)
        person = actions.accept_invitation(
            token=token, password=form.cleaned_data["password"], at=now
        )
        # The password was typed a moment ago: the set-up pages need not ask for it again.
        record_authentication(request, person, "password", reauthenticated=True)
        response: HttpResponse = perform_login(request, person, redirect_url=reverse("mfa_index"))
        return response
    provider = queries.provider_of(invitation.member.agency, at=now)
    page = {"form": form, "person": invitation.member, "provider": provider}
    return render(request, "agencies/invitation_accept.html", page)


def through_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Off to an agency's own sign-in service; allauth would take scopes and more from the link."""
    kept = QueryDict(mutable=True)
    if "next" in request.GET:
        kept["next"] = request.GET["next"]
    request.GET = kept  # type: ignore[assignment]  # views read it only
    response: HttpResponse = openid_connect.login(request, provider_id)
    return response
