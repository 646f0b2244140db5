"""Who the database believes is asking."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection


@contextmanager
def acting_as(member_id: UUID | None) -> Iterator[None]:
    """Inside an open transaction, let row-level security see this member; afterwards as before.

    The setting lasts for the transaction at most, so a pooled connection carries nothing over.
    """
    before = act_as(member_id)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            act_as(before)


def act_as(member: UUID | str | None) -> str:
    """The same for the rest of the enclosing `acting_as` or transaction; gives who it was."""
    if not connection.in_atomic_block:
        raise RuntimeError("the acting member is set inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('daymark.member_id', true), ''),"
            " set_config('daymark.member_id', %s, true)",
            [str(member or "")],
        )
        return str(cursor.fetchone()[0])
