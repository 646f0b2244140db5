"""A file from the reporter's page to the desk, each step as the process that does it."""

import hashlib
import secrets
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.roles import as_role

from daymark.access import actions as access
from daymark.access.terms import Compartment, Ground, Purpose
from daymark.audit.models import Entry
from daymark.concerns import actions, queries, rules, scanning
from daymark.concerns.actions.door import Attached, NoRoom, Packing, Report
from daymark.concerns.copying import Copy
from daymark.concerns.models import Arrival, Event, File, Original, Parcel, Piece
from daymark.concerns.terms import Copying, Media, NoCopy, Verb
from daymark.concerns.tests import pictures
from daymark.concerns.tests.people import NOW, People, concern
from daymark.design.ids import new_id
from daymark.vault import codes

PEPPER = secrets.token_bytes(32)
LATER = NOW + timedelta(days=4)


def attach(body: bytes, name: str = "IMG_2031.jpg", *, at=NOW) -> Attached:
    with as_role("public"), transaction.atomic():
        packing = Packing(name, at=at)
        for start in range(0, len(body), 60_000):
            packing.add(body[start : start + 60_000])
        return packing.finish()


def file_with(*bodies: bytes, name: str = "IMG_2031.jpg") -> tuple[UUID, codes.Code]:
    files = [attach(body, name) for body in bodies]
    report = Report(danger=False, what="A van.", where="", language="vi", files=files)
    pk, code = new_id(), codes.new()
    with as_role("public"):
        actions.door.file_report(report, pk=pk, code=code, pepper=PEPPER, at=NOW)
    return pk, code


def arrive(*bodies: bytes, name: str = "IMG_2031.jpg") -> UUID:
    pk, _ = file_with(*bodies, name=name)
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 1
        assert actions.files.open_parcels() == len(bodies)
    return pk


def copied(*bodies: bytes, name: str = "IMG_2031.jpg", **options: object) -> UUID:
    pk = arrive(*bodies, name=name)
    with as_role("worker"):
        actions.files.make_copies(now=NOW, **options)  # type: ignore[arg-type]
    return pk


def files_of(cast: People, pk: UUID, member=None) -> list[File]:
    member = member or cast.officer
    with as_role("partner", member_id=member.pk):
        return list(queries.files.files_of(concern(member, pk), member, now=NOW))


# ---- at the public door ----


def test_the_public_door_cannot_read_what_it_took_in(cast):
    attach(pictures.photo())
    with as_role("public"):
        for model in (Parcel, Piece, File, Original):
            with pytest.raises(ProgrammingError), transaction.atomic():
                list(model.unrestricted.all())
            with pytest.raises(ProgrammingError), transaction.atomic():
                model.unrestricted.all().delete()


def test_nothing_in_the_database_opens_a_file_that_was_not_sent(cast):
    body = pictures.photo()
    sent = attach(body)
    with as_role("owner"):
        (piece,) = Piece.unrestricted.all()
        assert body[:40] not in bytes(piece.locked)
        key = sent.key.encode()
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'concerns%'")
            for (table,) in cursor.fetchall():
                cursor.execute(
                    f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{key}%"]
                )
                assert cursor.fetchone() == (0,)


def test_a_file_is_stored_piece_by_piece_in_one_transaction(cast):
    body = secrets.token_bytes(2_500_000)
    sent = attach(body)
    assert sent.size == len(body)
    with as_role("owner"):
        assert Piece.unrestricted.count() == 3
        assert Parcel.unrestricted.get().size == rules.size_shown(len(body))
        assert Parcel.unrestricted.get().received_at == NOW.replace(minute=0)


def test_a_file_that_is_dropped_leaves_nothing(cast):
    with as_role("public"), transaction.atomic():
        kept, dropped = Packing("a.jpg", at=NOW), None
        kept.add(b"x" * 10)
        kept.finish()
        dropped = Packing("b.jpg", at=NOW)
        dropped.add(b"y" * 3_000_000)
        dropped.drop()
    with as_role("owner"):
        assert (Parcel.unrestricted.count(), Piece.unrestricted.count()) == (1, 1)


