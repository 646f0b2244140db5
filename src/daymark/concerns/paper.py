"""A concern put on paper: the words of its pages, and the pages.

Everything is read through the queries that narrow to the member who makes it, and nothing
depends on the hour it is read again: the same choice makes the same bytes until the record
changes.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import get_language_info, gettext

from daymark.access.parts import PURPOSES
from daymark.access.terms import Marking, Purpose
from daymark.agencies.models import Member
from daymark.concerns import parts, queries, rules
from daymark.concerns.models import Concern
from daymark.concerns.terms import Part, Verb
from daymark.design import paper
from daymark.signs import queries as signs

TEMPLATE = Path(__file__).parent / "templates" / "concerns" / "paper" / "concern.typ"


@dataclass(frozen=True)
class Choice:
    """What goes on the paper, for whom and why; chosen by a member at a moment."""

    parts: frozenset[str]
    recipient: str
    purpose: str
    at: datetime


@dataclass(frozen=True)
class Paper:
    content: bytes
    name: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def made(concern: Concern, choice: Choice, member: Member, *, now: datetime) -> Paper:
    """The paper this member makes. Parts that are not open to them are not on it."""
    # Papers are English, like the notes on them; what a reporter wrote stays as it is.
    with translation.override("en-gb"):
        data = _data(concern, choice, member, now=now)
    return Paper(
        paper.render(TEMPLATE, data, at=choice.at), f"concern-{concern.dossier.reference}.pdf"
    )


def _data(concern: Concern, choice: Choice, member: Member, *, now: datetime) -> dict[str, Any]:
    dossier, purpose = concern.dossier, purpose_words(choice.purpose)
    said = _Said(concern, choice, member, now)
    sections = [
        section
        for part, section in (
            (Part.ACCOUNT, said.account),
            (Part.DETAILS, said.details),
            (Part.CONVERSATION, said.conversation),
            (Part.REPORTER, said.reporter),
            (Part.HISTORY, said.history),
        )
        if part in choice.parts
    ]
    return {
        "title": gettext("Concern %(reference)s") % {"reference": dossier.reference},
        "marking": marking_words(dossier.marking),
        "agency": f"{dossier.agency}, {dossier.desk}",
        "lead": gettext("As held on %(day)s. What a member of the public told us; not verified.")
        % {"day": _moment(choice.at)},
        "footing": gettext("For %(recipient)s · %(purpose)s")
        % {"recipient": choice.recipient, "purpose": purpose},
        "page": gettext("Page {n} of {of}"),
        "note": gettext(
            "This paper lacks the letters of some scripts: each %(mark)s stands for a character "
            "that is readable in Daymark."
        )
        % {"mark": paper.MISSING},
        "made": [
            _row(gettext("For"), choice.recipient),
            _row(gettext("Purpose"), purpose),
            _row(gettext("Made by"), f"{member.name}, {member.agency}"),
        ],
        "sections": [said.facts, *filter(None, (make() for make in sections))],
    }


@dataclass(frozen=True)
class _Said:
    """The sections, each None where its compartment is not open."""

    concern: Concern
    choice: Choice
    member: Member
    now: datetime

    @property
    def facts(self) -> dict[str, Any]:
        one = self.concern
        kinds = parts.type_words(one.types, signs.types(on=timezone.localdate(self.choice.at)))
        rows = [
            _row(gettext("Received"), _hour(one.received_at)),
            _row(gettext("Area"), str(one.area) if one.area else gettext("Not known")),
            _row(gettext("Urgency"), _urgency(one)),
            _row(gettext("Might be"), kinds or "–"),
            _row(gettext("Language"), language_words(one.language)),
        ]
        if one.closed_at:
            closed = f"{parts.closing_words(one.closed_because)}, {_moment(one.closed_at)}"
            rows.append(_row(gettext("Closed"), closed))
        return _section(gettext("Facts"), rows)

    def account(self) -> dict[str, Any] | None:
        account = self._account()
        if account is None:
            return None
        rows = [
            _row(gettext("What"), account.what or "–", self.concern.language),
            _row(gettext("Where"), account.where or "–", self.concern.language),
        ]
        return _section(gettext("What was said"), rows)

    def details(self) -> dict[str, Any] | None:
        account = self._account()
        if account is None:
            return None
        settings = signs.settings(on=timezone.localdate(self.choice.at))
        answered = parts.details(account, settings).values()
        rows = [_row(asked, answer, self.concern.language) for asked, answer in answered]
        return _section(
            gettext("Answered a question at a time"), rows, gettext("Nothing was answered.")
        )

    def conversation(self) -> dict[str, Any] | None:
        messages = queries.desk.messages_of(self.concern, self.member, now=self.now)
        if messages is None:
            return None
        rows = [
            _row(f"{one.by.name}, {_moment(one.at)}", one.text)
            if one.by
            else _row(
                gettext("Reporter, %(hour)s") % {"hour": _hour(one.at)},
                one.text,
                self.concern.language,
            )
            for one in messages
        ]
        return _section(gettext("Conversation"), rows, gettext("Nobody has written."))

    def reporter(self) -> dict[str, Any] | None:
        source = queries.desk.source_of(self.concern, self.member, now=self.now)
        if source is None:
            return None
        rows = [
            _row(gettext("How far known"), parts.known_words(source.known)),
            _row(gettext("Who they are to this"), parts.relation_words(source.relation) or "–"),
        ]
        if rules.may_name(source.known):
            rows += [
                _row(label, text, self.concern.language)
                for label, text in (
                    (gettext("Name"), source.name),
                    (gettext("How to reach them"), source.contact),
                    (
                        gettext("When and how that is safe"),
                        source.safe or gettext("Not said, so not safe."),
                    ),
                )
                if text
            ]
        return _section(gettext("The reporter"), rows)

    def history(self) -> dict[str, Any] | None:
        events = queries.desk.history_of(self.concern, self.member, now=self.now)
        rows = [
            _row(
                _moment(one.at),
                "\n".join(
                    filter(
                        None,
                        (
                            parts.event_words(one.verb, one.detail)
                            + (f" · {one.by}, {one.by.agency}" if one.by else ""),
                            one.note,
                        ),
                    )
                ),
            )
            # That a paper left is no part of what it says, or no paper could be made twice.
            for one in events.exclude(verb=Verb.EXPORTED)
        ]
        return _section(gettext("History"), rows) if rows else None

    def _account(self) -> Any:
        found = queries.desk.accounts([self.concern], self.member, now=self.now)
        return found.get(self.concern.pk)


def _section(title: str, rows: list[dict[str, str]], empty: str = "") -> dict[str, Any]:
    return {"title": title, "rows": rows, "empty": empty}


def _row(label: str, text: str, lang: str = "en") -> dict[str, str]:
    """`lang` decides how letters join, and which way a text runs when its letters do not."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    first = next((kind for kind in strong if kind in {"L", "R", "AL"}), "L")
    if first != "L":
        lang = lang if lang in {"ar", "fa", "ps", "ur", "ckb", "he"} else "ar"
    elif lang in {"ar", "fa", "ps", "ur", "ckb", "he"}:
        lang = "en"
    return {"label": label, "text": text, "lang": lang}


def _urgency(one: Concern) -> str:
    reasons = ", ".join(parts.reason_words(reason) for reason in one.reasons)
    words = parts.urgency_words(one.urgency)
    return f"{words}: {reasons}" if reasons else words


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y, H:i")


def _hour(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y, H:00")


def marking_words(marking: str) -> str:
    return {
        Marking.OFFICIAL: "OFFICIAL",
        Marking.OFFICIAL_SENSITIVE: "OFFICIAL-SENSITIVE",
    }[Marking(marking)]


def purpose_words(purpose: str) -> str:
    return str(dict(PURPOSES)[Purpose(purpose)])


def language_words(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
