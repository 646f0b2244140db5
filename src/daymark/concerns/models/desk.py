"""A concern, what was said in it, and what the desk does with it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daymark.access.models import Dossier
from daymark.agencies.models import Agency, Desk, Member
from daymark.concerns.models.alike import Likeness
from daymark.concerns.models.choices import words
from daymark.concerns.terms import (
    Act,
    Closing,
    Direction,
    HandedOn,
    Known,
    Outcome,
    Reason,
    State,
    Tie,
    Urgency,
    Verb,
    Whom,
)
from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.places.models import Area
from daymark.vault.fields import EncryptedJSONField, EncryptedTextField, RingTextField


class Concern(models.Model):
    """Something the public told us, at the desk that answers for it."""

    HANDLING: ClassVar = {
        "dossier": Handling.SENSITIVE,
        "received_at": Handling.SENSITIVE,
        "state": Handling.SENSITIVE,
        "urgency": Handling.SENSITIVE,
        "reasons": Handling.SENSITIVE,
        "types": Handling.SENSITIVE,
        "area": Handling.SENSITIVE,
        "language": Handling.SENSITIVE,
        "due_at": Handling.SENSITIVE,
        "version": Handling.OPEN,
        "first_read_at": Handling.SENSITIVE,
        "decided_at": Handling.SENSITIVE,
        "answer_waits": Handling.SENSITIVE,
        "closed_at": Handling.SENSITIVE,
        "closed_because": Handling.SENSITIVE,
        "escalated_at": Handling.SENSITIVE,
        "flood": Handling.SENSITIVE,
    }

    dossier = models.OneToOneField(
        Dossier, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=words(State), default=State.NEW)
    urgency = models.CharField(max_length=20, choices=words(Urgency))
    reasons = ArrayField(models.CharField(max_length=20, choices=words(Reason)), default=list)
    types = ArrayField(models.CharField(max_length=40), default=list)
    area = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    due_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    first_read_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    answer_waits = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=20, choices=words(Closing), blank=True, default="")
    escalated_at = models.DateTimeField(null=True)
    flood = models.UUIDField(null=True)  # the same for near-identical reports, and for no other

    unrestricted = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="concern_by_clock"),
            models.Index(
                fields=["flood"], condition=Q(flood__isnull=False), name="concern_by_flood"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False) & ~Q(closed_because="")
                | ~Q(state=State.CLOSED) & Q(closed_at__isnull=True, closed_because=""),
                name="concern_closed_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("received_at")), name="concern_due_after_it_arrived"
            ),
        ]

    def __str__(self) -> str:
        return str(self.dossier_id)


class Account(models.Model):
    """What the reporter said: the compartment ACCOUNT of a concern's dossier."""

    HANDLING: ClassVar = {
        "dossier": Handling.SENSITIVE,
        "what": Handling.IDENTIFYING,
        "where": Handling.IDENTIFYING,
        "details": Handling.IDENTIFYING,
    }

    dossier = models.OneToOneField(
        Dossier, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    what = EncryptedTextField()
    where = EncryptedTextField()
    details = EncryptedJSONField(null=True)
    """What was answered a question at a time, by the names in `door.Details`."""

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return str(self.dossier_id)


class Source(models.Model):
    """Who the reporter is, as far as they said: the compartment SOURCE of a concern's dossier."""

    HANDLING: ClassVar = {
        "dossier": Handling.SENSITIVE,
        "known": Handling.SENSITIVE,
        "relation": Handling.IDENTIFYING,
        "name": Handling.IDENTIFYING,
        "contact": Handling.IDENTIFYING,
        "safe": Handling.IDENTIFYING,
        "withdrawn_at": Handling.SENSITIVE,
    }

    dossier = models.OneToOneField(
        Dossier, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    known = models.CharField(max_length=20, choices=words(Known))
    relation = EncryptedTextField()
    name = EncryptedTextField()
    contact = EncryptedTextField()
    safe = EncryptedTextField()
    """When and how it is safe to use `contact`; unsafe where nothing is said."""

    withdrawn_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return self.known


class Message(models.Model):
    """One message of the conversation with the reporter: the compartment SOURCE."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "direction": Handling.SENSITIVE,
        "text": Handling.IDENTIFYING,
        "at": Handling.SENSITIVE,
        "by": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=20, choices=words(Direction))
    text = EncryptedTextField()
    at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(direction=Direction.TO_REPORTER, by__isnull=False)
                | Q(direction=Direction.FROM_REPORTER, by__isnull=True),
                name="message_from_desk_has_a_writer",
            ),
        ]

    def __str__(self) -> str:
        return self.direction


class Event(models.Model):
    """What was done to a concern, by whom, when: the history its page shows. Append-only."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "verb": Handling.SENSITIVE,
        "detail": Handling.SENSITIVE,
        "note": Handling.IDENTIFYING,
        "at": Handling.SENSITIVE,
        "by": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=20, choices=words(Verb))
    detail = models.CharField(max_length=200, blank=True, default="")
    note = EncryptedTextField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    unrestricted = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["dossier", "at"], name="event_by_dossier")]

    def __str__(self) -> str:
        return self.verb


