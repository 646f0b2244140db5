"""Dossiers, and what opens or closes them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daymark.access.rules import LONGEST_GLASS
from daymark.access.terms import Ground, Kind, Marking, Purpose
from daymark.agencies.models import Agency, Desk, Member
from daymark.agencies.terms import Regime
from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.vault.fields import EncryptedTextField, RingTextField


class Dossier(models.Model):
    """The unit of control: every protected record hangs on exactly one."""

    DOSSIER: ClassVar = "id"
    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "kind": Handling.SENSITIVE,
        "reference": Handling.SENSITIVE,
        "agency": Handling.SENSITIVE,
        "desk": Handling.SENSITIVE,
        "regime": Handling.OPEN,
        "purpose": Handling.OPEN,
        "marking": Handling.OPEN,
        "retention": Handling.OPEN,
        "opened_at": Handling.SENSITIVE,
        "restricted_at": Handling.SENSITIVE,
        "restricted_by": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in Kind])
    reference = models.CharField(max_length=12, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    regime = models.CharField(max_length=20, choices=[(word, word) for word in Regime])
    purpose = models.CharField(max_length=20, choices=[(word, word) for word in Purpose])
    marking = models.CharField(max_length=20, choices=[(word, word) for word in Marking])
    retention = models.ForeignKey("Retention", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    restricted_at = models.DateTimeField(null=True)
    restricted_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    unrestricted = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["desk", "-opened_at"], name="dossier_by_desk")]
        constraints = [
            models.CheckConstraint(
                condition=Q(restricted_at__isnull=True, restricted_by__isnull=True)
                | Q(restricted_at__isnull=False, restricted_by__isnull=False),
                name="dossier_restricted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Retention(models.Model):
    """How long a kind of dossier is kept before somebody must review it; dated content."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "kind": Handling.OPEN,
        "review_after_days": Handling.OPEN,
        "valid_from": Handling.OPEN,
        "valid_until": Handling.OPEN,
        "source": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in Kind])
    review_after_days = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=300)

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return f"{self.kind}: review after {self.review_after_days} days"


class Agreement(models.Model):
    """An information-sharing agreement between agencies, from a day until a day."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "name": Handling.OPEN,
        "valid_from": Handling.OPEN,
        "valid_until": Handling.OPEN,
        "source": Handling.OPEN,
        "agencies": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    source = models.CharField(max_length=300, blank=True)
    agencies = models.ManyToManyField(Agency, through="Party", related_name="+")

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="agreement_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Party(models.Model):
    """An agency that signed an agreement."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "agreement": Handling.OPEN,
        "agency": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "agency"], name="party_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agency} in {self.agreement}"


class Basis(models.Model):
    """What makes it lawful to share one dossier: a consent receipt or a legal gateway."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "ground": Handling.SENSITIVE,
        "explanation": Handling.IDENTIFYING,
        "recorded_at": Handling.SENSITIVE,
        "recorded_by": Handling.SENSITIVE,
        "ended_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=20, choices=[(word, word) for word in Ground])
    explanation = EncryptedTextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return self.ground


class Share(models.Model):
    """A dossier opened to another agency or to one member, in part, for a time."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "agency": Handling.SENSITIVE,
        "member": Handling.SENSITIVE,
        "compartments": Handling.SENSITIVE,
        "purpose": Handling.SENSITIVE,
        "basis": Handling.SENSITIVE,
        "agreement": Handling.SENSITIVE,
        "made_at": Handling.SENSITIVE,
        "made_by": Handling.SENSITIVE,
        "until": Handling.SENSITIVE,
        "ended_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    compartments = ArrayField(models.CharField(max_length=20))
    purpose = models.CharField(max_length=20, choices=[(word, word) for word in Purpose])
    basis = models.ForeignKey(Basis, on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["agency", "dossier"], name="share_by_agency"),
            models.Index(fields=["member", "dossier"], name="share_by_member"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(agency__isnull=True, member__isnull=False)
                | Q(agency__isnull=False, member__isnull=True),
                name="share_has_one_recipient",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("made_at")), name="share_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} to {self.agency_id or self.member_id}"


class Named(models.Model):
    """A member named in a restriction: one of the few who know the dossier exists."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "member": Handling.SENSITIVE,
        "by": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
        "ended_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return f"{self.member_id} named in {self.dossier_id}"


class Block(models.Model):
    """A conflict of interest: this member never learns that the dossier exists."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "member": Handling.SENSITIVE,
        "reason": Handling.IDENTIFYING,
        "by": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
        "ended_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return f"{self.member_id} blocked from {self.dossier_id}"


class Glass(models.Model):
    """Break-glass: an emergency opened a dossier to one member for at most an hour."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "member": Handling.SENSITIVE,
        "reason": Handling.IDENTIFYING,
        "opened_at": Handling.SENSITIVE,
        "until": Handling.SENSITIVE,
        "reviewed_at": Handling.SENSITIVE,
        "reviewed_by": Handling.SENSITIVE,
        "justified": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    reason = RingTextField()
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    justified = models.BooleanField(null=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("opened_at"), until__lte=F("opened_at") + LONGEST_GLASS),
                name="glass_open_an_hour_at_most",
            ),
            models.CheckConstraint(
                condition=Q(
                    reviewed_at__isnull=True, reviewed_by__isnull=True, justified__isnull=True
                )
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, justified__isnull=False),
                name="glass_reviewed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("member")),
                name="glass_reviewed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} opened {self.dossier_id}"


class Notice(models.Model):
    """Something happened to a dossier that its desk should hear about; carries no content."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "verb": Handling.SENSITIVE,
        "at": Handling.SENSITIVE,
        "seen_at": Handling.SENSITIVE,
        "seen_by": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=40)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    unrestricted = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["dossier", "-at"], name="notice_by_dossier")]

    def __str__(self) -> str:
        return self.verb


class Grant(models.Model):
    """`rules.GRANTS` as rows, so that the database asks the same question."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "role": Handling.OPEN,
        "permission": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(max_length=20)
    permission = models.CharField(max_length=30)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "permission"], name="grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.permission}"


class Draft(models.Model):
    """What a member typed and has not sent: kept until it is used, or left for long."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "member": Handling.SENSITIVE,
        "page": Handling.SENSITIVE,
        "body": Handling.IDENTIFYING,
        "saved_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    page = models.CharField(max_length=200)
    body = RingTextField()
    saved_at = models.DateTimeField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "page"], name="one_draft_per_page"),
        ]

    def __str__(self) -> str:
        return self.page