def test_too_much_waiting_for_reports_is_refused_and_a_report_is_not(cast):
    with as_role("owner"):
        actions.content.set_allowance(
            files=20, megabytes=25, kept_for=timedelta(hours=48), waiting_megabytes=1,
            source="test", at=NOW,
        )  # fmt: skip
    attach(bytes(900_000))
    with pytest.raises(NoRoom):
        attach(bytes(200_000))
    file_with()
    with as_role("owner"):
        assert Parcel.unrestricted.count() == Arrival.unrestricted.count() == 1


# ---- the worker ----


def test_the_original_is_kept_byte_for_byte_under_the_dossiers_key(cast):
    body = pictures.photo()
    pk = arrive(body, name="C:\\me\\home.jpg")
    with as_role("worker"):
        original = Original.unrestricted.get(dossier=pk)
        assert original.body == body
        assert original.about == {
            "name": "home.jpg",
            "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        assert not Parcel.unrestricted.exists()
        assert not Piece.unrestricted.exists()
    with as_role("owner"), connection.cursor() as cursor:
        cursor.execute("SELECT body, about FROM concerns_original")
        stored = b"".join(map(bytes, cursor.fetchone()))
    assert body[:40] not in stored
    assert b"home.jpg" not in stored


@given(body=st.binary(max_size=9000))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_sent_is_kept_and_never_stops_the_worker(cast, body):
    pk = copied(body)
    with as_role("worker"):
        assert Original.unrestricted.get(dossier=pk).body == body
        assert File.unrestricted.get(dossier=pk).state in {Copying.CLEAN, Copying.NO_COPY}


def test_copies_are_numbered_in_the_order_they_came(cast):
    pk = copied(pictures.photo(), pictures.drawing("PDF"), b"MZ\x90\x00", pictures.bomb())
    told = [(one.number, one.media, one.state, one.because) for one in files_of(cast, pk)]
    assert told == [
        (1, Media.JPEG, Copying.CLEAN, ""),
        (2, Media.PDF, Copying.CLEAN, ""),
        (3, Media.PROGRAM, Copying.NO_COPY, NoCopy.KIND),
        (4, Media.PNG, Copying.NO_COPY, NoCopy.TOO_MUCH),
    ]
    first = files_of(cast, pk)[0]
    with as_role("partner", member_id=cast.officer.pk):
        assert first.copy
        assert pictures.NAMED.encode() not in first.copy


def test_a_report_is_on_the_desk_before_its_files_are_opened(cast):
    pk, _ = file_with(pictures.photo())
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
    (file,) = files_of(cast, pk)
    assert (file.state, file.number) == (Copying.WAITING, 1)


def test_an_answer_brings_more_files_and_may_bring_nothing_else(cast):
    pk, code = file_with(pictures.photo())
    sent = attach(pictures.drawing("PNG"), "b.png")
    with as_role("public"):
        thread = queries.door.thread_of(code, pepper=PEPPER)
        actions.door.add_to_report(thread, "", pk=new_id(), at=NOW, files=[sent])
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 2
        assert actions.files.open_parcels() == 2
    assert [one.number for one in files_of(cast, pk)] == [1, 2]
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        assert one.answer_waits
        assert not queries.desk.messages_of(one, cast.officer, now=NOW).exists()


def test_a_parcel_that_cannot_be_opened_stays_and_says_so(cast):
    pk, _ = file_with(pictures.photo(), pictures.drawing("PNG"))
    with as_role("owner"):
        spoilt = Piece.unrestricted.order_by("pk").first()
        Piece.unrestricted.filter(pk=spoilt.pk).update(locked=b"altered" * 20)
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
        assert actions.files.open_parcels() == 1
        assert Parcel.unrestricted.get().trouble == "Misplaced"
        assert actions.files.let_go(now=LATER) == 0
        assert actions.files.retry_parcels() == 1
    assert [one.state for one in files_of(cast, pk)] == [Copying.WAITING, Copying.WAITING]


def test_a_piece_taken_away_is_noticed(cast):
    file_with(secrets.token_bytes(2_000_000))
    with as_role("owner"):
        Piece.unrestricted.filter(number=1).delete()
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
        assert actions.files.open_parcels() == 0
        assert Parcel.unrestricted.get().trouble == "CutOff"


def test_a_file_that_is_not_there_is_told(cast):
    pk, _ = file_with(pictures.photo())
    with as_role("owner"):
        Piece.unrestricted.all().delete()
        Parcel.unrestricted.all().delete()
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=NOW)
        assert actions.files.open_parcels() == 0
    (file,) = files_of(cast, pk)
    assert (file.state, file.because) == (Copying.NO_COPY, NoCopy.MISSING)


