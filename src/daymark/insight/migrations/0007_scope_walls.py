"""The partnership sets what is told apart; whoever may set the gate may, and nobody takes it back."""

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Permission

SET = walls.holds(Permission.SET_GATE)

POLICIES = "\n".join(
    [
        "ALTER TABLE insight_scope ENABLE ROW LEVEL SECURITY;",
        "CREATE POLICY scope_shown ON insight_scope FOR SELECT"
        " TO daymark_partner, daymark_worker USING (true);",
        walls.policy("insight_scope", "INSERT", check=SET),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("insight", "0006_study_walls"), ("access", "0003_counting")]

    operations = [
        migrations.RunSQL(
            POLICIES + "GRANT INSERT ON insight_scope TO daymark_partner;",
            "REVOKE INSERT ON insight_scope FROM daymark_partner;" + walls.unprotect(POLICIES),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON insight_scope"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();",
            "DROP TRIGGER audit_refuse ON insight_scope;",
        ),
    ]
