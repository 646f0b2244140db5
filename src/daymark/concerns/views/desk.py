"""The desk's day: what waits, one concern, one decision a page."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from daymark.access import actions as access_actions
from daymark.access import queries as access
from daymark.access.actions import PassRefused
from daymark.access.guards import MemberRequest
from daymark.access.rules import holds
from daymark.access.terms import Ground, Permission
from daymark.agencies import queries as agencies
from daymark.concerns import actions, queries
from daymark.concerns.forms.desk import (
    AskForm,
    CloseForm,
    DecideForm,
    FilterForm,
    PassForm,
    ReopenForm,
)
from daymark.concerns.parts import (
    Shown,
    closing_words,
    details,
    event_words,
    known_words,
    reason_words,
    relation_words,
    show,
    show_file,
    urgency_words,
)
from daymark.concerns.place import drawn
from daymark.concerns.terms import Closing, State, Urgency, Verb
from daymark.design.parts import clashes
from daymark.signs import queries as signs
from daymark.vault import queries as vault

if TYPE_CHECKING:
    from daymark.concerns.models import Concern

PER_PAGE = 25
DETAILS = tuple(one.name for one in fields(actions.door.Details))


@require_GET
def today(request: MemberRequest) -> HttpResponse:
    """What needs this member now."""
    now, member = timezone.now(), request.user
    mine = queries.desk.at_my_desks(member, now=now)
    waiting = mine.exclude(state=State.CLOSED)
    answered = waiting.filter(answer_waits=True)
    undecided = waiting.filter(decided_at=None, answer_waits=False)
    decided = waiting.exclude(decided_at=None).filter(answer_waits=False)
    shared = (
        queries.desk.concerns_for(member, now=now)
        .exclude(pk__in=mine.values("pk"))
        .exclude(state=State.CLOSED)
    )
    week_ago = now - timedelta(days=7)
    notices = list(access.unseen_notices(member, now=now)[:10])
    access_actions.show_news(notices, by=member, at=now)
    context = {
        "now": now,
        "reads": holds(member.role, Permission.READ_CONCERN),
        "desks": agencies.desks_of(member),
        "waiting": _shown(list(undecided[:10]), request),
        "decided": _shown(list(decided.order_by("-decided_at")[:5]), request),
        "answered": _shown(list(answered[:10]), request),
        "shared": _shown(list(shared[:10]), request),
        "closed": _shown(
            list(mine.filter(closed_at__gte=week_ago).order_by("-closed_at")[:5]), request
        ),
        "open_count": waiting.count(),
        "late_count": queries.desk.past_clock(waiting, now=now).count(),
        "notices": notices,
        "to_review": access.glass_to_review(member, now=now),
        "helplines": signs.helplines(on=now.date())[:4],
    }
    return render(request, "concerns/desk/today.html", context)


@require_GET
def inbox(request: MemberRequest) -> HttpResponse:
    """Every concern this member may know, narrowed as they like; the address keeps the filter."""
    now, form = timezone.now(), FilterForm(request.GET)
    chosen = queries.desk.Filter(**form.cleaned_data) if form.is_valid() else queries.desk.Filter()
    found = queries.desk.inbox(request.user, chosen, now=now)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = _shown(list(page.object_list), request)
    context = {"form": form, "page": page, "rows": rows, "total": page.paginator.count}
    return render(request, "concerns/desk/inbox.html", context)


@require_GET
def concern(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One concern. Opening it is audited, and the first opening remembered."""
    now, one = timezone.now(), _concern(request, pk)
    may = {
        permission.lower(): access.may(request.user, permission, one.pk, now=now)
        for permission in Permission
        if permission.endswith(("_CONCERNS", "_REPORTERS", "_DOSSIERS"))
    }
    at_desk = access.may(request.user, Permission.TRIAGE_CONCERNS, one.pk, now=now)
    actions.desk.read(one, by=request.user, at_desk=at_desk, at=now)
    (row,) = _shown([one], request)
    source = queries.desk.source_of(one, request.user, now=now)
    context = {
        "row": row,
        "concern": one,
        "reasons": [reason_words(reason) for reason in one.reasons],
        "because": closing_words(one.closed_because),
        "messages_": queries.desk.messages_of(one, request.user, now=now),
        "details": details(row.account, signs.settings(on=now.date())) if row.account else {},
        "source": source,
        "source_words": source
        and {"known": known_words(source.known), "relation": relation_words(source.relation)},
        "history": [
            (event_words(event.verb, event.detail), event)
            for event in queries.desk.history_of(one, request.user, now=now)
        ],
        "types": [kind.name for kind in signs.types(on=now.date()) if kind.key in one.types],
        "files": [show_file(file) for file in queries.files.files_of(one, request.user, now=now)],
        "originals": set(
            queries.files.originals_of(one, request.user, now=now).values_list("pk", flat=True)
        ),
        "alike": queries.desk.alike(one, request.user, now=now),
        "place": drawn(one, row.account, on=now.date()) if row.account else None,
        "named": access.named_in(one.dossier, request.user, now=now),
        "may": may,
    }
    return render(request, "concerns/desk/concern.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: MemberRequest, pk: UUID) -> HttpResponse:
    now, one = timezone.now(), _held(request, pk, Permission.TRIAGE_CONCERNS)
    types = [(kind.key, kind.name) for kind in signs.types(on=now.date())]
    now_set = {"version": one.version, "urgency": one.urgency, "types": one.types, "note": ""}
    form = _form(request, DecideForm, initial=now_set, types=types)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            actions.desk.decide(
                one,
                version=chosen["version"],
                urgency=Urgency(chosen["urgency"]),
                types=chosen["types"],
                note=chosen["note"],
                by=request.user,
                at=now,
            )
        except actions.desk.Conflict as conflict:
            again = DecideForm(_at_version(request, conflict.now), types=types)
            names = dict(types)
            theirs, typed = (
                {
                    "state": closing_words(because) or gettext("Open"),
                    "urgency": urgency_words(urgency),
                    "types": ", ".join(names[key] for key in sorted(kinds) if key in names),
                }
                for because, urgency, kinds in (
                    (conflict.now.closed_because, conflict.now.urgency, conflict.now.types),
                    ("", chosen["urgency"], chosen["types"]),
                )
            )
            return _conflict(request, conflict, again, "decide", theirs, typed, chosen["note"])
        except actions.desk.Closed:
            return _is_closed(request, one, form)
        return _done(request, one, gettext("Decided."))
    return _action(request, one, form, "decide")


@require_http_methods(["GET", "HEAD", "POST"])
def pass_on(request: MemberRequest, pk: UUID) -> HttpResponse:
    now, one = timezone.now(), _held(request, pk, Permission.PASS_CONCERNS)
    desks = queries.desk.passable_desks(request.user, now=now)
    form = _form(request, PassForm, desks=desks, agency_id=one.dossier.agency_id)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            actions.desk.pass_to(
                one,
                desk=chosen["desk"],
                ground=Ground(chosen["ground"]) if chosen["ground"] else None,
                explanation=chosen["explanation"],
                by=request.user,
                at=now,
            )
        except PassRefused:
            form.add_error(
                "desk",
                gettext(
                    "It cannot go there: no agreement is in date with that agency, or the concern "
                    "is restricted to named people."
                ),
            )
        else:
            access_actions.drop_draft(request.path, by=request.user)
            messages.success(request, gettext("Passed to %(desk)s.") % {"desk": chosen["desk"]})
            return redirect("concerns")
    return _action(request, one, form, "pass")


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: MemberRequest, pk: UUID) -> HttpResponse:
    one = _held(request, pk, Permission.ASK_REPORTERS)
    form = _form(request, AskForm)
    if form.is_valid():
        try:
            actions.desk.ask(one, form.cleaned_data["text"], by=request.user, at=timezone.now())
        except actions.desk.Tasking as refusal:
            form.refuse_tasking(refusal.words)
        else:
            return _done(
                request, one, gettext("Sealed for the reporter, who reads it with the code.")
            )
    return _action(request, one, form, "ask")


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: MemberRequest, pk: UUID) -> HttpResponse:
    one = _held(request, pk, Permission.CLOSE_CONCERNS)
    form = _form(request, CloseForm, initial={"version": one.version})
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            actions.desk.close(
                one,
                version=chosen["version"],
                because=Closing(chosen["because"]),
                note=chosen["note"],
                by=request.user,
                at=timezone.now(),
            )
        except actions.desk.Conflict as conflict:
            again = CloseForm(_at_version(request, conflict.now))
            theirs = {"state": closing_words(conflict.now.closed_because) or gettext("Open")}
            typed = {"state": closing_words(chosen["because"])}
            return _conflict(request, conflict, again, "close", theirs, typed, chosen["note"])
        except actions.desk.Closed:
            return _is_closed(request, one, form)
        return _done(request, one, gettext("Closed."))
    return _action(request, one, form, "close")


