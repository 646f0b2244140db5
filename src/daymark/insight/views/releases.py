"""Pages of the partner door: views of own counts and published figures, and all that left."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from daymark.access.guards import MemberRequest
from daymark.access.rules import holds
from daymark.access.terms import Permission
from daymark.design.charts import Chart
from daymark.design.parts import Column, Link
from daymark.insight import citing, downloads, titles
from daymark.insight.actions import counts as actions
from daymark.insight.definitions import OWN, Definition, Ground, NotAView
from daymark.insight.forms.releases import GateForm, KeepForm, ScopeForm, ViewForm
from daymark.insight.queries import counts as queries
from daymark.insight.queries import figures, published
from daymark.insight.showing import Shown, as_published
from daymark.insight.terms import Audience, Schedule

if TYPE_CHECKING:
    from daymark.insight.models import Release, Scope

PER_PAGE = 50


@require_GET
def home(request: MemberRequest) -> HttpResponse:
    """My views and those shared with me; what my schedules gave since I last looked."""
    now, me = timezone.now(), request.user
    runs = [(one, one.seen_at is None) for one in queries.runs_for(me)[:12]]
    actions.see_runs(by=me, at=now)
    views = [(one, address(one.definition)) for one in queries.views_for(me)]
    context = {
        "mine": [view for view in views if view[0].owner_id == me.pk],
        "shared": [view for view in views if view[0].owner_id != me.pk],
        "runs": runs,
        "may_publish": holds(me.role, Permission.PUBLISH_COUNTS),
    }
    return render(request, "insight/partner/home.html", context)


@require_GET
def build(request: MemberRequest) -> HttpResponse:
    """The form and, once something is asked, what the gate lets be shown of it."""
    now, form = timezone.now(), _form(request)
    context: dict[str, Any] = {"form": form, "asked": request.GET.urlencode()}
    if form.is_bound and form.is_valid():
        definition = form.definition
        try:
            if definition.measure == OWN:
                context |= _counted(request, definition)
            key = definition.beside if definition.measure == OWN else definition.measure
            if key:
                context |= _published(request, key, form)
        except NotAView as wrong:
            form.add_error(wrong.part, str(wrong).capitalize() + ".")
        except actions.Refused as refused:
            context |= _refused(request, refused)
    context |= {
        "gate": _gate(now),
        "counted": form.ground,
        "some_types": bool(request.GET.getlist("types") or form.errors.get("types")),
        "some_areas": bool(request.GET.getlist("areas") or form.errors.get("areas")),
    }
    return render(request, "insight/partner/build.html", context)


@require_GET
def build_file(request: MemberRequest, form: str) -> HttpResponse:
    """The same as a file; whatever is wrong with what was asked is said on the page."""
    asked = _form(request)
    back = f"{reverse('views_build')}?{request.GET.urlencode()}"
    if not asked.is_valid():
        return redirect(back)
    definition = asked.definition
    try:
        if definition.measure == OWN:
            shown = _show(request, definition)
            return redirect("releases_file", shown.pk, "table", form)
        found = _as_published(definition.measure, asked)
    except (NotAView, actions.Refused):
        found = None
    if found is None:
        return redirect(back)
    return downloads.answer(found, request.build_absolute_uri(back), form)


@require_http_methods(["GET", "HEAD", "POST"])
def save(request: MemberRequest) -> HttpResponse:
    """Keep the view whose address follows the question mark."""
    form = _form(request)
    if not form.is_bound or not form.is_valid():
        return redirect(f"{reverse('views_build')}?{request.GET.urlencode()}")
    keep = KeepForm(request.POST or None, definition=form.definition)
    if keep.is_valid():
        actions.save_view(
            form.definition.written,
            by=request.user,
            at=timezone.now(),
            **_kept(keep.cleaned_data),
        )
        messages.success(request, _("Saved."))
        return redirect("views")
    back = f"{reverse('views_build')}?{request.GET.urlencode()}"
    return render(request, "insight/partner/save.html", {"form": keep, "back": back})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Rename, share, schedule or take away a view of one's own."""
    now, view = timezone.now(), queries.own_view(pk, request.user)
    if view is None:
        raise Http404
    if request.POST.get("do") == "end":
        actions.end_view(view, by=request.user, at=now)
        messages.success(request, _("Taken away. What it gave stays in the ledger."))
        return redirect("views")
    before = {"name": view.name, "audience": view.audience, "schedule": view.schedule}
    definition = Definition.stored(view.definition)
    keep = KeepForm(request.POST or None, initial=before, definition=definition)
    if keep.is_valid():
        actions.change_view(view, by=request.user, at=now, **_kept(keep.cleaned_data))
        messages.success(request, _("Changed."))
        return redirect("views")
    context = {"form": keep, "view": view, "back": address(view.definition)}
    return render(request, "insight/partner/save.html", context)


