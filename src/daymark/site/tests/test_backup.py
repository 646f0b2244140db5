import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from daymark.site import backup as module
from daymark.site.backup import BackupError, backup, restore, restore_keys
from daymark.site.binaries import Binaries, installed
from daymark.site.cluster import Cluster, ensure
from daymark.site.roles import ADMIN, OWNER, prepare_roles

SERVERS = installed()
OLDER, *_, NEWER = sorted(SERVERS * 2, key=lambda server: server.major)

# One of everything the rooms' migrations make.
HOUSE = """
CREATE TABLE reports (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text NOT NULL,
                      sealed bytea NOT NULL CHECK (length(sealed) > 2), at timestamptz NOT NULL);
CREATE INDEX reports_at ON reports (at DESC) WHERE owner <> '';
CREATE TABLE trail (report int REFERENCES reports, hash bytea NOT NULL);
ALTER TABLE reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE reports FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON reports FOR SELECT TO daymark_partner
    USING (owner = (SELECT current_setting('daymark.member_id', true)));
CREATE POLICY anybody ON reports FOR INSERT TO daymark_public WITH CHECK (true);
GRANT SELECT ON reports TO daymark_partner;
GRANT INSERT (owner, sealed, at) ON reports TO daymark_public;
GRANT INSERT ON trail TO daymark_worker;
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the trail only grows'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON trail
    FOR EACH ROW EXECUTE FUNCTION never();
CREATE FUNCTION how_many() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = public AS $$ SELECT count(*) FROM trail $$;
REVOKE ALL ON FUNCTION how_many() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION how_many() TO daymark_partner;
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        metafunc.parametrize("server", SERVERS, ids=lambda server: server.version, scope="module")


@pytest.fixture(scope="module")
def running(server: Binaries) -> Iterator[Cluster]:
    """A cluster whose database `daymark` holds the house."""
    top = Path(tempfile.mkdtemp(dir="/var/tmp"))
    top.chmod(0o755)
    with ensure(top, fast=True, binaries=server) as cluster:
        with psycopg.connect(cluster.url(OWNER)) as owner:
            owner.execute(HOUSE)
            owner.execute("ALTER TABLE reports NO FORCE ROW LEVEL SECURITY")
            owner.execute(
                "INSERT INTO reports (owner, sealed, at) SELECT 'm' || n % 7, "
                "sha256(n::text::bytea), now() - n * interval '1 hour' "
                "FROM generate_series(1, 2000) n"
            )
            owner.execute("INSERT INTO trail SELECT id, sha256(sealed) FROM reports")
            owner.execute("ALTER TABLE reports FORCE ROW LEVEL SECURITY")
        yield cluster
    shutil.rmtree(top)


@pytest.fixture
def empty(running: Cluster) -> Iterator[str]:
    url = running.url(ADMIN, database="restored")
    prepare_roles(url, running.passwords)
    yield url
    with psycopg.connect(running.url(ADMIN), autocommit=True) as admin:
        admin.execute("DROP DATABASE restored WITH (FORCE)")


def everything(server: Binaries, url: str, folder: Path) -> list[str]:
    """The database as text: every definition, owner, grant, policy, trigger and row."""
    plain = folder / "plain.sql"
    plain.unlink(missing_ok=True)
    module._run(server, "pg_dump", "--format=plain", f"--file={plain}", url=url)
    return [line for line in plain.read_text().splitlines() if "restrict" not in line]


def is_empty(url: str) -> bool:
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        return connection.execute(query).fetchone() == (0,)


def test_what_was_backed_up_comes_back_the_same(
    running: Cluster, server: Binaries, empty: str, tmp_path: Path
) -> None:
    backup(running.admin_url, tmp_path / "house.backup")
    restore(empty, tmp_path / "house.backup")
    before = everything(server, running.admin_url, tmp_path)
    assert everything(server, empty, tmp_path) == before
    text = "\n".join(before)
    for kept in ("CREATE POLICY", "FORCE ROW LEVEL", "CREATE TRIGGER", "OWNER TO daymark_owner",
                 "GRANT INSERT(sealed)", "SECURITY DEFINER", "FOREIGN KEY"):  # fmt: skip
        assert kept in text


def test_what_comes_back_still_guards_itself(running: Cluster, empty: str, tmp_path: Path) -> None:
    backup(running.admin_url, tmp_path / "house.backup")
    restore(empty, tmp_path / "house.backup")
    with psycopg.connect(empty) as admin:
        assert admin.execute("SELECT count(*) FROM reports").fetchone() == (2000,)
        with pytest.raises(psycopg.errors.RaiseException, match="only grows"):
            admin.execute("DELETE FROM trail")
    with psycopg.connect(running.url("daymark_partner", database="restored")) as partner:
        assert partner.execute("SELECT count(*) FROM reports").fetchone() == (0,)
        partner.execute("SELECT set_config('daymark.member_id', 'm3', true)")
        assert partner.execute("SELECT count(*) FROM reports").fetchone() == (286,)
        assert partner.execute("SELECT how_many()").fetchone() == (2000,)
    with psycopg.connect(running.url("daymark_public", database="restored")) as public:
        public.execute("INSERT INTO reports (owner, sealed, at) VALUES ('m1', 'sealed', now())")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            public.execute("SELECT * FROM reports")


def test_a_role_that_rows_are_hidden_from_gets_no_backup(running: Cluster, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="row-level security"):
        backup(running.url(OWNER), tmp_path / "house.backup")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_backup_restores_nothing(running: Cluster, empty: str, tmp_path: Path) -> None:
    whole = tmp_path / "house.backup"
    backup(running.admin_url, whole)
    size = whole.stat().st_size
    for kept in (size // 2, size - 40):
        cut = tmp_path / f"cut-{kept}"
        cut.write_bytes(whole.read_bytes()[:kept])
        with pytest.raises(BackupError):
            restore(empty, cut)
        assert is_empty(empty)


def test_a_restore_that_fails_half_way_restores_nothing(
    running: Cluster, empty: str, tmp_path: Path
) -> None:
    """The tables and rows come first; the grant to a role that is not there comes last."""
    with psycopg.connect(running.admin_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE auditor")
        admin.execute("GRANT SELECT ON trail TO auditor")
        backup(running.admin_url, tmp_path / "house.backup")
        admin.execute("DROP OWNED BY auditor")
        admin.execute("DROP ROLE auditor")
    with pytest.raises(BackupError, match='role "auditor" does not exist'):
        restore(empty, tmp_path / "house.backup")
    assert is_empty(empty)


def test_only_an_empty_database_is_filled(running: Cluster, tmp_path: Path) -> None:
    backup(running.admin_url, tmp_path / "house.backup")
    with pytest.raises(BackupError, match="not empty"):
        restore(running.admin_url, tmp_path / "house.backup")


def test_a_backup_is_closed_to_others_and_overwrites_nothing(
    running: Cluster, tmp_path: Path
) -> None:
    target = tmp_path / "house.backup"
    backup(running.admin_url, target)
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="exists already"):
        backup(running.admin_url, target)


def test_keys_travel_in_a_file_of_their_own(running: Cluster, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "ring.json").write_text("the key that opens everything")
    (secrets / "database.json").write_text("the passwords of one cluster")
    target = tmp_path / "house.backup"
    backup(running.admin_url, target, secrets)
    keys = tmp_path / "house.backup.keys"
    assert keys.stat().st_mode & 0o777 == 0o600
    assert b"opens everything" in keys.read_bytes()
    assert b"passwords" not in keys.read_bytes()
    assert b"opens everything" not in target.read_bytes()
    restore_keys(keys, tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["ring.json"]
    assert (tmp_path / "new" / "ring.json").read_text() == "the key that opens everything"
    assert (tmp_path / "new" / "ring.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="never overwritten"):
        restore_keys(keys, tmp_path / "new")


# --- across versions


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Cluster, Cluster]]:
    if OLDER == NEWER:
        pytest.skip("needs two PostgreSQL versions")
    top = Path(tempfile.mkdtemp(dir="/var/tmp"))
    top.chmod(0o755)
    with (
        ensure(top / "older", fast=True, binaries=OLDER) as older,
        ensure(top / "newer", fast=True, binaries=NEWER) as newer,
    ):
        for each in (older, newer):
            prepare_roles(each.url(ADMIN, database="house"), each.passwords)
            with psycopg.connect(each.url(OWNER, database="house")) as owner:
                owner.execute(HOUSE)
        yield older, newer
    shutil.rmtree(top)


def test_a_backup_is_the_way_to_a_newer_postgresql(
    both: tuple[Cluster, Cluster], tmp_path: Path
) -> None:
    older, newer = both
    backup(older.url(ADMIN, database="house"), tmp_path / "house.backup")
    restore(newer.admin_url, tmp_path / "house.backup")
    assert not is_empty(newer.admin_url)


def test_the_way_back_is_refused_by_name(both: tuple[Cluster, Cluster], tmp_path: Path) -> None:
    older, newer = both
    backup(newer.url(ADMIN, database="house"), tmp_path / "house.backup")
    with pytest.raises(BackupError, match=f"newer PostgreSQL than {OLDER.version}"):
        restore(older.admin_url, tmp_path / "house.backup")
    assert is_empty(older.admin_url)


def test_tools_older_than_the_server_are_refused_by_name(
    both: tuple[Cluster, Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "installed", lambda: [OLDER])
    with pytest.raises(BackupError, match=rf"older \({OLDER.version}\)\. Install"):
        backup(both[1].admin_url, tmp_path / "house.backup")
