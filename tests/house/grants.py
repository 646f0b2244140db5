"""Which role of the database may do what to which table, and where no row policy stands.

Written out by hand: the tests compare it with what the database says of itself. `(columns)` after
a command means these columns and no others.
"""

SELECT = "SELECT"
READ_WRITE = "INSERT SELECT UPDATE"
ALL = "DELETE INSERT SELECT UPDATE"
ENTRY = "INSERT(actor agency at chain details dossier id object_id object_type purpose verb)"
READ_BY_ALL = {"partner": SELECT, "public": SELECT, "worker": SELECT}
NOBODY: dict[str, str] = {}
RULED = {"partner": "INSERT SELECT UPDATE(valid_until)", "worker": SELECT}

GRANTS: dict[str, dict[str, str]] = {
    "access_agreement": {"partner": "INSERT SELECT"},
    "access_basis": {"partner": "INSERT SELECT UPDATE(ended_at)", "worker": SELECT},
    "access_block": {"partner": "INSERT SELECT UPDATE(ended_at)", "worker": SELECT},
    "access_dossier": {
        "partner": "SELECT UPDATE(restricted_at restricted_by_id)",
        "worker": READ_WRITE,
    },
    "access_draft": {"partner": ALL, "worker": "DELETE SELECT(saved_at)"},
    "access_glass": {
        "partner": "SELECT UPDATE(justified reviewed_at reviewed_by_id)",
        "worker": SELECT,
    },
    "access_grant": NOBODY,
    "access_named": {"partner": "INSERT SELECT UPDATE(ended_at)", "worker": SELECT},
    "access_notice": {"partner": "INSERT SELECT UPDATE(seen_at seen_by_id)", "worker": READ_WRITE},
    "access_party": {"partner": "INSERT SELECT"},
    "access_retention": {"partner": SELECT, "worker": SELECT},
    "access_share": {"partner": "INSERT SELECT UPDATE(ended_at)", "worker": SELECT},
    "account_emailaddress": {"partner": SELECT, "worker": SELECT},
    "account_emailconfirmation": NOBODY,
    "agencies_agency": READ_BY_ALL,
    "agencies_desk": {"partner": READ_WRITE, "public": SELECT, "worker": SELECT},
    "agencies_deskkey": {
        "partner": "INSERT SELECT(desk_id id made_at public_key retired_at) UPDATE(retired_at)",
        "worker": READ_WRITE,
    },
    "agencies_factorreset": {"partner": READ_WRITE, "worker": SELECT},
    "agencies_identityprovider": {"partner": SELECT, "worker": SELECT},
    "agencies_invitation": {"partner": READ_WRITE, "worker": SELECT},
    "agencies_member": {"partner": READ_WRITE, "worker": SELECT},
    "agencies_seat": {"partner": READ_WRITE, "worker": SELECT},
    "audit_entry": {"partner": f"SELECT {ENTRY}", "worker": f"SELECT {ENTRY}", "public": ENTRY},
    "audit_head": {"worker": "SELECT UPDATE(linked)"},
    "audit_link": {"worker": "INSERT SELECT"},
    "auth_group": NOBODY,
    "auth_group_permissions": NOBODY,
    "auth_permission": NOBODY,
    "concerns_account": {"partner": SELECT, "worker": READ_WRITE},
    "concerns_allowance": RULED | {"public": SELECT},
    "concerns_arrival": {"partner": "INSERT", "public": "INSERT", "worker": "SELECT UPDATE"},
    "concerns_asked": {"partner": SELECT},
    "concerns_clock": RULED,
    "concerns_concern": {
        "partner": (
            "SELECT UPDATE(answer_waits closed_at closed_because decided_at due_at escalated_at"
            " first_read_at"
            " reasons state types urgency version)"
        ),
        "worker": READ_WRITE,
    },
    "concerns_event": {"partner": "INSERT SELECT", "worker": READ_WRITE},
    "concerns_handover": {"partner": "INSERT SELECT"},
    "concerns_inquiry": {
        "partner": "SELECT UPDATE(answer answered_at answered_by_id outcome shared_id)",
    },
    "concerns_file": {"partner": SELECT, "worker": READ_WRITE},
    "concerns_left": {"public": "INSERT SELECT"},
    "concerns_letter": {"partner": "INSERT", "public": SELECT, "worker": SELECT},
    "concerns_likeness": {"worker": READ_WRITE},
    "concerns_limit": RULED,
    "concerns_mark": {"worker": "INSERT SELECT"},
    "concerns_merge": {
        "partner": "INSERT SELECT UPDATE(undone_at undone_by_id)",
        "worker": SELECT,
    },
    "concerns_message": {"partner": "INSERT SELECT", "worker": READ_WRITE},
    "concerns_proposal": {
        "partner": "INSERT SELECT UPDATE(agreed decided_at decided_by_id reason)",
    },
    "concerns_original": {"partner": SELECT, "worker": READ_WRITE},
    "concerns_parcel": {"public": "INSERT", "worker": "DELETE SELECT UPDATE(trouble)"},
    "concerns_piece": {"public": "INSERT", "worker": "DELETE SELECT"},
    "concerns_route": RULED | {"public": SELECT},
    "concerns_source": {"partner": SELECT, "worker": READ_WRITE},
    "concerns_secondperson": RULED,
    "concerns_thread": {
        "partner": "INSERT SELECT UPDATE(desk_id told told_on)",
        "public": "INSERT SELECT",
        "worker": "SELECT UPDATE(desk_id told told_on)",
    },
    "concerns_token": {"worker": READ_WRITE},
    "django_content_type": {"partner": SELECT, "worker": SELECT},
    "django_migrations": NOBODY,
    "django_session": {"partner": ALL, "worker": "DELETE SELECT(expire_date)"},
    "insight_chosen": {"partner": "INSERT SELECT UPDATE(removed_at)"},
    "insight_edition": READ_BY_ALL,
    "insight_estimation": {
        "partner": "INSERT SELECT UPDATE(cancelled_at cancelled_by_id)",
        "worker": (
            "SELECT UPDATE(doing done finished_at result seen_at started_at state steps tries"
            " trouble versions worker)"
        ),
    },
    "insight_figure": READ_BY_ALL,
    "insight_gate": {
        "partner": "INSERT SELECT UPDATE(valid_until)",
        "public": SELECT,
        "worker": SELECT,
    },
    "insight_measure": READ_BY_ALL,
    "insight_release": {"partner": "INSERT SELECT", "worker": "INSERT SELECT"},
    "insight_run": {"partner": "SELECT UPDATE(seen_at)", "worker": "INSERT SELECT"},
    "insight_scope": {"partner": "INSERT SELECT", "worker": SELECT},
    "insight_seenlist": {"partner": "INSERT SELECT UPDATE(accepted_at)"},
    # Nobody reads a token; `insight_patterns` counts them.
    "insight_sighting": {"partner": "INSERT"},
    "insight_study": {"partner": "INSERT SELECT"},
    "insight_studyshare": {"partner": "INSERT SELECT UPDATE(ended_at)"},
    "insight_tally": {
        "partner": "SELECT(counted_at id month scope_id)",
        "worker": "INSERT SELECT",
    },
    "insight_upload": {"partner": SELECT},
    "insight_view": {
        "partner": "INSERT SELECT UPDATE(audience definition ended_at name schedule)",
        "worker": SELECT,
    },
    "mfa_authenticator": {"partner": ALL, "worker": "SELECT UPDATE"},
    "places_area": READ_BY_ALL,
    "places_edition": READ_BY_ALL,
    "places_othername": READ_BY_ALL,
    "places_postcode": READ_BY_ALL,
    "places_residents": READ_BY_ALL,
    "places_succession": READ_BY_ALL,
    "places_town": READ_BY_ALL,
    "procrastinate_events": {"partner": "INSERT SELECT", "worker": ALL},
    "procrastinate_jobs": {"partner": "INSERT SELECT", "worker": ALL},
    "procrastinate_periodic_defers": {"worker": ALL},
    "procrastinate_workers": {"worker": ALL},
    "signs_advice": READ_BY_ALL,
    "signs_exploitationtype": READ_BY_ALL,
    "signs_helpline": READ_BY_ALL,
    "signs_passage": READ_BY_ALL,
    "signs_setting": READ_BY_ALL,
    "signs_sign": READ_BY_ALL,
    "site_cache": {"partner": ALL},
    "socialaccount_socialaccount": {"partner": READ_WRITE},
    "socialaccount_socialapp": NOBODY,
    "socialaccount_socialtoken": NOBODY,
    "vault_datakey": {
        "partner": "INSERT SELECT",
        "worker": "INSERT SELECT UPDATE(ring_key shredded_at wrapped)",
    },
}

