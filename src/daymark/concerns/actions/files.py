"""What the worker does with files, and what is written down when a member looks at one."""

import hashlib
import logging
from base64 import b64decode
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from daymark.access.models import Dossier
from daymark.agencies.models import Member
from daymark.audit import actions as audit
from daymark.concerns import copying, queries, rules, scanning
from daymark.concerns.actions.door import Attached, piece_of
from daymark.concerns.actions.history import remember
from daymark.concerns.copying import Copy
from daymark.concerns.models import Arrival, File, Original, Parcel, Piece
from daymark.concerns.terms import Copying, Media, NoCopy, Verb
from daymark.vault import locking

log = logging.getLogger(__name__)

TRIES = 3
"""A file whose copying ends the worker itself, this often, is left alone."""


class CutOff(Exception):
    """Fewer or more bytes than the reporter sent."""


def expect(dossier: Dossier, named: Sequence[Attached], *, at: datetime) -> None:
    """Remember which parcels belong to a concern; in the transaction that opens its envelope.

    A file has the id of its parcel: what a report that was sent again names again is known.
    """
    parcels = {UUID(one.id): one for one in named}
    known = set(File.unrestricted.filter(pk__in=parcels).values_list("pk", flat=True))
    last = File.unrestricted.filter(dossier=dossier).aggregate(last=Max("number"))["last"] or 0
    for number, pk in enumerate((pk for pk in parcels if pk not in known), start=last + 1):
        one = parcels[pk]
        file = File(id=pk, dossier=dossier, number=number, size=rules.size_shown(one.size), at=at)
        file.save(force_insert=True)
        about = {"name": one.name, "key": one.key, "size": one.size}
        original = Original(file=file, dossier=dossier, parcel=pk, about=about, body=None)
        original.save(force_insert=True)


def open_parcels() -> int:
    """Bring what was named by reports under the keys of their dossiers, one at a time.

    What cannot be opened stays, says so, is tried again and is counted by `daymark check`.
    """
    waiting = Original.unrestricted.filter(parcel__isnull=False, file__state=Copying.WAITING)
    troubled = Parcel.unrestricted.exclude(trouble="").values("pk")
    opened = 0
    for pk in list(
        waiting.exclude(parcel__in=troubled).order_by("pk").values_list("pk", flat=True)
    ):
        try:
            with transaction.atomic():
                opened += _open_one(pk)
        except Exception as error:
            log.error("A file could not be opened: %s", type(error).__name__)
            parcels = Original.unrestricted.filter(pk=pk).values("parcel")
            Parcel.unrestricted.filter(pk__in=parcels).update(trouble=type(error).__name__)
    return opened


def retry_parcels() -> int:
    """Try again what could not be opened, after somebody mended the cause."""
    return Parcel.unrestricted.exclude(trouble="").update(trouble="")


def _open_one(pk: UUID) -> bool:
    original = (
        Original.unrestricted.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, parcel__isnull=False)
        .first()
    )
    if original is None or original.parcel is None:
        return False
    parcel = Parcel.unrestricted.filter(pk=original.parcel).first()
    if parcel is None:
        log.error("A file that a report names is not there")
        File.unrestricted.filter(pk=pk).update(state=Copying.NO_COPY, because=NoCopy.MISSING)
        return False
    about = original.about
    body = _unlocked(parcel.pk, b64decode(about["key"]), size=about["size"])
    original.about = {
        "name": about["name"],
        "size": about["size"],
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    original.body, original.parcel = body, None
    original.save(update_fields=["about", "body", "parcel"])
    Piece.unrestricted.filter(parcel=parcel).delete()
    parcel.delete()
    File.unrestricted.filter(pk=pk).update(media=rules.media(body))
    return True


def _unlocked(parcel: UUID, key: bytes, *, size: int) -> bytes:
    pieces = Piece.unrestricted.filter(parcel=parcel).order_by("number")
    body = b"".join(
        locking.unlock(key, bytes(one.locked), bound_to=piece_of(parcel, number))
        for number, one in enumerate(pieces)
    )
    if len(body) != size:
        raise CutOff
    return body


def make_copies(
    *,
    now: datetime,
    scan: scanning.Scan = scanning.nothing,
    copy_of: Callable[[bytes, Media], Copy] = copying.copy_of,
    most: int = 20,
) -> int:
    """Scan what waits and make the copies that members look at.

    The original is stored before this begins, and a file stays waiting until its copy is stored:
    whatever ends the worker in between costs one more try and nothing else.
    """
    waiting = File.unrestricted.filter(
        state=Copying.WAITING, pk__in=Original.unrestricted.filter(parcel=None).values("pk")
    )
    done = 0
    for pk in list(waiting.order_by("at", "number").values_list("pk", flat=True)[:most]):
        File.unrestricted.filter(pk=pk).update(tries=F("tries") + 1)
        original = Original.unrestricted.select_related("file").get(pk=pk)
        body, file = original.body or b"", original.file
        try:
            signature = scan(body)
        except scanning.Silent as silence:
            File.unrestricted.filter(pk=pk).update(tries=F("tries") - 1)
            log.error("The scanner does not answer (%s); files wait", silence)
            break
        if signature:
            made = Copy(because=NoCopy.MALWARE)
        elif file.tries > TRIES:
            made = Copy(because=NoCopy.TOO_MUCH)
        else:
            made = copy_of(body, Media(file.media))
        _keep(pk, made, signature=signature, now=now)
        done += 1
    return done


def _keep(pk: UUID, made: Copy, *, signature: str, now: datetime) -> None:
    with transaction.atomic():
        file = (
            File.unrestricted.select_for_update(of=("self",)).select_related("dossier").get(pk=pk)
        )
        file.state, file.because = Copying.CLEAN, ""
        file.copy, file.preview = made.body, made.preview or None
        if made.because:
            file.state, file.because, file.copy = Copying.NO_COPY, made.because, None
        if signature:
            file.state = Copying.REFUSED
            detail = f"{file.number} {signature}"[:200]
            remember(file.dossier, Verb.MALWARE, by=None, at=rules.rounded(now), detail=detail)
            audit.record("file.malware", of=file, at=now, signature=signature[:100])
        file.save(update_fields=["state", "because", "copy", "preview"])


def let_go(*, now: datetime) -> int:
    """Delete parcels that no report named in time; their keys are gone already.

    Not while any envelope is unopened: it may name one.
    """
    kept_for = queries.content.allowance(on=timezone.localdate(now)).kept_for
    with transaction.atomic():
        if Arrival.unrestricted.filter(opened_at=None).exists():
            return 0
        named = Original.unrestricted.filter(parcel__isnull=False).values("parcel")
        gone = Parcel.unrestricted.filter(
            received_at__lt=rules.abandoned_before(kept_for=kept_for, now=now)
        ).exclude(pk__in=named)
        pks = list(gone.values_list("pk", flat=True))
        Piece.unrestricted.filter(parcel__in=pks).delete()
        Parcel.unrestricted.filter(pk__in=pks).delete()
        return len(pks)


def showed(file: File, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        audit.record("file.shown", of=file, by=by, at=at, number=file.number)


def take_original(original: Original, *, by: Member, at: datetime) -> None:
    """Handing out the original is remembered with the concern: who had the evidence, and when."""
    with transaction.atomic():
        file = original.file
        remember(file.dossier, Verb.TAKEN, by=by, at=at, detail=str(file.number))
        audit.record(
            "file.original_taken",
            of=original,
            by=by,
            at=at,
            number=file.number,
            sha256=original.about["sha256"],
        )
