"""Fill a deployment with the invented partnership, through the same actions as real life."""

import base64
import contextlib
import random
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from daymark.access import actions as access
from daymark.access.terms import Compartment, Ground, Purpose
from daymark.agencies import actions as agencies
from daymark.agencies.context import acting_as
from daymark.agencies.models import Agency, Desk, Member
from daymark.concerns import actions as concerns
from daymark.concerns import queries as known
from daymark.concerns import rules
from daymark.concerns.models import Concern, Thread
from daymark.concerns.terms import Closing, Urgency
from daymark.design.ids import new_id
from daymark.insight.actions import counts
from daymark.insight.definitions import Definition, NotAView
from daymark.insight.queries import counts as counted
from daymark.insight.terms import Audience, By, Schedule
from daymark.places import queries as places
from daymark.site import fiction, greeting
from daymark.vault import codes
from daymark.vault import queries as vault

CONCERNS = 60


def fill(data: Path) -> None:
    """Once: a second start keeps what is there. `demo.json` tells how to sign in."""
    if Agency.unrestricted.exists():
        return
    now = timezone.now()
    # Not a matter of secrecy: the same story on every machine.
    chance = random.Random("daymark")  # noqa: S311
    with transaction.atomic(), vault.keys_in_hand():
        founded = _agencies(now - timedelta(days=120))
        desks = _desks(founded, now - timedelta(days=120))
        told, members = _members(founded, desks, now - timedelta(days=119))
        _agreement(founded, now - timedelta(days=100))
        _routes(desks, now - timedelta(days=100))
        kept = _concerns(chance, now)
        _work(chance, members, desks, founded, now, asked=UUID(kept["concern"]))
        counts.count_months(now=now)
        _views(members["Mei Tan"], now)
    greeting.write(data, {"members": told, "reporter": kept})


def _agencies(at: datetime) -> dict[str, Agency]:
    return {
        name: agencies.open_agency(
            name=name, kind=kind, regime=regime, valid_from=at.date(), at=at, source="Invented"
        )
        for name, (kind, regime) in fiction.AGENCIES.items()
    }


def _desks(founded: Mapping[str, Agency], at: datetime) -> dict[str, Desk]:
    return {
        name: agencies.open_desk(agency=founded[agency], name=name, by=None, at=at)
        for name, agency in fiction.DESKS.items()
    }


def _members(
    founded: Mapping[str, Agency], desks: Mapping[str, Desk], at: datetime
) -> tuple[list[dict[str, str]], dict[str, Member]]:
    told, members = [], {}
    for person in fiction.CAST:
        password = "-".join(secrets.token_hex(3) for _ in range(3))
        invited = agencies.invite(
            agency=founded[person.agency],
            email=person.email,
            name=person.name,
            role=person.role,
            desks=[desks[person.desk]] if person.desk else [],
            by=None,
            at=at,
        )
        member = agencies.accept_invitation(token=invited.token, password=password, at=at)
        totp_secret = base64.b32encode(secrets.token_bytes(20)).decode()
        TOTP.activate(member, totp_secret)
        members[person.name] = member
        told.append(
            {
                "name": person.name,
                "email": person.email,
                "password": password,
                "totp_secret": totp_secret,
                "role": person.role.value,
                "agency": person.agency,
            }
        )
    return told, members


def _agreement(founded: Mapping[str, Agency], at: datetime) -> None:
    access.make_agreement(
        title="Saltmarsh partnership information-sharing agreement",
        agencies=[one for name, one in founded.items() if name != fiction.OUTSIDE_AGREEMENT],
        valid_from=at,
        valid_until=at + timedelta(days=730),
        source="Invented",
        by=None,
        at=at,
    )


def _routes(desks: Mapping[str, Desk], at: datetime) -> None:
    north, south = desks[fiction.NORTH], desks[fiction.SOUTH]
    concerns.content.set_route(None, desk=north, source="Invented", at=at)
    for code in fiction.SOUTHERN:
        concerns.content.set_route(places.by_code(code), desk=south, source="Invented", at=at)


def _concerns(chance: random.Random, now: datetime) -> dict[str, str]:
    """File them as reporters do, oldest first, and open each as the worker does."""
    pepper = base64.b64decode(settings.CODE_PEPPER)
    ages = sorted((chance.expovariate(1 / 12) for _ in range(CONCERNS)), reverse=True)
    code = codes.new()
    for number, days in enumerate(ages):
        at = now - timedelta(days=min(days, 58), hours=chance.randrange(12))
        story = fiction.STORIES[number % len(fiction.STORIES)]
        town = fiction.TOWNS[(number * 7) % len(fiction.TOWNS)]
        code = codes.new()
        report = concerns.door.Report(
            danger=story.danger and chance.random() < 0.6,
            what=story.what,
            where=story.where.format(place=town),
            language="en",
        )
        pk = new_id(rules.rounded(at))
        concerns.door.file_report(report, pk=pk, code=code, pepper=pepper, at=at)
        concerns.arrivals.open_arrivals(now=at)
        if number == CONCERNS - 6:
            kept = {"code": code.digits, "words": code.words, "concern": str(pk)}
    return kept


