"""Studies, their lists and what was estimated, narrowed to what a member may know."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from daymark.access.rules import holds
from daymark.access.terms import Permission
from daymark.agencies.models import Member
from daymark.insight.models import Chosen, Estimation, SeenList, Study, StudyShare
from daymark.insight.terms import Stratum


def studies_for(member: Member, *, now: datetime) -> QuerySet[Study]:
    """The studies of the member's agency, and those shown to it."""
    if not holds(member.role, Permission.RUN_STUDIES):
        return Study.unrestricted.none()
    shown = StudyShare.unrestricted.filter(
        agency=member.agency_id, ended_at__isnull=True, until__gt=now
    )
    return (
        Study.unrestricted.filter(Q(agency=member.agency_id) | Q(pk__in=shown.values("study")))
        .select_related("agency", "made_by")
        .order_by("-made_at")
    )


def own_studies(member: Member) -> QuerySet[Study]:
    """The studies that the member may change."""
    if not holds(member.role, Permission.RUN_STUDIES):
        return Study.unrestricted.none()
    return Study.unrestricted.filter(agency=member.agency_id).select_related("agency", "made_by")


def lists_in(study: Study) -> list[SeenList]:
    """The lists a study counts, in the order of their patterns."""
    chosen = Chosen.unrestricted.filter(study=study, removed_at__isnull=True)
    found = chosen.select_related("list__uploaded_by").order_by("added_at", "pk")
    return [one.list for one in found]


def own_lists(member: Member) -> QuerySet[SeenList]:
    """The lists of the member's agency that hold tokens, read in and looked at."""
    if not holds(member.role, Permission.RUN_STUDIES):
        return SeenList.unrestricted.none()
    return SeenList.unrestricted.filter(
        agency=member.agency_id, accepted_at__isnull=False, forgotten_at__isnull=True
    ).order_by("-uploaded_at")


def lists_to_choose(study: Study, member: Member) -> QuerySet[SeenList]:
    """Those the study does not count yet."""
    counted = Chosen.unrestricted.filter(study=study, removed_at__isnull=True)
    return own_lists(member).exclude(pk__in=counted.values("list"))


def waiting_lists(member: Member) -> QuerySet[SeenList]:
    """What this member has read in and not accepted."""
    if not holds(member.role, Permission.RUN_STUDIES):
        return SeenList.unrestricted.none()
    return SeenList.unrestricted.filter(uploaded_by=member, accepted_at__isnull=True)


def table_of(study: Study, strata: Sequence[Stratum] = ()) -> dict[str, Any]:
    """People by pattern, as `estimating.Table`; the database counts, and answers only here."""
    lists = lists_in(study)
    counts = _counted(study, "")
    return {
        "lists": [one.label for one in lists],
        "counts": {pattern: sum(levels.values()) for pattern, levels in counts.items()},
        "strata": {column.value: _by_level(_counted(study, column)) for column in strata},
    }


def _counted(study: Study, column: str) -> dict[str, dict[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM insight_patterns(%s, %s)", [study.pk, column])
        for pattern, level, people in cursor.fetchall():
            found[str(pattern)][level] = people
    return dict(found)


def _by_level(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for pattern, levels in counts.items():
        for level, people in levels.items():
            found[level][pattern] = people
    return dict(found)


def estimations_of(study: Study) -> QuerySet[Estimation]:
    return (
        Estimation.unrestricted.filter(study=study)
        .defer("table", "result")
        .select_related("made_by")
        .order_by("-made_at")
    )


def estimation_for(pk: UUID, member: Member, *, now: datetime) -> Estimation | None:
    return (
        Estimation.unrestricted.filter(pk=pk, study__in=studies_for(member, now=now))
        .select_related("study__agency", "made_by", "cancelled_by", "repeats")
        .first()
    )


def shares_of(study: Study) -> QuerySet[StudyShare]:
    return (
        StudyShare.unrestricted.filter(study=study)
        .select_related("agency", "made_by")
        .order_by("-made_at")
    )


def share_of(pk: UUID, member: Member) -> StudyShare | None:
    mine = own_studies(member)
    return StudyShare.unrestricted.filter(pk=pk, study__in=mine, ended_at__isnull=True).first()
