"""Public pages of figures. The same for everybody, so a cache may keep them for an hour."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from daymark.design.charts import Chart
from daymark.design.parts import Link
from daymark.insight import citing, downloads, glossary, histories, pictures, rules
from daymark.insight.queries import figures as queries
from daymark.insight.terms import UK

HOUR = 3600

_CHARTS: dict[str, Callable[..., list[Chart]]] = {
    "picture": pictures.picture,
    "area": lambda only="": pictures.area(only, on=timezone.localdate()),
    "hidden": pictures.hidden,
}
_TABLES: dict[str, Callable[..., list[Chart]]] = {
    "hidden": lambda only="": pictures.sums(only, on=timezone.localdate()),
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
        quoted=_quoted(),
        **_essex(),
    )


@cacheable
def area(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "area",
        title=_("Our area: Essex and Kent"),
        lead=_("Referrals made by a force are not exploitation happening in its area."),
        kent=_made(pictures.KENT),
        **_essex(),
    )


@cacheable
def hidden(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "hidden",
        title=_("How many are hidden?"),
        lead=_("Nobody knows. These are the estimates, and why they are no series."),
        sums=[(one, _links("hidden", one)) for one in _TABLES["hidden"]()],
    )


@cacheable
def then_and_now(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:60]
    return page(
        request,
        "then_and_now",
        title=_("Then and now"),
        lead=_("Where a number comes from, what has become of it, and how to cite it."),
        asked=asked,
        found=next(filter(None, map(histories.quoted, rules.sought(asked))), []),
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
def history_file(
    request: HttpRequest, measure: str, area: str, period: str, breakdown: str, form: str
) -> HttpResponse:
    """One figure's editions as a file of numbers."""
    then = histories.at(measure, area, period, breakdown)
    if then is None:
        raise Http404
    return downloads.answer(then.as_chart(), request.build_absolute_uri(then.url), form)


@cacheable
def chart(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """One chart at an address to cite, with the question that made it."""
    shown = _chart(name, key)
    address = request.build_absolute_uri(_address(name, shown))
    words = glossary.Page()
    return render(
        request,
        "insight/chart.html",
        {
            "title": shown.title,
            "fewest": queries.fewest(),
            "chart": words.explain(shown),
            "words": words.words,
            "links": _files(name, shown),
            "citation": citing.citation(shown, address),
            "address": address,
            "pages": _pages(name),
        },
    )


@cacheable
def file(request: HttpRequest, name: str, key: str, form: str) -> HttpResponse:
    """A chart to take along, its notes and its source inside."""
    found = _chart(name, key)
    return downloads.answer(found, request.build_absolute_uri(_address(name, found)), form)


def _essex() -> dict[str, object]:
    """The two counts that are often taken for one."""
    sent = queries.years("referrals-sent", area=pictures.ESSEX)
    return {"essex": _made(pictures.ESSEX), "sent": max(sent.items(), default=None)}


def _made(force: str) -> queries.Said | None:
    return queries.in_year("2023", "referrals-made", area=force, breakdown=["by:POLICE"])


def _quoted() -> dict[str, str]:
    """What has become of the number that is quoted most."""
    then = histories.at("referrals", UK, "2022", "all")
    if then is None:
        return {}
    first, last = histories.shown(then.first), histories.shown(then.now)
    return {"first": first, "last": last, "url": then.url}


def page(
    request: HttpRequest, name: str, *, title: str, lead: str, **context: object
) -> HttpResponse:
    charts = _CHARTS[name]() if name in _CHARTS else []
    words = glossary.Page()
    shown = [(words.explain(one), _links(name, one)) for one in charts]
    context |= {"title": title, "lead": lead, "charts": shown, "pages": _pages(name)}
    context |= {"fewest": queries.fewest()}
    return render(request, f"insight/{name}.html", context | {"words": words.words})


def _links(name: str, one: Chart) -> list[Link]:
    return [*_files(name, one), Link(_("Cite it"), _address(name, one))]


def _files(name: str, one: Chart) -> list[Link]:
    return [
        Link(label, reverse("figures_file", args=[name, one.key, form]))
        for form, label in downloads.forms(one)
    ]


def _address(name: str, one: Chart) -> str:
    """Where a chart, or a table that is none, can be cited."""
    return reverse("figures_chart", args=[name, one.key])


def _pages(current: str) -> list[Link]:
    names = (
        ("picture", _("The picture")),
        ("area", _("Our area")),
        ("then_and_now", _("Then and now")),
        ("hidden", _("How many are hidden?")),
    )
    return [Link(label, reverse(f"figures_{name}"), name == current) for name, label in names]


def _chart(name: str, key: str) -> Chart:
    makers = [made[name] for made in (_CHARTS, _TABLES) if name in made]
    for one in (chart for maker in makers for chart in maker(key)):
        return one
    raise Http404
