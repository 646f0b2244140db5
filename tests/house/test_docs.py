"""What the documents promise is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
THREATS = (ROOT / "docs/threat-model.md").read_text()
PROMISE = re.compile(r"`([\w/]+\.py)::(\w+)`")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md")])


@pytest.mark.parametrize(("where", "test"), sorted(set(PROMISE.findall(THREATS))))
def test_what_the_threat_model_names_is_a_test(where: str, test: str):
    path = ROOT / where if where.startswith("tests/") else ROOT / "src/daymark" / where
    assert re.search(rf"^def {test}\(", path.read_text(), re.MULTILINE)


def test_each_row_of_the_threat_model_names_a_test():
    rows = [line for line in THREATS.splitlines() if re.match(r"\| (?!Threat \|)\w", line)]
    assert len(rows) > 50
    assert [row for row in rows if not PROMISE.search(row)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


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
