"""What the public door does: it seals, stores and forgets."""

import json
from dataclasses import dataclass
from datetime import datetime
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
class Report:
    """What somebody told us on the quick page."""

    danger: bool
    what: str
    where: str
    language: str

    def sealed_for(self, desk: Desk, pk: UUID) -> bytes:
        return sealing.seal(
            bytes(desk.public_key), json.dumps(vars(self)).encode(), context=context(pk)
        )


def file_report(report: Report, *, pk: UUID, code: codes.Code, pepper: bytes, at: datetime) -> None:
    """Seal a report to the desk that reads its area. Filing the same one twice files it once.

    `pk` and `code` travel sealed in the reporter's form, so a double press, a reload and a lost
    connection all end with one report and the same code.
    """
    desk = queries.content.desk_for(report.where, on=at.date())
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
    body = json.dumps({"text": text}).encode()
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
