"""`{% chart one %}` draws a chart with its sentences, its table and its downloads."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from daymark.design.charts import Chart
from daymark.design.parts import Link

register = template.Library()


@register.inclusion_tag("design/charts/figure.html")
def chart(one: Chart, links: Sequence[Link] = (), level: int = 2) -> dict[str, Any]:
    """`links` are what the reader may take along: files, and the address of the chart."""
    return {"chart": one, "links": links, "level": level, "drawn": one.kind and draw(one)}


def draw(one: Chart, *, alone: bool = False) -> SafeString:
    """The SVG; `alone` in a file, where no page names it."""
    # Not in the reader's own way of writing numbers: "12,5" is no place in a drawing.
    context = Context({"chart": one, "alone": alone}, use_l10n=False)
    return SafeString(get_template(one.template).template.render(context))  # type: ignore[attr-defined]
