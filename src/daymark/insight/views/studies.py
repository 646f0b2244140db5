"""Studies: whose lists they count, what the lists share, and who may see it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from daymark.access import queries as access
from daymark.access.guards import MemberRequest
from daymark.design.forms import end_of
from daymark.design.parts import Column
from daymark.insight import overlaps, tokens, wording
from daymark.insight.actions import studies as actions
from daymark.insight.estimating import diagnose
from daymark.insight.forms.studies import ChooseForm, ListForm, ShowForm, StudyForm
from daymark.insight.queries import figures
from daymark.insight.queries import studies as queries

if TYPE_CHECKING:
    from daymark.insight.models import SeenList, Study

either = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def studies(request: MemberRequest) -> HttpResponse:
    found = list(queries.studies_for(request.user, now=timezone.now()))
    mine = [one for one in found if one.agency_id == request.user.agency_id]
    context = {"mine": mine, "shown": [one for one in found if one not in mine]}
    return render(request, "insight/studies/list.html", context)


@either
def begin(request: MemberRequest) -> HttpResponse:
    form = StudyForm(request.POST or None)
    if form.is_valid():
        study = actions.begin(**form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, gettext("Begun. Now add the lists."))
        return redirect("studies_one", study.pk)
    return _form(request, form, gettext("Begin a study"), gettext("Begin"), reverse("studies"))


@require_GET
def study(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What a study counts, what its lists share, and what was estimated from them."""
    now = timezone.now()
    found = get_object_or_404(queries.studies_for(request.user, now=now), pk=pk)
    actions.look(found, by=request.user, at=now)
    lists, table = queries.lists_in(found), queries.table_of(found)
    mine = found.agency_id == request.user.agency_id
    minimum, counted = figures.fewest(), bool(table["counts"])
    context = {
        "study": found,
        "now": now,
        "mine": mine,
        "lists": lists,
        "list_columns": _list_columns(mine),
        "pattern_columns": _pattern_columns(lists),
        "pair_columns": [
            Column(gettext("List"), hidden=True),
            *(Column(one.label, numeric=True) for one in lists),
        ],
        "minimum": minimum,
        "diagnosis": diagnose(table) if counted else None,
        "patterns": overlaps.patterns(table, minimum=minimum),
        "pairs": overlaps.pairs(table, minimum=minimum) if counted else [],
        "remarks": overlaps.remarks(found, lists, table),
        "estimations": [
            (one, *wording.state_name(one.state)) for one in queries.estimations_of(found)
        ],
        "shares": queries.shares_of(found),
    }
    return render(request, "insight/studies/study.html", context)


def _list_columns(mine: bool) -> list[Column]:
    names = (gettext("List"), gettext("Whose, and how one comes to be on it"), gettext("Period"))
    columns = [*map(Column, names), Column(gettext("People"), numeric=True)]
    columns.append(Column(gettext("Uploaded")))
    return [*columns, Column(gettext("Change"), hidden=True)] if mine else columns


def _pattern_columns(lists: list[SeenList]) -> list[Column]:
    columns = [Column(one.label) for one in lists]
    return [
        *columns,
        Column(gettext("People"), numeric=True),
        Column(gettext("Drawn"), hidden=True),
    ]


