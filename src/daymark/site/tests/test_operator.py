"""The command line of a deployment, as its operator types it, on real folders and databases."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from daymark.site import house as houses
from daymark.site.tests.test_founding import PARTNERSHIP

SECRETS = ("ring.json", "house.json")


def daymark(data: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith(("DAYMARK_", "DJANGO_"))
    }
    command = [sys.executable, "-m", "daymark.site.cli", *map(str, arguments)]
    environment |= {"DAYMARK_DATA": str(data), "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def did(data: Path, *arguments: object) -> str:
    done = daymark(data, *arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def refused(data: Path, *arguments: object) -> str:
    """What was said; a traceback is no answer to an operator."""
    done = daymark(data, *arguments)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr.strip() + done.stdout


@pytest.fixture(scope="module")
def top() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def data(top: Path) -> Path:
    """A deployment that nobody has used yet."""
    folder = top / "house"
    assert "run `daymark migrate`" in refused(folder, "check")
    assert "`daymark found` opens the first" in did(folder, "migrate")
    return folder


def test_keys_are_rotated_and_the_old_one_dropped(data: Path):
    assert "overwritten" in refused(data, "keys", "create")
    assert "rotate first" in refused(data, "keys", "drop", "k1")
    assert "k2" in did(data, "keys", "rotate")
    assert "vault.datakey: 1" in refused(data, "keys", "drop", "k1")
    assert "vault.datakey: 1 re-wrapped, 0 unreadable" in did(data, "keys", "rewrap")
    assert did(data, "keys", "drop", "k1").split()[0] == "k2"
    assert "not in the key ring" in refused(data, "keys", "drop", "k9")


def test_a_house_comes_back_from_its_backup_and_its_keys(data: Path, top: Path):
    copy, keys = top / "copy", top / "copy.keys"
    did(data, "backup", copy, "--keys")
    assert "exists already" in refused(data, "backup", copy)
    assert "cannot be written" in refused(data, "backup", top / "nowhere" / "copy")
    new = top / "new"
    assert "ring.json and house.json must stand" in refused(new, "restore", copy)
    assert "There is no" in refused(new, "restore", top / "none", "--keys", keys)
    assert "holds no keys" in refused(new, "restore", copy, "--keys", copy)
    assert not new.exists()
    did(new, "restore", copy, "--keys", keys)
    for name in SECRETS:
        assert (new / "secrets" / name).read_bytes() == (data / "secrets" / name).read_bytes()
    assert "Nothing was found wrong" in did(new, "check", "audit")
    assert "not empty" in refused(new, "restore", copy)


def test_a_founded_house_is_never_filled_with_inventions(data: Path, top: Path):
    file = top / "partnership.toml"
    file.write_text(PARTNERSHIP)
    assert "cannot be read" in refused(data, "found", top / "none.toml")
    assert "Essex Police: opened" in did(data, "found", file)
    assert "is not the demonstration's" in refused(data, "demo", "--concerns", 60)


def test_a_key_and_a_sign_in_service_that_leaked_are_ended_at_once(data: Path):
    assert did(data, "keys", "desks") == "Essex Police, MSHT desk: a new key\n"
    assert "Agencies that have one: Essex Police" in refused(data, "disconnect", "Essex")
    told = did(data, "disconnect", "Essex Police", "--address", "https://partners.example/")
    assert "login.police.example disconnected" in told
    assert "https://partners.example/invitation/" in told
    assert "has no sign-in service" in refused(data, "disconnect", "Essex Police")


@pytest.mark.parametrize("lost", SECRETS)
def test_no_new_keys_are_made_for_an_old_database(data: Path, top: Path, lost: str):
    kept = data / "secrets" / lost
    kept.rename(top / lost)
    try:
        for command in ("check", "up"):
            assert f"{lost} must stand" in refused(data, command)
        assert not kept.exists()
    finally:
        (top / lost).rename(kept)


def test_a_database_elsewhere_is_opened_with_its_own_folder_alone(
    data: Path, top: Path, monkeypatch: pytest.MonkeyPatch
):
    """Another folder's passwords for its roles would lock its doors out."""
    monkeypatch.delenv("DATABASE_URL")
    with houses.opened(data) as (house, _):
        monkeypatch.setenv("DATABASE_URL", house.admin)
        with (
            pytest.raises(houses.KeysMissing, match="must stand"),
            houses.opened(top / "elsewhere"),
        ):
            pass
        assert not (top / "elsewhere").exists()
        with houses.opened(data) as (same, _), psycopg.connect(same.urls["worker"]) as worker:
            assert worker.execute("SELECT 1").fetchone() == (1,)


def test_another_houses_ring_is_refused(data: Path, top: Path):
    ring = data / "secrets" / "ring.json"
    kept = ring.read_bytes()
    held = json.loads(kept)
    other = dict.fromkeys(held["keys"], "A" * 43 + "=")
    try:
        ring.write_text(json.dumps(held | {"keys": other}))
        assert "not the one this database was written with" in refused(data, "up")
        assert "not the one this database was written with" in refused(data, "check")
    finally:
        ring.write_bytes(kept)


@pytest.mark.parametrize("what", ["postcodes", "wards", "nrm"])
def test_a_file_that_is_not_there_is_named(top: Path, what: str):
    assert f"There is no {top / 'none.csv'}" in refused(top, "import", what, top / "none.csv")


def test_a_file_without_postcodes_is_named(data: Path, top: Path):
    (top / "junk.csv").write_text("junk")
    assert "junk.csv: no column for code" in refused(data, "import", "postcodes", top / "junk.csv")


@pytest.mark.parametrize("command", [("worker",), ("serve", "public")])
def test_a_process_says_in_a_line_what_it_was_not_told(top: Path, command: tuple[str, ...]):
    assert refused(top, *command).startswith("daymark: DAYMARK_SECRET_KEY is not set")


def test_a_folder_that_cannot_be_used_is_named():
    assert "/proc/here cannot be used" in refused(Path("/proc/here"), "check")


def test_what_is_no_secret_of_an_app_is_said(top: Path):
    assert "no secret" in refused(top, "totp", "not one!")


def test_each_process_is_told_of_its_surroundings_what_it_needs(
    top: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DAYMARK_MAIL_HOST", "mail.essex.test")
    monkeypatch.setenv("DAYMARK_SESSION_IDLE_MINUTES", "10")
    monkeypatch.setenv("DAYMARK_PROXIES", "1")
    monkeypatch.setenv("DAYMARK_HOSTS", "daymark.essex.test")
    doors = ("public", "partner", "worker", "owner")
    names = ["code_pepper", "form_key", "audit_key", *(f"{door}_secret" for door in doors)]
    house = houses.House(top, dict.fromkeys(doors, "url"), dict.fromkeys(names, "secret"), "url")
    told = {door: house.environment(door) for door in doors}
    assert {each["DAYMARK_HOSTS"] for each in told.values()} == {"daymark.essex.test"}
    mailing = ("DAYMARK_MAIL_HOST", "DAYMARK_SESSION_IDLE_MINUTES", "DAYMARK_PROXIES")
    assert [told["partner"][name] for name in mailing] == ["mail.essex.test", "10", "1"]
    assert not set(mailing) & {*told["public"], *told["worker"], *told["owner"]}
