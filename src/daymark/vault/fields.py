"""Encrypted model fields.

A value is bound to its model, field and record, and padded to steps. It is encrypted by `save()`
and `bulk_create()` and decrypted when the attribute is first read, so a list decrypts what it
shows. Nothing else writes these columns: `update()`, `bulk_update()` and lookups with clear text
are refused here, and the column's own CHECK refuses anything that does not look encrypted.

A renamed model or field is another place: rename with a data migration that saves every record.
"""

import json
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from daymark.vault import locking, queries, ring

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
    _TextField = models.TextField[Any, Any]
    _BinaryField = models.BinaryField[Any, Any]
else:
    _Field = object  # a mixin: the field it is mixed into comes after it
    _TextField = models.TextField
    _BinaryField = models.BinaryField

_SHORT, _STEP, _LONG_STEP = 256, 64, 256
_FILE_STEP = 4096


class ClearText(TypeError):
    """Somebody tried to write or look up clear text past `save()`."""


class Locked:
    """A value still encrypted. `values()` gives these: read the attribute of a record instead."""

    __slots__ = ("token",)

    def __init__(self, token: bytes) -> None:
        self.token = token

    def __repr__(self) -> str:
        return "<encrypted>"

    def __str__(self) -> str:
        raise ClearText("values() gives ciphertext; read the attribute of a record")


class _Unlocking(DeferredAttribute):
    """Decrypts on first read and keeps the clear text in the instance alone."""

    field: "_Encrypted"

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Locked):
            value = self.field.open(value.token, instance)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        # Being a data descriptor makes Python ask __get__ before the instance's own dictionary.
        instance.__dict__[self.field.attname] = value


class _Encrypted(_Field):
    descriptor_class = _Unlocking
    VERSION: bytes
    SHORTEST: int
    LONG_STEP = _LONG_STEP

    if TYPE_CHECKING:
        # Each field mixes in one of `_Text`, `_JSON`, `_Bytes`, and one of `_UnderDossier`,
        # `_UnderRing`.
        def _to_bytes(self, value: Any) -> bytes: ...
        def _from_bytes(self, plain: bytes) -> Any: ...
        def _lock(self, plain: bytes, instance: models.Model) -> bytes: ...
        def _unlock(self, token: bytes, instance: models.Model) -> bytes: ...

    def _kept(self, token: bytes, instance: models.Model) -> bytes:
        """What is written back of a value that nobody read."""
        return token

    def open(self, token: bytes, instance: models.Model) -> Any:
        """Raises locking.Misplaced, queries.Shredded, queries.NoKey or ring.RingError."""
        return self._from_bytes(locking.unpad(self._unlock(token, instance)))

    def binding(self, record_id: object) -> bytes:
        if record_id is None:
            raise ValueError("a record needs its id before its encrypted fields")
        return f"{self.model._meta.label_lower}\0{self.name}\0{record_id}".encode()

    def pre_save(self, model_instance: models.Model, add: bool) -> Locked | None:
        # Past the descriptor, which would decrypt, except where the field was deferred.
        if self.attname in model_instance.__dict__:
            value = model_instance.__dict__[self.attname]
        else:
            value = getattr(model_instance, self.attname)
        if value is None:
            return None
        if isinstance(value, Locked):
            # Not read since it was loaded. Opened all the same, since the record may have become
            # another one or moved to another dossier meanwhile. A shredded one stays shredded.
            try:
                self.open(value.token, model_instance)
            except queries.Shredded:
                if add:
                    raise
            return Locked(self._kept(value.token, model_instance))
        plain = self._to_bytes(value)
        step = _STEP if len(plain) < _SHORT else self.LONG_STEP
        return Locked(self._lock(locking.pad(plain, step), model_instance))

    def from_db_value(self, value: Any, *_: Any) -> Locked | None:
        return None if value is None else Locked(bytes(value))

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return self.get_db_prep_value(value, connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if not isinstance(value, Locked):
            raise ClearText(f"{self} is written by save() or bulk_create(), never by update()")
        return connection.Database.Binary(value.token)

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self} is encrypted: search a blind index or search tokens")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self} is encrypted: search a blind index or search tokens")

    def get_internal_type(self) -> str:
        return "BinaryField"

    def db_check(self, connection: Any) -> str:
        column = connection.ops.quote_name(self.column)
        version = self.VERSION.hex()
        return (
            f"octet_length({column}) >= {self.SHORTEST}"
            f" AND substring({column} FROM 1 FOR 1) = decode('{version}', 'hex')"
        )

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.unique or getattr(self, "db_index", False):
            found.append(
                checks.Error("An encrypted field cannot be an index.", obj=self, id="vault.E002")
            )
        if isinstance(self.model._meta.pk, models.AutoField):
            found.append(
                checks.Error("Record ids must exist before the insert.", obj=self, id="vault.E003")
            )
        return found


