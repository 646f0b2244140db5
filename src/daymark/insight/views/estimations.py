"""Asking for an estimation, watching it, reading what came out, and doing it again."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from daymark.access.guards import MemberRequest
from daymark.design.parts import Link
from daymark.insight import downloads, estimates, wording
from daymark.insight.actions import estimations as actions
from daymark.insight.estimating import diagnose, same
from daymark.insight.forms.studies import LARGEST_SEED, EstimateForm
from daymark.insight.queries import studies as queries
from daymark.insight.terms import Progress, Stratum

if TYPE_CHECKING:
    from daymark.insight.models import Estimation

EVERY = "3"
"""Seconds after which a page of work under way asks anew."""


@require_http_methods(["GET", "HEAD", "POST"])
def estimate(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Choose methods and options; what is usual stands there already."""
    now = timezone.now()
    study = get_object_or_404(queries.own_studies(request.user), pk=pk)
    lists, table = queries.lists_in(study), queries.table_of(study)
    diagnosis = diagnose(table) if table["counts"] else None
    if diagnosis is None or not diagnosis.on_two_or_more:
        # No written reason can make up for that.
        too_little = {"study": study, "diagnosis": diagnosis}
        return render(request, "insight/studies/too_little.html", too_little)
    common = [one for one in Stratum if all(one in seen.strata for seen in lists)]
    form = EstimateForm(
        request.POST or None,
        strata=common,
        refused=bool(diagnosis.refusals),
        initial={"seed": secrets.randbelow(LARGEST_SEED)},
    )
    if form.is_valid():
        chosen = dict(form.cleaned_data)
        seed, strata = chosen.pop("seed"), chosen.pop("strata", [])
        options = {"override": ""} | chosen
        asked = actions.ask(
            study,
            options=options,
            strata=[Stratum(one) for one in strata],
            seed=seed,
            by=request.user,
            at=now,
        )
        return redirect("studies_estimation", asked.pk)
    context = {"study": study, "form": form, "diagnosis": diagnosis}
    status = 422 if form.errors else 200
    return render(request, "insight/studies/estimate.html", context, status=status)


@require_GET
def estimation(request: MemberRequest, pk: UUID) -> HttpResponse:
    """How far it is, or what came out with everything that must travel with it."""
    now = timezone.now()
    one = _known(request, pk)
    actions.look(one, by=request.user, at=now)
    under_way = one.state in {Progress.QUEUED, Progress.RUNNING} and not one.cancelled_at
    still = "still" in request.GET
    state, kind = wording.state_name(one.state)
    context: dict[str, Any] = {
        "one": one,
        "study": one.study,
        "mine": one.study.agency_id == request.user.agency_id,
        "state": state,
        "kind": kind,
        "under_way": under_way,
        "still": still,
        "doing": wording.method_name(one.doing),
        "options": wording.option_rows(one.options, list(one.table["strata"])),
        "table": one.table,
    }
    if one.state == Progress.DONE:
        context |= estimates.shown(one)
        context["files"] = context["chart"] and [
            Link(text, reverse("studies_file", args=[pk, form]))
            for form, text in downloads.forms(context["chart"])
        ]
    if one.repeats and one.state == Progress.DONE:
        context |= {
            "identical": same(one.result, one.repeats.result),
            "other_versions": one.versions != one.repeats.versions,
        }
    response = render(request, "insight/studies/estimation.html", context)
    if under_way and not still:
        response["Refresh"] = EVERY
    return response


@require_POST
def cancel(request: MemberRequest, pk: UUID) -> HttpResponse:
    one = _own(request, pk)
    actions.cancel(one, by=request.user, at=timezone.now())
    messages.success(request, gettext("It stops within seconds."))
    return redirect("studies_estimation", one.pk)


@require_POST
def repeat(request: MemberRequest, pk: UUID) -> HttpResponse:
    one = _own(request, pk)
    again = actions.repeat(one, by=request.user, at=timezone.now())
    return redirect("studies_estimation", again.pk)


@require_GET
def download(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The result with the counts, options, seed and versions it was made from."""
    one = _known(request, pk)
    if one.state != Progress.DONE:
        raise Http404
    actions.look(one, by=request.user, at=timezone.now(), export=True)
    response = JsonResponse(estimates.citation(one), json_dumps_params={"indent": 2})
    name = f"daymark-estimation-{one.data_hash[:12]}-{one.seed}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
def file(request: MemberRequest, pk: UUID, form: str) -> HttpResponse:
    """The methods side by side, to take along; the verdict goes with them."""
    one = _known(request, pk)
    chart = estimates.shown(one)["chart"] if one.state == Progress.DONE else None
    if chart is None:
        raise Http404
    address = request.build_absolute_uri(reverse("studies_estimation", args=[pk]))
    answer = downloads.answer(chart, address, form)
    actions.look(one, by=request.user, at=timezone.now(), export=True)
    return answer


def _known(request: MemberRequest, pk: UUID) -> Estimation:
    found = queries.estimation_for(pk, request.user, now=timezone.now())
    if found is None:
        raise Http404
    return found


def _own(request: MemberRequest, pk: UUID) -> Estimation:
    found = _known(request, pk)
    if found.study.agency_id != request.user.agency_id:
        raise Http404
    return found
