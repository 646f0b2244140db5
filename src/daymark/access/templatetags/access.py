"""Words for what happened, so that no template spells a code."""

from uuid import UUID

from django import template
from django.utils.translation import gettext

from daymark.access.terms import Compartment, Ground, Purpose

register = template.Library()


@register.filter
def verb_words(verb: str) -> str:
    """What happened, as a member would say it; an unknown verb is shown as it is."""
    return {
        "concern.arrived": gettext("A concern arrived"),
        "concern.answered": gettext("The reporter answered"),
        "concern.withdrew": gettext("The reporter took back their contact details"),
        "concern.read": gettext("Read"),
        "concern.shown": gettext("Title shown"),
        "dossier.looked_over": gettext("Who may know was read"),
        "glass.read": gettext("The reason for breaking the glass was read"),
        "news.shown": gettext("News of it was shown"),
        "concern.exported": gettext("Exported"),
        "call.taken": gettext("Somebody on the phone was written down"),
        "paper.read": gettext("The preview of a paper was read"),
        "paper.exported": gettext("Put on paper"),
        "concern.decided": gettext("Decided"),
        "concern.asked": gettext("The reporter was asked"),
        "concern.closed": gettext("Closed"),
        "concern.reopened": gettext("Opened again"),
        "concern.escalated": gettext("Past its clock by far"),
        "concern.merged": gettext("Merged into another concern"),
        "concern.kept": gettext("Another report was merged into it"),
        "concern.unmerged": gettext("A merge was undone"),
        "concern.handed_on": gettext("Handed on"),
        "inquiry.made": gettext("Another desk asks about it"),
        "inquiry.received": gettext("Another desk asked about it"),
        "inquiry.read": gettext("What another desk asks was read"),
        "inquiry.answered": gettext("A question between desks was answered"),
        "proposal.made": gettext("A colleague proposed something"),
        "proposal.decided": gettext("A proposal was decided"),
        "dossier.opened": gettext("Opened as a dossier"),
        "dossier.passed": gettext("Passed to another desk"),
        "dossier.taken_over": gettext("Taken over from a desk that was closed"),
        "dossier.restricted": gettext("Restricted to named people"),
        "dossier.restriction_lifted": gettext("Restriction lifted"),
        "restriction.named": gettext("Somebody was named in the restriction"),
        "share.made": gettext("Shared"),
        "share.ended": gettext("A share ended"),
        "basis.recorded": gettext("A basis was recorded"),
        "basis.ended": gettext("A basis was withdrawn"),
        "member.blocked": gettext("Somebody was blocked"),
        "member.unblocked": gettext("A block was lifted"),
        "glass.broken": gettext("Opened in an emergency"),
        "glass.reviewed": gettext("The emergency was reviewed"),
    }.get(verb, verb)


@register.filter
def code_words(code: str) -> str:
    """A ground, a purpose or a compartment in words."""
    words: dict[str, str] = {
        Ground.CONSENT: gettext("The person's consent"),
        Ground.SAFEGUARDING_CHILD: gettext("Safeguarding a child"),
        Ground.SAFEGUARDING_ADULT: gettext("Safeguarding an adult at risk"),
        Ground.LAW_ENFORCEMENT: gettext("Preventing or investigating crime"),
        Ground.VITAL_INTERESTS: gettext("Somebody's life is at risk"),
        Purpose.SAFEGUARDING: gettext("Safeguarding"),
        Purpose.SUPPORT: gettext("Support"),
        Compartment.ACCOUNT: gettext("What was said"),
        Compartment.SOURCE: gettext("The reporter and the conversation"),
    }
    return words.get(code, code)


@register.filter
def name_of(people: dict[UUID, str], actor: UUID | None) -> str:
    return people.get(actor, "") if actor else gettext("Daymark")
