"""Row-level security of concerns, what the public door may do, and the search behind the wall."""

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Compartment, Permission

READ = walls.known()
ACCOUNT = walls.opened(Compartment.ACCOUNT)
SOURCE = walls.opened(Compartment.SOURCE)
DESK = walls.held(Permission.READ_CONCERN)
TRIAGE = walls.held(Permission.TRIAGE_CONCERNS)
ASK = walls.held(Permission.ASK_REPORTERS)
ME = "(SELECT access_member())"
# The public door sees the one thread whose keyed hash it names, and what hangs on it.
MINE = "lookup = decode((SELECT current_setting('daymark.lookup', true)), 'hex')"
OF_MINE = "thread_id IN (SELECT id FROM concerns_thread)"

POLICIES = "\n".join(
    [
        walls.protect(
            "concerns_thread",
            walls.policy("concerns_thread", "SELECT", using=MINE, role="public"),
            walls.policy("concerns_thread", "INSERT", check="true", role="public"),
            walls.policy(
                "concerns_thread", "SELECT", using=walls.held(Permission.READ_CONCERN, "id")
            ),
            walls.policy(
                "concerns_thread",
                "UPDATE",
                using=walls.held(Permission.TRIAGE_CONCERNS, "id"),
                check=walls.held(Permission.TRIAGE_CONCERNS, "id"),
            ),
        ),
        walls.protect(
            "concerns_arrival",
            walls.policy(
                "concerns_arrival",
                "INSERT",
                check="opened_at IS NULL AND trouble = ''",
                role="public",
            ),
        ),
        walls.protect(
            "concerns_letter",
            walls.policy("concerns_letter", "SELECT", using=OF_MINE, role="public"),
            walls.policy(
                "concerns_letter", "INSERT", check=walls.held(Permission.ASK_REPORTERS, "thread_id")
            ),
        ),
        walls.protect(
            "concerns_concern",
            walls.policy("concerns_concern", "SELECT", using=READ),
            walls.policy("concerns_concern", "UPDATE", using=TRIAGE, check=TRIAGE),
        ),
        walls.protect(
            "concerns_account",
            walls.policy("concerns_account", "SELECT", using=ACCOUNT),
        ),
        walls.protect(
            "concerns_message",
            walls.policy("concerns_message", "SELECT", using=SOURCE),
            walls.policy(
                "concerns_message",
                "INSERT",
                check=f"{ASK} AND by_id = {ME} AND direction = 'TO_REPORTER'",
            ),
        ),
        walls.protect(
            "concerns_event",
            walls.policy("concerns_event", "SELECT", using=ACCOUNT),
            walls.policy("concerns_event", "INSERT", check=f"{DESK} AND by_id = {ME}"),
        ),
        walls.protect("concerns_token"),
    ]
)

GRANTS = """
GRANT SELECT ON concerns_route TO daymark_public, daymark_partner, daymark_worker;
GRANT SELECT ON concerns_clock TO daymark_partner, daymark_worker;
GRANT SELECT, INSERT ON concerns_thread TO daymark_public;
GRANT INSERT ON concerns_arrival TO daymark_public;
GRANT SELECT ON concerns_letter TO daymark_public;
GRANT SELECT, UPDATE (told, told_on, desk_id) ON concerns_thread TO daymark_partner;
GRANT INSERT ON concerns_letter TO daymark_partner;
GRANT SELECT, UPDATE (
    state, urgency, reasons, types, due_at, version, first_read_at, decided_at, answer_waits,
    closed_at, closed_because
) ON concerns_concern TO daymark_partner;
GRANT SELECT ON concerns_account TO daymark_partner;
GRANT SELECT, INSERT ON concerns_message, concerns_event TO daymark_partner;
GRANT SELECT ON concerns_thread, concerns_letter TO daymark_worker;
GRANT SELECT, UPDATE ON concerns_arrival TO daymark_worker;
GRANT SELECT, INSERT, UPDATE
    ON concerns_concern, concerns_account, concerns_message, concerns_event, concerns_token
    TO daymark_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0001_first"), ("access", "0002_walls"), ("places", "0001_first")]

    operations = [
        migrations.RunSQL(POLICIES + GRANTS, walls.unprotect(POLICIES)),
    ]
