"""What a reporter reads with a code."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from daymark.concerns.models import Left, Letter, Thread
from daymark.vault import codes, sealing


@dataclass(frozen=True)
class Said:
    """A letter from the desk, opened with the reporter's code."""

    on: date
    text: str


def thread_of(code: codes.Code, *, pepper: bytes) -> Thread | None:
    """The reporter's thread: the database shows its row to whoever names its hash."""
    lookup = codes.lookup(code, pepper)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('daymark.lookup', %s, true)", [lookup.hex()])
    return Thread.unrestricted.select_related("desk").filter(lookup=lookup).first()


def left(visits: Iterable[UUID]) -> bool:
    """Whether somebody left these pages: a browser may still offer to send them once more."""
    return Left.unrestricted.filter(pk__in=visits).exists()


def letters_of(thread: Thread, code: codes.Code, *, pepper: bytes) -> list[Said]:
    """What the desk wrote to this reporter, oldest first."""
    pair = sealing.pair_from_seed(codes.seed(code, pepper), context=b"reporter")
    return [
        Said(
            on=letter.sent_on,
            text=sealing.open_sealed(
                pair.private, bytes(letter.sealed), context=f"letter:{letter.pk}".encode()
            ).decode(),
        )
        for letter in Letter.unrestricted.filter(thread=thread).order_by("pk")
    ]
