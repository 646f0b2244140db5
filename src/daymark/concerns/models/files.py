"""The files of a concern."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from daymark.access.models import Dossier
from daymark.concerns.models.choices import words
from daymark.concerns.terms import Copying, Media, NoCopy
from daymark.design.handling import Handling
from daymark.design.ids import new_id
from daymark.vault.fields import EncryptedBytesField, EncryptedJSONField


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
