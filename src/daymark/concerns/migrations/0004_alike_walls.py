"""Who may learn that two concerns share something."""

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Compartment

POLICIES = "\n".join([walls.protect("concerns_mark"), walls.protect("concerns_likeness")])

GRANTS = """
GRANT SELECT, INSERT ON concerns_mark TO daymark_worker;
GRANT SELECT, INSERT, UPDATE ON concerns_likeness TO daymark_worker;
"""

# Names the concerns whose account and conversation, where ties come from, the member may read; of
# any other it says only which desk holds something, and nothing at all of one that is restricted
# or blocked to them.
ALIKE = f"""
CREATE FUNCTION concerns_alike(dossier uuid)
RETURNS TABLE (other uuid, desk uuid, ties text[]) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH opened AS (
        SELECT id FROM access_dossier
        WHERE {walls.KNOWN} AND (
            restricted_at IS NOT NULL OR {walls.MINE}
            OR id IN (SELECT access_glass_open())
            OR id IN (SELECT access_shared_in('{Compartment.ACCOUNT}'))
            AND id IN (SELECT access_shared_in('{Compartment.SOURCE}'))
        )
    ), pairs AS (
        SELECT l.later AS twin, l.tie, l.strength FROM (
            SELECT later_id AS later, tie, strength FROM concerns_likeness
            WHERE earlier_id = concerns_alike.dossier
            UNION ALL
            SELECT earlier_id, tie, strength FROM concerns_likeness
            WHERE later_id = concerns_alike.dossier
        ) l
        WHERE concerns_alike.dossier IN (SELECT id FROM opened)
    )
    SELECT CASE WHEN d.id IN (SELECT id FROM opened) THEN d.id END, d.desk_id,
           array_agg(DISTINCT p.tie::text)
    FROM pairs p JOIN access_dossier d ON d.id = p.twin
    WHERE d.id NOT IN (SELECT access_blocked())
      AND (d.restricted_at IS NULL OR d.id IN (SELECT id FROM opened))
    GROUP BY d.id, d.desk_id
    ORDER BY max(p.strength) DESC, d.id DESC
    LIMIT 20
$$;
REVOKE ALL ON FUNCTION concerns_alike(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION concerns_alike(uuid) TO daymark_partner;
"""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0003_alike")]

    operations = [
        migrations.RunSQL(POLICIES + GRANTS, walls.unprotect(POLICIES)),
        migrations.RunSQL(ALIKE, "DROP FUNCTION concerns_alike(uuid);"),
    ]
