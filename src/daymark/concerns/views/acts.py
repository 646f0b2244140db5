"""What a desk does with others: asks, answers, merges, hands on, agrees."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from daymark.access import queries as access
from daymark.access.actions import ShareRefused
from daymark.access.guards import MemberRequest
from daymark.access.terms import Ground, Permission
from daymark.concerns import actions, queries, rules
from daymark.concerns.forms.acts import (
    AnswerForm,
    HandOnForm,
    InquireForm,
    MergeForm,
    ProposalForm,
    UnmergeForm,
)
from daymark.concerns.parts import (
    act_words,
    closing_words,
    handed_words,
    outcome_words,
    tie_words,
)
from daymark.concerns.terms import Act, HandedOn, Outcome, State, Verb
from daymark.concerns.views.desk import (
    _action,
    _alike,
    _at_version,
    _done,
    _form,
    _held,
    _is_closed,
    _labels,
    _last_change,
    _overtaken,
    _shown,
    _standing,
    _waits_for_colleague,
)
from daymark.design.parts import clashes

DO = ["GET", "HEAD", "POST"]


@require_http_methods(DO)
def inquire(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask another desk about what it holds: its answer is all that is learnt."""
    now, one = timezone.now(), _held(request, pk, Permission.TRIAGE_CONCERNS)
    held = [found for found in queries.desk.alike(one, request.user, now=now) if not found.concern]
    about = [
        (str(found.handle), f"{found.desk.agency}, {found.desk}: {tie_words(found.ties)}")
        for found in held
    ]
    initial = {"about": request.GET.get("about") or (about[0][0] if len(about) == 1 else "")}
    form = _form(request, InquireForm, initial=initial, about=about)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            actions.inquiries.inquire(
                one, UUID(chosen["about"]), chosen["reason"], by=request.user, at=now
            )
        except actions.inquiries.NothingToAsk:
            form.add_error("about", gettext("They were asked already and have not answered yet."))
        else:
            return _done(request, one, gettext("Asked. The answer appears here and in the news."))
    return _action(request, one, form, "inquire")


