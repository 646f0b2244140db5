"""Published figures: what was measured, what was said, in which edition, and what became of it.

The same for every reader: only the owner's loaders write here (`actions`). What was licensed to
its reader alone (`Edition.open` is false) is kept from the public door by the database itself.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.insight.terms import Quality


class Measure(models.Model):
    """What is counted or estimated, and what it does not say."""

    HANDLING: ClassVar = {
        "key": Handling.OPEN,
        "name": Handling.OPEN,
        "unit": Handling.OPEN,
        "definition": Handling.OPEN,
        "not_said": Handling.OPEN,
        "small_cells": Handling.OPEN,
        "position": Handling.OPEN,
    }

    key = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=100)
    unit = models.CharField(max_length=40)  # people, referrals, decisions, per 1,000, %
    definition = models.TextField()
    not_said = models.TextField()
    small_cells = models.BooleanField()  # counts of people: nothing below five is shown
    position = models.SmallIntegerField()

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """One publication of a series. A later one stands beside it and never changes it.

    `published` is as exact as it is known: a day, a month (2023-05) or a year (2020).
    """

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "series": Handling.OPEN,
        "published": Handling.OPEN,
        "title": Handling.OPEN,
        "publisher": Handling.OPEN,
        "source": Handling.OPEN,
        "quality": Handling.OPEN,
        "licence": Handling.OPEN,
        "retrieved": Handling.OPEN,
        "open": Handling.OPEN,
        "superseded_by": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    series = models.SlugField(max_length=40)
    published = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=100)
    source = models.CharField(max_length=300)  # where it was read
    quality = models.CharField(max_length=10, choices=[(q.value, q.value) for q in Quality])
    licence = models.CharField(max_length=100)
    retrieved = models.DateField()
    open = models.BooleanField(default=True)
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # where a later edition replaces all of it, though of another year (a prevalence index)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "published"], name="edition_once"),
            models.CheckConstraint(
                condition=Q(published__regex=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"),
                name="edition_published_on_a_date",
            ),
            models.CheckConstraint(
                condition=Q(quality__in=[q.value for q in Quality]), name="edition_quality_known"
            ),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True) | ~Q(superseded_by=F("id")),
                name="edition_not_superseded_by_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.published})"


class Figure(models.Model):
    """One number as one edition states it.

    `area` is a GSS code where there is one (for referrals made by a police force: the area of
    the force that made them), else the name of a country as the source prints it.
    """

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "measure": Handling.OPEN,
        "edition": Handling.OPEN,
        "area": Handling.OPEN,
        "period": Handling.OPEN,
        "breakdown": Handling.OPEN,
        "value": Handling.OPEN,
        "low": Handling.OPEN,
        "high": Handling.OPEN,
        "quotable": Handling.OPEN,
        "derived": Handling.OPEN,
        "caveat": Handling.OPEN,
        "superseded_by": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="figures")
    area = models.CharField(max_length=60)
    period = models.CharField(max_length=13)
    breakdown = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    # None where the source gives a range alone; a range without `high` is "at least".
    value = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    low = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    quotable = models.BooleanField(default=False)  # somebody may quote it: look it up by value
    derived = models.BooleanField(default=False)  # summed or worked out here from that edition
    caveat = models.CharField(max_length=400, blank=True)
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "area", "period", "breakdown", "edition"],
                name="figure_once_per_edition",
            ),
            models.CheckConstraint(
                condition=Q(period__regex=r"^[0-9]{4}(Q[1-4](/[0-9]{4}Q[1-4])?)?$"),
                name="figure_has_a_period",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="figure_not_negative"),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(low__isnull=False),
                name="figure_says_something",
            ),
            models.CheckConstraint(
                condition=(Q(low__isnull=True) | Q(value__isnull=True) | Q(low__lte=F("value")))
                & (Q(high__isnull=True) | Q(value__isnull=True) | Q(high__gte=F("value")))
                & (Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lte=F("high"))),
                name="figure_within_its_interval",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True) | ~Q(superseded_by=F("id")),
                name="figure_not_superseded_by_itself",
            ),
        ]
        indexes = [
            models.Index(
                fields=["value"], condition=Q(quotable=True), name="figure_quoted_by_value"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure_id} {self.area} {self.period}: {self.value}"


class Upload(models.Model):
    """A file that was read in: what it was and what it said, so that the same file says nothing."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "name": Handling.OPEN,
        "digest": Handling.OPEN,
        "layout": Handling.OPEN,
        "stated": Handling.OPEN,
        "read_at": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    layout = models.CharField(max_length=100)
    stated = models.IntegerField()  # figures the file states
    read_at = models.DateTimeField()

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return self.name
