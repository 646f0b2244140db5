"""The four database roles, and the database and schema they share.

The owner migrates and never serves; each serving role may connect and nothing more, until a
room's migration grants it what it needs.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import conninfo, sql

ADMIN = "postgres"
OWNER = "daymark_owner"
SERVING = ("daymark_partner", "daymark_public", "daymark_worker")
ROLES = (OWNER, *SERVING)

_ATTRIBUTES = {
    "rolcanlogin": "LOGIN",
    "rolsuper": "NOSUPERUSER",
    "rolbypassrls": "NOBYPASSRLS",
    "rolcreatedb": "NOCREATEDB",
    "rolcreaterole": "NOCREATEROLE",
    "rolreplication": "NOREPLICATION",
}


def prepare_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Make the four roles and the database `admin_url` names; again does no harm.

    The administrator must be able to create roles and databases, and the server must have the
    usual `postgres` database; nothing else is asked of a server that is not ours.
    """
    database = str(conninfo.conninfo_to_dict(admin_url)["dbname"])
    maintenance = conninfo.make_conninfo(admin_url, dbname=ADMIN)
    with psycopg.connect(maintenance, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext('daymark.prepare_roles'))")
        for role in ROLES:
            _prepare_role(admin, role, passwords[role])
        if not _holds(admin, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            _become_owner(admin)
            _run(admin, "CREATE DATABASE {} OWNER {}", database, OWNER)
        with psycopg.connect(admin_url) as inside:
            _prepare_database(inside, database)


def in_use(admin_url: str) -> bool:
    """Whether there is the database that `admin_url` names, and anything in it."""
    database = str(conninfo.conninfo_to_dict(admin_url)["dbname"])
    with psycopg.connect(conninfo.make_conninfo(admin_url, dbname=ADMIN)) as admin:
        if not _holds(admin, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            return False
    with psycopg.connect(admin_url) as inside:
        return _holds(
            inside,
            "SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname <> 'information_schema' AND nspname NOT LIKE %s LIMIT 1",
            r"pg\_%",
        )


def _prepare_role(admin: "psycopg.Connection[Any]", role: str, password: str) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, _ATTRIBUTES))
    query = sql.SQL("SELECT {} FROM pg_roles WHERE rolname = %s").format(columns)
    found = admin.execute(query, [role]).fetchone()
    if found is None:
        _run(admin, f"CREATE ROLE {{}} {' '.join(_ATTRIBUTES.values())}", role)
    else:
        # Only what differs: an administrator who is no superuser may not even repeat the rest.
        wrong = [
            word
            for word, on in zip(_ATTRIBUTES.values(), found, strict=True)
            if on == word.startswith("NO")
        ]
        if wrong:
            _run(admin, f"ALTER ROLE {{}} {' '.join(wrong)}", role)
    # The verifier is computed here, so that the password itself is in no statement and no log.
    verifier = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    admin.execute(statement.format(sql.Identifier(role), sql.Literal(verifier.decode())))


def _prepare_database(inside: "psycopg.Connection[Any]", database: str) -> None:
    for kind, name, owner in (
        (
            "DATABASE",
            database,
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s",
        ),
        (
            "SCHEMA",
            "public",
            "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s",
        ),
    ):
        if inside.execute(owner, [name]).fetchone() != (OWNER,):
            _become_owner(inside)
            _run(inside, f"ALTER {kind} {{}} OWNER TO {{}}", name, OWNER)
    _run(inside, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
    _run(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for role in SERVING:
        _run(inside, "GRANT CONNECT ON DATABASE {} TO {}", database, role)
        _run(inside, "GRANT USAGE ON SCHEMA public TO {}", role)


def _become_owner(connection: "psycopg.Connection[Any]") -> None:
    """An administrator who is no superuser gives things away only to a role it belongs to."""
    # From 16 on, who made a role belongs to it without the right to act as it.
    right = "SET" if connection.info.server_version >= 160000 else "MEMBER"
    if not _holds(connection, "SELECT 1 WHERE pg_has_role(current_user, %s, %s)", OWNER, right):
        _run(connection, "GRANT {} TO CURRENT_USER", OWNER)


def _holds(connection: "psycopg.Connection[Any]", query: str, *values: str) -> bool:
    return connection.execute(query, values).fetchone() is not None


def _run(connection: "psycopg.Connection[Any]", statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
