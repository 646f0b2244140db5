"""What a member may know. Every list, page, search, count, export and notice starts here."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from daymark.access import rules
from daymark.access.models import (
    Agreement,
    Basis,
    Block,
    Dossier,
    Draft,
    Glass,
    Named,
    Notice,
    Party,
    Share,
)
from daymark.access.terms import Compartment, Kind, Permission
from daymark.agencies import queries as agencies
from daymark.agencies.models import Agency, Member, Seat


class Dossiers(QuerySet[Dossier]):
    """Stands inside most other queries, there as SQL that was put into words before.

    Django would copy it with all that is nested in it into each of them, and again at each of
    their filters: that took longer than the database needs to answer.
    """

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        return self._in_words or Dossier.unrestricted.none().resolve_expression(*args, **kwargs)

    @cached_property
    def _in_words(self) -> RawSQL | None:
        """None where there can be none."""
        chosen = self if self.query.has_select_fields else self.values("pk")
        try:
            words, values = chosen.order_by().query.sql_with_params()
        except EmptyResultSet:
            return None
        return RawSQL(words, values)  # noqa: S611  # Django's own words, the values apart


class _OfDossiers(RawSQL):
    """A condition in words, true of the rows of the table of dossiers under its own name alone."""

    def relabeled_clone(self, change_map: Any) -> Any:
        raise TypeError("use these dossiers with `in`")


def known_dossiers(member: Member, *, now: datetime) -> QuerySet[Dossier]:
    """The dossiers that exist for this member: `rules.knows` as one query."""
    kinds = [kind for kind in Kind if rules.holds(member.role, Permission(f"READ_{kind}"))]
    if not kinds:
        return Dossiers(Dossier).none()
    return Dossiers(Dossier).filter(_for(member, now, _known, *kinds))


def opened_dossiers(
    member: Member, compartment: Compartment, *, now: datetime
) -> QuerySet[Dossier]:
    """The known dossiers of which this compartment is open to the member: `rules.opened`."""
    return known_dossiers(member, now=now).filter(_for(member, now, _opened, compartment))


def held_dossiers(member: Member, permission: Permission, *, now: datetime) -> QuerySet[Dossier]:
    """The known dossiers that lie at the member's desk, if the role carries the permission."""
    if not rules.holds(member.role, permission):
        return Dossiers(Dossier).none()
    return known_dossiers(member, now=now).filter(_for(member, now, _at_desks))


Narrowing = Callable[..., QuerySet[Dossier]]
# Nobody, and a moment that nothing outlasts: what was not replaced would find nothing.
_ME, _US, _NOW = UUID(int=1), UUID(int=2), datetime.max.replace(tzinfo=UTC)


def _for(asking: Member, now: datetime, narrowing: Narrowing, *of: str) -> _OfDossiers:
    words, values = in_words(narrowing, *of)
    given = {_ME: asking.pk, _US: asking.agency_id, _NOW: now}
    filled = [one if isinstance(one, list) else given.get(one, one) for one in values]
    return _OfDossiers(words, filled, BooleanField())


@cache
def in_words(narrowing: Narrowing, *of: str) -> tuple[str, tuple[Any, ...]]:
    """A condition that is the same for whoever asks; what stands for them, `_for` replaces."""
    query = narrowing(Member(pk=_ME, agency_id=_US), *of).query
    words, values = query.get_compiler(DEFAULT_DB_ALIAS).compile(query.where)
    return words, tuple(values)


def _known(nobody: Member, *kinds: Kind) -> QuerySet[Dossier]:
    reached = (
        Q(desk__in=_desks(nobody))
        | Q(id__in=_shares(nobody, now=_NOW).values("dossier"))
        | Q(id__in=_open_glass(nobody, now=_NOW).values("dossier"))
    )
    named = Named.unrestricted.filter(member=nobody, ended_at__isnull=True).values("dossier")
    return Dossier.unrestricted.filter(
        Q(restricted_at__isnull=True) & reached | Q(restricted_at__isnull=False, id__in=named),
        kind__in=kinds,
    ).exclude(id__in=RawSQL("SELECT access_blocked()", []))


def _opened(nobody: Member, compartment: Compartment) -> QuerySet[Dossier]:
    shared = _shares(nobody, now=_NOW).filter(compartments__contains=[compartment])
    return Dossier.unrestricted.filter(
        Q(restricted_at__isnull=False)
        | Q(desk__in=_desks(nobody))
        | Q(id__in=_open_glass(nobody, now=_NOW).values("dossier"))
        | Q(id__in=shared.values("dossier"))
    )


def _at_desks(nobody: Member) -> QuerySet[Dossier]:
    return Dossier.unrestricted.filter(desk__in=_desks(nobody))


def may(member: Member, permission: Permission, dossier: Dossier | UUID, *, now: datetime) -> bool:
    """The one question: may this member do this to this dossier, now?"""
    pk = dossier.pk if isinstance(dossier, Dossier) else dossier
    if permission.startswith("READ_") and permission != Permission.READ_TRAIL:
        return rules.holds(member.role, permission) and (
            known_dossiers(member, now=now).filter(pk=pk).exists()
        )
    return held_dossiers(member, permission, now=now).filter(pk=pk).exists()


def _desks(member: Member) -> QuerySet[Seat]:
    seats = Seat.unrestricted.filter(member=member, until__isnull=True, member__is_active=True)
    return seats.values("desk")  # type: ignore[return-value]  # a subquery of desk ids


def _shares(member: Member, *, now: datetime) -> QuerySet[Share]:
    return Share.unrestricted.filter(
        Q(agency=member.agency_id) | Q(member=member), ended_at__isnull=True, until__gt=now
    )


