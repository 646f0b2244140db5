"""A process that opens records does not start without its key ring."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from daymark.vault import ring


def key_ring(**_: Any) -> list[CheckMessage]:
    """The owner only migrates, and the public door must have none (`settings` refuses one)."""
    if settings.DOOR not in {"partner", "worker"}:
        return []
    try:
        ring.load(settings.KEY_RING)
    except ring.RingError as error:
        return [Error(str(error), id="vault.E001")]
    return []
