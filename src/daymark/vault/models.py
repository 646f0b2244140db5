"""The keys that dossiers are encrypted under, each wrapped by the ring."""

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from daymark.design.handling import Handling

SEARCH_KEY = UUID("00000000-0000-7000-8000-000000000001")
"""The one row that is no dossier: the key of search and blind indexes, which must outlive the
ring keys, since changing it means indexing everything anew."""


class DataKey(models.Model):
    """The key of one dossier. Shredding it empties the row and leaves it as a tombstone."""

    DOSSIER: ClassVar = "id"
    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "wrapped": Handling.SENSITIVE,
        "ring_key": Handling.OPEN,
        "made_at": Handling.OPEN,
        "shredded_at": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, editable=False)
    wrapped = models.BinaryField(null=True)
    ring_key = models.CharField(max_length=32, blank=True)
    made_at = models.DateTimeField()
    shredded_at = models.DateTimeField(null=True, blank=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped__isnull=False, shredded_at__isnull=True) & ~Q(ring_key="")
                | Q(wrapped__isnull=True, shredded_at__isnull=False, ring_key=""),
                name="datakey_wrapped_or_shredded",
            ),
            models.CheckConstraint(
                condition=Q(shredded_at__isnull=True) | Q(shredded_at__gte=F("made_at")),
                name="datakey_shredded_after_made",
            ),
        ]

    def __str__(self) -> str:
        return f"key of {self.id}"
