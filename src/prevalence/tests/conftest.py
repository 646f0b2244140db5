"""Tables and reference results that live beside the project, and tables made up by hypothesis."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from prevalence.table import CaptureTable

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "mse"


@pytest.fixture(scope="session")
def shared() -> Path:
    if not (SHARED / "reference-results.json").exists():
        pytest.skip("needs ../shared/data/mse: the reference results are not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def reference(shared: Path) -> dict:
    return json.loads((shared / "reference-results.json").read_text())


@pytest.fixture(scope="session")
def table_named(shared: Path) -> Callable[[str], CaptureTable]:
    return lambda name: CaptureTable.from_csv(shared / f"{name}.csv")
