from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TABLES = Path(__file__).parents[5] / "shared" / "data" / "nrm"


@pytest.fixture
def nrm() -> Path:
    if not TABLES.is_dir():
        pytest.skip("the Home Office tables are not beside this checkout (../shared/data/nrm)")
    return TABLES


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Areas and cited figures, loaded once as a deployment loads them, and gone afterwards."""
    from daymark.insight.actions import figures as actions
    from daymark.places import actions as places

    with _owner(django_db_blocker):
        places.load_areas(at=NOW)
        actions.load_content(at=NOW)
    yield
    _empty(django_db_blocker)


@pytest.fixture(scope="module")
def imported(shipped: None, django_db_blocker: Any) -> None:
    """On top of these the whole folder of Home Office tables."""
    from daymark.insight import layouts
    from daymark.insight.actions import figures as actions

    if not TABLES.is_dir():
        pytest.skip("the Home Office tables are not beside this checkout (../shared/data/nrm)")
    readings = [layouts.read(path) for path in sorted(TABLES.glob("*.csv"))]
    with _owner(django_db_blocker):
        actions.import_readings(readings, at=NOW)


@contextmanager
def _owner(blocker: Any) -> Iterator[None]:
    from django.db import connection, transaction

    with blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE daymark_owner")
        yield


def _empty(blocker: Any) -> None:
    from django.db import connection

    with _owner(blocker), connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE insight_upload, insight_figure, insight_edition, insight_measure,"
            " places_residents, places_town, places_succession, places_othername, places_area,"
            " places_edition CASCADE"
        )
    with blocker.unblock():
        connection.close()
