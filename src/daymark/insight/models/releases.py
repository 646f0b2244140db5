"""The partnership's own counts: what is counted, how the gate stands, and all that ever left.

A month is counted once and for good (`Tally`), so that every release comes from the same records
and no later correction betrays, by subtraction, whom it was about.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from daymark.agencies.models import Agency, Member
from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.insight.terms import Audience, Schedule


class Gate(models.Model):
    """How small a count may be that leaves, and when a month is counted; dated content."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "minimum": Handling.OPEN,
        "counted_after_days": Handling.OPEN,
        "valid_from": Handling.OPEN,
        "valid_until": Handling.OPEN,
        "source": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    minimum = models.PositiveSmallIntegerField()
    counted_after_days = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=300)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["valid_until"],
                condition=Q(valid_until__isnull=True),
                nulls_distinct=False,
                name="one_open_gate",
            ),
            models.CheckConstraint(condition=Q(minimum__gte=2), name="gate_hides_one_person"),
        ]

    def __str__(self) -> str:
        return f"nothing below {self.minimum}"


class Scope(models.Model):
    """The areas and types that counts tell apart, from a month on; the rest is counted together.

    Fixed for as long as it is used: a ledger compares like with like. Another scope starts with
    a month of its own and a ledger of its own.
    """

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "areas": Handling.OPEN,
        "types": Handling.OPEN,
        "since": Handling.OPEN,
        "source": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    areas = models.JSONField()  # the code of each police force area, and its councils' codes
    types = models.JSONField()  # keys of `signs.ExploitationType`
    since = models.DateField(unique=True)
    source = models.CharField(max_length=300)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(since__day=1), name="scope_since_a_first"),
        ]

    def __str__(self) -> str:
        return f"since {self.since:%Y-%m}"


class Tally(models.Model):
    """The concerns of one month by area and type, counted once. No page reads this table."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "scope": Handling.OPEN,
        "month": Handling.OPEN,
        "cells": Handling.SENSITIVE,
        "counted_at": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(unique=True)
    cells = models.JSONField()  # [{"area": ..., "type": ..., "concerns": ...}]
    counted_at = models.DateTimeField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="tally_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class View(models.Model):
    """A table somebody wants again: what to count, where, when and by what."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "owner": Handling.OPEN,
        "agency": Handling.OPEN,
        "name": Handling.OPEN,
        "definition": Handling.OPEN,
        "audience": Handling.OPEN,
        "schedule": Handling.OPEN,
        "made_at": Handling.OPEN,
        "ended_at": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    definition = models.JSONField()
    audience = models.CharField(max_length=20, choices=[(a.value, a.value) for a in Audience])
    schedule = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Schedule])
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["owner", "name"], name="view_by_owner")]

    def __str__(self) -> str:
        return self.name


class Release(models.Model):
    """A table as it left: to everybody, or to the one member who was shown it (`reader`).

    What any member was shown stands in the ledger like what was published, or one draft could be
    subtracted from another. `body` is all that was shown and nothing else; `digest` is of the body,
    never of the counts behind it, which are small enough to be guessed from a hash.
    """

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "scope": Handling.OPEN,
        "title": Handling.SENSITIVE,
        "definition": Handling.SENSITIVE,
        "since": Handling.SENSITIVE,
        "until": Handling.SENSITIVE,
        "body": Handling.SENSITIVE,
        "digest": Handling.SENSITIVE,
        "method": Handling.OPEN,
        "reader": Handling.SENSITIVE,
        "made_by": Handling.SENSITIVE,
        "made_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=300)
    definition = models.JSONField()
    since = models.DateField()
    until = models.DateField()  # its last month
    body = models.TextField()
    digest = models.CharField(max_length=64)
    method = models.CharField(max_length=60)
    reader = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    unrestricted = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["scope", "until"], name="release_by_month")]
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "reader"], nulls_distinct=False, name="release_once_per_reader"
            ),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="release_of_a_period"),
        ]

    def __str__(self) -> str:
        return self.title


class Run(models.Model):
    """One turn of a view's schedule: what it gave, or why the gate refused it."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "view": Handling.SENSITIVE,
        "owner": Handling.SENSITIVE,
        "month": Handling.SENSITIVE,
        "release": Handling.SENSITIVE,
        "refused": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
        "seen_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    view = models.ForeignKey(View, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()  # the last month it counted
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    refused = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["view", "month"], name="run_once_a_month"),
            models.CheckConstraint(
                condition=Q(release__isnull=False, refused="")
                | Q(release__isnull=True) & ~Q(refused=""),
                name="run_gave_or_was_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.view_id} {self.month:%Y-%m}"
