"""`daymark`: the one command."""

import argparse
import base64
import hmac
import os
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from daymark.site import greeting, processes
from daymark.site import house as houses
from daymark.site.backup import BackupError
from daymark.site.cluster import ClusterError
from daymark.vault.ring import RingError

TROUBLE = (
    ClusterError,
    BackupError,
    RingError,
    houses.KeysMissing,
    processes.ChildFailed,
    psycopg.Error,  # of the database that DATABASE_URL names
)


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        options.do(options)
    except TROUBLE as trouble:
        raise SystemExit(f"daymark: {trouble}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="daymark", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, do: Callable[[argparse.Namespace], None], told: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=told, description=told)
        added.set_defaults(do=do)
        return added

    for name, told in (
        ("up", "Run both doors, the worker and the database."),
        ("demo", "The same with a fictional partnership in it."),
    ):
        added = command(name, up, told)
        added.add_argument("--public-port", type=int, default=8000)
        added.add_argument("--partner-port", type=int, default=8001)
        if name == "demo":
            added.add_argument(
                "--concerns", type=_some, default=600, help="how many the public told of"
            )
        added.add_argument("--host", default=houses.HERE, help="address to listen on")
        _data(added)
    _data(command("migrate", migrate, "Bring the database of a deployment up to date."))
    added = command("found", found, "Open agencies and desks, invite their first administrators.")
    added.add_argument("file", type=Path, help="TOML: see docs/how-to/found-a-partnership.md")
    _data(added)
    added = command("check", check, "Verify the audit trail, the arrivals and the settings.")
    added.add_argument("what", nargs="?", choices=["audit", "arrivals", "all"], default="all")
    _data(added)
    added = command(
        "disconnect", disconnect, "End an agency's sign-in service and its members' sessions."
    )
    added.add_argument("agency", help="its name, as it was founded")
    added.add_argument(
        "--address", default="", help="the partner door, as browsers reach it, for links"
    )
    _data(added)
    added = command(
        "keys", keys, "Create, list, rotate, re-wrap and drop keys of the ring; new keys for desks."
    )
    added.add_argument("act", choices=["create", "list", "rotate", "rewrap", "drop", "desks"])
    added.add_argument("key", nargs="?", default="", help="the key to drop")
    _data(added)
    added = command("backup", backup, "Write the database into one file; keys are kept apart.")
    added.add_argument("file", type=Path)
    added.add_argument(
        "--keys", action="store_true", help="copy the keys as well, to FILE.keys: keep it elsewhere"
    )
    _data(added)
    added = command("restore", restore, "Read a backup into a new data folder.")
    added.add_argument("file", type=Path)
    added.add_argument("--keys", type=Path, metavar="FILE", help="its keys, kept elsewhere")
    _data(added)
    added = command("import", bring_in, "Load reference data and published figures.")
    _import(added)
    _data(added)
    added = command("serve", serve, "Serve one door with the settings of the environment.")
    added.add_argument("door", choices=["public", "partner"])
    added.add_argument("--bind", default="127.0.0.1:8000")
    added = command("totp", totp, "What an authenticator app would show for a secret now.")
    added.add_argument("secret")
    command("worker", worker, "Do what is done in the background.")
    _tokens(command("tokens", tokens, "Make tokens of a list where it is kept; needs no network."))
    command("owner-migrate", owner_migrate, argparse.SUPPRESS)
    added = command("owner-demo", owner_demo, argparse.SUPPRESS)
    added.add_argument("concerns", type=int)
    added = command("owner-found", owner_found, argparse.SUPPRESS)
    added.add_argument("file", type=Path)
    added = command("owner-disconnect", owner_disconnect, argparse.SUPPRESS)
    added.add_argument("agency")
    added.add_argument("address")
    added = command("owner-check", owner_check, argparse.SUPPRESS)
    added.add_argument("what")
    added = command("owner-keys", owner_keys, argparse.SUPPRESS)
    added.add_argument("act")
    added.add_argument("key")
    _import(command("owner-import", owner_import, argparse.SUPPRESS))
    return parser


def _import(parser: argparse.ArgumentParser) -> None:
    kinds = ["postcodes", "onspd", "wards", "nrm", "population", "ukds8910", "gsi"]
    parser.add_argument("what", choices=kinds)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--preview", action="store_true", help="say what would change")
    parser.add_argument(
        "--period", default="", help="such as 2023Q4 or 2024, where a file lacks it"
    )
    parser.add_argument("--published", default="", help="the day of publication: 2024-03-07")
    parser.add_argument("--report", type=Path, help="write what became of each row to this file")


def _tokens(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    made = acts.add_parser("secret", help="Make the secret that the lists' owners share.")
    made.add_argument("file", type=Path)
    made = acts.add_parser("make", help="Write a file of tokens beside a list of people.")
    made.add_argument("list", type=Path, help="CSV with a header")
    made.add_argument("out", type=Path, help="where the tokens go; no name is written there")
    made.add_argument("--secret", type=Path, required=True, help="the project's secret")
    made.add_argument("--name", nargs="+", default=[], metavar="COLUMN")
    made.add_argument("--born", default="", metavar="COLUMN", help="date of birth, day first")
    made.add_argument("--id", nargs="+", default=[], metavar="COLUMN", help="other identifiers")
    made.add_argument(
        "--keep", nargs="+", default=[], metavar="COLUMN", help="sex, age, area, year: as codes"
    )
    made.add_argument("--skip", action="store_true", help="leave out rows that lack something")


def _some(text: str) -> int:
    """Fewer would leave a desk of the demonstration without anything to show."""
    number = int(text)
    if number < 60:
        raise argparse.ArgumentTypeError("at least 60")
    return number


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("DAYMARK_DATA") or "var"),
        help="the deployment's folder (default: $DAYMARK_DATA or var)",
    )


