"""The house checks itself: what no contract between modules can say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps
from tests.house.third_party import FIELDS
from tests.house.walk import patterns

from daymark.access.terms import Permission
from daymark.design.handling import Handling
from daymark.site import urls_partner, urls_public

SOURCE = Path(__file__).parents[2] / "src" / "daymark"
ROOMS = (
    "design",
    "audit",
    "vault",
    "places",
    "agencies",
    "access",
    "signs",
    "concerns",
    "insight",
    "site",
)
"""From the ground floor up; `pyproject.toml` tells import-linter the same."""


@pytest.mark.parametrize("door", [urls_public, urls_partner])
def test_every_page_names_its_permission(door: ModuleType):
    unguarded = [
        page.name
        for page in patterns(door)
        if not isinstance(getattr(page.callback, "permission", None), Permission)
    ]
    assert unguarded == []


def test_the_public_door_needs_no_permission_at_all():
    assert {page.callback.permission for page in patterns(urls_public)} == {Permission.PUBLIC}


def models():
    return [model for model in apps.get_models() if model._meta.app_label in ROOMS]


@pytest.mark.parametrize("model", models(), ids=lambda model: model._meta.label)
def test_every_field_says_how_sensitive_it_is(model):
    fields = {field.name for field in model._meta.get_fields() if field.concrete}
    told = {name for name, value in model.HANDLING.items() if isinstance(value, Handling)}
    assert fields == told


@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if model._meta.app_label not in ROOMS],
    ids=lambda model: model._meta.label,
)
def test_every_field_of_other_peoples_models_is_labelled_here(model):
    fields = {field.name for field in model._meta.get_fields() if field.concrete}
    assert fields == set(FIELDS.get(model._meta.label, {}))


@pytest.mark.parametrize("model", models(), ids=lambda model: model._meta.label)
def test_no_foreign_key_points_upstairs(model):
    floor = ROOMS.index(model._meta.app_label)
    for field in model._meta.get_fields():
        if field.concrete and field.is_relation and field.related_model._meta.app_label in ROOMS:
            assert ROOMS.index(field.related_model._meta.app_label) <= floor, field


@pytest.mark.parametrize("model", models(), ids=lambda model: model._meta.label)
def test_no_model_overrides_save_or_delete(model):
    assert "save" not in vars(model)
    assert "delete" not in vars(model)


def modules(*names: str) -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).parts
        if "tests" in parts or "migrations" in parts:
            continue
        if not names or path.stem in names or (len(parts) > 2 and parts[1] in names):
            yield path


def test_rooms_agree_with_the_folders():
    folders = {path.name for path in SOURCE.iterdir() if (path / "apps.py").exists()}
    assert folders == set(ROOMS)


def test_nothing_listens_to_signals():
    assert [path for path in modules() if "django.dispatch" in path.read_text()] == []
    assert [path for path in modules() if "db.models.signals" in path.read_text()] == []


def test_a_rooms_pages_and_forms_are_its_own():
    """Only `site` puts the pages of other rooms behind a door."""
    found = []
    for path in modules():
        room = path.relative_to(SOURCE).parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                imported = [f"{node.module}.{one.name}" for one in node.names]
            elif isinstance(node, ast.Import):
                imported = [one.name for one in node.names]
            else:
                continue
            for name in imported:
                parts = name.split(".")
                # The design room's form fields are what it is for.
                elsewhere = parts[0] == "daymark" and parts[1] not in {room, "design"}
                if room != "site" and elsewhere and parts[2:3] in (["views"], ["forms"], ["urls"]):
                    found.append(f"{path.relative_to(SOURCE)}: {name}")
    assert found == []


def test_no_clock_is_read_below_the_views():
    clocks = {"now", "today", "utcnow", "localdate", "localtime", "time"}
    found = []
    for path in modules("actions", "queries", "models", "rules", "terms"):
        for node in ast.walk(ast.parse(path.read_text())):
            # With an argument they turn a given moment into a day; without one they read a clock.
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and not node.args
            ):
                owner = ast.unparse(node.func.value)
                if node.func.attr in clocks and owner in {
                    "timezone", "datetime", "date", "time", "datetime.datetime", "datetime.date",
                }:  # fmt: skip
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert found == []


def test_a_moment_is_made_a_day_where_the_partnership_is():
    """`timezone.localdate(moment)`: in summer the day of a moment in UTC begins an hour late."""
    found = [
        f"{path.relative_to(SOURCE)}: {line.strip()}"
        for path in sorted(SOURCE.rglob("*.py"))
        if not {"tests", "migrations"} & set(path.parts)
        for line in path.read_text().splitlines()
        if ".date()" in line and "strptime(" not in line
    ]
    assert found == []


def test_pages_take_records_from_queries_alone():
    found = [
        str(path.relative_to(SOURCE))
        for path in modules("views", "forms")
        if re.search(r"\.unrestricted\b|\.objects\b|get_model\(", path.read_text())
    ]
    assert found == []


NOTHING_ELSE_WORKS = {"site/templates/500.html"}
"""The page for when the database, where the numbers stand, may be down."""


def test_no_template_spells_a_number_to_call():
    number = re.compile(r"tel:\d|\b0\d{3,4} ?\d{3} ?\d{3,4}\b|\b999\b")
    found = [
        f"{path.relative_to(SOURCE)}: {match.group(0)}"
        for path in sorted(SOURCE.rglob("templates/**/*.html"))
        if "gallery" not in path.parts and str(path.relative_to(SOURCE)) not in NOTHING_ELSE_WORKS
        for match in number.finditer(re.sub(r"<(svg|path)[^>]*>", "", path.read_text()))
    ]
    assert found == []
