"""What a reporter reads with a code."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from daymark.concerns.models import Letter, Thread
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
