"""Dated content: what to look for, whom to call, what to do and never to do.

Reference data, the same for every reader: no row-level security, read-only to every serving
role. Other rooms store the `key` of an item, never its row: a changed item closes its row and
opens a new one under the same key.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.signs.terms import About, Audience, Bearing, Channel, Element, Need

_CONTENT: dict[str, Handling] = dict.fromkeys(
    (
        "id",
        "key",
        "position",
        "words",
        "source",
        "source_date",
        "review_by",
        "owner",
        "verified",
        "public",
        "valid_from",
        "valid_to",
    ),
    Handling.OPEN,
)


class Content(models.Model):
    """What every item carries: its words by language, where they come from, who keeps them true.

    `words` maps a language code to the item's texts: {"en": {"name": "..."}, "ro": {...}}.
    An item nobody has confirmed is not `verified`; editors see that. It is `public` all the same
    only where a wrong word could hurt nobody, and a number never is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=60)
    position = models.SmallIntegerField()
    words = models.JSONField()
    source = models.CharField(max_length=300)
    source_date = models.DateField()  # the day the source was read
    review_by = models.DateField()
    owner = models.CharField(max_length=100)
    verified = models.BooleanField()
    public = models.BooleanField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # the first day it is no longer shown

    unrestricted = models.Manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(valid_to__isnull=True),
                name="one_open_%(class)s_per_key",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="%(class)s_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class ExploitationType(Content):
    """A type of exploitation as people speak of it, with the element statistics count it under.

    A flag (county lines) is marked beside a type and never counted as one.
    """

    HANDLING: ClassVar = _CONTENT | {"element": Handling.OPEN, "is_flag": Handling.OPEN}

    element = models.CharField(max_length=10, choices=[(e.value, e.value) for e in Element])
    is_flag = models.BooleanField(default=False)


class Setting(Content):
    """A kind of place or situation where exploitation shows."""

    HANDLING: ClassVar = _CONTENT


class Sign(Content):
    """Something a passer-by, customer or neighbour could notice in a setting."""

    HANDLING: ClassVar = _CONTENT | {"setting": Handling.OPEN}

    setting = models.CharField(max_length=60)  # the key of a Setting


class Helpline(Content):
    """A number to call or text."""

    HANDLING: ClassVar = _CONTENT | {
        "need": Handling.OPEN,
        "channel": Handling.OPEN,
        "dialled": Handling.OPEN,
        "shown": Handling.OPEN,
        "area": Handling.OPEN,
    }

    need = models.CharField(max_length=10, choices=[(n.value, n.value) for n in Need])
    channel = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Channel])
    dialled = models.CharField(max_length=20)  # digits alone
    shown = models.CharField(max_length=30)  # as people read it out
    area = models.CharField(max_length=9, blank=True)  # GSS code; empty: everywhere

    class Meta(Content.Meta):
        constraints = [
            *Content.Meta.constraints,
            models.CheckConstraint(
                condition=Q(public=False) | Q(verified=True), name="public_number_is_verified"
            ),
        ]


class Advice(Content):
    """One thing to do, never to do, or to know."""

    HANDLING: ClassVar = _CONTENT | {"audience": Handling.OPEN, "bearing": Handling.OPEN}

    audience = models.CharField(max_length=10, choices=[(a.value, a.value) for a in Audience])
    bearing = models.CharField(max_length=10, choices=[(b.value, b.value) for b in Bearing])


class Passage(Content):
    """A heading and its paragraph on a page about this site."""

    HANDLING: ClassVar = _CONTENT | {"page": Handling.OPEN}

    page = models.CharField(max_length=10, choices=[(a.value, a.value) for a in About])
