"""What an operator loads into a house."""

from pathlib import Path

import pytest

from daymark.insight import importing
from daymark.site import setup


@pytest.mark.parametrize("what", importing.READERS)
def test_a_file_that_is_not_there_is_named(what: str, tmp_path: Path) -> None:
    missing = [tmp_path / "nothing.csv"]
    with pytest.raises(SystemExit, match=r"nothing\.csv: No such file"):
        setup.load_figures(
            what, missing, period="2024", published="2024-03-07", preview=True, report=None
        )
