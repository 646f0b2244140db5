from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The shipped data, loaded once as a deployment loads it, and gone afterwards."""
    # Pytest reads this file before Django is configured.
    from django.db import connection, transaction

    from daymark.places import actions

    with django_db_blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE daymark_owner")
        actions.load_areas(at=NOW)
        actions.load_postcodes(at=NOW)
    yield
    with django_db_blocker.unblock():
        with transaction.atomic(), connection.cursor() as cursor:
            # Children before parents, as the foreign keys need.
            tables = "postcode town residents succession othername area edition"
            for table in tables.split():
                cursor.execute(f"DELETE FROM places_{table}")
        connection.close()