NOT_GRANTED = "no serving role has any grant on it"
REFERENCE = "published reference data, the same for everybody; only the owner writes it"
CONFIGURED = "says how the partnership works, names nobody; only the owner writes it"
QUEUE = "jobs carry ids and nothing else; pages may only add to it"

NO_POLICY = {
    "access_grant": NOT_GRANTED,
    "access_retention": CONFIGURED,
    "account_emailaddress": "stays empty: members have their address in the directory",
    "account_emailconfirmation": NOT_GRANTED,
    "audit_head": "only the worker reads it, and sees every chain",
    "audit_link": "only the worker reads it, and sees every chain",
    "auth_group": NOT_GRANTED,
    "auth_group_permissions": NOT_GRANTED,
    "auth_permission": NOT_GRANTED,
    "concerns_left": "numbers drawn for a page, which say nothing and stand nowhere else",
    "django_content_type": "names of models, from the code",
    "django_migrations": NOT_GRANTED,
    "django_session": "encrypted, and found by the hash of a cookie only its owner has",
    "insight_measure": REFERENCE,
    "insight_tally": "a page sees which months were counted; numbers come from a function",
    "insight_upload": "names of files with published figures",
    "places_area": REFERENCE,
    "places_edition": REFERENCE,
    "places_othername": REFERENCE,
    "places_postcode": REFERENCE,
    "places_residents": REFERENCE,
    "places_succession": REFERENCE,
    "places_town": REFERENCE,
    "procrastinate_events": QUEUE,
    "procrastinate_jobs": QUEUE,
    "procrastinate_periodic_defers": "only the worker uses it",
    "procrastinate_workers": "only the worker uses it",
    "signs_advice": REFERENCE,
    "signs_exploitationtype": REFERENCE,
    "signs_helpline": REFERENCE,
    "signs_passage": REFERENCE,
    "signs_setting": REFERENCE,
    "signs_sign": REFERENCE,
    "site_cache": "rate limits and used codes, asked for by a key that is a hash",
    "socialaccount_socialaccount": "read while signing in, before there is a member to name",
    "socialaccount_socialapp": NOT_GRANTED,
    "socialaccount_socialtoken": NOT_GRANTED,
}
"""Tables without row-level security, each with the reason why it needs none."""

