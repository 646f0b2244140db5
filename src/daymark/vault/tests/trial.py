"""Records to try the vault on; no product table may be needed to prove it."""

from typing import ClassVar
from uuid import uuid4

from django.apps.registry import Apps
from django.db import models

from daymark.design.ids import new_id
from daymark.vault.fields import (
    EncryptedBytesField,
    EncryptedJSONField,
    EncryptedTextField,
    RingTextField,
)

ELSEWHERE = Apps()  # so that no migration and no house test sees these models


class Note(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier_id = models.UUIDField(default=uuid4)
    title = models.CharField(max_length=50, blank=True)
    story = EncryptedTextField(null=True)
    other = EncryptedTextField(null=True)
    facts = EncryptedJSONField(null=True)
    scan = EncryptedBytesField(null=True)
    draft = RingTextField(null=True)
    hint = RingTextField(null=True)

    unrestricted = models.Manager()

    class Meta:
        apps = ELSEWHERE
        app_label = "vault"
        db_table = "trial_note"


class File(models.Model):
    """A dossier's own record: its id is the dossier's."""

    DOSSIER: ClassVar = "id"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = EncryptedTextField()

    unrestricted = models.Manager()

    class Meta:
        apps = ELSEWHERE
        app_label = "vault"
        db_table = "trial_file"
