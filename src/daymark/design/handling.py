"""How sensitive a field is; every field of every model says so."""

from enum import StrEnum


class Handling(StrEnum):
    OPEN = "OPEN"
    """May be shown to any member: reference data, states, moments."""

    SENSITIVE = "SENSITIVE"
    """Says something about a case or about a person's work."""

    IDENTIFYING = "IDENTIFYING"
    """Identifies a person or narrates about one."""