def _open_glass(member: Member, *, now: datetime) -> QuerySet[Glass]:
    return Glass.unrestricted.filter(member=member, until__gt=now)


def shares_of(dossier: Dossier, member: Member, *, now: datetime) -> QuerySet[Share]:
    """Who else was given this dossier, newest first, ended shares included."""
    mine = held_dossiers(member, Permission.SHARE_DOSSIERS, now=now)
    return (
        Share.unrestricted.filter(dossier__in=mine, dossier=dossier)
        .select_related("agency", "member", "basis", "agreement", "made_by")
        .order_by("-made_at")
    )


def share_of(pk: UUID, member: Member, *, now: datetime) -> Share | None:
    mine = held_dossiers(member, Permission.SHARE_DOSSIERS, now=now)
    return Share.unrestricted.filter(dossier__in=mine, pk=pk).select_related("basis").first()


def bases_of(dossier: Dossier, member: Member, *, now: datetime) -> QuerySet[Basis]:
    mine = held_dossiers(member, Permission.SHARE_DOSSIERS, now=now)
    return Basis.unrestricted.filter(dossier__in=mine, dossier=dossier).order_by("-recorded_at")


def named_in(dossier: Dossier, member: Member, *, now: datetime) -> QuerySet[Named]:
    known = known_dossiers(member, now=now)
    return Named.unrestricted.filter(
        dossier__in=known, dossier=dossier, ended_at__isnull=True
    ).select_related("member__agency")


def blocks_of(dossier: Dossier, member: Member, *, now: datetime) -> QuerySet[Block]:
    mine = held_dossiers(member, Permission.RESTRICT_DOSSIERS, now=now)
    return Block.unrestricted.filter(
        dossier__in=mine, dossier=dossier, ended_at__isnull=True
    ).select_related("member__agency")


def glass_to_review(member: Member, *, now: datetime) -> QuerySet[Glass]:
    """Broken glass on dossiers of the member's desks that nobody has reviewed."""
    mine = held_dossiers(member, Permission.REVIEW_GLASS, now=now)
    return (
        Glass.unrestricted.filter(dossier__in=mine, reviewed_at__isnull=True)
        .exclude(member=member)
        .select_related("member__agency", "dossier")
        .order_by("opened_at")
    )


def notices_for(member: Member, *, now: datetime) -> QuerySet[Notice]:
    """What happened to the dossiers this member knows, newest first."""
    return _notices(known_dossiers(member, now=now))


def unseen_notices(member: Member, *, now: datetime) -> QuerySet[Notice]:
    """The news for the member's own desks that nobody there has seen: theirs to mark as seen."""
    mine = held_dossiers(member, Permission.READ_CONCERN, now=now)
    return _notices(mine).filter(seen_at__isnull=True)


def _notices(dossiers: QuerySet[Dossier]) -> QuerySet[Notice]:
    found = Notice.unrestricted.filter(dossier__in=dossiers)
    return found.select_related("dossier").order_by("-at")


def agreements(*, now: datetime) -> QuerySet[Agreement]:
    return Agreement.unrestricted.prefetch_related("agencies").order_by("-valid_until")


def agreement_between(
    first: Agency, second: Agency, *, now: datetime, until: datetime
) -> Agreement | None:
    """The agreement, in date from now until then, that both agencies signed."""
    return (
        Agreement.unrestricted.filter(valid_from__lte=now, valid_until__gte=until)
        .filter(pk__in=_signed(first))
        .filter(pk__in=_signed(second))
        .order_by("-valid_until")
        .first()
    )


def _signed(agency: Agency) -> QuerySet[Agreement]:
    return Agreement.unrestricted.filter(agencies=agency).values("pk")  # type: ignore[return-value]


def draft_of(page: str, member: Member) -> Draft | None:
    return Draft.unrestricted.filter(member=member, page=page).first()


def basis_of(pk: UUID, member: Member, *, now: datetime) -> Basis | None:
    mine = held_dossiers(member, Permission.SHARE_DOSSIERS, now=now)
    return Basis.unrestricted.filter(dossier__in=mine, pk=pk, ended_at__isnull=True).first()


def block_of(pk: UUID, member: Member, *, now: datetime) -> Block | None:
    mine = held_dossiers(member, Permission.RESTRICT_DOSSIERS, now=now)
    return Block.unrestricted.filter(dossier__in=mine, pk=pk, ended_at__isnull=True).first()


def sitting_at(dossier: Dossier) -> QuerySet[Member]:
    """The members of the desk that holds a dossier."""
    return agencies.sitting_at(dossier.desk)


def current_agencies(*, now: datetime) -> QuerySet[Agency]:
    return agencies.current_agencies(timezone.localdate(now))


def agencies_to_share_with(holder: Agency, *, now: datetime) -> QuerySet[Agency]:
    """Those with which an agency has an agreement in date."""
    live = _signed(holder).filter(valid_from__lte=now, valid_until__gt=now)
    partners = Party.unrestricted.filter(agreement__in=live).values("agency")
    return current_agencies(now=now).filter(pk__in=partners).exclude(pk=holder.pk)


def members_to_share_with(dossier: Dossier, *, now: datetime) -> QuerySet[Member]:
    """Everybody who signs in, of the holding agency and of those it may share with."""
    theirs = agencies_to_share_with(dossier.agency, now=now)
    return directory().filter(Q(agency=dossier.agency_id) | Q(agency__in=theirs))


def directory() -> QuerySet[Member]:
    """Everybody who signs in."""
    return Member.unrestricted.filter(is_active=True).select_related("agency").order_by("name")


def names_by_id() -> dict[UUID, str]:
    """Names for the trail, which holds ids and no foreign keys."""
    return dict(Member.unrestricted.values_list("pk", "name"))
