from datetime import datetime
from typing import Any

import pytest


@pytest.fixture
def cast(db: None) -> Any:
    # Models can be imported only once the settings stand.
    from tests.roles import as_role

    from daymark.agencies.tests.people import Cast

    with as_role("owner"):
        return Cast()


@pytest.fixture
def at() -> datetime:
    from daymark.agencies.tests.people import AT

    return AT