def test_a_worker_that_dies_while_copying_loses_nothing_and_does_not_die_for_ever(cast):
    pk = arrive(pictures.photo())

    def killed(body: bytes, media: Media) -> Copy:
        raise SystemExit(9)

    with as_role("worker"):
        for _ in range(actions.files.TRIES):
            with pytest.raises(SystemExit):
                actions.files.make_copies(now=NOW, copy_of=killed)
            assert File.unrestricted.get().state == Copying.WAITING
        actions.files.make_copies(now=NOW, copy_of=killed)
        file = File.unrestricted.get(dossier=pk)
        assert (file.state, file.because) == (Copying.NO_COPY, NoCopy.TOO_MUCH)
        assert Original.unrestricted.get().body == pictures.photo()


def test_what_no_report_names_is_let_go_of_and_what_one_names_is_not(cast):
    attach(pictures.photo())
    pk, _ = file_with(pictures.photo())
    with as_role("worker"):
        assert actions.files.let_go(now=LATER) == 0, "an unopened report may name it"
        actions.arrivals.open_arrivals(now=NOW)
        assert actions.files.let_go(now=NOW + timedelta(hours=71)) == 0
        assert actions.files.let_go(now=LATER) == 1
        assert actions.files.open_parcels() == 1
        assert Original.unrestricted.get(dossier=pk).body == pictures.photo()
        assert not Piece.unrestricted.exists()


# ---- the scanner ----


