"""Organisations, their desks, the members who sit at them."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from daymark.agencies.terms import Kind, Regime, ResetReason, Role
from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.vault.fields import RingTextField


def choices(
    words: type[Kind] | type[Regime] | type[Role] | type[ResetReason],
) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ").capitalize()) for word in words]


class Agency(models.Model):
    """An organisation, from a day until a day: councils merge, commissioners are abolished."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "name": Handling.OPEN,
        "kind": Handling.OPEN,
        "regime": Handling.OPEN,
        "valid_from": Handling.OPEN,
        "valid_until": Handling.OPEN,
        "successor": Handling.OPEN,
        "source": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=choices(Kind))
    regime = models.CharField(max_length=20, choices=choices(Regime))
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(max_length=300, blank=True)

    unrestricted = models.Manager()

    class Meta:
        verbose_name_plural = "agencies"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="agency_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Desk(models.Model):
    """Where work arrives. Reports are sealed to its public key before they are stored."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "agency": Handling.OPEN,
        "name": Handling.OPEN,
        "public_key": Handling.OPEN,
        "closed_at": Handling.OPEN,
        "successor": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="desks")
    name = models.CharField(max_length=200)
    public_key = models.BinaryField()
    closed_at = models.DateTimeField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    """The desk of the same agency that took over what lay here when it was closed."""

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "name"], name="desk_name_unique_in_agency"),
            models.CheckConstraint(
                condition=Q(successor__isnull=True)
                | (Q(closed_at__isnull=False) & ~Q(successor=F("id"))),
                name="only_a_closed_desk_has_a_successor",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeskKey(models.Model):
    """What opens reports sealed to a desk; the worker reads it, pages only write it."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "desk": Handling.OPEN,
        "public_key": Handling.OPEN,
        "private_key": Handling.IDENTIFYING,
        "made_at": Handling.OPEN,
        "retired_at": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="keys")
    public_key = models.BinaryField()
    private_key = RingTextField()
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["desk"],
                condition=Q(retired_at__isnull=True),
                name="one_key_in_use_per_desk",
            ),
        ]

    def __str__(self) -> str:
        return f"Key of {self.desk_id}"


class MemberManager(BaseUserManager["Member"]):
    """The manager that authentication needs; it looks members up by e-mail."""

    use_in_migrations = True  # allauth's own migrations ask for it

    def get_by_natural_key(self, username: str | None) -> "Member":
        return self.get(email__iexact=username)


class Member(AbstractBaseUser):
    """A person who signs in. Never deleted: what they did must stay attributable."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "password": Handling.SENSITIVE,
        "last_login": Handling.SENSITIVE,
        "email": Handling.IDENTIFYING,
        "name": Handling.IDENTIFYING,
        "agency": Handling.OPEN,
        "role": Handling.OPEN,
        "is_active": Handling.OPEN,
        "joined_at": Handling.SENSITIVE,
        "left_at": Handling.SENSITIVE,
        "generation": Handling.SENSITIVE,
    }
    # Staff names and work e-mails stay readable: sign-in looks them up, colleagues need the
    # directory. What members work on is what the application encrypts.

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="members")
    role = models.CharField(max_length=20, choices=choices(Role))
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveIntegerField(default=0)  # raising it ends every session

    unrestricted = models.Manager()
    objects = MemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, left_at__isnull=True)
                | Q(is_active=False, left_at__isnull=False),
                name="member_active_until_left",
            ),
            # Sign-in looks addresses up in lower case.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="member_email_lower"),
        ]

    def __str__(self) -> str:
        return self.name

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password.

        Django would store a stronger hash here when parameters changed. Nobody is signed in yet
        at that moment, so the database would refuse; the next change of password does it.
        """
        return check_password(raw_password, self.password)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What ties a session to this member as they are; Django compares it each time."""
        tie = f"{self.password}|{self.generation}|{self.agency_id}|{self.role}"
        return salted_hmac("daymark.session", tie, secret=secret, algorithm="sha256").hexdigest()


class Seat(models.Model):
    """A member at a desk, from a moment until a moment."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "member": Handling.OPEN,
        "desk": Handling.OPEN,
        "since": Handling.OPEN,
        "until": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="seats")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="seats")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "desk"],
                condition=Q(until__isnull=True),
                name="one_open_seat_per_member_and_desk",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="seat_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} at {self.desk}"


class Invitation(models.Model):
    """A link that works once: it lets a member set a password and a second factor."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "member": Handling.OPEN,
        "token_hash": Handling.SENSITIVE,
        "made_by": Handling.SENSITIVE,
        "made_at": Handling.SENSITIVE,
        "expires_at": Handling.SENSITIVE,
        "used_at": Handling.SENSITIVE,
        "withdrawn_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation_per_member",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="invitation_lasts_a_while"
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.member_id}"


class FactorReset(models.Model):
    """A member's second factors are to be taken away: one person asks, another agrees."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "member": Handling.OPEN,
        "reason": Handling.SENSITIVE,
        "requested_by": Handling.SENSITIVE,
        "requested_at": Handling.SENSITIVE,
        "approved_by": Handling.SENSITIVE,
        "approved_at": Handling.SENSITIVE,
        "closed_at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="factor_resets")
    reason = models.CharField(max_length=20, choices=choices(ResetReason))
    requested_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(closed_at__isnull=True),
                name="one_open_reset_per_member",
            ),
            models.CheckConstraint(
                condition=~Q(requested_by=F("member"))
                & (
                    Q(approved_by__isnull=True, approved_at__isnull=True)
                    | (
                        Q(approved_at__isnull=False)
                        & ~Q(approved_by=F("member"))
                        & ~Q(approved_by=F("requested_by"))
                    )
                ),
                name="reset_takes_two_others",
            ),
        ]

    def __str__(self) -> str:
        return f"Reset for {self.member_id}"


class IdentityProvider(models.Model):
    """An agency's own sign-in service (OpenID Connect), for its own addresses only."""

    HANDLING: ClassVar = {
        "id": Handling.OPEN,
        "agency": Handling.OPEN,
        "issuer": Handling.OPEN,
        "client_id": Handling.SENSITIVE,
        "client_secret": Handling.IDENTIFYING,
        "email_domains": Handling.OPEN,
        "accepted_amr": Handling.OPEN,
        "accepted_acr": Handling.OPEN,
        "active_from": Handling.OPEN,
        "active_until": Handling.OPEN,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="identity_providers")
    issuer = models.URLField(max_length=300)
    client_id = models.CharField(max_length=191)
    client_secret = RingTextField()
    email_domains = ArrayField(models.CharField(max_length=200))
    # Claims that prove the provider asked for a second factor; none: we ask for ours.
    accepted_amr = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    accepted_acr = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    active_from = models.DateTimeField()
    active_until = models.DateTimeField(null=True, blank=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency"],
                condition=Q(active_until__isnull=True),
                name="one_identity_provider_per_agency",
            ),
            models.CheckConstraint(
                condition=Q(active_until__isnull=True) | Q(active_until__gt=F("active_from")),
                name="identity_provider_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(email_domains__len__gt=0), name="identity_provider_names_its_domains"
            ),
        ]

    def __str__(self) -> str:
        return f"Sign-in service of {self.agency_id}"
