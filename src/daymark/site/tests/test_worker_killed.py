"""A worker killed in the middle of a copy, as real processes: nothing is lost, and it goes on."""

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from daymark.site import house as houses

SOURCE = Path(houses.__file__).parents[2]

TABLES = """
    import django
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone
    from daymark.vault import actions as vault
    call_command("migrate", verbosity=0)
    vault.ensure_search_key(at=timezone.now())
"""
"""What a deployment sets up, but for its postcodes."""

SEED = """
    import django
    django.setup()
    from base64 import b64decode
    from django.conf import settings
    from django.db import transaction
    from daymark.concerns import actions
    from daymark.concerns.actions.door import Packing, Report
    from daymark.concerns.tests.people import NOW, people
    from daymark.concerns.tests.pictures import photo
    from daymark.design.ids import new_id
    from daymark.vault import codes
    people()
    body = photo((6000, 6000))
    with transaction.atomic():
        packing = Packing("photo.jpg", at=NOW)
        packing.add(body)
        sent = packing.finish()
    report = Report(danger=False, what="A van.", where="", language="en", files=[sent])
    pepper = b64decode(settings.CODE_PEPPER)
    actions.door.file_report(report, pk=new_id(), code=codes.new(), pepper=pepper, at=NOW)
    print(len(body))
"""

AGAIN = """
    import django
    django.setup()
    from django.utils import timezone
    from daymark.concerns import actions
    from daymark.vault import queries as vault
    with vault.keys_in_hand():
        print(actions.files.make_copies(now=timezone.now()))
"""
"""What the job does that is given back once its worker has been silent for a while."""

LOOK = """
    import django
    django.setup()
    from daymark.concerns.models import File, Original, Piece
    from daymark.concerns.tests.pictures import photo
    from daymark.vault import queries as vault
    file = File.unrestricted.get()
    original = Original.unrestricted.get()
    with vault.keys_in_hand():
        print(file.state, len(original.body), len(file.copy), Piece.unrestricted.count())
"""


def run(program: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.005)


def copying(worker: int) -> bool:
    """Whether a child of the worker is the cleaner."""
    try:
        children = [
            child
            for task in Path(f"/proc/{worker}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
        return any(b"cleaner.py" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children)
    except OSError:
        return False


def test_a_worker_killed_while_it_copies_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)  # a database of its own
    with houses.opened(tmp_path / "data") as (house, _):
        owner = house.environment("owner") | {"PYTHONPATH": str(SOURCE)}
        worker = house.work()
        told = {**worker.environment, "PYTHONPATH": str(SOURCE)}
        run(TABLES, owner)
        sent = run(SEED, owner)
        with psycopg.connect(house.admin, autocommit=True) as look:

            def state() -> tuple[str, int] | None:
                found = look.execute("SELECT state, tries FROM concerns_file").fetchone()
                return found and (str(found[0]), int(found[1]))

            killed = subprocess.Popen(worker.command, env=told)
            try:
                until(lambda: copying(killed.pid))
            finally:
                killed.kill()
                killed.wait()
            assert state() == ("WAITING", 1)
            assert run(AGAIN, told) == "1"
            assert state() == ("CLEAN", 2)
        kept, body, copy, pieces = run(LOOK, owner).split()
        assert (kept, body, pieces) == ("CLEAN", sent, "0")
        assert int(copy) > 1000
