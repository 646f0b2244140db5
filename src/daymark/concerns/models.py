"""What the public tells us, sealed and opened, and what the desk does with it."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from daymark.access.models import Dossier
from daymark.agencies.models import Agency, Desk, Member
from daymark.concerns.terms import (
    Act,
    Closing,
    Copying,
    Direction,
    HandedOn,
    Known,
    LimitOf,
    Media,
    NoCopy,
    Outcome,
    Reason,
    State,
    Step,
    Tie,
    Told,
    Urgency,
    Verb,
    Whom,
)
from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.places.models import Area
from daymark.vault.fields import (
    EncryptedBytesField,
    EncryptedJSONField,
    EncryptedTextField,
    RingTextField,
)


def words(enum: type) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in enum]  # type: ignore[attr-defined]


_DATED: dict[str, Handling] = dict.fromkeys(
    ("id", "valid_from", "valid_until", "source"), Handling.OPEN
)


class Dated(models.Model):
    """Content that holds from a day until a day, with where it comes from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=300)

    unrestricted = models.Manager()

    class Meta:
        abstract = True


class Route(Dated):
    """Which desk reads what is reported about an area and a type, from a day until a day.

    A route without a type takes every type. The one without area and type is the fallback: no
    report is ever without a desk.
    """

    HANDLING: ClassVar = _DATED | {
        "area": Handling.OPEN,
        "type": Handling.OPEN,
        "desk": Handling.OPEN,
    }

    area = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+")
    type = models.CharField(
        max_length=60, blank=True, default=""
    )  # what kind of place: the key of a setting of `signs`
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "type"],
                condition=Q(valid_until__isnull=True),
                nulls_distinct=False,
                name="one_open_route_per_area_and_type",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area or 'anywhere else'} {self.type} to {self.desk}"


class Clock(Dated):
    """How soon a concern of an urgency must be decided, and how long after that the desk's
    supervisors hear of it; dated content with a source."""

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


class File(models.Model):
    """A file of a concern and the copy that is safe to look at: the compartment ACCOUNT.

    `size` is rounded up as the encryption rounds, so that the row tells no more than its bytes.
    """

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "number": Handling.SENSITIVE,
        "media": Handling.SENSITIVE,
        "size": Handling.SENSITIVE,
        "state": Handling.SENSITIVE,
        "because": Handling.SENSITIVE,
        "tries": Handling.SENSITIVE,
        "copy": Handling.IDENTIFYING,
        "preview": Handling.IDENTIFYING,
        "at": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    media = models.CharField(max_length=20, choices=words(Media), default=Media.OTHER)
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=words(Copying), default=Copying.WAITING)
    because = models.CharField(max_length=20, choices=words(NoCopy), blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    copy = EncryptedBytesField(null=True)
    preview = EncryptedBytesField(null=True)
    at = models.DateTimeField()

    unrestricted = models.Manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["at"], condition=Q(state=Copying.WAITING), name="file_waits_for_a_copy"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "number"], name="file_number_once"),
            models.CheckConstraint(
                condition=Q(state=Copying.CLEAN, copy__isnull=False)
                | ~Q(state=Copying.CLEAN) & Q(copy__isnull=True),
                name="file_clean_with_a_copy",
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.number}"


class Original(models.Model):
    """What was sent, byte for byte: evidence, and of the compartment SOURCE.

    Its name and what is hidden inside may say who sent it. `about` holds `name` and, once it is
    here, `sha256`; before that, the `key` to the parcel it travels in.
    """

    HANDLING: ClassVar = {
        "file": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "parcel": Handling.SENSITIVE,
        "about": Handling.IDENTIFYING,
        "body": Handling.IDENTIFYING,
    }

    file = models.OneToOneField(File, primary_key=True, on_delete=models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    parcel = models.UUIDField(null=True, unique=True)
    about = EncryptedJSONField()
    body = EncryptedBytesField(null=True)

    unrestricted = models.Manager()

    def __str__(self) -> str:
        return str(self.file_id)


class Token(models.Model):
    """Keyed hashes of words and trigrams, so that encrypted text can be searched.

    `hashes` are of the account, `said` of the reporter's messages: two compartments.
    """

    HANDLING: ClassVar = {
        "dossier": Handling.SENSITIVE,
        "hashes": Handling.IDENTIFYING,
        "said": Handling.IDENTIFYING,
    }

    dossier = models.OneToOneField(
        Dossier, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    hashes = ArrayField(models.BigIntegerField())
    said = ArrayField(models.BigIntegerField(), default=list)

    unrestricted = models.Manager()

    class Meta:
        indexes = [
            GinIndex(fields=["hashes"], name="token_hashes"),
            GinIndex(fields=["said"], name="token_said"),
        ]

    def __str__(self) -> str:
        return str(self.dossier_id)


class Mark(models.Model):
    """A keyed hash of a vehicle mark, a number or an address named in an account."""

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "dossier": Handling.SENSITIVE,
        "tie": Handling.SENSITIVE,
        "blind": Handling.IDENTIFYING,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    tie = models.CharField(max_length=20, choices=words(Tie))
    blind = models.BinaryField()

    unrestricted = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tie", "blind", "dossier"], name="mark_once"),
        ]

    def __str__(self) -> str:
        return self.tie


class Likeness(models.Model):
    """Two concerns that share something, found by the worker when the later one arrived.

    Nobody reads this table: a member asks `concerns_alike`, which names the concerns they know
    and says of the others only which desk holds something.
    """

    HANDLING: ClassVar = {
        "id": Handling.SENSITIVE,
        "earlier": Handling.SENSITIVE,
        "later": Handling.SENSITIVE,
        "tie": Handling.SENSITIVE,
        "strength": Handling.SENSITIVE,
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    earlier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    later = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    tie = models.CharField(max_length=20, choices=words(Tie))
    strength = models.FloatField()

    unrestricted = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["later"], name="likeness_of_later")]
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later", "tie"], name="likeness_once"),
            models.CheckConstraint(
                condition=Q(strength__gt=0, strength__lte=1), name="likeness_strength"
            ),
        ]

    def __str__(self) -> str:
        return self.tie


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


class SecondPerson(Dated):
    """A step of a desk that one member proposes and another agrees; dated, with a source."""

    HANDLING: ClassVar = _DATED | {
        "desk": Handling.OPEN,
        "step": Handling.OPEN,
    }

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=20, choices=words(Step))

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


class Limit(Dated):
    """A number the desks work by that is no deadline; dated content with a source."""

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
