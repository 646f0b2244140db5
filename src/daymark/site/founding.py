"""What only an operator does: open agencies and desks, invite the first administrators, connect an
agency's sign-in service and disconnect it.

One TOML file says what there is to be (docs/how-to/found-a-partnership.md). What stands already
stays as it is, so the file can grow and be read again.
"""

import tomllib
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from daymark.agencies import actions, queries
from daymark.agencies.models import Agency, Desk, Member
from daymark.agencies.terms import Kind, Regime, Role
from daymark.concerns.actions import content as concerns
from daymark.concerns.queries import content as known

Word = TypeVar("Word", bound=StrEnum)


class NotAPartnership(Exception):
    """The file cannot be followed; nothing of it was done."""


class NoSignInService(Exception):
    """The agency has none."""


@transaction.atomic
def found(file: Path, *, at: datetime) -> list[str]:
    """Do what the file says; the lines to show, links of invitations among them.

    Raises NotAPartnership.
    """
    try:
        wanted = tomllib.loads(file.read_text())
        address = _text(wanted, "address").rstrip("/")
        URLValidator(["https", "http"])(address)
        told: list[str] = []
        for one in wanted.get("agency", []):
            told += _agency(one, address, at)
        told += _fallback(at)
    except OSError as reason:
        raise NotAPartnership(f"{file} cannot be read: {reason.strerror}.") from None
    except ValidationError as error:
        raise NotAPartnership(f"{file}: {' '.join(error.messages)}") from None
    except ValueError as error:
        raise NotAPartnership(f"{file}: {error}") from None
    except (AttributeError, TypeError):
        raise NotAPartnership(f"{file} is not built like the example in the how-to.") from None
    return told or ["Nothing was missing."]


def _agency(wanted: dict[str, Any], address: str, at: datetime) -> list[str]:
    name, told = _text(wanted, "name"), []
    agency = Agency.unrestricted.filter(name=name, valid_until=None).first()
    if not agency:
        agency = actions.open_agency(
            name=name,
            kind=_word(Kind, wanted, "kind"),
            regime=_word(Regime, wanted, "regime"),
            valid_from=timezone.localdate(at),
            source=wanted.get("source", ""),
            at=at,
        )
        told.append(f"{name}: opened")
    for desk in wanted.get("desks", []):
        before = Desk.unrestricted.filter(agency=agency, name=desk).first()
        if before and before.closed_at:
            told.append(f"{name}: desk {desk} was closed and stays so; take it out of the file")
        elif not before:
            actions.open_desk(agency=agency, name=desk, by=None, at=at)
            told.append(f"{name}: desk {desk} opened")
    for one in wanted.get("administrator", []):
        told += _administrator(agency, _text(one, "name"), _text(one, "email"), address, at)
    if "sign_in" in wanted and not queries.provider_of(agency, at=at):
        told.append(_provider(agency, wanted["sign_in"], address, at))
    return told


def _fallback(at: datetime) -> list[str]:
    """Without a desk that reads what no route names, nobody could report anything."""
    first = Desk.unrestricted.filter(closed_at=None).order_by("pk").first()
    if not first or (None, "") in known.routes(on=timezone.localdate(at)):
        return []
    concerns.set_route(None, desk=first, source="The first desk of the partnership", at=at)
    return [f"{first}: reads all reports, until the rules name others"]


def _administrator(agency: Agency, name: str, email: str, address: str, at: datetime) -> list[str]:
    """Invited, or with a fresh link as long as they have not come."""
    validate_email(email)
    member = queries.active_member(agency, email=email.lower())
    if not member:
        try:
            invited = actions.invite(
                agency=agency, email=email, name=name, role=Role.ADMINISTRATOR, by=None, at=at
            )
        except actions.EmailTaken:
            raise ValueError(f"{email} belongs to a member of another agency") from None
    elif _has_come(member):
        return []
    else:
        invited = actions.renew_invitation(member=member, by=None, at=at)
    return [_for(invited, address)]


def _for(invited: actions.Invited, address: str) -> str:
    person, link = invited.member, reverse("invitation_accept", args=[invited.token])
    return f"{person.agency.name}: for {person.name} alone, within seven days: {address}{link}"


def _has_come(member: Member) -> bool:
    invitation = queries.last_invitation(member)
    return not invitation or invitation.used_at is not None


def _provider(agency: Agency, wanted: dict[str, Any], address: str, at: datetime) -> str:
    issuer = _text(wanted, "issuer")
    URLValidator(["https", "http"])(issuer)
    if not wanted.get("email_domains"):
        raise ValueError("email_domains is missing: whose addresses the service speaks for")
    provider = actions.connect_provider(
        agency=agency,
        issuer=issuer,
        client_id=_text(wanted, "client_id"),
        client_secret=_text(wanted, "client_secret"),
        email_domains=wanted["email_domains"],
        accepted_amr=wanted.get("accepted_amr", []),
        accepted_acr=wanted.get("accepted_acr", []),
        at=at,
    )
    back = address + reverse("openid_connect_callback", args=[provider.pk])
    return f"{agency.name}: sign-in service connected; tell it this address: {back}"


@transaction.atomic
def disconnect(name: str, *, address: str, at: datetime) -> list[str]:
    """End an agency's sign-in service, for instance because it can no longer be trusted.

    Administrators who never chose a password get a link, or nobody could let the others in.
    Returns the lines to show. Raises NoSignInService.
    """
    services = {one.agency.name: one for one in queries.identity_providers(at)}
    if name not in services:
        others = ", ".join(services) or "none"
        raise NoSignInService(f"{name} has no sign-in service. Agencies that have one: {others}.")
    agency = services[name].agency
    actions.disconnect_provider(provider=services[name], at=at)
    told = [f"{name}: {services[name].issuer} disconnected; every member is signed out"]
    for waiting in queries.open_invitations(agency, now=at).exclude(made_by=None):
        made = f"made by {waiting.made_by} on {waiting.made_at:%-d %B}"
        told.append(f"{name}: a link for {waiting.member.email} still works, {made}")
    locked_out = [one for one in queries.members_of(agency) if not one.has_usable_password()]
    administrators = [one for one in locked_out if one.role == Role.ADMINISTRATOR]
    for one in administrators:
        invited = actions.renew_invitation(member=one, by=None, at=at)
        told.append(_for(invited, address.rstrip("/")))
    if more := len(locked_out) - len(administrators):
        told.append(f"{name}: {more} more have no password; they get links under Members")
    return [*told, "Take sign_in out of your file, or `daymark found` connects it again."]


def _word(words: type[Word], table: dict[str, Any], key: str) -> Word:
    said = _text(table, key)
    if said not in list(words):
        raise ValueError(f"{key} is {said!r}, not one of {', '.join(words)}")
    return words(said)


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} is missing")
    return value.strip()