# ---- of a whole deployment ----


def up(options: argparse.Namespace) -> None:
    demo = options.command == "demo"
    with houses.opened(options.data) as (house, running):
        house.run("owner-migrate", demo=demo)
        if demo:
            house.run("owner-demo", str(options.concerns), demo=True)
        # What was invented says so on every page, however it is started again.
        demo = (house.data / greeting.FILE).exists()
        ports = {"public": options.public_port, "partner": options.partner_port}
        addresses = {door: f"http://localhost:{port}/" for door, port in ports.items()}

        def ready() -> None:
            if demo:
                print(greeting.told(house.data, addresses), flush=True)
            else:
                print(f"Public door {addresses['public']}, partner door {addresses['partner']}")

        children = [
            house.serve(door, port=port, demo=demo, host=options.host)
            for door, port in ports.items()
        ]
        processes.run(
            [*children, house.work(demo=demo)],
            on_ready=ready,
            watch=running.watch if running else lambda: None,
        )


def migrate(options: argparse.Namespace) -> None:
    _as_owner(options, "owner-migrate")


def found(options: argparse.Namespace) -> None:
    _as_owner(options, "owner-found", str(options.file.absolute()))


def disconnect(options: argparse.Namespace) -> None:
    _as_owner(options, "owner-disconnect", options.agency, options.address)


def check(options: argparse.Namespace) -> None:
    _as_owner(options, "owner-check", options.what)


def keys(options: argparse.Namespace) -> None:
    if options.act == "create":
        from daymark.vault import ring

        path = options.data / "secrets" / "ring.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        ring.create(path)
        print(f"A key ring was made at {path}. Keep a copy where the database is not.")
        return
    _as_owner(options, "owner-keys", options.act, options.key)


def backup(options: argparse.Namespace) -> None:
    from daymark.site import backup as copies

    with houses.opened(options.data) as (house, _):
        secrets = house.ring.parent if options.keys else None
        copies.backup(house.admin, options.file, secrets)
    print(f"Written to {options.file}. Without the keys it tells nobody anything.")


def restore(options: argparse.Namespace) -> None:
    from daymark.site import backup as copies

    if not options.file.is_file():
        raise BackupError(f"There is no {options.file}.")
    if options.keys:
        copies.restore_keys(options.keys, options.data / "secrets")
    houses.require_keys(options.data)
    with houses.opened(options.data) as (house, _):
        copies.restore(house.admin, options.file)
    print(f"Restored from {options.file}.")


def bring_in(options: argparse.Namespace) -> None:
    if missing := [str(file) for file in options.files if not file.exists()]:
        raise SystemExit(f"daymark: There is no {', no '.join(missing)}.")
    command = ["owner-import", options.what, *(str(file.absolute()) for file in options.files)]
    command += [f"--period={options.period}", f"--published={options.published}"]
    command += ["--preview"] if options.preview else []
    command += [f"--report={options.report.absolute()}"] if options.report else []
    _as_owner(options, *command)


