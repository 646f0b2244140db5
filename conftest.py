"""One throwaway PostgreSQL for the whole run; each database test acts as a real role.

Set `DAYMARK_TEST_DATABASE_URL` to a superuser's URL to use a server that is already running.
"""

import atexit
import json
import os
import secrets
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

ROLES = ("owner", "partner", "public", "worker")
_DATABASE = f"daymark_test_{os.getpid()}"


def _server() -> str:
    """A superuser's URL of a throwaway server."""
    given = os.environ.get("DAYMARK_TEST_DATABASE_URL")
    if given:
        return given
    from daymark.site import cluster

    folder = tempfile.TemporaryDirectory(prefix="dm-", ignore_cleanup_errors=True)
    running = cluster.ensure(Path(folder.name), fast=True)
    atexit.register(folder.cleanup)
    atexit.register(running.stop)
    url = running.admin_url
    # Workers of one run share the server that the first process started.
    os.environ["DAYMARK_TEST_DATABASE_URL"] = url
    return url


def pytest_configure(config: pytest.Config) -> None:
    """Settings are read on import, so the environment stands before anything imports them.

    A worker of a parallel run inherits its parent's, and reads settings before it gets here; it
    has only a database of its own.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        from django.db import connection

        server = urlsplit(_server())
        os.environ["DATABASE_URL"] = urlunsplit(server._replace(path=f"/{_DATABASE}"))
        connection.settings_dict["NAME"] = _DATABASE
        return
    kept = tempfile.TemporaryDirectory(prefix="dm-keys-", ignore_cleanup_errors=True)
    atexit.register(kept.cleanup)
    ring = Path(kept.name) / "ring.json"
    ring.write_text(json.dumps({"current": "k1", "keys": {"k1": _key()}}))
    server = urlsplit(_server())
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "daymark.site.settings",
        "DAYMARK_DOOR": "partner",
        "DAYMARK_SECRET_KEY": secrets.token_urlsafe(40),
        "DAYMARK_KEY_RING": str(ring),
        "DAYMARK_AUDIT_KEY": _key(),
        "DAYMARK_CODE_PEPPER": _key(),
        "DAYMARK_FORM_KEY": _key(),
        # A browser driven in this process leaves an event loop behind; our code uses none.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        "DATABASE_URL": urlunsplit(server._replace(path=f"/{_DATABASE}")),
    }
    import django

    django.setup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest go first, so that no worker is left alone with them at the end."""
    long = ("journeys", "house", "test_languages.py")
    items.sort(key=lambda item: not any(part in long for part in item.path.parts))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By file, as the Makefile asks for, and all journeys as one: they share a house."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class OneHouse(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            journeys = "tests/journeys"
            return journeys if nodeid.startswith(journeys) else super()._split_scope(nodeid)

    return OneHouse(config, log)


def _key() -> str:
    return b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object) -> Iterator[None]:
    """Migrate as the owner, exactly as a deployment does; no test ever runs as the owner."""
    from django.core.management import call_command
    from django.db import connection

    with psycopg.connect(_server(), autocommit=True) as server:
        for role in ROLES:
            if not server.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", [f"daymark_{role}"]
            ).fetchone():
                server.execute(f"CREATE ROLE daymark_{role} NOSUPERUSER NOBYPASSRLS")
        server.execute(f'CREATE DATABASE "{_DATABASE}" OWNER daymark_owner')
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            cursor.execute("ALTER SCHEMA public OWNER TO daymark_owner")
            cursor.execute("GRANT USAGE ON SCHEMA public TO daymark_partner, daymark_public")
            cursor.execute("GRANT USAGE ON SCHEMA public TO daymark_worker")
            cursor.execute("SET ROLE daymark_owner")
        call_command("migrate", verbosity=0, interactive=False)
        connection.close()
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.close()
        if connection.settings_dict["OPTIONS"].get("pool"):
            connection.close_pool()
    with psycopg.connect(_server(), autocommit=True) as server:
        server.execute(f'DROP DATABASE "{_DATABASE}" WITH (FORCE)')


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """What one test activates, the next does not speak."""
    from django.conf import settings
    from django.utils import translation

    with translation.override(settings.LANGUAGE_CODE):
        yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _act_as_partner(request: pytest.FixtureRequest) -> Iterator[None]:
    """A database test is the partner process with nobody signed in, unless it says otherwise."""
    if "db" not in request.fixturenames and not request.node.get_closest_marker("django_db"):
        yield
        return
    request.getfixturevalue("db")
    from tests.roles import as_role

    with as_role("partner"):
        yield
