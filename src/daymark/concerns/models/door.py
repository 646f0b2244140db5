"""What the public door puts down: threads, sealed envelopes, files on their way."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from daymark.agencies.models import Desk
from daymark.concerns.models.choices import words
from daymark.concerns.terms import Told
from daymark.design.handling import Handling
from daymark.design.ids import new_id


class Thread(models.Model):
    """What lets a reporter come back: found by a keyed hash of the code, never by the code.

    Letters from the desk are sealed to `reporter_key`, whose private half only the code can
    make again; the public door holds neither.
    """

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "lookup": Handling.SENSITIVE,
        "reporter_key": Handling.SENSITIVE,
        "desk": Handling.SENSITIVE,
        "told": Handling.SENSITIVE,
        "told_on": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, editable=False)
    lookup = models.BinaryField(unique=True)
    reporter_key = models.BinaryField()
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    told = models.CharField(max_length=20, choices=words(Told), default=Told.RECEIVED)
    told_on = models.DateField()

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return self.told


class Arrival(models.Model):
    """A sealed envelope from the public door: a report, or what a reporter adds later.

    Only the desk's private key opens it; the worker does so on arrival. The public door may
    insert envelopes and can read none, not even its own.
    """

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "thread": Handling.SENSITIVE,
        "desk": Handling.SENSITIVE,
        "sealed": Handling.SENSITIVE,
        "first": Handling.SENSITIVE,
        "received_at": Handling.SENSITIVE,
        "opened_at": Handling.SENSITIVE,
        "trouble": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    first = models.BooleanField()
    received_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=100, blank=True, default="")

    unrestricted = models.Manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=Q(opened_at__isnull=True),
                name="arrival_unopened",
            ),
        ]

    def __str__(self) -> str:
        return "first report" if self.first else "addition"


class Left(models.Model):
    """A visit that somebody left: nothing that its pages send is taken any more.

    The number was drawn for the pages alone. It says nothing, and neither does having it.
    """

    HANDLING: ClassVar = {"id": Handling.OPEN}

    id = models.UUIDField(primary_key=True, editable=False)

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return str(self.pk)


class Letter(models.Model):
    """A message from the desk, sealed to the reporter's key."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "thread": Handling.SENSITIVE,
        "sealed": Handling.SENSITIVE,
        "sent_on": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    sent_on = models.DateField()

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return f"letter of {self.sent_on}"


class Parcel(models.Model):
    """A file on its way, locked under a key of its own that stands nowhere in the database.

    The key travels in the reporter's page and then in the sealed report: a file whose report was
    never sent can be opened by nobody, and is deleted once its time is over.
    """

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "size": Handling.SENSITIVE,
        "received_at": Handling.SENSITIVE,
        "trouble": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, editable=False)
    size = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    trouble = models.CharField(max_length=100, blank=True, default="")

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return f"parcel of {self.received_at:%d %B, %H:00}"


class Piece(models.Model):
    """One part of a parcel, stored while the rest still arrives: nothing touches the disk clear."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "parcel": Handling.SENSITIVE,
        "number": Handling.SENSITIVE,
        "locked": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    locked = models.BinaryField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parcel", "number"], name="piece_once"),
        ]

    def __str__(self) -> str:
        return f"piece {self.number}"
