"""Who the tests of this room are about."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client
from django.utils import timezone

from daymark.agencies import actions, queries, sessions
from daymark.agencies.context import acting_as
from daymark.agencies.models import Agency, Desk, Invitation, Member
from daymark.agencies.terms import Kind, Regime, Role

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@cache
def password_hash() -> str:
    return make_password(PASSWORD)


class Cast:
    """Two agencies: a force with two administrators and a supervisor, and a charity."""

    def __init__(self) -> None:
        self.force = self._agency("Essex Police", Kind.POLICE, Regime.LAW_ENFORCEMENT)
        self.charity = self._agency("Harbour Trust", Kind.CHARITY, Regime.UK_GDPR)
        self.desk = self._desk(self.force, "MSHT desk")
        self.charity_desk = self._desk(self.charity, "Navigators")
        self.admin = self._member("admin@essex.test", Role.ADMINISTRATOR, self.force)
        self.second_admin = self._member("second@essex.test", Role.ADMINISTRATOR, self.force)
        self.supervisor = self._member("super@essex.test", Role.DESK_SUPERVISOR, self.force)
        self.officer = self._member("officer@essex.test", Role.DESK_OFFICER, self.force, self.desk)
        self.charity_admin = self._member("admin@harbour.test", Role.ADMINISTRATOR, self.charity)
        self.navigator = self._member(
            "nav@harbour.test", Role.NAVIGATOR, self.charity, self.charity_desk
        )

    def _agency(self, name: str, kind: Kind, regime: Regime) -> Agency:
        return actions.open_agency(
            name=name, kind=kind, regime=regime, valid_from=date(2020, 1, 1), at=AT
        )

    def _desk(self, agency: Agency, name: str) -> Desk:
        return actions.open_desk(agency=agency, name=name, by=None, at=AT)

    def _member(self, email: str, role: Role, agency: Agency, *desks: Desk) -> Member:
        name = email.split("@")[0].capitalize()
        return joined(agency, email, role, name=name, desks=desks, at=AT)


def joined(
    agency: Agency, email: str, role: Role, *, name: str, desks: Sequence[Desk] = (), at: datetime
) -> Member:
    """A member who was invited and has accepted."""
    invited = actions.invite(
        agency=agency, email=email, name=name, role=role, desks=desks, by=None, at=at
    )
    # What accepting does, with a hash made once: a good hash is slow to make.
    Invitation.unrestricted.filter(member=invited.member).update(used_at=at)
    Member.unrestricted.filter(pk=invited.member.pk).update(password=password_hash())
    return Member.unrestricted.select_related("agency").get(pk=invited.member.pk)


def sign_in(client: Client, member: Member, *, now: datetime | None = None) -> None:
    """Give the client a whole session of the member's, second factor and all, without the pages.

    The member gets an authenticator app if they have none.
    """
    with transaction.atomic(), acting_as(member.pk):
        if not queries.has_second_factor(member.pk):
            TOTP.activate(member, SECRET)
        client.force_login(member)
    session = client.session
    sessions.begin(session, now=now or timezone.now())
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time()},
        {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True},
    ]
    session["account_authentication_methods_user"] = str(member.pk)
    session.save()


def code(secret: str = SECRET, *, periods: int = 0) -> str:
    """What an authenticator app shows now, or some half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))