class Clamd(threading.Thread):
    """Speaks clamd's protocol on a Unix socket and knows one signature."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.line = socket.socket(socket.AF_UNIX)
        self.line.bind(str(path))
        self.line.listen()
        self.scanned: list[bytes] = []
        self.says = ""

    def run(self) -> None:
        while True:
            try:
                client, _ = self.line.accept()
            except OSError:
                return
            with client, client.makefile("rb") as asked:
                assert asked.read(10) == b"zINSTREAM\0"
                body = b""
                while length := struct.unpack(">I", asked.read(4))[0]:
                    body += asked.read(length)
                self.scanned.append(body)
                found = "Eicar-Test-Signature FOUND" if pictures.EICAR in body else "OK"
                client.sendall((self.says or f"stream: {found}").encode() + b"\0")

    def stop(self) -> None:
        self.line.shutdown(socket.SHUT_RDWR)
        self.line.close()
        self.join(5)


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[Clamd]:
    started = Clamd(tmp_path / "clamd")
    started.start()
    yield started
    started.stop()


def test_malware_is_kept_sealed_and_handed_to_nobody(cast, clamd, tmp_path):
    scan = scanning.clamd(str(tmp_path / "clamd"))
    pk = copied(pictures.EICAR, pictures.photo(), scan=scan)
    assert clamd.scanned == [pictures.EICAR, pictures.photo()]
    infected, clean = files_of(cast, pk)
    assert (infected.state, infected.because) == (Copying.REFUSED, NoCopy.MALWARE)
    assert clean.state == Copying.CLEAN
    with as_role("partner", member_id=cast.supervisor.pk):
        one = concern(cast.supervisor, pk)
        found = queries.files.originals_of(one, cast.supervisor, now=NOW)
        assert [original.file.number for original in found] == [2]
        assert Original.unrestricted.count() == 1, "the wall says the same"
        event = Event.unrestricted.get(verb=Verb.MALWARE)
        assert event.detail == "1 Eicar-Test-Signature"
    with as_role("worker"):
        assert Original.unrestricted.get(file=infected.pk).body == pictures.EICAR


def test_a_large_file_is_scanned_whole(cast, clamd, tmp_path):
    scan = scanning.clamd(str(tmp_path / "clamd"))
    assert scan(bytes(300_000) + pictures.EICAR) == "Eicar-Test-Signature"


@pytest.mark.parametrize("says", ["", "INSTREAM size limit exceeded. ERROR", "stream: nonsense"])
def test_nothing_is_shown_while_the_scanner_is_silent(cast, clamd, tmp_path, says):
    clamd.says = says
    scan = scanning.clamd(str(tmp_path / ("clamd" if says else "nobody")))
    pk = copied(pictures.photo(), scan=scan)
    (file,) = files_of(cast, pk)
    assert (file.state, file.tries) == (Copying.WAITING, 0)
    with as_role("partner", member_id=cast.supervisor.pk):
        one = concern(cast.supervisor, pk)
        assert not queries.files.originals_of(one, cast.supervisor, now=NOW).exists()
        assert not Original.unrestricted.exists(), "the wall says the same"


def test_a_scanner_is_reached_by_host_and_port_too():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answered = threading.Thread(target=lambda: server.accept()[0].close(), daemon=True)
        answered.start()
        with pytest.raises(scanning.Silent):
            scanning.clamd(f"127.0.0.1:{port}")(b"x")


# ---- who may look ----


def share(cast: People, pk: UUID, compartment: Compartment) -> None:
    with as_role("owner"):
        access.make_agreement(
            title="Agreement",
            agencies=[cast.force, cast.council],
            valid_from=NOW - timedelta(days=1),
            valid_until=NOW + timedelta(days=400),
            source="",
            by=None,
            at=NOW,
        )
    with as_role("partner", member_id=cast.supervisor.pk):
        dossier = concern(cast.supervisor, pk).dossier
        basis = access.record_basis(
            dossier, Ground.SAFEGUARDING_ADULT, "because", by=cast.supervisor, at=NOW
        )
        access.share(
            dossier,
            to=cast.council,
            compartments=[compartment],
            purpose=Purpose.SAFEGUARDING,
            basis=basis,
            until=NOW + timedelta(days=365),
            by=cast.supervisor,
            at=NOW,
        )


def test_a_copy_is_part_of_the_account_and_an_original_of_the_desk(cast):
    pk = copied(pictures.photo())
    share(cast, pk, Compartment.ACCOUNT)
    assert len(files_of(cast, pk, cast.responder)) == 1
    for member, originals in ((cast.responder, 0), (cast.officer, 0), (cast.supervisor, 1)):
        with as_role("partner", member_id=member.pk):
            one = concern(member, pk)
            assert queries.files.originals_of(one, member, now=NOW).count() == originals
            assert Original.unrestricted.count() == originals


def test_who_is_given_the_conversation_alone_sees_no_file(cast):
    pk = copied(pictures.photo())
    share(cast, pk, Compartment.SOURCE)
    assert files_of(cast, pk, cast.responder) == []
    with as_role("partner", member_id=cast.responder.pk):
        assert not File.unrestricted.exists()


def test_no_page_changes_a_file(cast):
    pk = copied(pictures.photo())
    with as_role("partner", member_id=cast.supervisor.pk):
        for sql in (
            "UPDATE concerns_file SET state = 'NO_COPY'",
            "DELETE FROM concerns_file",
            "UPDATE concerns_original SET about = about",
            "DELETE FROM concerns_original",
            "SELECT locked FROM concerns_piece",
        ):
            with pytest.raises(ProgrammingError), transaction.atomic():
                connection.cursor().execute(sql)
    assert files_of(cast, pk)


def test_handing_out_an_original_is_written_in_history_and_trail(cast):
    body = pictures.photo()
    pk = copied(body)
    with as_role("partner", member_id=cast.supervisor.pk):
        one = concern(cast.supervisor, pk)
        original = queries.files.originals_of(one, cast.supervisor, now=NOW).get()
        actions.files.take_original(original, by=cast.supervisor, at=NOW)
        assert original.body == body
        event = queries.desk.history_of(one, cast.supervisor, now=NOW).get(verb=Verb.TAKEN)
        assert (event.by, event.detail) == (cast.supervisor, "1")
    with as_role("owner"):
        entry = Entry.unrestricted.get(verb="file.original_taken")
        assert entry.dossier == pk
        assert hashlib.sha256(body).hexdigest() in str(entry.details)
