"""What the documents promise is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMISE = re.compile(r"`([\w/]+\.py)(?:::(\w+))?`|`(tests/[\w/]+/)`")


def promises() -> list[tuple[str, str]]:
    text = (ROOT / "docs/threat-model.md").read_text()
    return sorted({(file or folder, test) for file, test, folder in PROMISE.findall(text)})


@pytest.mark.parametrize(("where", "test"), promises())
def test_each_row_of_the_threat_model_names_a_test_that_exists(where: str, test: str):
    path = ROOT / where if where.startswith("tests/") else ROOT / "src/daymark" / where
    assert path.exists()
    if test:
        assert re.search(rf"^def {test}\(", path.read_text(), re.MULTILINE)


def test_the_threat_model_promises_something():
    assert len(promises()) > 15


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_links_between_documents_lead_somewhere(name: str):
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text()):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_every_direct_dependency_says_why():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    wanted = [line for line in lines if re.match(r'\s+"[\w\-\[\],.]+[><=]', line)]
    assert wanted
    assert [line for line in wanted if "#" not in line] == []


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_the_lock_pins_hashes_and_names_no_address(name: str):
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    pinned = re.findall(r"^[\w.-]+==", text, re.MULTILINE)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)
