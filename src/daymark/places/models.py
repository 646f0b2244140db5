"""Areas, from a day until a day; the postcodes, towns and residents in them.

Reference data, the same for every reader: no row-level security, read-only to every serving
role. Only the owner's loaders (`actions`) write here.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.places.terms import Kind


class Area(models.Model):
    """A country, county, district, police force area ... with its code of the ONS register.

    A code stands for one set of boundaries: a merged or redrawn council is a new area with a
    `Succession` from the old one, a renamed council keeps its area and gains an `OtherName`.
    Shipped areas have the same id in every installation, so exported figures can be compared.
    """

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "code": Handling.OPEN,
        "name": Handling.OPEN,
        "kind": Handling.OPEN,
        "parent": Handling.OPEN,
        "valid_from": Handling.OPEN,
        "valid_to": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=9, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # the first day it is no more

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="area_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="area_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OtherName(models.Model):
    """A name an area had until a day, or is also called by; old papers and lists still use it."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "area": Handling.OPEN,
        "name": Handling.OPEN,
        "until": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="other_names")
    name = models.CharField(max_length=100)
    until = models.DateField(null=True, blank=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], name="other_name_once_per_area"),
        ]

    def __str__(self) -> str:
        return self.name


class Succession(models.Model):
    """One area handed `share` of its residents to another on a day.

    The shares of one predecessor sum to 1, so a count carried over keeps its total.
    """

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "predecessor": Handling.OPEN,
        "successor": Handling.OPEN,
        "from_date": Handling.OPEN,
        "share": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    predecessor = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="inheritances")
    from_date = models.DateField()
    share = models.DecimalField(max_digits=9, decimal_places=8)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"], name="one_succession_per_pair"
            ),
            models.CheckConstraint(
                condition=Q(share__gt=0, share__lte=1), name="succession_share_is_a_share"
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="succession_between_two_areas"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} to {self.successor}"


class Postcode(models.Model):
    """A postcode, its council and a point. About 15 addresses each, so never a household."""

    HANDLING: ClassVar = {
        "code": Handling.OPEN,
        "district": Handling.OPEN,
        "easting": Handling.OPEN,
        "northing": Handling.OPEN,
        "terminated": Handling.OPEN,
        "msoa": Handling.OPEN,
    }

    # Collation C, so that the primary key serves "all of CM1" as a prefix search.
    code = models.CharField(primary_key=True, max_length=7, db_collation="C")  # no space
    district = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    easting = models.IntegerField(null=True, blank=True)  # metres, British National Grid
    northing = models.IntegerField(null=True, blank=True)
    terminated = models.BooleanField(null=True, blank=True)  # None: the source does not say
    # The small statistical area, where the source names one that is loaded. Never searched by.
    msoa = models.ForeignKey(
        Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return f"{self.code[:-3]} {self.code[-3:]}"


class Town(models.Model):
    """A town or village that somebody may name instead of a postcode."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "name": Handling.OPEN,
        "district": Handling.OPEN,
        "easting": Handling.OPEN,
        "northing": Handling.OPEN,
        "residents": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    district = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="towns")
    easting = models.IntegerField()
    northing = models.IntegerField()
    residents = models.IntegerField()  # rough, for ranking only; 0 when unknown

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "district"], name="town_once_per_district"),
        ]

    def __str__(self) -> str:
        return self.name


class Residents(models.Model):
    """How many people live in an area in a year; only lowest councils carry rows, the rest add."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "area": Handling.OPEN,
        "year": Handling.OPEN,
        "under18": Handling.OPEN,
        "adults": Handling.OPEN,
        "source": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="residents")
    year = models.SmallIntegerField()
    under18 = models.IntegerField()
    adults = models.IntegerField()
    source = models.CharField(max_length=300)

    unrestricted = models.Manager()

    class Meta:
        verbose_name_plural = "residents"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "year", "source"], name="residents_once_per_source"
            ),
            models.CheckConstraint(
                condition=Q(under18__gte=0, adults__gte=0), name="residents_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.year}: {self.under18 + self.adults}"


class Edition(models.Model):
    """Which edition of a data set is loaded, so that a second load knows it has nothing to do."""

    HANDLING: ClassVar = {
        "name": Handling.OPEN,
        "title": Handling.OPEN,
        "digest": Handling.OPEN,
        "rows": Handling.OPEN,
        "loaded_at": Handling.OPEN,
    }

    name = models.CharField(primary_key=True, max_length=40)
    title = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    rows = models.IntegerField()
    loaded_at = models.DateTimeField()

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return self.title
