"""What the public door does: it seals, stores and forgets."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from daymark.agencies.models import Desk
from daymark.concerns import queries, rules
from daymark.concerns.models import (
    Arrival,
    Thread,
)
from daymark.vault import codes, sealing


@dataclass(frozen=True)
class Details:
    """What somebody answered a question at a time. Empty is not answered.

    `setting` and `signs` are keys of the signs room; the other codes are in `terms`.
    """

    setting: str = ""
    signs: list[str] = field(default_factory=list)
    exact: str = ""
    since: str = ""
    going_on: str = ""
    how_many: str = ""
    ages: list[str] = field(default_factory=list)
    sexes: list[str] = field(default_factory=list)
    looks: str = ""
    vehicles: str = ""
    phones: str = ""
    business: str = ""

    @property
    def text(self) -> str:
        """What was typed, not ticked: to be searched, and tied to what others said."""
        typed = (self.since, self.looks, self.vehicles, self.phones, self.business)
        return "\n".join(part for part in typed if part)


@dataclass(frozen=True)
class Teller:
    """Who somebody is to what they tell, and how far they may be known."""

    known: str = ""
    relation: str = ""
    name: str = ""
    contact: str = ""
    safe: str = ""


@dataclass(frozen=True)
class Report:
    """What somebody told us: the quick page alone, or more."""

    danger: bool
    what: str
    where: str
    language: str
    details: Details = Details()
    teller: Teller = Teller()

    def sealed_for(self, desk: Desk, pk: UUID) -> bytes:
        return sealing.seal(
            bytes(desk.public_key), json.dumps(asdict(self)).encode(), context=context(pk)
        )

    @classmethod
    def opened(cls, said: dict[str, Any]) -> "Report":
        """What `sealed_for` sealed; an older report said nothing of the later parts."""
        parts = {
            "details": Details(**said.get("details", {})),
            "teller": Teller(**said.get("teller", {})),
        }
        return cls(**said | parts)


def file_report(report: Report, *, pk: UUID, code: codes.Code, pepper: bytes, at: datetime) -> None:
    """Seal a report to the desk that reads its area. Filing the same one twice files it once.

    `pk` and `code` travel sealed in the reporter's form, so a double press, a reload and a lost
    connection all end with one report and the same code.
    """
    desk = queries.content.desk_for(report.where, on=at.date(), type_key=report.details.setting)
    pair = sealing.pair_from_seed(codes.seed(code, pepper), context=b"reporter")
    try:
        with transaction.atomic():
            thread = Thread(
                id=pk,
                lookup=codes.lookup(code, pepper),
                reporter_key=pair.public,
                desk=desk,
                told_on=at.date(),
            )
            thread.save(force_insert=True)
            _store(thread, report.sealed_for(desk, pk), pk=pk, first=True, at=at)
    except IntegrityError as error:
        if not _filed_already(error):
            raise


def add_to_report(thread: Thread, text: str, *, pk: UUID, at: datetime) -> None:
    """Seal what a reporter adds later to the desk that now answers for the concern."""
    _add(thread, {"text": text}, pk=pk, at=at)


def withdraw_contact(thread: Thread, *, pk: UUID, at: datetime) -> None:
    """Ask, sealed, that the desk empties what it holds of who the reporter is."""
    _add(thread, {"withdraw": True}, pk=pk, at=at)


def _add(thread: Thread, said: dict[str, Any], *, pk: UUID, at: datetime) -> None:
    body = json.dumps(said).encode()
    sealed = sealing.seal(bytes(thread.desk.public_key), body, context=context(pk))
    try:
        with transaction.atomic():
            _store(thread, sealed, pk=pk, first=False, at=at)
    except IntegrityError as error:
        if not _filed_already(error):
            raise


def _store(thread: Thread, sealed: bytes, *, pk: UUID, first: bool, at: datetime) -> None:
    arrival = Arrival(
        id=pk,
        thread=thread,
        desk=thread.desk,
        sealed=sealed,
        first=first,
        received_at=rules.rounded(at),
    )
    arrival.save(force_insert=True)


def _filed_already(error: IntegrityError) -> bool:
    diagnosis = getattr(error.__cause__, "diag", None)
    return bool(diagnosis and str(diagnosis.constraint_name).endswith("_pkey"))


def context(pk: UUID) -> bytes:
    return f"arrival:{pk}".encode()
