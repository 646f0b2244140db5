"""The desk's day: what waits, one concern, one decision a page."""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from daymark.access import actions as access_actions
from daymark.access import drafts
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
    act_words,
    closing_words,
    concern_keys,
    dead_words,
    details,
    event_words,
    handed_words,
    known_words,
    list_keys,
    outcome_words,
    reason_words,
    relation_words,
    show,
    show_file,
    tie_words,
    type_words,
    urgency_words,
)
from daymark.concerns.place import drawn
from daymark.concerns.terms import Act, Closing, Reason, State, Urgency, Verb
from daymark.design.parts import clashes
from daymark.signs import queries as signs
from daymark.vault import queries as vault

if TYPE_CHECKING:
    from daymark.concerns.models import Concern

PER_PAGE = 25
MOST = 10
"""Rows of one kind on Today, which is read in one go; a link leads to all of them."""
DETAILS = tuple(one.name for one in fields(actions.door.Details))


@require_GET
def today(request: MemberRequest) -> HttpResponse:
    """What needs this member now."""
    now, member = timezone.now(), request.user
    mine = queries.desk.ranked(queries.desk.at_my_desks(member, now=now))
    still_open = mine.exclude(state=State.CLOSED)
    waiting = queries.desk.waiting(mine, queries.desk.escalated(member, now=now), now=now)
    decided = still_open.exclude(decided_at=None).filter(answer_waits=False)
    shared = (
        queries.desk.ranked(queries.desk.concerns_for(member, now=now))
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
        "danger": _rows(waiting.danger, request, most=MOST),
        "by_far": _rows(waiting.by_far, request, most=MOST),
        "late": _rows(waiting.late, request, most=MOST),
        "answered": _rows(waiting.answered, request, most=MOST),
        "undecided": _rows(waiting.undecided, request, most=MOST),
        "shared": _rows(shared, request, most=MOST),
        "decided": _rows(decided.order_by("-decided_at"), request, most=5),
        "inquiries": _asked(request, now),
        "proposals": _proposals(request, now),
        "dead_routes": [(one, dead_words(one.why)) for one in queries.content.dead_routes(now=now)]
        if holds(member.role, Permission.SEE_ROUTES)
        else [],
        "closed": _rows(
            mine.filter(closed_at__gte=week_ago).order_by("-closed_at"), request, most=5
        ),
        "open_count": still_open.count(),
        "late_count": queries.desk.past_clock(mine, now=now).count(),
        "most": MOST,
        "notices": notices,
        "to_review": access.glass_to_review(member, now=now),
        "helplines": signs.helplines(on=timezone.localdate(now))[:4],
    }
    held = ("danger", "by_far", "late", "answered", "undecided", "shared", "inquiries", "proposals")
    context["nothing_waits"] = not any(context[name] for name in (*held, "to_review"))
    return render(request, "concerns/desk/today.html", context)


@require_GET
def inbox(request: MemberRequest) -> HttpResponse:
    """Every concern this member may know, narrowed as they like; the address keeps the filter."""
    now, form = timezone.now(), FilterForm(request.GET)
    chosen = queries.desk.Filter(**form.cleaned_data) if form.is_valid() else queries.desk.Filter()
    found = queries.desk.inbox(request.user, chosen, now=now)
    listed = found if chosen.like else queries.desk.in_rows(found)
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    on_page = list(page.object_list)
    if request.session.get(INBOX) != request.GET.urlencode():
        request.session[INBOX] = request.GET.urlencode()
    crowd = {} if chosen.like else queries.desk.standing_for(on_page, found)
    context = {
        "form": form,
        "keys": list_keys(),
        "page": page,
        "rows": [(row, crowd.get(row.concern.pk, 1)) for row in _shown(on_page, request)],
        "like": chosen.like,
        "total": found.count(),
        "may_take": holds(request.user.role, Permission.TRIAGE_CONCERNS),
    }
    return render(request, "concerns/desk/inbox.html", context)


