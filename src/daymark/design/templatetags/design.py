"""The page components; COMPONENTS.md shows each call."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from daymark.design.parts import Clash, Clock, Column, Link

register = template.Library()

NOTE_KINDS = {"info", "success", "warning", "error"}
TAG_KINDS = {"sea", "plain", "signal", "amber", "kelp"}
BUTTON_KINDS = {"primary", "secondary", "quiet", "danger"}


def _part(name: str, **context: Any) -> SafeString:
    return render_to_string(f"design/parts/{name}.html", context)


def _known(kind: str, kinds: set[str]) -> str:
    if kind not in kinds:
        raise template.TemplateSyntaxError(f"{kind!r} is none of {', '.join(sorted(kinds))}")
    return kind


# Page


@register.inclusion_tag("design/parts/page_heading.html")
def page_heading(title: str, caption: str = "", lead: str = "") -> dict[str, Any]:
    return {"title": title, "caption": caption, "lead": lead}


@register.inclusion_tag("design/parts/back_link.html")
def back_link(url: str, text: str = "") -> dict[str, Any]:
    return {"url": url, "text": text}


@register.inclusion_tag("design/parts/language_nav.html")
def language_nav(
    links: list[Link], offered: Link | None = None, carrying: str = ""
) -> dict[str, Any]:
    """On a page that is a form, buttons that send it to the other language's address.

    They name the language as well, for text browsers that know one address for each form. The
    hidden button comes first, so that Enter in a field is what the form's own button does.
    """
    return {"links": links, "offered": offered, "carrying": carrying}


@register.inclusion_tag("design/parts/enhance.html")
def enhance() -> dict[str, Any]:
    """The optional script: character counts, kept drafts, copy buttons."""
    return {}


@register.inclusion_tag("design/parts/public_script.html")
def public_script() -> dict[str, Any]:
    """The public door's optional script: Back keeps what was typed, leaving at once by keyboard."""
    return {}


@register.inclusion_tag("design/parts/tabs.html")
def tabs(links: list[Link], label: str) -> dict[str, Any]:
    return {"links": links, "label": label}


# Notices


@register.simple_block_tag
def danger_notice(content: str) -> SafeString:
    return _part("danger_notice", content=content)


@register.simple_block_tag
def notification(content: str, kind: str = "info", title: str = "") -> SafeString:
    return _part("notification", content=content, kind=_known(kind, NOTE_KINDS), title=title)


@register.filter
def design_kind(level_tag: str) -> str:
    """The notification for a level of Django's messages."""
    return level_tag if level_tag in NOTE_KINDS else "info"


@register.simple_block_tag
def empty(content: str, title: str, level: int = 2) -> SafeString:
    return _part("empty", content=content, title=title, level=level)


# Choices and actions


@register.simple_block_tag
def doors(content: str) -> SafeString:
    return _part("doors", content=content)


@register.simple_block_tag
def door(content: str, title: str, url: str, first: bool = False) -> SafeString:
    return _part("door", content=content, title=title, url=url, first=first)


@register.inclusion_tag("design/parts/button.html")
def button(text: str, kind: str = "primary", name: str = "", value: str = "") -> dict[str, Any]:
    return {"text": text, "kind": _known(kind, BUTTON_KINDS), "name": name, "value": value}


@register.inclusion_tag("design/parts/button_link.html")
def button_link(text: str, url: str, kind: str = "primary") -> dict[str, Any]:
    return {"text": text, "kind": _known(kind, BUTTON_KINDS), "url": url}


@register.simple_block_tag
def details(content: str, summary: str, opened: bool = False) -> SafeString:
    return _part("details", content=content, summary=summary, opened=opened)


# Forms