@either
def add_list(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Read a file of tokens in, whole or not at all; then look at it before it counts."""
    now, study = timezone.now(), _own(request, pk)
    initial = {"first": study.first_date, "last": study.last_date}
    form = ListForm(request.POST or None, request.FILES or None, initial=initial)
    reading = None
    if form.is_valid():
        chosen = form.cleaned_data
        content = chosen.pop("file").read()
        reading = tokens.read(content)
        if not reading.refused:
            one = actions.read_in(
                reading,
                **chosen,
                sha256=hashlib.sha256(content).hexdigest(),
                by=request.user,
                at=now,
            )
            return redirect("studies_list", study.pk, one.pk)
        actions.refuse_file(reading, by=request.user, at=now)
        form.add_error("file", gettext("The file was refused whole: nothing of it was read in."))
    context = {
        "study": study,
        "form": form,
        "reading": reading,
        "refused": wording.refused(reading.refused) if reading else [],
        "others": queries.lists_to_choose(study, request.user).count(),
    }
    return render(request, "insight/studies/add.html", context, status=422 if form.errors else 200)


@either
def look_at_list(request: MemberRequest, pk: UUID, seen: UUID) -> HttpResponse:
    """What was read in, before it counts: take it or throw it away."""
    now, study = timezone.now(), _own(request, pk)
    one = get_object_or_404(queries.waiting_lists(request.user), pk=seen)
    trouble = ""
    if request.method == "POST" and "away" in request.POST:
        actions.forget(one, by=request.user, at=now)
        messages.success(request, gettext("Thrown away. Nothing of it was kept."))
        return redirect("studies_one", study.pk)
    if request.method == "POST":
        try:
            actions.accept(one, study, by=request.user, at=now)
        except (actions.LabelTaken, actions.TooManyLists) as refused:
            trouble = _no_room(refused)
        else:
            messages.success(request, gettext("Added. It counts from now on."))
            return redirect("studies_one", study.pk)
    context = {
        "study": study,
        "one": one,
        "again": one.rows - one.people,
        "strata": [wording.stratum_name(name) for name in one.strata],
        "trouble": trouble,
    }
    status = 422 if trouble else 200
    return render(request, "insight/studies/look.html", context, status=status)


@either
def choose_list(request: MemberRequest, pk: UUID) -> HttpResponse:
    now, study = timezone.now(), _own(request, pk)
    form = ChooseForm(request.POST or None, lists=queries.lists_to_choose(study, request.user))
    if form.is_valid():
        try:
            actions.choose(form.cleaned_data["list"], study, by=request.user, at=now)
        except (actions.LabelTaken, actions.TooManyLists) as refused:
            form.add_error("list", _no_room(refused))
        else:
            messages.success(request, gettext("Added. It counts from now on."))
            return redirect("studies_one", study.pk)
    title = gettext("Choose a list that was uploaded before")
    return _form(request, form, title, gettext("Add it"), reverse("studies_one", args=[pk]))


def _no_room(refused: ValueError) -> str:
    if isinstance(refused, actions.LabelTaken):
        return gettext("The study has a list of this short name. Read it in under another one.")
    return gettext("A study counts %(most)s lists at most.") % {"most": actions.MOST_LISTS}


@require_POST
def leave_out(request: MemberRequest, pk: UUID, seen: UUID) -> HttpResponse:
    study, now = _own(request, pk), timezone.now()
    actions.leave_out(_counted(study, seen), study, by=request.user, at=now)
    messages.success(request, gettext("Left out. Its tokens stay for other studies."))
    return redirect("studies_one", study.pk)


@either
def forget(request: MemberRequest, seen: UUID) -> HttpResponse:
    """Delete the tokens of a list, here and in every other study."""
    one = get_object_or_404(queries.own_lists(request.user), pk=seen)
    if request.method == "POST":
        actions.forget(one, by=request.user, at=timezone.now())
        messages.success(request, gettext("Its tokens are deleted."))
        return redirect("studies")
    return render(request, "insight/studies/forget.html", {"one": one})


@either
def show(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Let another agency's analysts read counts and estimates, never a token."""
    now, study = timezone.now(), _own(request, pk)
    form = ShowForm(
        request.POST or None, agencies=access.agencies_to_share_with(study.agency, now=now)
    )
    if form.is_valid():
        last = end_of(form.cleaned_data["until"])
        try:
            agency = form.cleaned_data["agency"]
            actions.show(study, agency, until=last, by=request.user, at=now)
        except actions.NotShown:
            told = gettext("The day has passed, or no agreement with them lasts that long.")
            form.add_error("until", told)
        else:
            messages.success(request, gettext("Shown. Their analysts can read it now."))
            return redirect("studies_one", study.pk)
    title = gettext("Show the study to another agency")
    return _form(request, form, title, gettext("Show it"), reverse("studies_one", args=[pk]))


@require_POST
def hide(request: MemberRequest, pk: UUID) -> HttpResponse:
    given = queries.share_of(pk, request.user)
    if given is None:
        raise Http404
    actions.end_showing(given, by=request.user, at=timezone.now())
    messages.success(request, gettext("They can read it no longer."))
    return redirect("studies_one", given.study_id)


def _own(request: MemberRequest, pk: UUID) -> Study:
    return get_object_or_404(queries.own_studies(request.user), pk=pk)


def _counted(study: Study, seen: UUID) -> SeenList:
    found = [one for one in queries.lists_in(study) if one.pk == seen]
    if not found:
        raise Http404
    return found[0]


def _form(request: MemberRequest, form: Any, title: str, submit: str, back: str) -> HttpResponse:
    context = {"form": form, "page_title": title, "submit_text": submit, "back": back}
    status = 422 if form.errors else 200
    return render(request, "insight/studies/form.html", context, status=status)