@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: MemberRequest, pk: UUID) -> HttpResponse:
    one = _held(request, pk, Permission.CLOSE_CONCERNS)
    form = _form(request, ReopenForm)
    if form.is_valid():
        try:
            actions.desk.reopen(
                one, note=form.cleaned_data["note"], by=request.user, at=timezone.now()
            )
        except actions.desk.NotClosed:
            return _done(request, one, gettext("It is open already."))
        return _done(request, one, gettext("Open again."))
    return _action(request, one, form, "reopen")


@require_GET
def export(request: MemberRequest) -> HttpResponse:
    """The inbox as filtered, as CSV: exactly the concerns the list shows, and no field more."""
    now, form = timezone.now(), FilterForm(request.GET)
    chosen = queries.desk.Filter(**form.cleaned_data) if form.is_valid() else queries.desk.Filter()
    rows = _shown(list(queries.desk.inbox(request.user, chosen, now=now)), request)
    actions.desk.exported([row.concern for row in rows], by=request.user, at=now)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        ["reference", "received", "state", "urgency", "area", "due", "what", "where", *DETAILS]
    )
    settings = signs.settings(on=now.date())
    for row in rows:
        one = row.concern
        said = details(row.account, settings) if row.account else {}
        table.writerow(
            _plain(cell)
            for cell in (
                one.dossier.reference,
                timezone.localtime(one.received_at).strftime("%Y-%m-%d %H:00"),
                one.state,
                one.urgency,
                str(one.area or ""),
                timezone.localtime(one.due_at).strftime("%Y-%m-%d %H:%M"),
                row.account.what if row.account else "",
                row.account.where if row.account else "",
                *(said[name][1] if name in said else "" for name in DETAILS),
            )
        )
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv")
    response["Content-Disposition"] = 'attachment; filename="concerns.csv"'
    return response