class Inquiry(models.Model):
    """A desk asks another about something that it holds, and is answered.

    Read by both sides, so its words lie under the key ring and not under one dossier's key. What
    was asked about stands in `Asked`, which the asking side cannot read.
    """

    DOSSIER: ClassVar = "asking_id"
    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "asking": Handling.SENSITIVE,
        "desk": Handling.SENSITIVE,
        "ties": Handling.SENSITIVE,
        "reason": Handling.IDENTIFYING,
        "by": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
        "outcome": Handling.SENSITIVE,
        "answer": Handling.IDENTIFYING,
        "shared": Handling.SENSITIVE,
        "answered_by": Handling.SENSITIVE,
        "answered_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asking = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    ties = ArrayField(models.CharField(max_length=20, choices=words(Tie)))
    reason = RingTextField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=words(Outcome), blank=True, default="")
    answer = RingTextField(null=True)
    shared = models.ForeignKey(Dossier, null=True, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    outcome="",
                    answer__isnull=True,
                    answered_by__isnull=True,
                    answered_at__isnull=True,
                )
                | ~Q(outcome="")
                & Q(
                    answer__isnull=False,
                    answered_by__isnull=False,
                    answered_at__isnull=False,
                ),
                name="inquiry_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.SHARED, shared__isnull=False)
                | ~Q(outcome=Outcome.SHARED) & Q(shared__isnull=True),
                name="inquiry_names_what_was_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.outcome or "not answered"


class Asked(models.Model):
    """The other end of an inquiry: what the asked desk holds, and only it may see."""

    HANDLING: ClassVar = {
        "inquiry": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "likeness": Handling.SENSITIVE,
    }

    inquiry = models.OneToOneField(
        Inquiry, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    likeness = models.ForeignKey(Likeness, on_delete=models.PROTECT, related_name="+")

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return str(self.dossier_id)


class Merge(models.Model):
    """A report that repeats another: closed, and shown with the one that is kept.

    `before` is the exact state of both, so that it can be undone; the versions are those the
    merge left behind, so that a change since is noticed.
    """

    DOSSIER: ClassVar = "merged_id"
    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "merged": Handling.SENSITIVE,
        "kept": Handling.SENSITIVE,
        "before": Handling.SENSITIVE,
        "merged_version": Handling.OPEN,
        "kept_version": Handling.OPEN,
        "by": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
        "undone_by": Handling.SENSITIVE,
        "undone_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merged = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    kept = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    before = EncryptedJSONField()
    merged_version = models.PositiveIntegerField()
    kept_version = models.PositiveIntegerField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(merged=F("kept")), name="merge_of_two"),
            models.UniqueConstraint(
                fields=["merged"],
                condition=Q(undone_at__isnull=True),
                name="merged_into_one",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"


class Handover(models.Model):
    """What left the desk: an emergency, a safeguarding referral, information for intelligence."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "kind": Handling.SENSITIVE,
        "agency": Handling.SENSITIVE,
        "other": Handling.SENSITIVE,
        "whom": Handling.SENSITIVE,
        "reference": Handling.IDENTIFYING,
        "text": Handling.IDENTIFYING,
        "by": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=words(HandedOn))
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    other = models.CharField(max_length=200, blank=True, default="")
    whom = models.CharField(max_length=20, choices=words(Whom), blank=True, default="")
    reference = EncryptedTextField(null=True)
    text = EncryptedTextField(null=True)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agency__isnull=True) & ~Q(other="")
                | Q(agency__isnull=False) & Q(other=""),
                name="handover_to_one",
            ),
            models.CheckConstraint(
                condition=Q(kind=HandedOn.INFORMATION, text__isnull=False)
                | ~Q(kind=HandedOn.INFORMATION) & Q(text__isnull=True),
                name="information_has_its_text",
            ),
            models.CheckConstraint(
                condition=Q(kind=HandedOn.SAFEGUARDING) & ~Q(whom="")
                | ~Q(kind=HandedOn.SAFEGUARDING) & Q(whom=""),
                name="safeguarding_is_of_a_child_or_an_adult",
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class Proposal(models.Model):
    """An act that waits for a second person of the desk, as it was typed."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "act": Handling.SENSITIVE,
        "payload": Handling.IDENTIFYING,
        "version": Handling.OPEN,
        "by": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
        "agreed": Handling.SENSITIVE,
        "reason": Handling.IDENTIFYING,
        "decided_by": Handling.SENSITIVE,
        "decided_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=20, choices=words(Act))
    payload = EncryptedJSONField()
    version = models.PositiveIntegerField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    agreed = models.BooleanField(null=True)
    reason = EncryptedTextField(null=True)
    decided_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(decided_at__isnull=True),
                name="one_proposal_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, agreed__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, agreed__isnull=False),
                name="proposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("by")),
                name="proposal_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.act
