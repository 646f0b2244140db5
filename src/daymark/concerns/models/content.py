"""What the operator sets: routes, clocks and other numbers, from a day until a day."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from daymark.agencies.models import Desk, Member
from daymark.concerns.models.choices import words
from daymark.concerns.terms import LimitOf, Step, Urgency
from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.places.models import Area

_DATED: dict[str, Handling] = dict.fromkeys(
    ("id", "valid_from", "valid_until", "source", "set_by"), Handling.OPEN
)


class Dated(models.Model):
    """Content that holds from a day until a day, with where it comes from.

    Whatever is set for a later day ends what holds on it, and what was planned to follow: that
    ends on the day it would have begun, and holds never.
    """

    FOR: ClassVar[tuple[str, ...]] = ()
    """The fields that say what a rule is for; of each there is one a day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=300)
    set_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    unrestricted = models.Manager()

    class Meta:
        abstract = True


class Route(Dated):
    """Which desk reads what is reported about an area and a type, from a day until a day.

    A route without a type takes every type. The one without area and type is the fallback: no
    report is ever without a desk. One without a desk says that from then on the wider area's holds.
    """

    FOR: ClassVar = ("area_id", "type")
    HANDLING: ClassVar = _DATED | {
        "area": Handling.OPEN,
        "type": Handling.OPEN,
        "desk": Handling.OPEN,
    }

    area = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+")
    type = models.CharField(
        max_length=60, blank=True, default=""
    )  # what kind of place: the key of a setting of `signs`
    desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "type"],
                condition=Q(valid_until__isnull=True),
                nulls_distinct=False,
                name="one_open_route_per_area_and_type",
            ),
            models.CheckConstraint(
                condition=Q(area__isnull=False) | ~Q(type="") | Q(desk__isnull=False),
                name="fallback_has_a_desk",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(f"{self.area or 'anywhere else'} {self.type} to {self.desk}".split())


class Clock(Dated):
    """How soon a concern of an urgency must be decided, and how long after that the desk's
    supervisors hear of it; dated content with a source."""

    FOR: ClassVar = ("urgency",)
    HANDLING: ClassVar = _DATED | {
        "urgency": Handling.OPEN,
        "within": Handling.OPEN,
        "escalate_after": Handling.OPEN,
    }

    urgency = models.CharField(max_length=20, choices=words(Urgency))
    within = models.DurationField()
    escalate_after = models.DurationField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["urgency"],
                condition=Q(valid_until__isnull=True),
                name="one_open_clock_per_urgency",
            ),
            models.CheckConstraint(
                condition=Q(escalate_after__gte=timedelta(0)), name="escalated_after_it_is_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.urgency} within {self.within}"


class Limit(Dated):
    """A number the desks work by that is no deadline; dated content with a source."""

    FOR: ClassVar = ("of",)
    HANDLING: ClassVar = _DATED | {
        "of": Handling.OPEN,
        "value": Handling.OPEN,
    }

    of = models.CharField(max_length=20, choices=words(LimitOf))
    value = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["of"], condition=Q(valid_until__isnull=True), name="one_open_limit"
            ),
            models.CheckConstraint(condition=Q(value__gt=0), name="limit_above_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.of}: {self.value}"


class SecondPerson(Dated):
    """Whether a step of a desk is proposed by one member and agreed by another; dated, with a
    source."""

    FOR: ClassVar = ("desk_id", "step")
    HANDLING: ClassVar = _DATED | {
        "desk": Handling.OPEN,
        "step": Handling.OPEN,
        "wanted": Handling.OPEN,
    }

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=20, choices=words(Step))
    wanted = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "step"],
                condition=Q(valid_until__isnull=True),
                name="one_open_second_person_per_step",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} at {self.desk}"


class Allowance(Dated):
    """How much a reporter may attach, and how long it waits for its report; dated content."""

    HANDLING: ClassVar = _DATED | {
        "files": Handling.OPEN,
        "megabytes": Handling.OPEN,
        "kept_for": Handling.OPEN,
        "waiting_megabytes": Handling.OPEN,
    }

    files = models.PositiveSmallIntegerField()
    megabytes = models.PositiveSmallIntegerField()
    kept_for = models.DurationField()
    waiting_megabytes = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["valid_until"],
                condition=Q(valid_until__isnull=True),
                nulls_distinct=False,
                name="one_open_allowance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.files} files of {self.megabytes} MB"