INBOX = "concerns.inbox"
"""Under which the session keeps the filter a member came from."""


def _rows(found: Any, request: MemberRequest, *, most: int) -> list[tuple[Shown, int]]:
    """The first rows of a list, each with the number of reports it stands for."""
    first = list(queries.desk.in_rows(found)[:most])
    crowd = queries.desk.standing_for(first, found)
    return [(row, crowd.get(row.concern.pk, 1)) for row in _shown(first, request)]


def _asked(request: MemberRequest, now: datetime) -> list[Any]:
    """What other desks ask; that it was shown is a read of what they ask about."""
    waiting = list(
        queries.desk.inquiries_to(request.user, now=now).filter(inquiry__answered_at=None)[:10]
    )
    actions.inquiries.read_inquiries(waiting, by=request.user, at=now)
    return waiting


def _proposals(request: MemberRequest, now: datetime) -> list[Any]:
    """What colleagues proposed and this member may decide."""
    waiting = list(queries.desk.proposals_to(request.user, now=now).exclude(by=request.user)[:10])
    actions.proposals.showed(waiting, by=request.user, at=now)
    return [(one, act_words(one.act)) for one in waiting]


def _remembered(request: MemberRequest) -> tuple[str, queries.desk.Filter]:
    """The inbox as this member last narrowed it: its address, and the filter."""
    kept = QueryDict(request.session.get(INBOX, ""))
    form = FilterForm(kept)
    chosen = queries.desk.Filter(**form.cleaned_data) if form.is_valid() else queries.desk.Filter()
    query = kept.urlencode()
    return reverse("concerns") + (f"?{query}" if query else ""), chosen


