"""Fill a deployment with the invented partnership, through the same actions as real life."""

import base64
import contextlib
import random
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from daymark.access import actions as access
from daymark.access.models import Notice
from daymark.access.terms import Compartment, Ground, Purpose
from daymark.agencies import actions as agencies
from daymark.agencies.context import acting_as
from daymark.agencies.models import Agency, Desk, Member
from daymark.concerns import actions as concerns
from daymark.concerns import queries as known
from daymark.concerns import rules
from daymark.concerns.models import Concern, Thread
from daymark.concerns.terms import Act, Closing, HandedOn, Outcome, State, Step, Urgency, Whom
from daymark.design.ids import new_id
from daymark.insight.actions import counts
from daymark.insight.definitions import Definition, NotAView
from daymark.insight.queries import counts as counted
from daymark.insight.terms import Audience, By, Schedule
from daymark.places import queries as places
from daymark.places.models import Area
from daymark.site import example, fiction, greeting, names, pictures, scenarios
from daymark.site.scenarios import SPAN, District, Fate, Told
from daymark.vault import codes
from daymark.vault import queries as vault

FOUNDED = SPAN + timedelta(days=30)
LONG_AGO = timedelta(days=45)
"""By then a desk has finished with a concern."""

FRESH = timedelta(days=2)
"""News older than this were seen."""


def fill(data: Path, number: int) -> None:
    """Once: a second start keeps what is there. `demo.json` tells how to sign in."""
    if Agency.unrestricted.exists():
        if not (data / greeting.FILE).exists():
            raise SystemExit(
                "daymark: The partnership in this data folder is not the demonstration's. Start it"
                " with `daymark up`, or the demonstration with another folder: --data DIR."
            )
        return
    now = timezone.now()
    # Not a matter of secrecy: the same story on every machine.
    chance = random.Random("daymark")  # noqa: S311
    with transaction.atomic(), vault.keys_in_hand():
        founded = _agencies(now - FOUNDED)
        desks = _desks(founded, now - FOUNDED)
        told, members = _members(founded, desks, now - FOUNDED + timedelta(days=1))
        _staff(chance, founded, desks, now - FOUNDED + timedelta(days=2))
        _agreement(founded, now - FOUNDED + timedelta(days=20), now)
        _routes(desks, now - FOUNDED)
        planned = scenarios.plan(chance, number, ground=ground(), now=now)
        _seen_at_two_desks(chance, planned, now)
        everything, given = _concerns(planned, members["Nadia Okafor"])
        asked = _with_a_question(planned, everything)
        _Work(chance, desks, now).do(planned, everything)
        _share(everything, members, founded, now)
        counts.count_months(now=now)
        _views(members["Mei Tan"], now)
        example.study(by=members["Mei Tan"], at=now)
        code = given[asked]
        kept = {"code": code.digits, "words": code.words, "concern": str(everything[asked].pk)}
        # Before it is committed: a partnership that nobody can sign in to would be kept for good.
        greeting.write(data, {"members": told, "reporter": kept})


def ground() -> list[District]:
    """The districts of Essex and Kent, with words that lead to each: towns, parts of postcodes."""
    towns, sectors = defaultdict(list), defaultdict(list)
    with connection.cursor() as cursor:
        # A postcode's sector that lies whole in one district; never a whole postcode, which is
        # somebody's street.
        cursor.execute(
            "SELECT left(p.code, length(p.code) - 3), substr(right(p.code, 3), 1, 1), min(a.code)"
            " FROM places_postcode p JOIN places_area a ON a.id = p.district_id"
            " GROUP BY 1, 2 HAVING count(DISTINCT p.district_id) = 1 AND count(*) > 40"
            " ORDER BY 1, 2"
        )
        for outcode, digit, code in cursor.fetchall():
            sectors[code].append(f"{outcode} {digit}")
        cursor.execute(
            "SELECT min(t.name), min(a.code) FROM places_town t"
            " JOIN places_area a ON a.id = t.district_id WHERE t.residents > 3000"
            " GROUP BY lower(t.name) HAVING count(*) = 1 ORDER BY 1"
        )
        for name, code in cursor.fetchall():
            towns[code].append(name)
        cursor.execute(
            "SELECT a.code, sum(r.under18 + r.adults) FROM places_residents r"
            " JOIN places_area a ON a.id = r.area_id"
            " WHERE (a.code, r.year) IN (SELECT b.code, max(s.year) FROM places_residents s"
            " JOIN places_area b ON b.id = s.area_id GROUP BY 1) GROUP BY 1"
        )
        residents = {code: int(number) for code, number in cursor.fetchall()}
    forces, found = scenarios.mix()["places"]["referred"].keys(), []
    for area in Area.unrestricted.filter(valid_to=None, code__in=towns).order_by("code"):
        force = {part.code for part in places.chain_of(area)} & forces
        words = [name for name in towns[area.code] if places.find(name).likeliest == area]
        if force and words:
            (inside,) = force
            found.append(
                District(
                    area.code,
                    inside,
                    residents[area.code],
                    tuple(words),
                    tuple(sectors[area.code][:8]),
                )
            )
    return found


