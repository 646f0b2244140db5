"""Estimating from our own lists: studies, lists of tokens, and what was worked out from them.

Nobody reads a token back: pages may add them to a list they are reading in, and the database
counts them (`insight_patterns`). An estimation keeps the counts it was worked out from, so that
it can be repeated when a list is gone.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daymark.agencies.models import Agency, Member
from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.insight.terms import Progress, Stratum


class Study(models.Model):
    """A question: how many people of this population were there in this period, seen or not?"""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "agency": Handling.SENSITIVE,
        "name": Handling.SENSITIVE,
        "population": Handling.SENSITIVE,
        "first_date": Handling.SENSITIVE,
        "last_date": Handling.SENSITIVE,
        "made_by": Handling.SENSITIVE,
        "made_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    population = models.TextField(max_length=2000)
    first_date = models.DateField()
    last_date = models.DateField()
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")), name="study_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StudyShare(models.Model):
    """A study shown to another agency: counts and estimates, to read, until a moment."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "study": Handling.SENSITIVE,
        "agency": Handling.SENSITIVE,
        "made_by": Handling.SENSITIVE,
        "made_at": Handling.SENSITIVE,
        "until": Handling.SENSITIVE,
        "ended_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="shares")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("made_at")), name="studyshare_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study_id} to {self.agency_id}"


class SeenList(models.Model):
    """Whom one organisation came across in a period: an uploaded file of tokens.

    Read in first, then accepted by the member who looked at what was read.
    """

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "agency": Handling.SENSITIVE,
        "label": Handling.SENSITIVE,
        "source": Handling.SENSITIVE,
        "first_date": Handling.SENSITIVE,
        "last_date": Handling.SENSITIVE,
        "rows": Handling.SENSITIVE,
        "people": Handling.SENSITIVE,
        "strata": Handling.SENSITIVE,
        "made_with": Handling.SENSITIVE,
        "sha256": Handling.SENSITIVE,
        "uploaded_by": Handling.SENSITIVE,
        "uploaded_at": Handling.SENSITIVE,
        "accepted_at": Handling.SENSITIVE,
        "forgotten_at": Handling.SENSITIVE,
        "forgotten_by": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=20)
    source = models.CharField(max_length=200)
    first_date = models.DateField()
    last_date = models.DateField()
    rows = models.IntegerField()
    people = models.IntegerField()
    strata = ArrayField(models.CharField(max_length=4, choices=[(s, s) for s in Stratum]))
    made_with = models.CharField(max_length=8, blank=True)  # fingerprint of the project's secret
    sha256 = models.CharField(max_length=64)  # of the file
    uploaded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)
    forgotten_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")), name="seenlist_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(people__gte=1, rows__gte=F("people")), name="seenlist_counts_people"
            ),
            models.CheckConstraint(
                condition=~Q(label__contains=":"), name="seenlist_label_without_colon"
            ),
            models.CheckConstraint(
                condition=Q(forgotten_at__isnull=True, forgotten_by__isnull=True)
                | Q(forgotten_at__isnull=False, forgotten_by__isnull=False),
                name="seenlist_forgotten_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Sighting(models.Model):
    """A person on a list: their token, hashed once more with a key of this deployment."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "list": Handling.SENSITIVE,
        "person": Handling.IDENTIFYING,
        "strata": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    list = models.ForeignKey(SeenList, on_delete=models.CASCADE, related_name="+")
    person = models.BinaryField(max_length=32)
    strata = models.JSONField(default=dict)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "person"], name="sighting_once_a_list"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Chosen(models.Model):
    """A list that a study counts; the same list may serve several."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "study": Handling.SENSITIVE,
        "list": Handling.SENSITIVE,
        "added_by": Handling.SENSITIVE,
        "added_at": Handling.SENSITIVE,
        "removed_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="chosen")
    list = models.ForeignKey(SeenList, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "list"], condition=Q(removed_at=None), name="chosen_once_a_study"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_id} in {self.study_id}"


class Estimation(models.Model):
    """One run of the methods over the counts of one moment, with all it takes to repeat it."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "study": Handling.SENSITIVE,
        "table": Handling.SENSITIVE,
        "data_hash": Handling.SENSITIVE,
        "options": Handling.SENSITIVE,
        "seed": Handling.SENSITIVE,
        "repeats": Handling.SENSITIVE,
        "made_by": Handling.SENSITIVE,
        "made_at": Handling.SENSITIVE,
        "cancelled_by": Handling.SENSITIVE,
        "cancelled_at": Handling.SENSITIVE,
        "state": Handling.SENSITIVE,
        "doing": Handling.SENSITIVE,
        "done": Handling.SENSITIVE,
        "steps": Handling.SENSITIVE,
        "worker": Handling.OPEN,
        "tries": Handling.OPEN,
        "seen_at": Handling.SENSITIVE,
        "started_at": Handling.SENSITIVE,
        "finished_at": Handling.SENSITIVE,
        "result": Handling.SENSITIVE,
        "versions": Handling.OPEN,
        "trouble": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="estimations")
    table = models.JSONField()  # lists, people by pattern, the same by stratum
    data_hash = models.CharField(max_length=64)
    options = models.JSONField()
    seed = models.BigIntegerField()
    repeats = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    cancelled_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    # Written by the worker alone.
    state = models.CharField(
        max_length=10, choices=[(p, p) for p in Progress], default=Progress.QUEUED
    )
    doing = models.CharField(max_length=20, blank=True)
    done = models.IntegerField(default=0)
    steps = models.IntegerField(default=0)
    worker = models.UUIDField(null=True)
    tries = models.SmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    versions = models.JSONField(default=dict)
    trouble = models.TextField(blank=True)

    unrestricted = models.Manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=Q(state__in=["QUEUED", "RUNNING"]),
                name="estimation_to_do",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=Progress.DONE, result__isnull=False, finished_at__isnull=False)
                | ~Q(state=Progress.DONE) & Q(result__isnull=True),
                name="estimation_done_with_a_result",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="estimation_cancelled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"
