"""Who may set the rules by which desks work. Nobody rewrites a day that is over."""

from importlib import import_module

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Permission

before = import_module("daymark.concerns.migrations.0015_second_person")

TODAY = "(now() AT TIME ZONE 'UTC')::date"
STILL_TO_COME = f"(valid_until IS NULL OR valid_until > {TODAY})"
OWN_DESK = f"{walls.holds(Permission.SET_DESK_RULES)} AND desk_id IN (SELECT access_desks())"
PARTNERSHIP = walls.holds(Permission.SET_RULES)
READERS = {
    "clock": "daymark_partner, daymark_worker",
    "limit": "daymark_partner, daymark_worker",
    "secondperson": "daymark_partner, daymark_worker",
    "route": "daymark_partner, daymark_public, daymark_worker",
    "allowance": "daymark_partner, daymark_public, daymark_worker",
}


def _rules(table: str, readers: str) -> str:
    may = OWN_DESK if table == "secondperson" else PARTNERSHIP
    name = f"concerns_{table}"
    return "\n".join(
        [
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;",
            f"CREATE POLICY rules_told ON {name} FOR SELECT TO {readers} USING (true);",
            walls.policy(name, "INSERT", check=f"{may} AND valid_from >= {TODAY}"),
            walls.policy(
                name,
                "UPDATE",
                using=f"{may} AND {STILL_TO_COME}",
                check=f"{may} AND valid_until >= {TODAY}",
            ),
            f"GRANT INSERT, UPDATE (valid_until) ON {name} TO daymark_partner;",
        ]
    )


POLICIES = "\n".join(_rules(table, readers) for table, readers in READERS.items())
UNGRANT = "\n".join(
    f"REVOKE INSERT, UPDATE (valid_until) ON concerns_{table} FROM daymark_partner;"
    for table in READERS
)
NEED_AGREED = before.NEED_AGREED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
WANTED = NEED_AGREED.replace("s.step =", "s.wanted AND s.step =")


class Migration(migrations.Migration):
    dependencies = [("concerns", "0016_rules"), ("access", "0008_rules")]

    operations = [
        migrations.RunSQL(POLICIES, walls.unprotect(POLICIES) + UNGRANT),
        migrations.RunSQL(WANTED, NEED_AGREED),
    ]
