"""Taking files in at the public door: locked and stored as they arrive, never on a disk in clear.

Django's own upload handlers keep a large file in a temporary one. Ours hand each part on to
`actions.door.Packing` the moment it is there.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext

from daymark.concerns import queries, rules
from daymark.concerns.actions.door import Attached, NoRoom, Packing, attached

PART = 64 * 1024
MEGABYTE = 1_000_000


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
        self._limits, self._at = limits, at
        self._packing: Packing | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if len(self.taken) >= self._limits.most:
            self._refuse(
                gettext("“%(name)s” was not attached: %(most)s files are the most."),
                most=self._limits.most,
            )
            raise SkipFile
        self._packing = Packing(self.file_name or "", at=self._at)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._packing is None:
            return
        if self._packing.size + len(raw_data) > self._limits.largest:
            self._packing.drop()
            self._packing = None
            self._refuse(
                gettext("“%(name)s” was not attached: it is larger than %(megabytes)s MB."),
                megabytes=self._limits.megabytes,
            )
            return
        self._packing.add(raw_data)

    def file_complete(self, file_size: int) -> None:
        packing, self._packing = self._packing, None
        if packing is None:
            return
        if not packing.size:
            packing.drop()
            self._refuse(gettext("“%(name)s” was not attached: it is empty."))
            return
        try:
            self.taken.append(packing.finish())
        except NoRoom:
            self._refuse(
                gettext(
                    "“%(name)s” was not attached: there is no room for files just now. Send your "
                    "report without it. You can add files later with your code."
                )
            )

    def _refuse(self, words: str, **values: object) -> None:
        name = rules.plain_name(self.file_name or "")
        self.troubles.append(words % {"name": name, **values})


def limits(now: datetime) -> Limits:
    found = queries.content.allowance(on=now.date())
    return Limits(found.files, found.megabytes * MEGABYTE, found.kept_for)


def take_in(request: HttpRequest, now: datetime) -> Taking:
    """Reads the request: call it before anything looks at `request.POST`."""
    taking = Taking(request, limits(now), now)
    request.upload_handlers = [taking]
    _ = request.POST
    return taking


def attach(draft: dict[str, Any], taking: Taking) -> dict[str, Any]:
    """The draft with what was taken; what is too many is left out and told."""
    most = taking._limits.most
    files = attached(draft) + taking.taken
    for one in files[most:]:
        taking.troubles.append(
            gettext("“%(name)s” was not attached: %(most)s files are the most.")
            % {"name": one.name, "most": most}
        )
    return draft | {"files": [asdict(one) for one in files[:most]]}


def take_off(draft: dict[str, Any], which: str) -> dict[str, Any]:
    """The draft without one file; nobody can open that one any more."""
    kept = [one for one in attached(draft) if one.id != which]
    return draft | {"files": [asdict(one) for one in kept]}


def still_here(draft: dict[str, Any], now: datetime) -> tuple[list[Attached], list[str]]:
    """What can still be sent, and the names of what waited in an open page for too long."""
    kept_for = limits(now).kept_for
    here, gone = [], []
    for one in attached(draft):
        at = datetime.fromisoformat(one.at)
        if rules.still_waits(at, kept_for=kept_for, now=now):
            here.append(one)
        else:
            gone.append(one.name)
    return here, gone
