"""`{% chart one %}` draws a chart with its sentences, its table and its downloads."""

from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from daymark.design.charts import Chart

register = template.Library()


@register.inclusion_tag("design/charts/figure.html")
def chart(one: Chart, csv_url: str = "", svg_url: str = "", level: int = 2) -> dict[str, Any]:
    return {
        "chart": one,
        "csv_url": csv_url,
        "svg_url": svg_url,
        "level": level,
        "drawn": draw(one),
    }


def draw(one: Chart, style: str = "") -> SafeString:
    """The SVG alone; with `style`, one that stands by itself in a file."""
    # Not in the reader's own way of writing numbers: "12,5" is no place in a drawing.
    context = Context({"chart": one, "style": style}, use_l10n=False)
    return SafeString(get_template(one.template).template.render(context))  # type: ignore[attr-defined]
