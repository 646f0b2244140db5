"""Who may count, who may publish, and that nothing published is ever taken back."""

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Permission
from daymark.insight.terms import Audience

ME = "(SELECT access_member())"
COUNT = walls.holds(Permission.COUNT_CONCERNS)
PUBLISH = walls.holds(Permission.PUBLISH_COUNTS)
SET = walls.holds(Permission.SET_GATE)
OWN = f"owner_id = {ME}"

POLICIES = "\n".join(
    [
        walls.protect(
            "insight_view",
            walls.policy(
                "insight_view",
                "SELECT",
                using=f"{COUNT} AND ({OWN} OR audience = '{Audience.PARTNERSHIP}'"
                f" OR (audience = '{Audience.AGENCY}' AND agency_id = (SELECT access_agency())))",
            ),
            walls.policy(
                "insight_view",
                "INSERT",
                check=f"{COUNT} AND {OWN} AND agency_id = (SELECT access_agency())",
            ),
            walls.policy(
                "insight_view", "UPDATE", using=f"{COUNT} AND {OWN}", check=f"{COUNT} AND {OWN}"
            ),
        ),
        walls.protect(
            "insight_release",
            walls.policy(
                "insight_release",
                "SELECT",
                # Also what was shown to another counts against a new table, and must be nameable.
                using=f"{ME} IS NOT NULL AND (reader_id IS NULL OR {COUNT})",
            ),
            walls.policy(
                "insight_release",
                "INSERT",
                check=f"made_by_id = {ME} AND ({COUNT} AND reader_id = {ME}"
                f" OR {PUBLISH} AND reader_id IS NULL)",
            ),
        ),
        walls.protect(
            "insight_run",
            walls.policy("insight_run", "SELECT", using=OWN),
            walls.policy("insight_run", "UPDATE", using=OWN, check=OWN),
        ),
        # How the gate stands is told to everybody; the partnership sets it.
        "ALTER TABLE insight_gate ENABLE ROW LEVEL SECURITY;",
        "CREATE POLICY gate_shown ON insight_gate FOR SELECT"
        " TO daymark_partner, daymark_public, daymark_worker USING (true);",
        walls.policy("insight_gate", "INSERT", check=SET),
        walls.policy("insight_gate", "UPDATE", using=SET, check=SET),
    ]
)

GRANTS = """
GRANT SELECT ON insight_gate TO daymark_partner, daymark_public, daymark_worker;
GRANT INSERT, UPDATE (valid_until) ON insight_gate TO daymark_partner;
GRANT SELECT ON insight_scope TO daymark_partner, daymark_worker;
GRANT SELECT (id, scope_id, month, counted_at) ON insight_tally TO daymark_partner;
GRANT SELECT, INSERT ON insight_tally TO daymark_worker;
GRANT SELECT, INSERT, UPDATE (name, definition, audience, schedule, ended_at) ON insight_view
    TO daymark_partner;
GRANT SELECT ON insight_view TO daymark_worker;
GRANT SELECT, INSERT ON insight_release TO daymark_partner, daymark_worker;
GRANT SELECT, UPDATE (seen_at) ON insight_run TO daymark_partner;
GRANT SELECT, INSERT ON insight_run TO daymark_worker;
"""

# All that a count opens: four columns, and those only to whoever may count. Restricted dossiers
# are not in it (the worker leaves them out), and no id is.
COUNTS = f"""
CREATE FUNCTION insight_counts(scope uuid, since date, until date)
RETURNS TABLE (month date, area text, type text, concerns integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.month, c.area, c.type, c.concerns
    FROM insight_tally t,
         jsonb_to_recordset(t.cells) AS c (area text, type text, concerns integer)
    WHERE t.scope_id = insight_counts.scope
      AND t.month BETWEEN insight_counts.since AND insight_counts.until
      AND {COUNT}
$$;
REVOKE ALL ON FUNCTION insight_counts(uuid, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION insight_counts(uuid, date, date) TO daymark_partner, daymark_worker;
"""

# Grants stop the serving roles; the trigger stops the owner too.
APPEND_ONLY = "\n".join(
    f"CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();"
    for table in ("insight_release", "insight_tally")
)


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0003_releases"),
        ("access", "0003_counting"),
        ("audit", "0002_walls"),
    ]

    operations = [
        migrations.RunSQL(POLICIES + GRANTS, walls.unprotect(POLICIES)),
        migrations.RunSQL(COUNTS, "DROP FUNCTION insight_counts(uuid, date, date);"),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER audit_refuse ON insight_tally;"
            "DROP TRIGGER audit_refuse ON insight_release;",
        ),
    ]