@register.inclusion_tag("design/parts/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    return {"errors": [entry for form in forms for entry in _errors(form)]}


def _errors(form: BaseForm) -> list[tuple[str, str]]:
    found = [("", str(error)) for error in form.non_field_errors()]
    for field in form:
        target = "" if field.is_hidden else error_target(field)
        found += [(target, _named(field, str(error))) for error in field.errors]
    return found


def _named(field: BoundField, error: str) -> str:
    """Django's own messages ("This field is required") do not say which field: say it."""
    defaults = [
        str(text)
        for kind in type(field.field).__mro__
        for text in getattr(kind, "default_error_messages", {}).values()
    ]
    if error not in defaults:
        return error
    asked = str(field.label)
    return f"{asked} {error}" if asked.endswith(("?", "؟", ".", ":")) else f"{asked}: {error}"


@register.filter
def counted(number: int) -> str:
    """A count with its thousands apart, as charts print it."""
    return f"{number:,}"


@register.filter
def error_target(field: BoundField) -> str:
    """The id an error links to: the control itself, or the first of a group."""
    if label_id := field.id_for_label:
        return str(label_id)
    first = field.subwidgets[0].id_for_label if field.subwidgets else None
    return str(first or field.auto_id)


@register.inclusion_tag("design/parts/post_form.html", takes_context=True)
def post_form(
    context: Context,
    form: BaseForm,
    submit: str,
    action: str = "",
    draft_url: str = "",
    cancel_url: str = "",
    kind: str = "primary",
) -> dict[str, Any]:
    return {
        "form": form,
        "submit": submit,
        "action": action,
        "draft_url": draft_url,
        "cancel_url": cancel_url,
        "kind": _known(kind, BUTTON_KINDS),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("design/forms/field.html")
def question(field: BoundField, caption: str = "") -> dict[str, Any]:
    return {"field": field, "heading": True, "caption": caption}


@register.inclusion_tag("design/parts/filter_bar.html")
def filter_bar(form: BaseForm, clear_url: str = "", summary: str = "") -> dict[str, Any]:
    return {"form": form, "clear_url": clear_url, "summary": summary}


@register.inclusion_tag("design/parts/conflict.html")
def conflict(clashes: list[Clash], who: str, when: str) -> dict[str, Any]:
    return {"clashes": clashes, "who": who, "when": when}


# Facts


@register.simple_block_tag
def summary_list(content: str) -> SafeString:
    return _part("summary_list", content=content)


@register.simple_block_tag
def summary_row(
    content: str, key: str, change_url: str = "", change: str = "", change_to: str = ""
) -> SafeString:
    """`change_to` makes Change a button of the form around the list: it sends `to`, that value."""
    return _part(
        "summary_row",
        content=content,
        key=key,
        change_url=change_url,
        change=change,
        change_to=change_to,
    )


@register.simple_block_tag
def table(content: str, caption: str, columns: list[Column], quiet: bool = False) -> SafeString:
    return _part("table", content=content, caption=caption, columns=columns, quiet=quiet)


@register.inclusion_tag("design/parts/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "numbers": [number if isinstance(number, int) else None for number in numbers],
        "request": context["request"],
    }


@register.simple_block_tag
def rows(content: str) -> SafeString:
    return _part("rows", content=content)


@register.simple_block_tag
def row(
    content: str, title: str, url: str = "", clock: Clock | str = "", anchor: str = ""
) -> SafeString:
    """`anchor` lets an address lead back to this row's link, and put the focus there."""
    pace = clock.pace if isinstance(clock, Clock) else ""
    return _part(
        "row", content=content, title=title, url=url, clock=clock, pace=pace, anchor=anchor
    )


@register.inclusion_tag("design/parts/clock.html", name="clock")
def clock_tag(clock: Clock | str) -> dict[str, Any]:
    return {"clock": clock if isinstance(clock, Clock) else Clock(clock)}


@register.inclusion_tag("design/parts/tag.html")
def tag(text: str, kind: str = "sea") -> dict[str, Any]:
    return {"text": text, "kind": _known(kind, TAG_KINDS)}


@register.simple_block_tag
def panel(content: str, title: str = "", level: int = 2) -> SafeString:
    return _part("panel", content=content, title=title, level=level)


@register.inclusion_tag("design/parts/figure.html")
def figure(number: str | int, label: str, note: str = "", url: str = "") -> dict[str, Any]:
    return {"number": number, "label": label, "note": note, "url": url}


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    return _part("timeline", content=content)


@register.simple_block_tag
def event(content: str, title: str, when: str, who: str = "", level: int = 3) -> SafeString:
    return _part("event", content=content, title=title, when=when, who=who, level=level)


@register.simple_block_tag
def conversation(content: str, label: str = "") -> SafeString:
    return _part("conversation", content=content, label=label)


@register.simple_block_tag
def message(content: str, who: str, when: str, mine: bool = False, lang: str = "") -> SafeString:
    return _part("message", content=content, who=who, when=when, mine=mine, lang=lang)


@register.inclusion_tag("design/parts/code_panel.html")
def code_panel(digits: str, words: str = "") -> dict[str, Any]:
    return {"digits": digits.split(), "words": words.split()}