@require_GET
def releases(request: MemberRequest) -> HttpResponse:
    """The ledger: everything that left, and for those who count what members were shown."""
    counts = holds(request.user.role, Permission.COUNT_CONCERNS)
    found = queries.releases_for(request.user)
    everything = counts and request.GET.get("all") == "1"
    if not everything:
        found = found.filter(reader=None)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    actions.look_through(page, by=request.user, at=timezone.now())
    context = {
        "page": page,
        "rows": [(one, Shown(one.body, {})) for one in page],
        "counts": counts,
        "everything": everything,
        "gate": _gate(timezone.now()),
        "may_set": holds(request.user.role, Permission.SET_GATE),
    }
    return render(request, "insight/partner/releases.html", context)


@require_GET
def release(request: MemberRequest, pk: UUID) -> HttpResponse:
    found = _one(request, pk)
    actions.look(found, by=request.user, at=timezone.now())
    context = _context(request, found) | {
        "may_publish": holds(request.user.role, Permission.PUBLISH_COUNTS) and found.reader_id,
    }
    return render(request, "insight/partner/release.html", context)


@require_GET
def release_file(request: MemberRequest, pk: UUID, key: str, form: str) -> HttpResponse:
    """The table, or a drawing of it, to take along."""
    one = _one(request, pk)
    found = next((chart for chart in _charts(one, _shown(one)) if chart.key == key), None)
    if found is None:
        raise Http404
    answer = downloads.answer(found, _cited(request, one), form)
    actions.look(one, by=request.user, at=timezone.now(), export=True)
    return answer


