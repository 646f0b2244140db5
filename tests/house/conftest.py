"""The cast, built once a module in one transaction that is never committed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest


@pytest.fixture(scope="module")
def place(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Serving as the partner process, with nobody signed in; see `tests.cast.Place`."""
    from unittest.mock import patch

    from django.db import transaction
    from django.test import override_settings
    from django.utils import timezone
    from tests.cast import build
    from tests.roles import as_role

    # A session notes once a minute that it was used, and the answer that does so has a cookie more.
    quiet = patch("daymark.agencies.sessions._GRAIN", timedelta(days=1))
    # However slow the machine, nobody is asked for the second factor again in the midst of a walk.
    fresh = override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=86_400)
    with django_db_blocker.unblock(), transaction.atomic(), quiet, fresh:
        with as_role("owner"):
            built = build(timezone.now())
        with as_role("partner"):
            yield built
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _undone(request: pytest.FixtureRequest) -> Iterator[None]:
    """What one test writes, the next does not find."""
    if "place" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("place")
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
