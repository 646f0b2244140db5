"""What members typed and never sent is not kept for ever."""

from datetime import datetime

from django.utils import timezone

from daymark.access import actions as access
from daymark.concerns import queries


def let_go(*, now: datetime) -> int:
    """Delete what nobody has come back to for as long as the partnership says, if it says so."""
    kept_for = queries.content.drafts_kept_for(on=timezone.localdate(now))
    return access.let_drafts_go(saved_before=now - kept_for, at=now) if kept_for else 0
