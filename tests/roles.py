"""Switch the database role inside one test, so that row-level security is really exercised."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection


@contextmanager
def as_role(role: str, *, member_id: UUID | None = None) -> Iterator[None]:
    """Run as `owner`, `partner`, `public` or `worker`; afterwards as before.

    The test's own login is a superuser of a throwaway cluster; `SET ROLE` gives up its power,
    and policies look at the current role.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), current_setting('daymark.member_id', true)")
        was_role, was_member = cursor.fetchone()
        _become(cursor, f"daymark_{role}", str(member_id or ""))
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                _become(cursor, was_role, was_member or "")


def _become(cursor, role: str, member: str) -> None:  # type: ignore[no-untyped-def]
    cursor.execute("SELECT set_config('role', %s, true)", [role])
    cursor.execute("SELECT set_config('daymark.member_id', %s, true)", [member])
