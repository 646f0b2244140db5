"""Who gets what answer where: every address, every role, every relation to a record.

Written out by hand and on purpose without a look at `access.rules.GRANTS`: the tests compare what
the pages do with what somebody decided here. A new address is closed until it has a row.

    200  the page                 302  done, or on to another page
    204  done, nothing to show    405  this page takes no such request
    403  never for your role      404  no such record, as far as you may know
    422  typed wrongly            429  too often
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.cast import Relation

from daymark.agencies.terms import Role

Roles = frozenset[Role]

OFFICER = Role.DESK_OFFICER
SUPERVISOR = Role.DESK_SUPERVISOR
COORDINATOR = Role.COORDINATOR
ADMINISTRATOR = Role.ADMINISTRATOR

# ---- the roles ----

EVERYBODY: Roles = frozenset(Role)
READERS: Roles = frozenset(
    {
        OFFICER,
        SUPERVISOR,
        Role.DETECTIVE,
        Role.NAVIGATOR,
        Role.FIRST_RESPONDER,
        Role.SUPPORT_WORKER,
    }
)
DESK: Roles = frozenset({OFFICER, SUPERVISOR})
BREAKERS: Roles = frozenset({SUPERVISOR, Role.DETECTIVE, Role.NAVIGATOR, Role.FIRST_RESPONDER})
SUPERVISORS: Roles = frozenset({SUPERVISOR})
ADMINISTRATORS: Roles = frozenset({ADMINISTRATOR})
COUNTING: Roles = frozenset({Role.ANALYST, COORDINATOR, Role.COMMISSIONER})
PUBLISHING: Roles = frozenset({Role.ANALYST, COORDINATOR})
COORDINATORS: Roles = frozenset({COORDINATOR})
ANALYSTS: Roles = frozenset({Role.ANALYST})
RULED: Roles = frozenset({OFFICER, SUPERVISOR, COORDINATOR, ADMINISTRATOR})
AGREEING: Roles = frozenset({SUPERVISOR, COORDINATOR})

# ---- the relations, each with the roles for which it reaches ----

Reach = Mapping[Relation, Roles]

KNOWN: Reach = {
    Relation.OWNER: READERS,
    Relation.NAMED: READERS,
    Relation.NOTHING: READERS,
    Relation.ACCOUNT: READERS,
    Relation.SOURCE: READERS,
    Relation.ALL: READERS,
    Relation.TO_MEMBER: READERS,
    Relation.GLASS: BREAKERS,
}
"""Who knows that the dossier exists. Not in this list: COLLEAGUE, STRANGER, EXPIRED, REVOKED,
UNNAMED, SHARED_UNNAMED, BLOCKED, SHARED_BLOCKED, GLASS_OVER."""

HELD: Reach = {Relation.OWNER: EVERYBODY, Relation.NAMED: EVERYBODY}
"""Whose desk it is to act on, if the role may act at all."""

BREAKABLE: Reach = {
    relation: EVERYBODY
    for relation in Relation
    if relation
    not in {
        Relation.NAMED,
        Relation.UNNAMED,
        Relation.SHARED_UNNAMED,
        Relation.BLOCKED,
        Relation.SHARED_BLOCKED,
    }
}
"""What an emergency opens: nothing restricted, and nothing to somebody with a conflict."""

READ_ACCOUNT: Reach = {
    relation: roles
    for relation, roles in KNOWN.items()
    if relation not in {Relation.NOTHING, Relation.SOURCE}
}
READ_SOURCE: Reach = {
    relation: roles
    for relation, roles in KNOWN.items()
    if relation not in {Relation.NOTHING, Relation.ACCOUNT}
}
"""To whom what was said, and the conversation with the reporter, are open."""


@dataclass(frozen=True)
class Row:
    """The answers of one address."""

    roles: Roles
    get: int
    post: int
    reach: Reach | None = None
    """The relations in which the record in the address is known; None: no record."""

    refused: int = 404
    """The answer where the record is not known."""

    but: Mapping[tuple[str, Relation], int] = field(default_factory=dict)
    """Exceptions, by method and relation."""

    signed_out: tuple[int, int] = (302, 302)
    """GET and POST of somebody who is not signed in; 302 leads to the sign-in page."""

    def answer(self, method: str, role: Role | None, relation: Relation | None = None) -> int:
        if role is None:
            return self.signed_out[method == "POST"]
        if role not in self.roles:
            return 403
        usual = self.get if method == "GET" else self.post
        if usual == 405 or self.reach is None or relation is None:
            return usual
        if role not in self.reach.get(relation, ()):
            return self.get if self.refused == 422 and method == "GET" else self.refused
        return self.but.get((method, relation), usual)


# ---- the partner door: addresses with a dossier, or a part of one, in them ----

RECORDS = {
    "concern": Row(READERS, 200, 405, KNOWN),
    "file_preview": Row(READERS, 200, 405, READ_ACCOUNT),
    "file_copy": Row(READERS, 200, 405, READ_ACCOUNT),
    "file_original": Row(SUPERVISORS, 200, 200, HELD),
    "concern_decide": Row(DESK, 200, 302, HELD),
    # What only the named know is passed on by naming, never to a whole desk.
    "concern_pass": Row(DESK, 200, 302, HELD, but={("POST", Relation.NAMED): 422}),
    "concern_ask": Row(DESK, 200, 302, HELD),
    "concern_close": Row(DESK, 200, 302, HELD),
    "concern_reopen": Row(DESK, 200, 302, HELD),
    "concern_paper": Row(DESK, 200, 302, HELD),
    # Nothing was chosen: back to the choice.
    "concern_paper_preview": Row(DESK, 302, 405, HELD),
    "concern_paper_content": Row(DESK, 302, 405, HELD),
    "concern_paper_export": Row(DESK, 405, 302, HELD),
    # Nothing of the cast is like anything else: there is no desk to ask.
    "concern_inquire": Row(DESK, 200, 422, HELD),
    "inquiry": Row(DESK, 200, 302, HELD),
    # It is merged into a concern that only the named know, and which is not merged into itself.
    "concern_merge": Row(DESK, 200, 302, HELD, but={("POST", Relation.NAMED): 422}),
    # Nothing of the cast is merged.
    "concern_unmerge": Row(DESK, 404, 404, HELD),
    "concern_hand_on": Row(DESK, 200, 302, HELD),
    "concern_proposal": Row(DESK, 200, 302, HELD),
    "who_knows": Row(SUPERVISORS, 200, 405, HELD),
    "share": Row(SUPERVISORS, 200, 302, HELD),
    "restrict": Row(SUPERVISORS, 200, 302, HELD),
    "restriction_lift": Row(SUPERVISORS, 405, 302, HELD),
    "block": Row(SUPERVISORS, 200, 302, HELD),
    "share_end": Row(SUPERVISORS, 405, 302, HELD),
    "basis_end": Row(SUPERVISORS, 405, 302, HELD),
    "block_lift": Row(SUPERVISORS, 405, 302, HELD),
    "glass_review": Row(SUPERVISORS, 200, 302, HELD),
    # The record is named by its reference in what is posted.
    "break_glass": Row(BREAKERS, 200, 302, BREAKABLE, refused=422),
}

# ---- the partner door: addresses without a record ----

PAGES = {
    "today": Row(EVERYBODY, 200, 405),
    "concerns": Row(READERS, 200, 405),
    "concerns_export": Row(DESK, 200, 405),
    # Nothing was said.
    "concern_phone": Row(DESK, 200, 422),
    "notices": Row(READERS, 200, 302),
    "rules": Row(RULED, 200, 405),
    # Posted empty.
    "rules_clock": Row(COORDINATORS, 200, 422),
    "rules_limit": Row(COORDINATORS, 200, 422),
    "rules_files": Row(COORDINATORS, 200, 422),
    "rules_route": Row(COORDINATORS, 200, 422),
    # Of the desk at which all of them sit; another one: concerns/tests/test_content_pages.py.
    "rules_second": Row(SUPERVISORS, 200, 422),
    "draft": Row(EVERYBODY, 405, 204),
    "agreements": Row(EVERYBODY, 200, 405),
    "agreement_new": Row(AGREEING, 200, 302),
    "views": Row(COUNTING, 200, 405),
    "views_build": Row(COUNTING, 200, 405),
    "views_file": Row(COUNTING, 302, 405),
    "views_save": Row(COUNTING, 302, 302),
    # Of a view and a release that are not there; those that are: insight/tests/test_releasing.py.
    "views_edit": Row(COUNTING, 404, 404),
    "releases": Row(EVERYBODY, 200, 405),
    "releases_one": Row(EVERYBODY, 404, 405),
    "releases_file": Row(EVERYBODY, 404, 405),
    "releases_publish": Row(PUBLISHING, 405, 404),
    "releases_gate": Row(COORDINATORS, 200, 200),
    "views_scopes": Row(COUNTING, 200, 405),
    "views_scope": Row(COORDINATORS, 200, 200),
    "studies": Row(ANALYSTS, 200, 405),
    "studies_new": Row(ANALYSTS, 200, 422),
    "members": Row(ADMINISTRATORS, 200, 200),
    "member_invite": Row(ADMINISTRATORS, 200, 200),
    "desks": Row(ADMINISTRATORS, 200, 405),
    "desks_open": Row(ADMINISTRATORS, 200, 422),
    "account": Row(EVERYBODY, 200, 302),
    "factor_resets": Row(EVERYBODY, 200, 404),
    "design_gallery": Row(EVERYBODY, 200, 200),
    "design_gallery_state": Row(EVERYBODY, 200, 200),
}

# ---- the partner door: addresses with a member in them ----

MEMBERS = {
    # own agency, oneself, another agency
    "member": (
        Row(ADMINISTRATORS, 200, 302),
        Row(ADMINISTRATORS, 200, 403),
        Row(ADMINISTRATORS, 404, 404),
    ),
}

# ---- the partner door: addresses with a desk in them ----

DESKS = {
    # own agency, another agency; posted empty
    "desks_one": (Row(ADMINISTRATORS, 200, 405), Row(ADMINISTRATORS, 404, 405)),
    "desks_key": (Row(ADMINISTRATORS, 200, 302), Row(ADMINISTRATORS, 404, 404)),
    "desks_close": (Row(ADMINISTRATORS, 200, 422), Row(ADMINISTRATORS, 404, 404)),
}

# ---- the partner door: addresses with a study in them, or a part of one ----

UNKNOWN_STUDY = Row(ANALYSTS, 404, 404)
ONLY_READ = Row(ANALYSTS, 200, 405), Row(ANALYSTS, 200, 405), Row(ANALYSTS, 404, 405)
ONLY_SENT = Row(ANALYSTS, 405, 302), Row(ANALYSTS, 405, 404), Row(ANALYSTS, 405, 404)
STUDIES = {
    # own agency's, shown to one's agency, another agency's; posted empty
    "studies_one": ONLY_READ,
    "studies_estimation": ONLY_READ,
    "studies_json": ONLY_READ,
    "studies_file": ONLY_READ,
    "studies_leave": ONLY_SENT,
    "studies_hide": ONLY_SENT,
    "studies_cancel": ONLY_SENT,
    "studies_repeat": ONLY_SENT,
    "studies_add": (Row(ANALYSTS, 200, 422), UNKNOWN_STUDY, UNKNOWN_STUDY),
    "studies_choose": (Row(ANALYSTS, 200, 422), UNKNOWN_STUDY, UNKNOWN_STUDY),
    "studies_show": (Row(ANALYSTS, 200, 422), UNKNOWN_STUDY, UNKNOWN_STUDY),
    "studies_estimate": (Row(ANALYSTS, 200, 422), UNKNOWN_STUDY, UNKNOWN_STUDY),
    "studies_list": (Row(ANALYSTS, 200, 302), UNKNOWN_STUDY, UNKNOWN_STUDY),
    "studies_forget": (Row(ANALYSTS, 200, 302), UNKNOWN_STUDY, UNKNOWN_STUDY),
}

# ---- the partner door: signing in; posted empty ----

OPEN = (200, 200)
SIGN_IN = {
    "account_login": Row(EVERYBODY, 302, 302, signed_out=OPEN),
    "mfa_authenticate": Row(EVERYBODY, 302, 302),
    "mfa_login_webauthn": Row(EVERYBODY, 302, 302),
    "account_inactive": Row(EVERYBODY, 200, 405, signed_out=(200, 405)),
    "socialaccount_login_cancelled": Row(EVERYBODY, 200, 405, signed_out=(200, 405)),
    "openid_connect_login": Row(EVERYBODY, 404, 404, signed_out=(404, 404)),
    "openid_connect_callback": Row(EVERYBODY, 404, 404, signed_out=(404, 404)),
    "account_reset_password": Row(EVERYBODY, 200, 200, signed_out=OPEN),
    "account_reset_password_done": Row(EVERYBODY, 200, 405, signed_out=(200, 405)),
    "account_reset_password_from_key_done": Row(EVERYBODY, 200, 405, signed_out=(200, 405)),
    "account_reset_password_from_key": Row(EVERYBODY, 200, 200, signed_out=OPEN),
    "account_logout": Row(EVERYBODY, 200, 302),
    "invitation_accept": Row(EVERYBODY, 404, 404, signed_out=(404, 404)),
    "account_reauthenticate": Row(EVERYBODY, 200, 200),
    "mfa_reauthenticate": Row(EVERYBODY, 200, 200),
    "mfa_reauthenticate_webauthn": Row(EVERYBODY, 302, 302),
    "account_change_password": Row(EVERYBODY, 200, 200),
    "account_set_password": Row(EVERYBODY, 302, 302),
    "mfa_index": Row(EVERYBODY, 200, 405),
    "mfa_activate_totp": Row(EVERYBODY, 302, 302),
    "mfa_deactivate_totp": Row(EVERYBODY, 200, 200),
    "mfa_list_webauthn": Row(EVERYBODY, 200, 405),
    "mfa_add_webauthn": Row(EVERYBODY, 200, 200),
    # Somebody else's key.
    "mfa_edit_webauthn": Row(EVERYBODY, 404, 404),
    "mfa_remove_webauthn": Row(EVERYBODY, 404, 404),
    "mfa_view_recovery_codes": Row(EVERYBODY, 404, 405),
    "mfa_generate_recovery_codes": Row(EVERYBODY, 200, 302),
}

OF_OTHERS = {name: rows[0] for name, rows in (MEMBERS | DESKS | STUDIES).items()}
PARTNER = {**RECORDS, **PAGES, **OF_OTHERS, **SIGN_IN}

# ---- the public door: nobody has a role; what counts is what one brings ----

PUBLIC = {
    # GET, then POST of: nothing, a draft, a draft with a code nobody filed under, a draft with a
    # reporter's code, a code nobody filed under, a reporter's code
    "home": (200, 405, 405, 405, 405, 405, 405),
    "report": (203, 302, 200, 200, 200, 302, 302),
    "come_back": (203, 422, 400, 400, 200, 422, 200),
    "leave": (200, 200, 200, 200, 200, 200, 200),
    "signs": (200, 200, 200, 200, 200, 200, 200),
    "signs_setting": (200, 200, 200, 200, 200, 200, 200),
    "help_myself": (200, 200, 200, 200, 200, 200, 200),
    "helplines": (200, 200, 200, 200, 200, 200, 200),
    "privacy": (200, 200, 200, 200, 200, 200, 200),
    "accessibility": (200, 200, 200, 200, 200, 200, 200),
    "figures_picture": (200, 200, 200, 200, 200, 200, 200),
    "figures_area": (200, 200, 200, 200, 200, 200, 200),
    "figures_then_and_now": (200, 200, 200, 200, 200, 200, 200),
    "figures_hidden": (200, 200, 200, 200, 200, 200, 200),
    # Figures that were never published.
    "figures_history": (404, 404, 404, 404, 404, 404, 404),
    "figures_history_file": (404, 404, 404, 404, 404, 404, 404),
    "figures_chart": (404, 404, 404, 404, 404, 404, 404),
    "figures_file": (404, 404, 404, 404, 404, 404, 404),
}
