"""Taking files in at the public door: locked and stored as they arrive, never on a disk in clear.

Django's own upload handlers keep a large file in a temporary one. Ours hand each part on to
`actions.door.Packing` the moment it is there.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from daymark.concerns import queries, rules
from daymark.concerns.actions.door import Attached, NoRoom, Packing, attached

PART = 64 * 1024
MEGABYTE = 1_000_000
OFF = "off:"
"""How the value of the button begins that takes a file off again; its id follows."""


class NoFiles(FileUploadHandler):
    """For every page that asks for no file: whatever is sent is read past and forgotten."""

    chunk_size = PART

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None: ...

    def file_complete(self, file_size: int) -> None: ...


@dataclass
class Limits:
    """How much may be attached; `most` and `largest` as the allowance says."""

    most: int
    largest: int
    kept_for: timedelta

    @property
    def megabytes(self) -> int:
        return self.largest // MEGABYTE


class Taking(FileUploadHandler):
    """Packs each file as it comes. What could not be taken is told by name; the rest is kept."""

    chunk_size = PART

    def __init__(self, request: HttpRequest, limits: Limits, at: datetime) -> None:
        super().__init__(request)
        self.taken: list[Attached] = []
        self.troubles: list[str] = []
        self.limits, self._at = limits, at
        self._packing: Packing | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if len(self.taken) >= self.limits.most:
            self.refuse(self.file_name, too_many(), most=self.limits.most)
            raise SkipFile
        self._packing = Packing(self.file_name or "", at=self._at)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._packing is None:
            return
        if self._packing.size + len(raw_data) > self.limits.largest:
            self._packing.drop()
            self._packing = None
            self.refuse(
                self.file_name,
                gettext("“%(name)s” was not attached: it is larger than %(megabytes)s MB."),
                megabytes=self.limits.megabytes,
            )
            return
        self._packing.add(raw_data)

    def file_complete(self, file_size: int) -> None:
        packing, self._packing = self._packing, None
        if packing is None:
            return
        if not packing.size:
            packing.drop()
            self.refuse(self.file_name, gettext("“%(name)s” was not attached: it is empty."))
            return
        try:
            self.taken.append(packing.finish())
        except NoRoom:
            self.refuse(
                self.file_name,
                gettext(
                    "“%(name)s” was not attached: there is no room for files just now. Send your "
                    "report without it. You can add files later with your code."
                ),
            )

    def upload_interrupted(self) -> None:
        # The connection dropped: of half a request nothing counts, and whoever sends it again
        # sends all of it.
        raise BadRequest

    def refuse(self, name: str | None, words: str, **values: object) -> None:
        self.troubles.append(words % {"name": rules.plain_name(name or ""), **values})


def too_many() -> str:
    return gettext("“%(name)s” was not attached: %(most)s files are the most.")


def limits(now: datetime) -> Limits:
    found = queries.content.allowance(on=timezone.localdate(now))
    return Limits(found.files, found.megabytes * MEGABYTE, found.kept_for)


def take_in(request: HttpRequest, now: datetime) -> Taking:
    """Reads the request: call it before anything looks at `request.POST`."""
    taking = Taking(request, limits(now), now)
    request.upload_handlers = [taking]
    _ = request.POST
    return taking


def attach(said: dict[str, Any], taking: Taking) -> None:
    """Add what was taken to what was said so far; what is too many is left out and told."""
    files = attached(said) + taking.taken
    for one in files[taking.limits.most :]:
        taking.refuse(one.name, too_many(), most=taking.limits.most)
    if files:
        said["files"] = [asdict(one) for one in files[: taking.limits.most]]


def take_off(said: dict[str, Any], which: str) -> None:
    """Leave one file out again; nobody can open it any more."""
    said["files"] = [asdict(one) for one in attached(said) if one.id != which]


def stale(said: dict[str, Any], now: datetime) -> list[Attached]:
    """What waited in an open page for too long to be sent."""
    kept_for = limits(now).kept_for
    return [
        one
        for one in attached(said)
        if not rules.still_waits(datetime.fromisoformat(one.at), kept_for=kept_for, now=now)
    ]


def let_go(said: dict[str, Any], now: datetime) -> list[str]:
    """Leave out what is stale; gives the names, so that somebody can attach them again."""
    gone = stale(said, now)
    for one in gone:
        take_off(said, one.id)
    return [one.name for one in gone]
