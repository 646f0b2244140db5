"""A database with the trial records in it, and a ring of a test's own."""

import pytest
from django.db import connection
from tests.roles import as_role


@pytest.fixture
def tables(db):
    """The tables of the trial models, and the worker at work: it sees every key."""
    from daymark.vault.tests.trial import File, Note

    with as_role("owner"):
        with connection.schema_editor(atomic=False) as editor:
            editor.create_model(Note)
            editor.create_model(File)
        with connection.cursor() as cursor:
            cursor.execute(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON trial_note, trial_file"
                " TO daymark_partner, daymark_worker"
            )
    with as_role("worker"):
        yield


@pytest.fixture
def ring_path(tmp_path, settings):
    """A ring of this test's own, to rotate."""
    from daymark.vault import ring

    path = tmp_path / "ring.json"
    ring.create(path)
    settings.KEY_RING = str(path)
    return path