def _as_owner(options: argparse.Namespace, *command: str) -> None:
    with houses.opened(options.data) as (house, _):
        house.run(*command)


# ---- of one process, told by its environment ----


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daymark.site.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as trouble:
        raise SystemExit(f"daymark: {trouble}") from None


def serve(options: argparse.Namespace) -> None:
    os.environ["DAYMARK_DOOR"] = options.door
    _django()  # what is not set is said here in a line, and by gunicorn in a hundred
    command = [sys.executable, "-m", "gunicorn", "daymark.site.wsgi"]
    command += ["--worker-class", "gthread", "--threads", "8", "--bind", options.bind]
    os.execv(sys.executable, command)  # noqa: S606


def totp(options: argparse.Namespace) -> None:
    """RFC 6238 with its usual values: SHA-1, 30 seconds, six digits."""
    try:
        secret = base64.b32decode(options.secret.upper())
    except ValueError:
        raise SystemExit("daymark: That is no secret of an authenticator app.") from None
    digest = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    print(f"{(number & 0x7FFFFFFF) % 10**6:06d}")


def worker(options: argparse.Namespace) -> None:
    os.environ["DAYMARK_DOOR"] = "worker"
    _django()
    from procrastinate.contrib.django import app

    from daymark.vault import checks

    if errors := [str(found.msg) for found in checks.key_ring()]:
        raise SystemExit("daymark: " + "; ".join(errors))
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # Django's own
    with app.replace_connector(connector) as working:
        # Somebody in danger does not wait five seconds for the next look, procrastinate's default.
        working.run_worker(
            concurrency=3,  # neither a file to copy nor an estimate keeps a report waiting
            delete_jobs="always",
            listen_notify=False,
            fetch_job_polling_interval=0.5,
        )


def tokens(options: argparse.Namespace) -> None:
    """On whatever machine the list is kept: no settings, no database, no network."""
    from daymark.insight import making

    try:
        if options.act == "secret":
            print(making.write_secret(options.file))
            return
        told = making.write_tokens(
            options.list,
            options.out,
            secret=options.secret,
            names=options.name,
            born=options.born,
            others=options.id,
            keep=options.keep,
            skip=options.skip,
        )
    except (making.Unmade, OSError) as trouble:
        raise SystemExit(f"daymark: {trouble}") from None
    print(told)


def owner_migrate(options: argparse.Namespace) -> None:
    _django()
    from daymark.site import setup

    setup.bring_up_to_date()
    if os.environ.get("DAYMARK_DEMO") != "1" and not setup.somebody_reads():
        print("No desk reads reports yet: `daymark found` opens the first.")


def owner_demo(options: argparse.Namespace) -> None:
    _django()
    from daymark.site import demo as fiction

    fiction.fill(Path(os.environ["DAYMARK_STATIC"]).parent, options.concerns)


def owner_found(options: argparse.Namespace) -> None:
    _django()
    from django.utils import timezone

    from daymark.site import founding, setup

    setup.bring_up_to_date()
    try:
        told = founding.found(options.file, at=timezone.now())
    except founding.NotAPartnership as trouble:
        raise SystemExit(f"daymark: {trouble}") from None
    print("\n".join(told))


def owner_disconnect(options: argparse.Namespace) -> None:
    _django()
    from django.utils import timezone

    from daymark.site import founding

    try:
        told = founding.disconnect(options.agency, address=options.address, at=timezone.now())
    except founding.NoSignInService as trouble:
        raise SystemExit(f"daymark: {trouble}") from None
    print("\n".join(told))


def owner_check(options: argparse.Namespace) -> None:
    _django()
    from daymark.site import setup

    findings = setup.check(options.what)
    for finding in findings:
        print(finding)
    if findings:
        raise SystemExit(1)
    print("Nothing was found wrong.")


def owner_keys(options: argparse.Namespace) -> None:
    _django()
    from daymark.site import setup

    for line in setup.keys(options.act, options.key):
        print(line)


def owner_import(options: argparse.Namespace) -> None:
    _django()
    from daymark.site import setup

    if options.what in {"postcodes", "onspd"}:
        for file in options.files:
            print(setup.load_postcodes(file))
        return
    if options.what == "wards":
        for file in options.files:
            print(setup.load_wards(file, options.published))
        return
    for line in setup.load_figures(
        options.what,
        options.files,
        period=options.period,
        published=options.published,
        preview=options.preview,
        report=options.report,
    ):
        print(line)


if __name__ == "__main__":
    main()