def _work(
    chance: random.Random,
    members: Mapping[str, Member],
    desks: Mapping[str, Desk],
    founded: Mapping[str, Agency],
    now: datetime,
    *,
    asked: UUID,
) -> None:
    """Most older concerns were read, decided, asked about, closed; a few shared or restricted."""
    officers = {
        desks[fiction.NORTH].pk: members["Nadia Okafor"],
        desks[fiction.SOUTH].pk: members["Owen Pike"],
    }
    stories = {story.what: story for story in fiction.STORIES}
    # They sit at their desks, or every route would be shown as dead.
    at_work = [officer.pk for officer in officers.values()]
    Member.unrestricted.filter(pk__in=at_work).update(last_login=now)
    everything = list(
        Concern.unrestricted.select_related("dossier__agency", "dossier__desk").order_by(
            "received_at", "pk"
        )
    )
    for number, one in enumerate(everything):
        by = officers[one.dossier.desk_id]
        fresh = number >= CONCERNS - 10
        if fresh and one.pk != asked:
            continue
        at = min(one.received_at + timedelta(minutes=chance.randrange(20, 400)), now)
        concerns.desk.read(one, by=by, at_desk=True, at=at)
        story = stories[known_text(one)]
        at = min(at + timedelta(minutes=chance.randrange(5, 90)), now)
        _decide(one, story, by=by, at=at)
        if number % 4 == 2 or one.pk == asked:
            concerns.desk.ask(one, fiction.QUESTION, by=by, at=at)
            if number % 8 == 2 and one.pk != asked:
                later = min(at + timedelta(days=1), now)
                thread = Thread.unrestricted.select_related("desk").get(pk=one.pk)
                concerns.door.add_to_report(
                    thread, fiction.ANSWER, pk=new_id(rules.rounded(later)), at=later
                )
                concerns.arrivals.open_arrivals(now=later)
        if number < 34 and number % 3 and one.pk != asked:
            _close(one, chance, by=by, at=min(at + timedelta(days=2), now))
    _share(everything, members, founded, now)


def known_text(one: Concern) -> str:
    from daymark.concerns.models import Account

    return str(Account.unrestricted.get(pk=one.pk).what)


def _views(analyst: Member, now: datetime) -> None:
    """What an analyst has asked for and published, if a month has been counted by now."""
    by_type = Definition(period="last-1", by=(By.TYPE,))
    counts.save_view(
        by_type.written,
        name=fiction.VIEW,
        audience=Audience.PARTNERSHIP,
        schedule=Schedule.MONTHLY,
        by=analyst,
        at=now,
    )
    with (
        acting_as(analyst.pk),
        contextlib.suppress(counted.NothingCounted, counts.Refused, NotAView),
    ):
        counts.publish(counts.show(by_type, to=analyst, at=now), by=analyst, at=now)


def _decide(one: Concern, story: fiction.Story, *, by: Member, at: datetime) -> None:
    one.refresh_from_db()
    concerns.desk.decide(
        one,
        version=one.version,
        urgency=Urgency(one.urgency),
        types=list(story.types),
        note=fiction.DECISION,
        by=by,
        at=at,
    )


def _close(one: Concern, chance: random.Random, *, by: Member, at: datetime) -> None:
    one.refresh_from_db()
    because = chance.choice([Closing.HANDED_ON, Closing.SAFEGUARDED, Closing.NOTHING_FOUND])
    concerns.desk.close(
        one, version=one.version, because=because, note=fiction.CLOSING, by=by, at=at
    )


def _share(
    everything: list[Concern],
    members: Mapping[str, Member],
    founded: Mapping[str, Agency],
    now: datetime,
) -> None:
    supervisor = members["Lena Marsh"]
    mine = known.desk.at_my_desks(supervisor, now=now).values_list("pk", flat=True)
    open_ones = [one for one in everything if one.pk in set(mine)][-16:]
    for one, to, compartments in (
        (open_ones[0], founded[fiction.COUNCIL], [Compartment.ACCOUNT]),
        (open_ones[1], founded[fiction.COUNCIL], []),
        (open_ones[2], members["Asha Lund"], [Compartment.ACCOUNT, Compartment.SOURCE]),
        (open_ones[3], members["Daniel Reyes"], [Compartment.ACCOUNT]),
    ):
        basis = access.record_basis(
            one.dossier, Ground.SAFEGUARDING_ADULT, fiction.BASIS, by=supervisor, at=now
        )
        access.share(
            one.dossier,
            to=to,
            compartments=compartments,
            purpose=Purpose.SAFEGUARDING,
            basis=basis,
            until=now + timedelta(days=60),
            by=supervisor,
            at=now,
        )
    access.restrict(open_ones[4].dossier, named=[members["Nadia Okafor"]], by=supervisor, at=now)
