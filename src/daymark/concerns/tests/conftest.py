from typing import Any

import pytest


@pytest.fixture
def cast(db: None) -> Any:
    # Pytest reads this file before Django is configured.
    from tests.roles import as_role

    from daymark.concerns.tests.people import people

    with as_role("owner"):
        return people()
