"""What `daymark check` says of files."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from tests.roles import as_role

from daymark.concerns import actions
from daymark.concerns.actions.door import Packing, Report
from daymark.concerns.models import File, Parcel, Piece
from daymark.concerns.tests.people import NOW, people
from daymark.design.ids import new_id
from daymark.site import setup
from daymark.vault import codes


def arrived() -> None:
    """One report with one file, its envelope opened."""
    people()
    with transaction.atomic():
        packing = Packing("a.txt", at=NOW)
        packing.add(b"evidence")
        sent = packing.finish()
    report = Report(danger=False, what="A van.", where="", language="en", files=[sent])
    actions.door.file_report(report, pk=new_id(), code=codes.new(), pepper=bytes(32), at=NOW)
    actions.arrivals.open_arrivals(now=NOW)
    File.unrestricted.update(at=timezone.now())


def test_a_file_that_cannot_be_opened_is_found(db):
    with as_role("owner"):
        arrived()
        assert setup.check("arrivals") == []
        Piece.unrestricted.update(locked=bytes(60))
        actions.files.open_parcels()
        (said,) = setup.check("arrivals")
    assert said.endswith("could not be opened (Misplaced)")


def test_a_file_that_is_not_there_is_found(db):
    with as_role("owner"):
        arrived()
        Piece.unrestricted.all().delete()
        Parcel.unrestricted.all().delete()
        actions.files.open_parcels()
        (said,) = setup.check("arrivals")
    assert said.endswith("names one that is not here")


def test_files_that_wait_for_a_silent_scanner_are_found(db):
    with as_role("owner"):
        arrived()
        actions.files.open_parcels()
        File.unrestricted.update(at=timezone.now() - timedelta(hours=4))
        (said,) = setup.check("arrivals")
    assert said.startswith("files: 1 have waited")
