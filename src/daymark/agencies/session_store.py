"""Sessions in the database, of no use to whoever reads it.

What a session holds is encrypted under the key ring (a second factor on its way, what somebody
had typed), and the row is found by a hash of the cookie, so a stolen table signs nobody in.
"""

import base64
import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from daymark.vault import ring
from daymark.vault.locking import Misplaced


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        row = self.model.objects.filter(
            session_key=row_of(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if row is None:
            self._session_key = None
        return self.decode(row.session_data) if row else {}

    def exists(self, session_key: str) -> bool:
        return bool(super().exists(row_of(session_key)))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(row_of(key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = row_of(row.session_key)
        return row

    def encode(self, session_dict: dict[str, Any]) -> str:
        plain = self.serializer().dumps(session_dict)
        return base64.b64encode(ring.lock(ring.in_use(), plain, context=self._binding())).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """A session under a key that has left the ring is over, like one that expired."""
        try:
            token = base64.b64decode(session_data, validate=True)
            plain = ring.unlock(ring.in_use(), token, context=self._binding())
        except (ValueError, Misplaced, ring.UnknownKey):
            return {}
        return dict(self.serializer().loads(plain))

    def _binding(self) -> bytes:
        return f"session\0{self.session_key}".encode()


def row_of(key: str) -> str:
    """160 bits, which fill the column."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]