@require_GET
def concern(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One concern. Opening it is audited, and the first opening remembered."""
    now, one = timezone.now(), _concern(request, pk)
    may = {
        permission.lower(): access.may(request.user, permission, one.pk, now=now)
        for permission in Permission
        if permission.endswith(("_CONCERNS", "_REPORTERS", "_DOSSIERS"))
    }
    actions.desk.read(one, by=request.user, at_desk=may["triage_concerns"], at=now)
    (row,) = _shown([one], request)
    source = queries.desk.source_of(one, request.user, now=now)
    inbox_url, chosen = _remembered(request)
    listed = queries.desk.inbox(request.user, chosen, now=now)
    merged = [done.merged_id for done in queries.desk.merged_into(one, request.user, now=now)]
    repeats = queries.desk.concerns_for(request.user, now=now).in_bulk(merged)
    context = {
        "keys": concern_keys(),
        "inbox_url": f"{inbox_url}#{row.anchor}",
        "neighbours": queries.desk.neighbours(listed, one.pk),
        "merged": [
            (row, queries.desk.messages_of(row.concern, request.user, now=now))
            for row in _shown([repeats[pk] for pk in merged], request)
        ],
        "merged_into": queries.desk.merge_of(one, request.user, now=now),
        "handovers": [
            (given, handed_words(given.kind))
            for given in queries.desk.handovers_of(one, request.user, now=now)
        ],
        "asked": [
            (inquiry, tie_words(inquiry.ties), outcome_words(inquiry.outcome))
            for inquiry in queries.desk.inquiries_of(one, request.user, now=now)
        ],
        "asks": _asks(one, request, now),
        "proposal": queries.desk.proposals_to(request.user, now=now).filter(dossier=one.pk).first(),
        "row": row,
        "concern": one,
        "reasons": [reason_words(why) for why in one.reasons if why != Reason.REPEATED],
        "because": closing_words(one.closed_because),
        "messages_": queries.desk.messages_of(one, request.user, now=now),
        "details": details(row.account, signs.settings(on=timezone.localdate(now)))
        if row.account
        else {},
        "source": source,
        "source_words": source
        and {"known": known_words(source.known), "relation": relation_words(source.relation)},
        "history": [
            (event_words(event.verb, event.detail), event)
            for event in queries.desk.history_of(one, request.user, now=now)
        ],
        "types": type_words(one.types, signs.types(on=timezone.localdate(now))),
        "files": [show_file(file) for file in queries.files.files_of(one, request.user, now=now)],
        "originals": set(
            queries.files.originals_of(one, request.user, now=now).values_list("pk", flat=True)
        ),
        "alike": _alike(one, request, now, may_ask=may["triage_concerns"]),
        "place": drawn(one, row.account, on=timezone.localdate(now)) if row.account else None,
        "named": access.named_in(one.dossier, request.user, now=now),
        "may": may,
    }
    return render(request, "concerns/desk/concern.html", context)


def _alike(
    one: Concern, request: MemberRequest, now: datetime, *, may_ask: bool
) -> list[dict[str, Any]]:
    """What may be the same, each with what ties it, and whether it lies at the member's desks.

    Whoever cannot ask about a concern of another desk is told of that desk once.
    """
    mine = queries.desk.at_my_desks(request.user, now=now)
    found = queries.desk.alike(one, request.user, now=now)
    held = set(
        mine.filter(pk__in=[other.concern.pk for other in found if other.concern]).values_list(
            "pk", flat=True
        )
    )
    told = {
        other.handle if other.concern or may_ask else (other.desk, other.ties): other
        for other in found
    }
    return [
        {
            "concern": other.concern,
            "desk": other.desk,
            "handle": other.handle,
            "words": tie_words(other.ties),
            "mine": bool(other.concern and other.concern.pk in held),
        }
        for other in told.values()
    ]


def _asks(one: Concern, request: MemberRequest, now: datetime) -> list[Any]:
    asks = queries.desk.inquiries_to(request.user, now=now).filter(dossier=one.pk)
    return [(asked, outcome_words(asked.inquiry.outcome)) for asked in asks]


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: MemberRequest, pk: UUID) -> HttpResponse:
    now, one = timezone.now(), _held(request, pk, Permission.TRIAGE_CONCERNS)
    types = [(kind.key, kind.name) for kind in signs.types(on=timezone.localdate(now))]
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
            mine = type(one)(urgency=chosen["urgency"], types=sorted(chosen["types"]))
            theirs, typed = _standing(conflict.now), _standing(mine)
            return _conflict(request, conflict, again, "decide", theirs, typed, chosen["note"])
        except actions.desk.Closed:
            return _is_closed(request, one, form)
        return _done(request, one, gettext("Decided."))
    return _action(request, one, form, "decide")


@require_http_methods(["GET", "HEAD", "POST"])
def pass_on(request: MemberRequest, pk: UUID) -> HttpResponse:
    now, one = timezone.now(), _held(request, pk, Permission.PASS_CONCERNS)
    desks = queries.desk.passable_desks(request.user, now=now)
    given = {"desks": desks, "agency_id": one.dossier.agency_id}
    form = _form(request, PassForm, initial={"version": one.version}, **given)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            actions.desk.pass_to(
                one,
                version=chosen["version"],
                desk=chosen["desk"],
                ground=Ground(chosen["ground"]) if chosen["ground"] else None,
                explanation=chosen["explanation"],
                by=request.user,
                at=now,
            )
        except actions.desk.Conflict as conflict:
            again = PassForm(_at_version(request, conflict.now), **given)
            words = gettext("Passed to %(desk)s") % {"desk": chosen["desk"]}
            return _overtaken(request, conflict, again, "pass", words, chosen["explanation"])
        except actions.desk.Closed:
            return _is_closed(request, one, form)
        except actions.desk.IsMerged:
            return redirect("concern_unmerge", one.pk)
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
            return redirect(_remembered(request)[0])
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
        except actions.desk.NeedsSecondPerson:
            payload = {name: chosen[name] for name in ("because", "note")}
            return _waits_for_colleague(
                request, one, form, Act.CLOSE, payload, chosen["version"], "close"
            )
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
        except actions.desk.IsMerged:
            return redirect("concern_unmerge", one.pk)
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
    settings = signs.settings(on=timezone.localdate(now))
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
    page = drafts.named_page(request)
    if not page:
        return HttpResponse(status=422)
    drafts.keep(request, page, by=request.user, at=timezone.now())
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
        now = timezone.now()
        drafts.keep(request, request.path, by=request.user, at=now)
        words = gettext("Kept. It waits here until you come back.")
        if until := drafts_kept_until(now):
            words = gettext("Kept. It waits here until %(day)s.")
            words %= {"day": date_format(until, "j F")}
        messages.info(request, words)
    form = kind(initial=initial, **options)
    drafts.fill(form, request.path, request.user)
    return form


def drafts_kept_until(now: datetime) -> datetime | None:
    """When what is typed now and not touched again will be deleted, if ever."""
    kept_for = queries.content.drafts_kept_for(on=timezone.localdate(now))
    return timezone.localtime(now + kept_for) if kept_for else None


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
    until = drafts_kept_until(timezone.now())
    return render(
        request,
        f"concerns/desk/{name}.html",
        {"form": form, "row": row, "concern": one, "kept_until": until, **context},
        status=status,
    )


CHANGES = [
    Verb.DECIDED,
    Verb.DANGER,
    Verb.HANDED_ON,
    Verb.PASSED,
    Verb.CLOSED,
    Verb.REOPENED,
    Verb.MERGED,
    Verb.KEPT,
    Verb.UNMERGED,
]
"""What makes a new version of a concern."""


def _standing(one: Concern) -> dict[str, str]:
    """How it stands, by the keys of `_labels`."""
    return {
        "state": closing_words(one.closed_because) or gettext("Open"),
        "urgency": urgency_words(one.urgency),
        "types": type_words(one.types, signs.types(on=timezone.localdate())),
    }


def _labels() -> list[tuple[str, str]]:
    return [
        ("state", gettext("State")),
        ("urgency", gettext("Urgency")),
        ("types", gettext("What might it be?")),
    ]


def _overtaken(
    request: MemberRequest,
    conflict: actions.desk.Conflict,
    form: forms.Form,
    name: str,
    done: str,
    note: str = "",
) -> HttpResponse:
    """Where it stands now, beside what was to be done with what stood there before."""
    theirs = {"state": ", ".join(filter(None, _standing(conflict.now).values()))}
    return _conflict(request, conflict, form, name, theirs, {"state": done}, note)


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
    event = _last_change(conflict.now, request)
    return _action(
        request,
        conflict.now,
        form,
        name,
        clashes=clashes(
            [*_labels(), ("note", gettext("Why"))],
            saved=theirs | {"note": event.note if event else ""},
            typed=typed | {"note": note},
        ),
        other=event,
    )


def _last_change(one: Concern, request: MemberRequest) -> Any:
    history = queries.desk.history_of(one, request.user, now=timezone.now())
    return history.filter(verb__in=CHANGES).first()


def _is_closed(request: MemberRequest, one: Concern, form: forms.Form) -> HttpResponse:
    drafts.keep(request, request.path, by=request.user, at=timezone.now())
    messages.warning(
        request, gettext("It was closed meanwhile. What you typed is kept; reopen it to go on.")
    )
    return redirect("concern", one.pk)


def _waits_for_colleague(
    request: MemberRequest,
    one: Concern,
    form: Any,
    act: Act,
    payload: dict[str, str],
    version: int,
    name: str,
) -> HttpResponse:
    """The desk wants a second person for this step: what was typed waits for one."""
    try:
        actions.proposals.propose(
            one, act, payload, version=version, by=request.user, at=timezone.now()
        )
    except actions.proposals.Waiting:
        form.add_error(None, gettext("Something is proposed already and waits for a colleague."))
        return _action(request, one, form, name)
    return _done(request, one, gettext("Proposed. A colleague of the desk must agree."))


def _done(request: MemberRequest, one: Concern, words: str) -> HttpResponse:
    access_actions.drop_draft(request.path, by=request.user)
    messages.success(request, words)
    return redirect("concern", one.pk)


def _plain(cell: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
