"""Secrets of second factors, under the key ring: encrypting them, and moving them to a new key."""

import base64
from collections.abc import Iterator
from uuid import UUID

from allauth.mfa.models import Authenticator

from daymark.vault import ring
from daymark.vault.actions import Batch
from daymark.vault.locking import Misplaced

_CONTEXT = b"second factor"
_SECRETS = ("secret", "seed")


def lock(text: str) -> str:
    token = ring.lock(ring.in_use(), text.encode(), context=_CONTEXT)
    return base64.b64encode(token).decode()


def unlock(locked: str) -> str:
    return ring.unlock(ring.in_use(), base64.b64decode(locked), context=_CONTEXT).decode()


class SecondFactors:
    """For `vault.actions.rewrap_all(also=[...])`; they are few, so one batch takes them all."""

    name = "mfa.authenticator"

    def batch(self, wrapper: ring.Wrapper, *, after: UUID | None, size: int) -> Batch:
        done = unreadable = 0
        for factor, name, token in self._waiting(wrapper):
            try:
                moved = ring.relock(wrapper, token, context=_CONTEXT)
            except (Misplaced, ring.UnknownKey):
                unreadable += 1
                continue
            factor.data[name] = base64.b64encode(moved).decode()
            factor.save(update_fields=["data"])
            done += 1
        return Batch(done, unreadable, None)

    def waiting(self, wrapper: ring.Wrapper) -> int:
        return sum(1 for _found in self._waiting(wrapper))

    def _waiting(self, wrapper: ring.Wrapper) -> Iterator[tuple[Authenticator, str, bytes]]:
        for factor in Authenticator.objects.order_by("pk"):
            for name in _SECRETS:
                if name in factor.data:
                    token = base64.b64decode(factor.data[name])
                    if ring.key_of(token) != wrapper.current:
                        yield factor, name, token