def _agencies(at: datetime) -> dict[str, Agency]:
    return {
        name: agencies.open_agency(
            name=name,
            kind=kind,
            regime=regime,
            valid_from=timezone.localdate(at),
            at=at,
            source="Invented",
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


def _staff(
    chance: random.Random, founded: Mapping[str, Agency], desks: Mapping[str, Desk], at: datetime
) -> None:
    """The others of the forty, of whom nobody signs in here."""
    taken = {person.name for person in fiction.CAST}
    for role, agency, desk in fiction.STAFF:
        while (name := names.person(chance, chance.choice(fiction.TRADITIONS))) in taken:
            pass
        taken.add(name)
        invited = agencies.invite(
            agency=founded[agency],
            email=fiction.Person(name, role, agency).email,
            name=name,
            role=role,
            desks=[desks[desk]] if desk else [],
            by=None,
            at=at,
        )
        agencies.accept_through_provider(member=invited.member, at=at)


def _agreement(founded: Mapping[str, Agency], at: datetime, now: datetime) -> None:
    access.make_agreement(
        title="Saltmarsh partnership information-sharing agreement",
        agencies=[one for name, one in founded.items() if name != fiction.OUTSIDE_AGREEMENT],
        valid_from=at,
        valid_until=now + timedelta(days=365),
        source="Invented",
        by=None,
        at=at,
    )


def _routes(desks: Mapping[str, Desk], at: datetime) -> None:
    concerns.content.set_route(None, desk=desks[fiction.NORTH], source="Invented", at=at)
    for code, desk in fiction.ROUTES.items():
        area = places.by_code(code)
        concerns.content.set_route(area, desk=desks[desk], source="Invented", at=at)


def _concerns(planned: Sequence[Told], officer: Member) -> tuple[list[Concern], list[codes.Code]]:
    """File them as reporters do, oldest first, and open each as the worker does.

    Their codes come with them, in the same order.
    """
    pepper = base64.b64decode(settings.CODE_PEPPER)
    pks: list[UUID] = []
    given: list[codes.Code] = []
    for one in planned:
        code, pk = codes.new(), new_id(rules.rounded(one.at))
        report = concerns.door.Report(
            danger=one.danger,
            what=one.what,
            where=one.where,
            language=one.language,
            details=concerns.door.Details(**one.details),
            teller=concerns.door.Teller(**one.teller),
            files=[_attached(one)] if one.picture else [],
        )
        if one.by_phone:
            concerns.door.take_call(report, pk=pk, code=code, pepper=pepper, by=officer, at=one.at)
        else:
            concerns.door.file_report(report, pk=pk, code=code, pepper=pepper, at=one.at)
        concerns.arrivals.open_arrivals(now=one.at)
        pks.append(pk)
        given.append(code)
    found = Concern.unrestricted.select_related("dossier__agency", "dossier__desk").in_bulk(pks)
    return [found[pk] for pk in pks], given


def _seen_at_two_desks(chance: random.Random, planned: list[Told], now: datetime) -> None:
    """The northern desk holds what the second force's asks about: the last of the pairs."""
    desks = known.content.routes(on=timezone.localdate(now))

    def latest_at(desk: str) -> int:
        def fits(number: int) -> tuple[bool, int]:
            one = planned[number]
            area = places.find(one.where).likeliest if one.where else None
            at_desk = known.content.desk_of(area, desks).name == desk
            return at_desk and not one.pair and one.language == "en", number

        return max(range(len(planned)), key=fits)

    scenarios.seen_twice(chance, planned, latest_at(fiction.NORTH), latest_at(fiction.KENT))


def _with_a_question(planned: list[Told], everything: Sequence[Concern]) -> int:
    """One of the latest in English at the northern desk will be asked, for README's reporter."""

    def fits(number: int) -> tuple[bool, bool, int]:
        one, desk = planned[number], everything[number].dossier.desk
        # One of a pair may be merged into the other, which ends the conversation.
        return desk.name == fiction.NORTH, one.language == "en" and not one.pair, number

    asked = max(range(len(planned) - 5), key=fits)
    planned[asked] = replace(planned[asked], fate=Fate.ASKED)
    return asked


def _attached(one: Told) -> concerns.door.Attached:
    """A photograph as a telephone sends it; the worker makes the copy that members look at."""
    packing = concerns.door.Packing(f"IMG_{one.at:%Y%m%d_%H%M}.jpg", at=one.at)
    packing.add(pictures.photograph(one.picture))
    return packing.finish()


class _Work:
    """What the desks did with each: read, decided, asked, passed, closed, with mistakes."""

    def __init__(self, chance: random.Random, desks: Mapping[str, Desk], now: datetime) -> None:
        self.chance, self.desks, self.now = chance, desks, now
        self.words = scenarios.stories()
        # They sit at their desks, or every route would be shown as dead.
        Member.unrestricted.filter(seats__desk__in=list(desks.values())).update(last_login=now)
        self.staff = {
            desk.pk: list(
                Member.unrestricted.filter(seats__desk=desk, seats__until=None).order_by("pk")
            )
            for desk in desks.values()
        }

    def do(self, planned: Sequence[Told], everything: Sequence[Concern]) -> None:
        for told, one in zip(planned, everything, strict=True):
            if told.fate != Fate.NEW:
                self._work(told, one)
        self._between(planned, everything)
        self._propose(planned, everything)
        for desk, staff in self.staff.items():
            old = Notice.unrestricted.filter(dossier__desk=desk, at__lt=self.now - FRESH)
            old.update(seen_at=self.now, seen_by=staff[0])

    def _between(self, planned: Sequence[Told], everything: Sequence[Concern]) -> None:
        """Two reports of one vehicle: merged at one desk, asked about where another holds one."""
        pairs = defaultdict(list)
        for told, one in zip(planned, everything, strict=True):
            if told.pair:
                pairs[told.pair].append(one)
        for number, (first, second) in pairs.items():
            if second.dossier.desk.name == fiction.NORTH:
                first, second = second, first  # others ask where visitors sit
            for one in (first, second):
                one.refresh_from_db()
            if State.CLOSED in {first.state, second.state}:
                continue
            by = self._by(second)
            if first.dossier.desk_id == second.dossier.desk_id:
                concerns.merges.merge(
                    second, first, version=second.version, into_version=first.version,
                    by=by, at=self.now,
                )  # fmt: skip
            else:
                # The last still waits for its answer.
                answered = number < len(pairs) and self.chance.random() < 0.5
                self._inquire(second, first, by, answered=answered)

    def _inquire(self, one: Concern, other: Concern, by: Member, *, answered: bool) -> None:
        words = self.words["desk"]
        with acting_as(by.pk):
            shared = known.desk.alike(one, by, now=self.now)
            handles = [a.handle for a in shared if a.concern is None]
            if not handles:
                return
            concerns.inquiries.inquire(one, handles[0], words["inquiry"], by=by, at=self.now)
        officer = self._by(other)
        if answered:
            with acting_as(officer.pk):
                waiting = known.desk.inquiries_to(officer, now=self.now)
                asked = waiting.filter(inquiry__outcome="").first()
                if asked is not None:
                    concerns.inquiries.answer(
                        asked, Outcome.TALK, words["inquiry_answer"], by=officer, at=self.now
                    )

    def _propose(self, planned: Sequence[Told], everything: Sequence[Concern]) -> None:
        """From today on the northern desk hands information on in twos; one step waits."""
        desk, text = self.desks[fiction.NORTH], self.words["desk"]["information"]
        concerns.content.want_second_person(desk, Step.HAND_ON, source="Invented", at=self.now)
        open_ones = Concern.unrestricted.filter(dossier__desk=desk, closed_at=None)
        decided = dict(open_ones.values_list("pk", "decided_at"))

        def fits(number: int) -> tuple[bool, bool, int]:
            told, one = planned[number], everything[number]
            free = not told.pair and told.fate != Fate.ASKED
            return one.pk in decided, free and decided.get(one.pk) is not None, number

        latest = max(range(len(planned)), key=fits)
        told, one = planned[latest], everything[latest]
        cast = {person.name for person in fiction.CAST}
        by = next(member for member in self.staff[desk.pk] if member.name not in cast)
        given = {
            "kind": HandedOn.INFORMATION,
            "agency": "",
            "other": fiction.BUREAU,
            "to": fiction.BUREAU,
            "reference": "",
            "text": self.chance.choice(text.get(told.family) or text["UNKNOWN"]),
        }
        one.refresh_from_db(fields=["version"])
        concerns.proposals.propose(one, Act.HAND_ON, given, version=one.version, by=by, at=self.now)

    def _work(self, told: Told, one: Concern) -> None:
        chance = self.chance
        by, at = self._by(one), self._after(one.received_at, minutes=(65, 400))
        concerns.desk.read(one, by=by, at_desk=True, at=at)
        if told.fate == Fate.READ:
            return
        if told.fate == Fate.MISROUTED:
            by, at = self._back_and_forth(one, by, at)
        types = told.types
        if told.fate == Fate.MISTYPED:
            at = self._after(at, minutes=(5, 60))
            self._decide(one, ("labour",) if types != ("labour",) else ("domestic",), by, at)
            at = self._after(at, minutes=(60 * 24, 60 * 72))
            self._decide(one, types, by, at, note=self.words["desk"]["mistyped"])
        else:
            at = self._after(at, minutes=(5, 90))
            self._decide(one, types, by, at)
        if told.fate in {Fate.ASKED, Fate.ANSWERED} or (
            told.fate == Fate.CLOSED and chance.random() < 0.25
        ):
            at = self._ask(told, one, by, at, answered=told.fate != Fate.ASKED)
        mended = told.fate in {Fate.MISTYPED, Fate.MISROUTED} and self.now - at > LONG_AGO
        if mended or told.fate in {Fate.CLOSED, Fate.DUPLICATE, Fate.TEST, Fate.REOPENED}:
            at = self._after(at, minutes=(60 * 8, 60 * 24 * 9))
            self._close(told, one, by, at)
        if told.fate == Fate.REOPENED:
            at = self._after(at, minutes=(60 * 24, 60 * 24 * 20))
            concerns.desk.reopen(one, note=self.words["desk"]["reopened"], by=by, at=at)

    def _back_and_forth(self, one: Concern, by: Member, at: datetime) -> tuple[Member, datetime]:
        """Passed to the wrong desk of the same force, and back."""
        home = one.dossier.desk
        other = self.desks[fiction.SOUTH if home.name == fiction.NORTH else fiction.NORTH]
        if home.agency_id != other.agency_id:
            return by, at
        for desk, sender, words in (
            (other, by, self.words["desk"]["misrouted"]),
            (home, self.chance.choice(self.staff[other.pk]), self.words["desk"]["back"]),
        ):
            at = self._after(at, minutes=(20, 300))
            one.refresh_from_db(fields=["version"])
            with acting_as(sender.pk):  # the database asks who passes it
                concerns.desk.pass_to(
                    one,
                    version=one.version,
                    desk=desk,
                    ground=None,
                    explanation=words,
                    by=sender,
                    at=at,
                )
            one.dossier.refresh_from_db()
        return by, self._after(at, minutes=(20, 300))

    def _decide(
        self, one: Concern, types: Sequence[str], by: Member, at: datetime, note: str = ""
    ) -> None:
        one.refresh_from_db(fields=["version", "urgency"])
        concerns.desk.decide(
            one,
            version=one.version,
            urgency=Urgency(one.urgency),
            types=list(types),
            note=note or self.chance.choice(self.words["desk"]["decision"]),
            by=by,
            at=at,
        )

    def _ask(
        self, told: Told, one: Concern, by: Member, at: datetime, *, answered: bool
    ) -> datetime:
        spoken = self.words["desk"] if told.language == "en" else self.words[told.language]
        question, answer = (
            self.chance.choice(words) if isinstance(words, list) else words
            for words in (spoken["question"], spoken["answer"])
        )
        concerns.desk.ask(one, question, by=by, at=at)
        if not answered:
            return at
        at = self._after(at, minutes=(60 * 5, 60 * 60))
        thread = Thread.unrestricted.select_related("desk").get(pk=one.pk)
        pk = new_id(rules.rounded(at))
        concerns.door.add_to_report(thread, answer, pk=pk, at=at)
        concerns.arrivals.open_arrivals(now=at)
        return at

    def _close(self, told: Told, one: Concern, by: Member, at: datetime) -> None:
        words = self.words["desk"]
        because, note = {
            Fate.DUPLICATE: (Closing.DUPLICATE, words["duplicate"]),
            Fate.TEST: (Closing.TEST, words["test_note"]),
        }.get(told.fate, (None, ""))
        if because is None:
            because = self.chance.choices(
                [
                    Closing.HANDED_ON, Closing.SAFEGUARDED,
                    Closing.NOTHING_FOUND, Closing.NOT_OURS,
                ],
                [5, 3, 4, 1],
            )[0]  # fmt: skip
            note = self.chance.choice(words["closing"])
        if because in {Closing.HANDED_ON, Closing.SAFEGUARDED}:
            self._hand_on(told, one, because, by, at)
        one.refresh_from_db(fields=["version"])
        concerns.desk.close(one, version=one.version, because=because, note=note, by=by, at=at)

    def _hand_on(
        self, told: Told, one: Concern, because: Closing, by: Member, at: datetime
    ) -> None:
        words = self.words["desk"]
        reference = words["reference"].format(number=self.chance.randrange(10_000, 99_999))
        texts = words["information"].get(told.family) or words["information"]["UNKNOWN"]
        leaving = concerns.handovers.Leaving(
            HandedOn.INFORMATION, other=fiction.BUREAU, text=self.chance.choice(texts)
        )
        if because == Closing.SAFEGUARDED:
            whom = Whom.CHILD if told.age == "CHILD" else Whom.ADULT
            leaving = concerns.handovers.Leaving(
                HandedOn.SAFEGUARDING, other=words["referral"], whom=whom, reference=reference
            )
        one.refresh_from_db(fields=["version"])
        concerns.handovers.hand_on(one, leaving, version=one.version, by=by, at=at)

    def _by(self, one: Concern) -> Member:
        return self.chance.choice(self.staff[one.dossier.desk_id])

    def _after(self, at: datetime, *, minutes: tuple[int, int]) -> datetime:
        return min(at + timedelta(minutes=self.chance.randrange(*minutes)), self.now)


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


def _share(
    everything: list[Concern],
    members: Mapping[str, Member],
    founded: Mapping[str, Agency],
    now: datetime,
) -> None:
    supervisor = members["Lena Marsh"]
    mine = known.desk.at_my_desks(supervisor, now=now).filter(closed_at=None)
    held = set(mine.values_list("pk", flat=True))
    open_ones = [one for one in everything if one.pk in held][-16:]
    shares: list[tuple[Agency | Member, list[Compartment]]] = [
        (founded[fiction.COUNCIL], [Compartment.ACCOUNT]),
        (founded[fiction.COUNCIL], []),
        (members["Asha Lund"], [Compartment.ACCOUNT, Compartment.SOURCE]),
        (members["Daniel Reyes"], [Compartment.ACCOUNT]),
        (founded[fiction.HEALTH], [Compartment.ACCOUNT]),
        (founded[fiction.UNITARY], [Compartment.ACCOUNT]),
    ]
    for one in open_ones[:1]:
        access.restrict(one.dossier, named=[members["Nadia Okafor"]], by=supervisor, at=now)
    # Where few are open, the last of these go without.
    for one, (to, compartments) in zip(open_ones[1:], shares, strict=False):
        access.share_on(
            one.dossier,
            Ground.SAFEGUARDING_ADULT,
            scenarios.stories()["desk"]["basis"],
            to=to,
            compartments=compartments,
            purpose=Purpose.SAFEGUARDING,
            until=now + timedelta(days=60),
            by=supervisor,
            at=now,
        )
