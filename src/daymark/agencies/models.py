"""Organisations, their desks, the members who sit at them."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from daymark.agencies.terms import Kind, Regime, Role
from daymark.design.handling import Handling
from daymark.design.ids import new_id


def choices(words: type[Kind] | type[Regime] | type[Role]) -> list[tuple[str, str]]:
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
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="desks")
    name = models.CharField(max_length=200)
    public_key = models.BinaryField()
    closed_at = models.DateTimeField(null=True, blank=True)

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "name"], name="desk_name_unique_in_agency"),
        ]

    def __str__(self) -> str:
        return self.name


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
        ]

    def __str__(self) -> str:
        return self.name


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
