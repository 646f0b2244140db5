"""Public pages of figures. The same for everybody, so a cache may keep them for an hour."""

import csv
from collections.abc import Callable
from decimal import Decimal
from functools import cache, wraps
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from daymark import design
from daymark.design.charts import Chart
from daymark.design.parts import Link
from daymark.design.templatetags.charts import draw
from daymark.insight import histories, pictures, rules
from daymark.insight.queries import figures as queries

HOUR = 3600
STYLE = Path(design.__file__).parent / "static" / "design" / "charts.css"

_CHARTS: dict[str, Callable[[], list[Chart]]] = {
    "picture": pictures.picture,
    "area": lambda: pictures.area(on=timezone.localdate()),
    "hidden": pictures.hidden,
}

View = Callable[..., HttpResponse]


def cacheable(view: View) -> View:
    @wraps(view)
    def kept(request: HttpRequest, **address: str) -> HttpResponse:
        if not queries.measures():
            raise Http404  # a deployment that holds no figures has no pages of figures
        response = view(request, **address)
        patch_cache_control(response, public=True, max_age=HOUR)
        return response

    return kept


@cacheable
def picture(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "picture",
        title=_("The picture"),
        lead=_("What the country counts, how it changed, and what a number does not say."),
    )


@cacheable
def area(request: HttpRequest) -> HttpResponse:
    essex, kent = (
        queries.years("referrals-made", area=code, breakdown=["by:POLICE"]).get("2023")
        for code in (pictures.ESSEX, pictures.KENT)
    )
    sent = queries.years("referrals-sent", area=pictures.ESSEX)
    return page(
        request,
        "area",
        title=_("Our area: Essex and Kent"),
        lead=_("Referrals made by a force are not exploitation happening in its area."),
        essex=essex,
        kent=kent,
        sent=sorted(sent.items())[-1] if sent else None,
    )


@cacheable
def hidden(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "hidden",
        title=_("How many are hidden?"),
        lead=_("Nobody knows. These are the estimates, and why they are no series."),
        sums=_sums(),
    )


@cacheable
def then_and_now(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:60]
    value = rules.sought(asked) if asked else None
    return page(
        request,
        "then_and_now",
        title=_("Then and now"),
        lead=_("Where a number comes from, what has become of it, and how to cite it."),
        asked=asked,
        found=histories.quoted(value) if value is not None else [],
        often=[Link(number, f"?q={number}") for number in _OFTEN],
    )


_OFTEN = ("16,938", "12,727", "136,000", "122,000", "17,004", "23,411", "171", "345", "10,000")


@cacheable
def history(
    request: HttpRequest, measure: str, area: str, period: str, breakdown: str
) -> HttpResponse:
    """One figure's editions, at a stable address."""
    then = histories.at(measure, area, period, breakdown)
    if then is None:
        raise Http404
    return page(request, "history", title=then.title, lead=then.measure.definition, then=then)


@cacheable
def numbers(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """A chart's table as CSV; what it says and does not say stands in its first lines."""
    chart = _chart(name, key)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="daymark-{key}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    address = request.build_absolute_uri(reverse(f"figures_{name}")) + f"#{key}"
    for line in (chart.title, chart.shows, chart.not_said, *chart.notes, chart.source, address):
        writer.writerow([line])
    writer.writerow([])
    writer.writerow(chart.table.columns)
    writer.writerows(chart.table.rows)
    return response


@cacheable
def drawing(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """A chart as a file that stands by itself, with its source inside."""
    response = HttpResponse(draw(_chart(name, key), _style()), content_type="image/svg+xml")
    response["Content-Disposition"] = f'attachment; filename="daymark-{key}.svg"'
    return response


def page(
    request: HttpRequest, name: str, *, title: str, lead: str, **context: object
) -> HttpResponse:
    charts = [
        (chart, *(reverse(f"figures_{kind}", args=[name, chart.key]) for kind in ("csv", "svg")))
        for chart in (_CHARTS[name]() if name in _CHARTS else [])
    ]
    return render(
        request,
        f"insight/{name}.html",
        context | {"title": title, "lead": lead, "charts": charts, "pages": _pages(name)},
    )


def _pages(current: str) -> list[Link]:
    names = (
        ("picture", _("The picture")),
        ("area", _("Our area")),
        ("then_and_now", _("Then and now")),
        ("hidden", _("How many are hidden?")),
    )
    return [Link(label, reverse(f"figures_{name}"), name == current) for name, label in names]


def _chart(name: str, key: str) -> Chart:
    found = [chart for chart in _CHARTS[name]() if chart.key == key] if name in _CHARTS else []
    if not found:
        raise Http404
    return found[0]


@cache
def _style() -> str:
    """The drawing's own share of the stylesheet, without the page's."""
    text = STYLE.read_text(encoding="utf-8")
    return text.partition(".chart{")[0] + "@media print{:root{--c-a:#000}}"


def _sums() -> list[tuple[str, int, Decimal, int, int | None]]:
    """What the national rate would mean if it held everywhere: place, residents, rate, product."""
    forces = {force.code: force for force in queries.forces(year=2023, on=timezone.localdate())}
    rate = Decimal("1.8")
    found = []
    for code in (pictures.ESSEX, pictures.KENT):
        if code in forces:
            force = forces[code]
            made = queries.years("referrals-made", area=code, breakdown=["by:POLICE"]).get("2023")
            product = round(force.residents * rate / 1000, -2)
            found.append(
                (force.name, force.residents, rate, int(product), made.value if made else None)
            )
    return found