@require_http_methods(DO)
def answer(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What another desk asks about a concern of this one."""
    now = timezone.now()
    asked = queries.desk.inquiries_to(request.user, now=now).filter(pk=pk).first()
    if asked is None:
        raise Http404
    one = _held(request, asked.dossier_id, Permission.TRIAGE_CONCERNS)
    actions.inquiries.read_inquiries([asked], by=request.user, at=now)
    may_share = access.may(request.user, Permission.SHARE_DOSSIERS, one.pk, now=now)
    form = _form(request, AnswerForm, may_share=may_share)
    if form.is_valid():
        chosen = form.cleaned_data
        outcome = Outcome(chosen["outcome"])
        opening = (
            actions.inquiries.Opening(
                Ground(chosen["ground"]), chosen["explanation"], chosen["until"]
            )
            if outcome == Outcome.SHARED
            else None
        )
        try:
            actions.inquiries.answer(
                asked, outcome, chosen["text"], opening=opening, by=request.user, at=now
            )
        except actions.inquiries.Answered:
            return _done(request, one, gettext("A colleague answered it meanwhile."))
        except ShareRefused:
            form.add_error(
                "until",
                gettext(
                    "It cannot be shared until then: the day has passed, or no agreement between "
                    "the two agencies lasts that long."
                ),
            )
        else:
            return _done(request, one, gettext("Answered. The other desk is told."))
    inquiry = asked.inquiry
    context = {
        "inquiry": inquiry,
        "ties": tie_words(inquiry.ties),
        "outcome": inquiry.outcome and outcome_words(inquiry.outcome),
    }
    return _action(request, one, form, "answer", **context)


@require_http_methods(DO)
def merge(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Close this report as a repeat of another, which shows it from then on."""
    now, one = timezone.now(), _held(request, pk, Permission.CLOSE_CONCERNS)
    initial = {"version": one.version, "into": request.GET.get("into", "")}
    form = _form(request, MergeForm, initial=initial)
    mine = queries.desk.at_my_desks(request.user, now=now)
    if form.is_valid():
        chosen = form.cleaned_data
        into = mine.filter(dossier__reference=chosen["into"].strip().upper()).first()
        refusal = ""
        if into is None:
            refusal = gettext("No concern of your desk has this reference.")
        else:
            try:
                actions.merges.merge(
                    one,
                    into,
                    version=chosen["version"],
                    into_version=into.version,
                    by=request.user,
                    at=now,
                )
            except actions.desk.Conflict as conflict:
                again = MergeForm(_at_version(request, conflict.now))
                words = gettext("Merged into %(reference)s") % {"reference": into.dossier.reference}
                return _overtaken(request, conflict, again, "merge", words)
            except actions.desk.Closed:
                if one.state == State.CLOSED:
                    return _is_closed(request, one, form)
                refusal = gettext("That concern is closed: open it again first, or merge it here.")
            except actions.merges.NotTogether:
                refusal = gettext(
                    "These two cannot be merged: it is the same concern, or one of them is part "
                    "of another merge. Undo that one first."
                )
            except actions.desk.NeedsSecondPerson:
                payload = {"into": str(into.pk), "reference": into.dossier.reference}
                return _waits_for_colleague(
                    request, one, form, Act.MERGE, payload, chosen["version"], "merge"
                )
            else:
                words = gettext("Merged: %(reference)s shows it now, and it can be undone.")
                return _done(request, into, words % {"reference": into.dossier.reference})
        form.add_error("into", refusal)
    twins = [
        twin
        for twin in _alike(one, request, now, may_ask=True)
        if twin["mine"] and twin["concern"].state != State.CLOSED
    ]
    _shown([twin["concern"] for twin in twins], request)
    return _action(request, one, form, "merge", twins=twins)


@require_http_methods(DO)
def unmerge(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make two of what was merged; both become what they were."""
    now, one = timezone.now(), _held(request, pk, Permission.CLOSE_CONCERNS)
    done = queries.desk.merge_of(one, request.user, now=now)
    if done is None:
        raise Http404
    form = _form(request, UnmergeForm)
    if form.is_valid():
        try:
            actions.merges.undo(
                done, leave_kept=form.cleaned_data["leave_kept"], by=request.user, at=now
            )
        except actions.merges.Changed as changed:
            which = changed.kept if changed.only_kept else changed.merged
            before = done.before["kept" if changed.only_kept else "merged"]
            was = type(which)(**{name: before[name] for name in ("urgency", "types")})
            both = clashes(_labels(), saved=_standing(which), typed=_standing(was))
            form = UnmergeForm(request.POST, offer=changed.only_kept)
            form.add_error(
                None,
                gettext("%(reference)s was changed after the merge. Nothing was undone.")
                % {"reference": which.dossier.reference},
            )
            return _action(
                request,
                one,
                form,
                "unmerge",
                merge=done,
                clashes=both,
                other=_last_change(which, request),
            )
        except actions.desk.IsMerged:
            raise Http404 from None
        return _done(request, one, gettext("Undone: both are what they were."))
    return _action(request, one, form, "unmerge", merge=done)


@require_http_methods(DO)
def hand_on(request: MemberRequest, pk: UUID) -> HttpResponse:
    """An emergency passed on, a referral made, information handed to intelligence."""
    now, one = timezone.now(), _held(request, pk, Permission.TRIAGE_CONCERNS)
    form = _form(
        request,
        HandOnForm,
        initial={"version": one.version},
        agencies=access.current_agencies(now=now),
    )
    if form.is_valid():
        chosen = form.cleaned_data
        told = queries.desk.told_by(one, request.user, now=now)
        repeated = (
            rules.repeated(chosen["text"], names=told.names, passages=told.passages)
            if chosen["text"]
            else []
        )
        if repeated and not chosen["sure"]:
            form.warn(repeated)
            return _action(request, one, form, "hand_on")
        leaving = actions.handovers.Leaving(
            kind=HandedOn(chosen["kind"]),
            **{name: chosen[name] for name in ("agency", "other", "whom", "reference", "text")},
        )
        try:
            actions.handovers.hand_on(
                one, leaving, version=chosen["version"], by=request.user, at=now
            )
        except actions.desk.Conflict as conflict:
            again = HandOnForm(
                _at_version(request, conflict.now), agencies=access.current_agencies(now=now)
            )
            words = handed_words(leaving.kind)
            return _overtaken(request, conflict, again, "hand_on", words, chosen["text"])
        except actions.desk.Closed:
            return _is_closed(request, one, form)
        except actions.desk.NeedsSecondPerson:
            payload = {name: chosen[name] for name in ("kind", "other", "reference", "text")}
            payload["agency"] = str(chosen["agency"].pk) if chosen["agency"] else ""
            payload["to"] = str(chosen["agency"] or chosen["other"])
            return _waits_for_colleague(
                request, one, form, Act.HAND_ON, payload, chosen["version"], "hand_on"
            )
        return _done(request, one, gettext("Noted. The clock has stopped."))
    return _action(request, one, form, "hand_on")


@require_http_methods(DO)
def proposal(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What a colleague proposed for a concern: agreed, or declined with a reason."""
    now, one = timezone.now(), _held(request, pk, Permission.CLOSE_CONCERNS)
    waiting = queries.desk.proposals_to(request.user, now=now).filter(dossier=one.pk).first()
    if waiting is None:
        raise Http404
    form = _form(request, ProposalForm)
    stale = one.version != waiting.version
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if request.POST.get("do") == "agree":
                actions.proposals.agree(waiting, by=request.user, at=now)
                return _done(request, one, gettext("Agreed, and done."))
            if reason.strip():
                actions.proposals.decline(waiting, reason, by=request.user, at=now)
                return _done(request, one, gettext("Declined. Your colleague reads why."))
            form.add_error("reason", gettext("Say why you decline."))
        except actions.proposals.NotYours:
            form.add_error(None, gettext("Somebody else must decide what you proposed yourself."))
        except (actions.proposals.Stale, actions.desk.Conflict, actions.desk.Closed):
            stale = True
            form.add_error(
                None, gettext("The concern has changed since. Decline it, and propose it anew.")
            )
        except actions.merges.NotTogether:
            form.add_error(None, gettext("These two cannot be merged any more. Decline it."))
    history = queries.desk.history_of(one, request.user, now=now)
    proposed = history.filter(verb=Verb.PROPOSED).first()
    return _action(
        request,
        one,
        form,
        "proposal",
        proposal=waiting,
        proposed=_proposed(waiting),
        mine=waiting.by_id == request.user.pk,
        stale=stale,
        since=history.filter(pk__gt=proposed.pk) if proposed else [],
    )


def _proposed(waiting: Any) -> list[tuple[str, str]]:
    """What was proposed, as it was typed."""
    given = waiting.payload
    if waiting.act == Act.CLOSE:
        return [
            (gettext("Close"), closing_words(given["because"])),
            (gettext("What was done"), given["note"]),
        ]
    if waiting.act == Act.MERGE:
        return [(gettext("Merge into"), given["reference"])]
    return [
        (gettext("What"), act_words(waiting.act)),
        (gettext("To"), given.get("to", given["other"])),
        (gettext("The information"), given["text"]),
    ]
