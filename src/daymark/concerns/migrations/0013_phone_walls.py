"""A desk may file for somebody on the phone: a new thread with its first envelope, nothing else.

What is added later comes from whoever has the code, so the partner door may seal no addition.
"""

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Permission

POLICIES = "\n".join(
    [
        walls.policy("concerns_thread", "INSERT", check=walls.holds(Permission.TRIAGE_CONCERNS)),
        walls.policy(
            "concerns_arrival",
            "INSERT",
            check=(
                f"{walls.holds(Permission.TRIAGE_CONCERNS)} AND first AND id = thread_id"
                " AND opened_at IS NULL AND trouble = ''"
            ),
        ),
    ]
)
GRANTS = "GRANT INSERT ON concerns_thread, concerns_arrival TO daymark_partner;"
UNDO = """
REVOKE INSERT ON concerns_thread, concerns_arrival FROM daymark_partner;
DROP POLICY partner_insert ON concerns_thread;
DROP POLICY partner_insert ON concerns_arrival;
"""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0012_files_walls")]

    operations = [migrations.RunSQL(f"{POLICIES}\n{GRANTS}", UNDO)]
