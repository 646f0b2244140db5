"""The files of a concern, as far as they are open to the member."""

from datetime import datetime

from django.db.models import QuerySet

from daymark.access import queries as access
from daymark.access.terms import Compartment, Permission
from daymark.agencies.models import Member
from daymark.concerns.models import Concern, File, Original
from daymark.concerns.terms import Copying


def files_of(concern: Concern, member: Member, *, now: datetime) -> QuerySet[File]:
    """In the order they came; what they hold is read only where it is shown."""
    opened = access.opened_dossiers(member, Compartment.ACCOUNT, now=now)
    return (
        File.unrestricted.filter(dossier=concern.pk, dossier__in=opened)
        .select_related("dossier")
        .defer("copy", "preview")
        .order_by("number")
    )


def originals_of(concern: Concern, member: Member, *, now: datetime) -> QuerySet[Original]:
    """Evidence, for whoever may hand it out at the desk that holds it; for nobody what is malware,
    or was not looked at yet."""
    held = access.held_dossiers(member, Permission.OPEN_ORIGINALS, now=now)
    return (
        Original.unrestricted.filter(dossier=concern.pk, dossier__in=held, parcel=None)
        .exclude(file__state__in=[Copying.WAITING, Copying.REFUSED])
        .select_related("file__dossier")
        .defer("body", "file__copy", "file__preview")
    )
