"""One file that holds the whole database, and the way back from it.

The keys are never in that file: who finds a backup can read none of what it protects. They are
copied, when asked for, to a second file that belongs in another place.
"""
# ruff: noqa: S603 - every command below is made of our own paths, and of no shell

import os
import subprocess
import zipfile
from pathlib import Path

import psycopg
from psycopg import conninfo

from daymark.site.binaries import Binaries, installed
from daymark.site.roles import in_use

DATABASE_PASSWORDS = "database.json"  # of this cluster alone: a restored one has its own


class BackupError(Exception):
    """Nothing was written, or nothing restored: all is as it was before."""


def backup(url: str, target: Path, secrets: Path | None = None) -> None:
    """Write the database behind `url`, an administrator's, to the new file `target`.

    With `secrets`, the folder of the key ring, the keys go to `<target>.keys`: keep it apart,
    since both together open everything.
    """
    keys = target.with_name(f"{target.name}.keys")
    for file in [target, keys] if secrets else [target]:
        if file.exists():
            raise BackupError(f"{file} exists already; a backup overwrites nothing.")
    part = target.with_name(f"{target.name}.part")
    _create_closed(part)
    try:
        server = _for_server_of(url)
        _run(server, "pg_dump", "--format=custom", f"--file={part}", url=url)
        _run(server, "pg_restore", "--list", str(part))
        if secrets:
            _copy_keys(secrets, keys)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, source: Path) -> None:
    """Fill the empty database behind `url`, an administrator's, from `source`: all or nothing.

    The roles must be there (`roles.prepare_roles`). A newer PostgreSQL than the one that made
    the backup will do, so this is also how to move to the next version.
    """
    if in_use(url):
        raise BackupError("The database is not empty. Restore into a new data folder.")
    server = _for_server_of(url)
    _run(server, "pg_restore", "--exit-on-error", "--single-transaction", str(source), url=url)
    with psycopg.connect(url, autocommit=True) as target:
        target.execute("ANALYZE")  # else the first pages are planned blindly


def restore_keys(source: Path, secrets: Path) -> None:
    """Unpack `<backup>.keys` into the folder of the key ring; a key already there is kept."""
    try:
        with zipfile.ZipFile(source) as archive:
            files = {secrets / Path(name).name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as reason:
        raise BackupError(f"{source} holds no keys of a backup: {reason}") from None
    secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    if there := [str(file) for file in files if file.exists()]:
        raise BackupError(f"Move {', '.join(there)} away first: a key is never overwritten.")
    for file, content in files.items():
        _create_closed(file)
        file.write_bytes(content)


def _copy_keys(secrets: Path, keys: Path) -> None:
    _create_closed(keys)
    with zipfile.ZipFile(keys, "w") as archive:
        for path in sorted(secrets.iterdir()):
            if path.is_file() and path.name != DATABASE_PASSWORDS:
                archive.write(path, path.name)


def _create_closed(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as reason:
        raise BackupError(f"{file} cannot be written: {reason.strerror}.") from None


def _for_server_of(url: str) -> Binaries:
    """Tools of the server's own version, else of the nearest newer: an older one cannot read it."""
    with psycopg.connect(url) as connection:
        major = connection.info.server_version // 10000
    found = installed()
    if fitting := sorted(
        (each for each in found if each.major >= major), key=lambda each: each.major
    ):
        return fitting[0]
    have = ", ".join(each.version for each in found) or "none"
    raise BackupError(
        f"The server is PostgreSQL {major}, the tools found here are older ({have}). Install "
        f"those of PostgreSQL {major} (Debian: postgresql-{major})."
    )


def _run(server: Binaries, tool: str, *options: str, url: str = "") -> None:
    """Run one of PostgreSQL's tools; a password goes by the environment, since `ps` shows none."""
    command, environment = [server.path(tool), *options], dict(os.environ)
    if url:
        place = {name: str(value) for name, value in conninfo.conninfo_to_dict(url).items()}
        environment["PGPASSWORD"] = place.pop("password", "")
        command.append(f"--dbname={conninfo.make_conninfo(**place)}")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        reason = done.stderr.strip()
        if "unsupported version" in reason:
            reason = f"It was made by a newer PostgreSQL than {server.version} ({reason})."
        raise BackupError(reason)