@require_POST
def publish(request: MemberRequest, pk: UUID) -> HttpResponse:
    try:
        out = actions.publish(_one(request, pk), by=request.user, at=timezone.now())
    except actions.Outgrown:
        messages.warning(
            request,
            _("The smallest number shown was raised since. Build it again, and publish that."),
        )
        return redirect("releases_one", pk)
    messages.success(request, _("Published. It stands in the ledger for good."))
    return redirect("releases_one", out.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def gate(request: MemberRequest) -> HttpResponse:
    """The partnership says how small a number may be that leaves."""
    now = timezone.now()
    standing = _gate(now)
    before = (
        {"minimum": standing.minimum, "counted_after_days": standing.counted_after_days}
        if standing
        else {}
    )
    form = GateForm(request.POST or None, initial=before)
    if form.is_valid():
        actions.set_gate(by=request.user, at=now, **form.cleaned_data)
        messages.success(request, _("Set. What has left before stays as it is."))
        return redirect("releases")
    return render(request, "insight/partner/gate.html", {"form": form, "gate": standing})


@require_GET
def scopes(request: MemberRequest) -> HttpResponse:
    """Whose concerns are counted, and which areas are told apart since when."""
    found = queries.scopes()
    context = {
        "scopes": [
            (one, until, _areas(one), queries.ground(one).months)
            for one, until in reversed([*zip_longest(found, found[1:])])
        ],
        "may_set": holds(request.user.role, Permission.SET_GATE),
        "today": timezone.localdate(),
    }
    return render(request, "insight/partner/scopes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def scope(request: MemberRequest) -> HttpResponse:
    """The partnership says which areas are told apart from a month on."""
    now = timezone.now()
    standing = queries.scopes()
    form = ScopeForm(
        request.POST or None,
        forces=queries.force_areas(on=timezone.localdate(now)),
        months=queries.months_to_begin(on=timezone.localdate(now)),
        initial={"forces": [*standing[-1].areas]} if standing else {},
    )
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            actions.set_scope(
                chosen["forces"],
                since=queries.first_day(chosen["since"]),
                source=chosen["source"],
                by=request.user,
                at=now,
            )
        except actions.AlreadyCounted:
            form.add_error("since", _("This month has been counted meanwhile. Choose a later one."))
        else:
            messages.success(request, _("Set. Months counted before stay as they are."))
            return redirect("views_scopes")
    return render(request, "insight/partner/scope.html", {"form": form})


# ---- help ----


def _areas(scope: Scope) -> list[tuple[str, list[str]]]:
    """The names of each police force area and of its councils."""
    names = queries.names(scope)
    return [
        (names.get(force, force), sorted(names.get(code, code) for code in councils))
        for force, councils in scope.areas.items()
    ]


def address(definition: Mapping[str, Any]) -> str:
    """The page of a view: its address is the view."""
    query = QueryDict(mutable=True)
    for key, value in definition.items():
        if isinstance(value, list):
            query.setlist(key, value)
        elif value:
            query[key] = "on" if value is True else str(value)
    return f"{reverse('views_build')}?{query.urlencode()}"


def _form(request: MemberRequest) -> ViewForm:
    ground, names = _ground()
    measures = [(one.key, one.name) for one in published.measures()]
    data = request.GET if "measure" in request.GET else None
    return ViewForm(data, ground=ground, names=names, measures=measures)


def _ground() -> tuple[Ground | None, Mapping[str, str]]:
    try:
        scope = queries.scope()
    except queries.NothingCounted:
        return None, {}
    return queries.ground(scope), queries.names(scope)


def _gate(now: Any) -> Any:
    try:
        return queries.gate_on(timezone.localdate(now))
    except queries.NothingCounted:
        return None


def _show(request: MemberRequest, definition: Definition) -> Release:
    return actions.show(
        definition,
        to=request.user,
        at=timezone.now(),
        hide_more=request.GET.get("more") == "1",
    )


def _counted(request: MemberRequest, definition: Definition) -> dict[str, Any]:
    release = _show(request, definition)
    found = _context(request, release) | {
        "may_publish": holds(request.user.role, Permission.PUBLISH_COUNTS)
        and not queries.published(request.user).filter(digest=release.digest).exists(),
    }
    if definition.rates:
        shown, residents = found["shown"], queries.residents(release.scope, on=timezone.localdate())
        found["rates"] = shown.rates(residents)
        if not found["rates"]:
            raise NotAView("rates", _("rates need an area: break it down by one, or choose one"))
    return found


def _published(request: MemberRequest, key: str, form: ViewForm) -> dict[str, Any]:
    found = _as_published(key, form)
    if found is None:
        known = [titles.by_name(by).lower() for by in published.told_apart_by(key)]
        return {"published": None, "published_asked": True, "known": ", ".join(known)}
    heads = 1 + (_("Of whom") in found.table.columns)
    columns = [Column(name, numeric=n >= heads) for n, name in enumerate(found.table.columns)]
    asked = request.GET.copy()
    asked["measure"], asked["beside"] = key, ""
    return {
        "published": found,
        "published_columns": columns,
        "published_heads": heads,
        "published_asked": True,
        "published_files": [
            Link(text, f"{reverse('views_file', args=[kind])}?{asked.urlencode()}")
            for kind, text in downloads.forms(found)
        ],
    }


def _as_published(key: str, form: ViewForm) -> Chart | None:
    areas = form.ground.areas if form.ground else {}
    minimum, definition = figures.fewest(), form.definition
    found = published.table(key, definition, areas=areas, names=form.names, minimum=minimum)
    if found is None:
        return None
    query = [titles.query(definition.written | {"measure": key})]
    return as_published(found, minimum=minimum, query=query)


def _refused(request: MemberRequest, refused: actions.Refused) -> dict[str, Any]:
    more = request.GET.copy()
    more["more"] = "1"
    return {
        "refused": titles.refusal(refused.stopped.why, []),
        "earlier": refused.earlier,
        "more": f"?{more.urlencode()}" if refused.stopped.helps else "",
    }


def _context(request: MemberRequest, release: Release) -> dict[str, Any]:
    shown = _shown(release)
    heads = shown.heads
    table, *charts = _charts(release, shown)
    return {
        "release": release,
        "shown": shown,
        "charts": [(one, _links(release, one)) for one in charts],
        "files": _links(release, table),
        "columns": [Column(label, numeric=n >= heads) for n, label in enumerate(shown.columns)],
        "rows": [(row[:heads], row[heads:]) for row in shown.rows()],
        "heads": heads,
        "notes": shown.notes,
        "citation": citing.citation(table, _cited(request, release)),
        "query": table.query,
    }


def _shown(release: Release) -> Shown:
    return Shown(release.body, queries.names(release.scope))


def _charts(release: Release, shown: Shown) -> list[Chart]:
    """The table first, then what is drawn of it."""
    query = [titles.query(release.definition)]
    return [shown.table(release.title, query), *shown.charts(query)]


def _links(release: Release, one: Chart) -> list[Link]:
    return [
        Link(text, reverse("releases_file", args=[release.pk, one.key, form]))
        for form, text in downloads.forms(one)
    ]


def _cited(request: MemberRequest, release: Release) -> str:
    return request.build_absolute_uri(reverse("releases_one", args=[release.pk]))


def _kept(chosen: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": chosen["name"],
        "audience": Audience(chosen["audience"]),
        "schedule": Schedule(chosen.get("schedule", Schedule.NEVER)),
    }


def _one(request: MemberRequest, pk: UUID) -> Release:
    found = queries.release_of(pk, request.user)
    if found is None:
        raise Http404
    return found
