"""The trail: entries chained per dossier, the heads of the chains, the signed links over them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from daymark.design.handling import Handling
from daymark.design.ids import new_id


class Entry(models.Model):
    """Somebody did something. The database fills in seq, recorded_at and both hashes.

    `chain` says where the entry is chained, `dossier` what it is about: a list of 25 dossiers
    is 25 entries in the reader's own chain, so that pages never wait for one another.
    """

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "chain": Handling.SENSITIVE,
        "seq": Handling.OPEN,
        "verb": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
        "recorded_at": Handling.SENSITIVE,
        "actor": Handling.SENSITIVE,
        "agency": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "object_type": Handling.SENSITIVE,
        "object_id": Handling.SENSITIVE,
        "purpose": Handling.SENSITIVE,
        "details": Handling.SENSITIVE,
        "prev_hash": Handling.OPEN,
        "hash": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.UUIDField()
    seq = models.BigIntegerField()
    verb = models.CharField(max_length=80)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.UUIDField(null=True)
    agency = models.UUIDField(null=True)
    dossier = models.UUIDField(null=True)
    object_type = models.CharField(max_length=80, blank=True)
    object_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=80, blank=True)
    details = models.TextField()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    unrestricted = models.Manager()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="entry_place_in_chain"),
        ]
        indexes = [
            models.Index(
                fields=["dossier", "recorded_at"],
                condition=Q(dossier__isnull=False),
                name="entry_of_dossier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.chain} #{self.seq}"


class Head(models.Model):
    """The newest entry of a chain, and up to which entry the worker has linked it."""

    HANDLING: ClassVar = {
        "chain": Handling.SENSITIVE,
        "seq": Handling.OPEN,
        "hash": Handling.OPEN,
        "recorded_at": Handling.SENSITIVE,
        "linked": Handling.OPEN,
    }

    chain = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.BinaryField()
    recorded_at = models.DateTimeField()
    linked = models.BigIntegerField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(linked__gte=0, linked__lte=F("seq")), name="head_linked_up_to_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["chain"], condition=Q(linked__lt=F("seq")), name="head_due"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} #{self.seq}"


class Link(models.Model):
    """A chain's head tied into the global chain. `at` is an hour: it may date a report."""

    HANDLING: ClassVar = {
        "seq": Handling.OPEN,
        "chain": Handling.SENSITIVE,
        "chain_seq": Handling.OPEN,
        "head_hash": Handling.OPEN,
        "at": Handling.SENSITIVE,
        "prev_hash": Handling.OPEN,
        "key_id": Handling.OPEN,
        "signature": Handling.OPEN,
        "hash": Handling.OPEN,
    }

    seq = models.BigIntegerField(primary_key=True)
    chain = models.UUIDField()
    chain_seq = models.BigIntegerField()
    head_hash = models.BinaryField()
    at = models.DateTimeField()
    prev_hash = models.BinaryField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField()
    hash = models.BinaryField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "chain_seq"], name="link_once_per_head"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.chain} #{self.chain_seq}"
