"""What the public door does: it seals, stores and forgets."""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from daymark.agencies.models import Desk, Member
from daymark.audit import actions as audit
from daymark.concerns import queries, rules
from daymark.concerns.models import (
    Arrival,
    Left,
    Parcel,
    Piece,
    Thread,
)
from daymark.design.ids import new_id
from daymark.vault import codes, locking, sealing


class NoRoom(Exception):
    """Too much waits already for reports that were not sent; a report itself always has room."""


@dataclass(frozen=True)
class Attached:
    """A file that was taken in: it travels in the reporter's page, and then in the report.

    Only who holds `key` can open the parcel, and nothing in the database does.
    """

    id: str
    key: str
    name: str
    size: int
    at: str


def attached(said: dict[str, Any]) -> list[Attached]:
    """The files that a page or an envelope names; an older one names none."""
    return [Attached(**one) for one in said.get("files", [])]


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
    files: list[Attached] = field(default_factory=list)
    taken_by: str = ""
    """The member who wrote it down for somebody on the phone."""

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
            "files": attached(said),
        }
        return cls(**said | parts)


def file_report(
    report: Report,
    *,
    pk: UUID,
    code: codes.Code,
    pepper: bytes,
    at: datetime,
    sent_as: UUID | None = None,
    words: str = "",
) -> None:
    """Seal a report to the desk that reads its area. Filing the same one twice files it once.

    `pk` and `code` travel sealed in the reporter's form, so a double press, a reload and a lost
    connection all end with one report and the same code. `sent_as` differs where they came back
    to the form and changed it: then `words`, the whole of it, is added to what is filed already.
    """
    desk = queries.content.desk_for(
        report.where, on=timezone.localdate(at), type_key=report.details.setting
    )
    pair = sealing.pair_from_seed(codes.seed(code, pepper), context=b"reporter")
    thread = Thread(
        id=pk,
        lookup=codes.lookup(code, pepper),
        reporter_key=pair.public,
        desk=desk,
        told_on=timezone.localdate(at),
    )
    arrival = sent_as or pk
    try:
        with transaction.atomic():
            thread.save(force_insert=True)
            _store(thread, report.sealed_for(desk, arrival), pk=arrival, first=True, at=at)
    except IntegrityError as error:
        if not _filed_already(error):
            raise
        if sent_as:
            # Other words may lead to another desk: what is added goes where the report lies.
            held = queries.door.thread_of(code, pepper=pepper) or thread
            add_to_report(held, words, pk=sent_as, at=at, files=report.files, danger=report.danger)


def take_call(
    report: Report, *, pk: UUID, code: codes.Code, pepper: bytes, by: Member, at: datetime
) -> None:
    """File what somebody said on the phone; who took it travels sealed with it."""
    with transaction.atomic():
        taken = replace(report, taken_by=str(by.pk))
        file_report(taken, pk=pk, code=code, pepper=pepper, at=at)
        audit.record("call.taken", by=by, at=at)


def add_to_report(
    thread: Thread,
    text: str,
    *,
    pk: UUID,
    at: datetime,
    files: Sequence[Attached] = (),
    danger: bool = False,
) -> None:
    """Seal what a reporter adds later to the desk that now answers for the concern."""
    said = {"text": text, "files": [asdict(one) for one in files], "danger": danger}
    _add(thread, said, pk=pk, at=at)


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


def leave(visits: Iterable[UUID]) -> None:
    """From now on nothing that the pages of these visits hold is taken, shown or sent again."""
    Left.unrestricted.bulk_create([Left(id=visit) for visit in visits], ignore_conflicts=True)


PIECE = 1024 * 1024


class Packing:
    """Takes one file in: it is locked and stored piece by piece while the rest still arrives.

    Begin it inside a transaction, then `add` what arrives, then `finish` or `drop`. Nothing of
    the file is ever clear on a disk, nor whole in memory.
    """

    def __init__(self, name: str, *, at: datetime) -> None:
        self.at = rules.rounded(at)
        self.pk, self.name, self.size = new_id(self.at), rules.plain_name(name), 0
        self._key, self._rest, self._pieces = secrets.token_bytes(32), bytearray(), 0
        self._before = transaction.savepoint()

    def add(self, some: bytes) -> None:
        self.size += len(some)
        self._rest += some
        while len(self._rest) >= PIECE:
            self._store(bytes(self._rest[:PIECE]))
            del self._rest[:PIECE]

    def finish(self) -> Attached:
        """Raises NoRoom."""
        if self._rest:
            self._store(bytes(self._rest))
        parcel = Parcel(id=self.pk, size=rules.size_shown(self.size), received_at=self.at)
        try:
            with transaction.atomic():
                parcel.save(force_insert=True)
        except IntegrityError:
            self.drop()
            raise NoRoom from None
        transaction.savepoint_commit(self._before)
        key = b64encode(self._key).decode()
        return Attached(str(self.pk), key, self.name, self.size, self.at.isoformat())

    def drop(self) -> None:
        transaction.savepoint_rollback(self._before)

    def _store(self, some: bytes) -> None:
        locked = locking.lock(self._key, some, bound_to=piece_of(self.pk, self._pieces))
        piece = Piece(id=new_id(self.at), parcel_id=self.pk, number=self._pieces, locked=locked)
        piece.save(force_insert=True)
        self._pieces += 1


def piece_of(parcel: UUID, number: int) -> bytes:
    return f"parcel:{parcel}:{number}".encode()


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
