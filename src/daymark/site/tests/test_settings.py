"""A process that was told too much, or too little, does not start."""

import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from daymark.site import settings


def test_the_public_door_does_not_start_beside_the_key_ring(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAYMARK_DOOR", "public")
    with pytest.raises(ImproperlyConfigured, match="must not be given to the public door"):
        runpy.run_path(settings.__file__)
    monkeypatch.delenv("DAYMARK_KEY_RING")
    assert runpy.run_path(settings.__file__)["KEY_RING"] == ""


@pytest.mark.parametrize(
    ("door", "name"),
    [
        *((door, "DAYMARK_SECRET_KEY") for door in ("public", "partner", "worker", "owner")),
        *((door, "DATABASE_URL") for door in ("public", "partner", "worker", "owner")),
        *((door, "DAYMARK_KEY_RING") for door in ("partner", "worker", "owner")),
        *((door, "DAYMARK_CODE_PEPPER") for door in ("public", "partner")),
        *((door, "DAYMARK_FORM_KEY") for door in ("public", "partner")),
        ("worker", "DAYMARK_AUDIT_KEY"),
    ],
)
def test_half_configured_it_does_not_start(door: str, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAYMARK_DOOR", door)
    if door == "public":
        monkeypatch.delenv("DAYMARK_KEY_RING")
    monkeypatch.delenv(name)
    with pytest.raises(ImproperlyConfigured, match=name):
        runpy.run_path(settings.__file__)
