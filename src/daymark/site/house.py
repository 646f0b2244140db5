"""A deployment in one folder: its secrets, its database, its processes."""

import json
import os
import secrets
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daymark.site import cluster
from daymark.site.processes import Child
from daymark.site.roles import ROLES, in_use, prepare_roles

HERE = "127.0.0.1"
PASSED_ON = (
    "DAYMARK_HOSTS",
    "DAYMARK_HTTPS",
    "DAYMARK_EXIT_URL",
    "FORWARDED_ALLOW_IPS",
    "LANG",
    "PYTHONPATH",
)
SECRETS = ("ring.json", "house.json")
SIGN_IN = ("DAYMARK_MAIL_", "DAYMARK_PROXIES", "DAYMARK_SESSION_")


class KeysMissing(Exception):
    """The database of this folder was made with keys that are not there."""


def require_keys(data: Path) -> None:
    """Raises KeysMissing."""
    if missing := [name for name in SECRETS if not (data / "secrets" / name).exists()]:
        raise KeysMissing(
            f"{' and '.join(missing)} must stand in {data / 'secrets'}: without the keys that were"
            " in use nothing can be read again, nor a reporter's code be recognised. Put your copy"
            " back (`daymark restore --keys` brings it along)."
        )


@dataclass(frozen=True)
class House:
    """Where everything is, and what each process is told; none is told another's secrets."""

    data: Path
    urls: Mapping[str, str]
    kept: Mapping[str, str]
    admin: str
    """The administrator's address, who alone sees every row: for copies of the whole."""

    @property
    def ring(self) -> Path:
        return self.data / "secrets" / "ring.json"

    @property
    def static(self) -> Path:
        return self.data / "static"

    def environment(self, door: str, *, demo: bool = False) -> dict[str, str]:
        """The whole environment of a process: the public door gets no key that opens anything."""
        told = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "daymark.site.settings",
            "DAYMARK_DOOR": door,
            "DAYMARK_DEMO": "1" if demo else "",
            "DAYMARK_STATIC": str(self.static),
            "DAYMARK_SECRET_KEY": self.kept[f"{door}_secret"],
            "DATABASE_URL": self.urls[door],
        }
        told |= {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        if door in {"public", "partner", "owner"}:  # the partner door files for callers
            told |= {
                "DAYMARK_CODE_PEPPER": self.kept["code_pepper"],
                "DAYMARK_FORM_KEY": self.kept["form_key"],
            }
        if door != "public":
            told["DAYMARK_KEY_RING"] = str(self.ring)
        if door in {"worker", "owner"}:
            told["DAYMARK_AUDIT_KEY"] = self.kept["audit_key"]
        if door == "partner":  # who signs in, for how long, and by whom they are written to
            told |= {name: os.environ[name] for name in os.environ if name.startswith(SIGN_IN)}
        if door == "worker":
            told["DAYMARK_CLAMD"] = os.environ.get("DAYMARK_CLAMD", "")
        return told

    def serve(self, door: str, *, port: int, demo: bool = False, host: str = HERE) -> Child:
        """A door as a child process, ready when it answers."""
        command = [sys.executable, "-m", "gunicorn", "daymark.site.wsgi"]
        command += ["--worker-class", "gthread", "--workers", "1", "--threads", "8"]
        command += ["--bind", f"{host}:{port}", "--log-level", "warning", "--no-control-socket"]
        command += ["--graceful-timeout", "5", "--worker-tmp-dir", str(self.data)]
        ready = f"http://{HERE}:{port}/" if door == "public" else f"http://{HERE}:{port}/sign-in/"
        return Child(door, command, self.environment(door, demo=demo), ready)

    def work(self, *, demo: bool = False) -> Child:
        command = [sys.executable, "-m", "daymark.site.cli", "worker"]
        return Child("worker", command, self.environment("worker", demo=demo))

    def run(self, *arguments: str, demo: bool = False) -> None:
        """Run one of our own commands as the owner and wait for it. Raises SystemExit."""
        import subprocess

        command = [sys.executable, "-m", "daymark.site.cli", *arguments]
        done = subprocess.run(command, env=self.environment("owner", demo=demo), check=False)  # noqa: S603
        if done.returncode:
            raise SystemExit(done.returncode)


@contextmanager
def opened(data: Path) -> Iterator[tuple[House, cluster.Cluster | None]]:
    """The house of a folder with its database running; what a new one needs is made.

    `DATABASE_URL`, an administrator's address of a PostgreSQL of your own, wins over ours.
    Raises KeysMissing.
    """
    data = data.absolute()
    given = os.environ.get("DATABASE_URL", "")
    if given and in_use(given):
        require_keys(data)  # before another folder's passwords are set for its roles
    try:
        (data / "secrets").mkdir(parents=True, exist_ok=True)
        (data / "secrets").chmod(0o700)
    except OSError as reason:
        raise cluster.ClusterError(f"{data} cannot be used: {reason.strerror}.") from None
    kept = _kept(data)
    if given:
        passwords = {role: kept[f"{role}_password"] for role in ROLES}
        prepare_roles(given, passwords)
        yield (
            _house(data, kept, {role: _as(given, role, passwords[role]) for role in ROLES}, given),
            None,
        )
        return
    with cluster.ensure(data) as running:
        yield (
            _house(data, kept, {role: running.url(role) for role in ROLES}, running.admin_url),
            running,
        )


def _house(data: Path, kept: Mapping[str, str], urls: Mapping[str, str], admin: str) -> House:
    doors = {role.removeprefix("daymark_"): url for role, url in urls.items()}
    return House(data, doors, kept, admin)


def _as(url: str, role: str, password: str) -> str:
    from urllib.parse import quote, urlsplit, urlunsplit

    parts = urlsplit(url)
    place = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{place}"))


def _kept(data: Path) -> dict[str, str]:
    """The secrets of this deployment, made once; the key ring is a file of its own."""
    ring, file = (data / "secrets" / name for name in SECRETS)
    if file.exists() or (data / "postgres").exists():
        # New ones would fit nothing that was ever written.
        require_keys(data)
        found: dict[str, str] = json.loads(file.read_text())
        return found
    if not ring.exists():
        from daymark.vault import ring as vault_ring

        vault_ring.create(ring)
    made = {
        name: b64encode(secrets.token_bytes(32)).decode()
        for name in ("code_pepper", "form_key", "audit_key")
    }
    for door in ("public", "partner", "worker", "owner"):
        made[f"{door}_secret"] = secrets.token_urlsafe(48)
    for role in ROLES:
        made[f"{role}_password"] = secrets.token_urlsafe(24)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(made, out, indent=2)
    return made
