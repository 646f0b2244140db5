"""Beginning a study, reading lists of tokens in, choosing and forgetting them. Each is audited."""

import hashlib
import hmac
from datetime import date, datetime
from operator import itemgetter
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from daymark.access import queries as access
from daymark.agencies.models import Agency, Member
from daymark.audit import actions as audit
from daymark.insight.models import Chosen, SeenList, Sighting, Study, StudyShare
from daymark.insight.queries import studies as queries
from daymark.insight.tokens import Reading
from daymark.vault import actions as vault
from daymark.vault import locking

AT_ONCE = 5000
MOST_LISTS = 12
"""As many as `prevalence` takes."""


class NothingRead(ValueError):
    """A file with refused rows is not read in at all."""


class LabelTaken(ValueError):
    """Two lists of one study need names of their own."""


class TooManyLists(ValueError):
    """More lists than the methods can take."""


class NotShown(Exception):
    """No agreement between the two agencies lasts until then."""


def begin(
    *, name: str, population: str, first: date, last: date, by: Member, at: datetime
) -> Study:
    with transaction.atomic():
        study = Study.unrestricted.create(
            agency_id=by.agency_id,
            name=name,
            population=population,
            first_date=first,
            last_date=last,
            made_by=by,
            made_at=at,
        )
        audit.record("study.begun", of=study, by=by, at=at)
        return study


def look(study: Study, *, by: Member, at: datetime) -> None:
    """Counts of a study are a read of it."""
    with transaction.atomic():
        audit.record("study.read", of=study, by=by, at=at)


def refuse_file(reading: Reading, *, by: Member, at: datetime) -> None:
    """Remember that a file was turned away and for what, and nothing of what stood in it."""
    with transaction.atomic():
        reasons = sorted(reading.reasons)
        number = len(reading.refused)
        audit.record("list.refused", by=by, at=at, rows=reading.rows, bad=number, why=reasons)


def read_in(
    reading: Reading,
    *,
    label: str,
    source: str,
    first: date,
    last: date,
    sha256: str,
    by: Member,
    at: datetime,
) -> SeenList:
    """Keep what a file says until the member has looked at it; what waited before is dropped.

    Raises NothingRead.
    """
    if reading.refused or not reading.people:
        raise NothingRead
    with transaction.atomic():
        for waiting in queries.waiting_lists(by):
            forget(waiting, by=by, at=at)
        one = SeenList.unrestricted.create(
            agency_id=by.agency_id,
            label=label,
            source=source,
            first_date=first,
            last_date=last,
            rows=reading.rows,
            people=len(reading.people),
            strata=list(reading.strata),
            made_with=reading.made_with,
            sha256=sha256,
            uploaded_by=by,
            uploaded_at=at,
        )
        key = _key(by.agency_id, at=at)
        # In an order that says nothing of the order in the file.
        blinded = sorted(
            ((_blind(key, token), dict(told)) for token, told in reading.people.items()),
            key=itemgetter(0),
        )
        Sighting.unrestricted.bulk_create(
            [Sighting(list=one, person=person, strata=told) for person, told in blinded],
            batch_size=AT_ONCE,
        )
        audit.record("list.read_in", of=one, by=by, at=at, rows=one.rows, people=one.people)
        return one


def _key(agency: UUID, *, at: datetime) -> bytes:
    """Of this deployment and of one agency: lists of two agencies cannot be matched here, and a
    stolen table cannot be matched with the lists it was made from."""
    return locking.subkey(vault.ensure_search_key(at=at), b"study tokens\0" + agency.bytes)


def _blind(key: bytes, token: bytes) -> bytes:
    return hmac.digest(key, token, hashlib.sha256)


def accept(one: SeenList, study: Study, *, by: Member, at: datetime) -> Chosen:
    """What was read in counts from now on, in this study. Raises LabelTaken or TooManyLists."""
    with transaction.atomic():
        SeenList.unrestricted.filter(pk=one.pk, accepted_at=None).update(accepted_at=at)
        audit.record("list.accepted", of=one, by=by, at=at)
        return choose(one, study, by=by, at=at)


def choose(one: SeenList, study: Study, *, by: Member, at: datetime) -> Chosen:
    """Count a list of the agency's in this study too. Raises LabelTaken or TooManyLists."""
    with transaction.atomic():
        there = queries.lists_in(study)
        if one.label in {other.label for other in there}:
            raise LabelTaken
        if len(there) >= MOST_LISTS:
            raise TooManyLists
        chosen = Chosen.unrestricted.create(study=study, list=one, added_by=by, added_at=at)
        audit.record("list.chosen", of=one, by=by, at=at, study=study.pk)
        return chosen


def leave_out(one: SeenList, study: Study, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        Chosen.unrestricted.filter(study=study, list=one, removed_at=None).update(removed_at=at)
        audit.record("list.left_out", of=one, by=by, at=at, study=study.pk)


def forget(one: SeenList, *, by: Member, at: datetime) -> None:
    """Delete a list's tokens, in every study; that there was such a list stays known."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT insight_forget(%s, %s)", [one.pk, at])
        audit.record("list.forgotten", of=one, by=by, at=at)


def show(study: Study, to: Agency, *, until: datetime, by: Member, at: datetime) -> StudyShare:
    """Let another agency's analysts read counts and estimates. Raises NotShown."""
    if access.agreement_between(study.agency, to, now=at, until=until) is None:
        raise NotShown
    try:
        with transaction.atomic():
            given = StudyShare.unrestricted.create(
                study=study, agency=to, until=until, made_by=by, made_at=at
            )
            audit.record("study.shown", of=study, by=by, at=at, to=to.pk, until=until)
            return given
    except DatabaseError as refused:  # an agreement that ended meanwhile
        raise NotShown from refused


def end_showing(given: StudyShare, *, by: Member, at: datetime) -> None:
    with transaction.atomic():
        StudyShare.unrestricted.filter(pk=given.pk, ended_at=None).update(ended_at=at)
        audit.record("study.hidden", of=given.study, by=by, at=at, agency_shown=given.agency_id)