class _UnderDossier(_Encrypted):
    """Under a subkey of the dossier's data key: version, nonce, ciphertext, tag."""

    VERSION = b"\x01"
    SHORTEST = 1 + locking.NONCE + _STEP + locking.TAG

    def _lock(self, plain: bytes, instance: models.Model) -> bytes:
        key = self._key(instance)
        return self.VERSION + locking.lock(key, plain, bound_to=self.binding(instance.pk))

    def _unlock(self, token: bytes, instance: models.Model) -> bytes:
        if token[:1] != self.VERSION:
            raise locking.Misplaced
        key = self._key(instance)
        return locking.unlock(key, token[1:], bound_to=self.binding(instance.pk))

    def _key(self, instance: models.Model) -> bytes:
        dossier_id = getattr(instance, _dossier_attribute(type(instance)))
        purpose = f"field\0{self.model._meta.label_lower}\0{self.name}"
        return locking.subkey(queries.key_for(dossier_id), purpose.encode())

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        attribute = _dossier_attribute(self.model)
        if not any(one.attname == attribute for one in self.model._meta.concrete_fields):
            found.append(
                checks.Error(
                    f"The model has no {attribute}; DOSSIER names where its dossier's id is.",
                    obj=self,
                    id="vault.E004",
                )
            )
        return found


class _UnderRing(_Encrypted):
    """Straight under the key ring, for records that hang on no dossier."""

    VERSION = ring.header("")[:1]
    SHORTEST = 3 + 2 + 32 + 2 * (locking.NONCE + locking.TAG) + _STEP

    def _lock(self, plain: bytes, instance: models.Model) -> bytes:
        return ring.lock(ring.in_use(), plain, context=self.binding(instance.pk))

    def _unlock(self, token: bytes, instance: models.Model) -> bytes:
        return ring.unlock(ring.in_use(), token, context=self.binding(instance.pk))

    def _kept(self, token: bytes, instance: models.Model) -> bytes:
        # A record loaded before a rotation must not bring the old key back after it.
        wrapper = ring.in_use()
        if ring.key_of(token) == wrapper.current:
            return token
        return ring.relock(wrapper, token, context=self.binding(instance.pk))


class _Text(_Encrypted):
    def _to_bytes(self, value: Any) -> bytes:
        if not isinstance(value, str):
            raise ClearText(f"{self} holds text, not {type(value).__name__}")
        return value.encode()

    def _from_bytes(self, plain: bytes) -> str:
        return plain.decode()


class _JSON(_Encrypted):
    def _to_bytes(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

    def _from_bytes(self, plain: bytes) -> Any:
        return json.loads(plain)


class _Bytes(_Encrypted):
    LONG_STEP = _FILE_STEP

    def _to_bytes(self, value: Any) -> bytes:
        if not isinstance(value, bytes):
            raise ClearText(f"{self} holds bytes, not {type(value).__name__}")
        return value

    def _from_bytes(self, plain: bytes) -> bytes:
        return plain


class EncryptedTextField(_Text, _UnderDossier, _TextField):
    """Text under the key of the record's dossier."""


class EncryptedJSONField(_JSON, _UnderDossier, models.JSONField):
    """JSON under the key of the record's dossier; its encoder and decoder options are not used."""


class EncryptedBytesField(_Bytes, _UnderDossier, _BinaryField):
    """Bytes under the key of the record's dossier: files. `defer()` it where it is not read."""


class RingTextField(_Text, _UnderRing, _TextField):
    """Text under the key ring: drafts, second factors, private keys of desks."""


def _dossier_attribute(model: type[models.Model]) -> str:
    return getattr(model, "DOSSIER", "dossier_id")
