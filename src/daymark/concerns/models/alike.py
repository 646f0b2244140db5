"""Keyed hashes of what accounts say, and what two of them share."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from daymark.access.models import Dossier
from daymark.concerns.models.choices import words
from daymark.concerns.terms import Tie
from daymark.design.handling import Handling
from daymark.design.ids import new_id


class Token(models.Model):
    """Keyed hashes of words and trigrams, so that encrypted text can be searched.

    `hashes` are of the account, `said` of the reporter's messages: two compartments.
    """

    HANDLING: ClassVar = {
        "dossier": Handling.SENSITIVE,
        "hashes": Handling.IDENTIFYING,
        "said": Handling.IDENTIFYING,
    }

    dossier = models.OneToOneField(
        Dossier, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    hashes = ArrayField(models.BigIntegerField())
    said = ArrayField(models.BigIntegerField(), default=list)

    unrestricted = models.Manager()

    class Meta:
        indexes = [
            GinIndex(fields=["hashes"], name="token_hashes"),
            GinIndex(fields=["said"], name="token_said"),
        ]

    def __str__(self) -> str:
        return str(self.dossier_id)


class Mark(models.Model):
    """A keyed hash of a vehicle mark, a number or an address named in an account."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "tie": Handling.SENSITIVE,
        "blind": Handling.IDENTIFYING,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    tie = models.CharField(max_length=20, choices=words(Tie))
    blind = models.BinaryField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tie", "blind", "dossier"], name="mark_once"),
        ]

    def __str__(self) -> str:
        return self.tie


class Likeness(models.Model):
    """Two concerns that share something, found by the worker when the later one arrived.

    Nobody reads this table: a member asks `concerns_alike`, which names the concerns they know
    and says of the others only which desk holds something.
    """

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "earlier": Handling.SENSITIVE,
        "later": Handling.SENSITIVE,
        "tie": Handling.SENSITIVE,
        "strength": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    earlier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    later = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    tie = models.CharField(max_length=20, choices=words(Tie))
    strength = models.FloatField()

    unrestricted = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["later"], name="likeness_of_later")]
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later", "tie"], name="likeness_once"),
            models.CheckConstraint(
                condition=Q(strength__gt=0, strength__lte=1), name="likeness_strength"
            ),
        ]

    def __str__(self) -> str:
        return self.tie