DIRECTORY = "the directory: a member finds colleagues, and signing in finds the member"
WORKER = "the worker serves no pages; it opens what arrives for every desk"
BEFORE_SIGN_IN = "read while signing in, before there is a member to name"

OPEN_POLICIES = {
    "access_agreement.partner_select": "which agencies may share is told to every member",
    "access_party.partner_select": "which agencies may share is told to every member",
    "agencies_agency.partner_select": DIRECTORY,
    "agencies_agency.public_select": "the public pages name who reads a report",
    "agencies_agency.worker_select": WORKER,
    "agencies_desk.partner_select": DIRECTORY,
    "agencies_desk.public_select": "a report is sealed to the public key of a desk",
    "agencies_desk.worker_select": WORKER,
    "agencies_deskkey.worker_all": WORKER,
    "agencies_factorreset.worker_select": WORKER,
    "agencies_identityprovider.partner_select": BEFORE_SIGN_IN,
    "agencies_identityprovider.worker_select": WORKER,
    "agencies_invitation.partner_select": BEFORE_SIGN_IN,
    "agencies_invitation.worker_select": WORKER,
    "agencies_member.partner_select": DIRECTORY,
    "agencies_member.worker_select": WORKER,
    "agencies_seat.partner_select": DIRECTORY,
    "agencies_seat.worker_select": WORKER,
    "audit_entry.entry_read_by_the_worker": WORKER,
    "concerns_piece.public_insert": "part of a file that whoever reports attaches",
    **{
        f"concerns_{table}.rules_told": "says how the partnership works, names nobody"
        for table in ("allowance", "clock", "limit", "route", "secondperson")
    },
    "concerns_thread.public_insert": "a reporter's thread is made by whoever reports",
    "insight_edition.edition_members": "members may read what a licence keeps from the public",
    "insight_figure.figure_members": "members may read what a licence keeps from the public",
    "insight_gate.gate_shown": "how small a count may be that leaves is told to everybody",
    "insight_scope.scope_shown": "which areas are told apart is told to every member",
    "mfa_authenticator.partner_select": BEFORE_SIGN_IN,
    "mfa_authenticator.partner_update": BEFORE_SIGN_IN,
    "mfa_authenticator.worker_select": WORKER,
    "mfa_authenticator.worker_update": WORKER,
    "vault_datakey.partner_insert": "a key opens nothing until a dossier is written under it",
} | {
    f"{table}.worker_all": WORKER
    for table in (
        "access_basis",
        "access_block",
        "access_dossier",
        "access_draft",
        "access_glass",
        "access_named",
        "access_notice",
        "access_share",
        "concerns_account",
        "concerns_arrival",
        "concerns_asked",
        "concerns_concern",
        "concerns_event",
        "concerns_handover",
        "concerns_inquiry",
        "concerns_letter",
        "concerns_file",
        "concerns_likeness",
        "concerns_mark",
        "concerns_merge",
        "concerns_message",
        "concerns_original",
        "concerns_parcel",
        "concerns_piece",
        "concerns_source",
        "concerns_proposal",
        "concerns_thread",
        "concerns_token",
        "insight_estimation",
        "insight_release",
        "insight_run",
        "insight_view",
        "vault_datakey",
    )
}
"""Policies that let every row through, each with the reason."""
