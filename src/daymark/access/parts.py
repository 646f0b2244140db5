"""Words that forms of this room and of those above share."""

from django.utils.translation import gettext_lazy as _

from daymark.access.terms import Ground, Purpose

GROUNDS = [
    (Ground.CONSENT, _("The person's consent")),
    (Ground.SAFEGUARDING_CHILD, _("Safeguarding a child")),
    (Ground.SAFEGUARDING_ADULT, _("Safeguarding an adult at risk")),
    (Ground.LAW_ENFORCEMENT, _("Preventing or investigating crime")),
    (Ground.VITAL_INTERESTS, _("Somebody's life is at risk")),
]
PURPOSES = [
    (Purpose.SAFEGUARDING, _("Safeguarding")),
    (Purpose.LAW_ENFORCEMENT, _("Law enforcement")),
    (Purpose.SUPPORT, _("Support")),
]