@require_POST
def keep_draft(request: MemberRequest) -> HttpResponse:
    """What a script saves while somebody types; the button "Save for later" does without it."""
    page = request.headers.get("X-Draft-Page") or request.POST.get("page", "")
    if not page.startswith("/") or len(page) > 200:
        return HttpResponse(status=422)
    access_actions.keep_draft(page, typed(request), by=request.user, at=timezone.now())
    return HttpResponse(status=204)


def _concern(request: MemberRequest, pk: UUID) -> Concern:
    found = queries.desk.concerns_for(request.user, now=timezone.now()).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _held(request: MemberRequest, pk: UUID, permission: Permission) -> Concern:
    """A concern at the member's own desk: to act on, where others may only read."""
    one = _concern(request, pk)
    if not access.may(request.user, permission, one.pk, now=timezone.now()):
        raise Http404
    return one


def _shown(concerns: list[Concern], request: MemberRequest) -> list[Shown]:
    """Concerns as this member may see them; that they were shown is written down."""
    now = timezone.now()
    actions.desk.showed(concerns, by=request.user, at=now)
    vault.take_in_hand(concern.pk for concern in concerns)
    open_accounts = queries.desk.accounts(concerns, request.user, now=now)
    return [show(one, open_accounts.get(one.pk), now=now) for one in concerns]


def _form(
    request: MemberRequest,
    kind: type[forms.Form],
    *,
    initial: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """The form as it was posted, as it was left in a draft, or fresh."""
    if request.method == "POST" and request.POST.get("do") != "keep":
        return kind(request.POST, **options)
    if request.method == "POST":
        access_actions.keep_draft(request.path, typed(request), by=request.user, at=timezone.now())
        messages.info(request, gettext("Kept. It waits here until you come back."))
    form = kind(initial=initial, **options)
    draft = access.draft_of(request.path, request.user)
    if draft is not None:
        kept: dict[str, list[str]] = json.loads(draft.body)
        for name, field in form.fields.items():
            if kept.get(name):
                many = isinstance(field, forms.MultipleChoiceField)
                form.initial[name] = kept[name] if many else kept[name][-1]
    return form


def typed(request: HttpRequest) -> str:
    """Everything that was typed, but for the token and the buttons."""
    left_out = {"csrfmiddlewaretoken", "do", "page"}
    return json.dumps({k: v for k, v in request.POST.lists() if k not in left_out})


def _at_version(request: HttpRequest, now: Concern) -> Any:
    data = request.POST.copy()
    data["version"] = str(now.version)
    return data


def _action(
    request: MemberRequest, one: Concern, form: forms.Form, name: str, **context: Any
) -> HttpResponse:
    clashing = context.get("clashes") is not None
    status = 409 if clashing else 422 if form.is_bound and form.errors else 200
    (row,) = _shown([one], request)
    return render(
        request,
        f"concerns/desk/{name}.html",
        {"form": form, "row": row, "concern": one, **context},
        status=status,
    )


def _conflict(
    request: MemberRequest,
    conflict: actions.desk.Conflict,
    form: forms.Form,
    name: str,
    theirs: dict[str, str],
    typed: dict[str, str],
    note: str,
) -> HttpResponse:
    """The same form with what the other one saved beside what was typed."""
    labels = [
        ("state", gettext("State")),
        ("urgency", gettext("Urgency")),
        ("types", gettext("What might it be?")),
        ("note", gettext("Why")),
    ]
    history = queries.desk.history_of(conflict.now, request.user, now=timezone.now())
    event = history.filter(verb__in=[Verb.DECIDED, Verb.CLOSED, Verb.REOPENED]).first()
    return _action(
        request,
        conflict.now,
        form,
        name,
        clashes=clashes(
            labels,
            saved=theirs | {"note": event.note if event else ""},
            typed=typed | {"note": note},
        ),
        other=event,
    )


def _is_closed(request: MemberRequest, one: Concern, form: forms.Form) -> HttpResponse:
    access_actions.keep_draft(request.path, typed(request), by=request.user, at=timezone.now())
    messages.warning(
        request, gettext("It was closed meanwhile. What you typed is kept; reopen it to go on.")
    )
    return redirect("concern", one.pk)


def _done(request: MemberRequest, one: Concern, words: str) -> HttpResponse:
    access_actions.drop_draft(request.path, by=request.user)
    messages.success(request, words)
    return redirect("concern", one.pk)


def _plain(cell: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
