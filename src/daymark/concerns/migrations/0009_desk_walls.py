"""Who may read and write what desks do with each other, and what one desk may ask another."""

from importlib import import_module

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Compartment, Permission

ALIKE = import_module("daymark.concerns.migrations.0004_alike_walls").ALIKE
ACCOUNT = walls.opened(Compartment.ACCOUNT)
DESK = walls.held(Permission.READ_CONCERN)
TRIAGE = walls.held(Permission.TRIAGE_CONCERNS)
CLOSE = walls.held(Permission.CLOSE_CONCERNS)
ASKING = walls.held(Permission.READ_CONCERN, "asking_id")
MERGING = " AND ".join(
    walls.held(Permission.CLOSE_CONCERNS, column) for column in ("merged_id", "kept_id")
)
ME = "(SELECT access_member())"
# Only the asked side reads concerns_asked, and of it only what it knows.
TO_ME = "id IN (SELECT inquiry_id FROM concerns_asked)"
TO_ANSWER = f"id IN (SELECT inquiry_id FROM concerns_asked WHERE {TRIAGE})"

POLICIES = "\n".join(
    [
        walls.protect(
            "concerns_asked",
            walls.policy("concerns_asked", "SELECT", using=DESK),
        ),
        walls.protect(
            "concerns_inquiry",
            walls.policy("concerns_inquiry", "SELECT", using=f"{ASKING} OR {TO_ME}"),
            walls.policy(
                "concerns_inquiry",
                "UPDATE",
                using=f"{TO_ANSWER} AND answered_at IS NULL",
                check=f"{TO_ANSWER} AND answered_by_id = {ME}",
            ),
        ),
        walls.protect(
            "concerns_merge",
            walls.policy(
                "concerns_merge",
                "SELECT",
                using=f"{walls.known('merged_id')} AND {walls.known('kept_id')}",
            ),
            walls.policy("concerns_merge", "INSERT", check=f"{MERGING} AND by_id = {ME}"),
            walls.policy(
                "concerns_merge",
                "UPDATE",
                using=MERGING,
                check=f"{MERGING} AND undone_by_id = {ME}",
            ),
        ),
        walls.protect(
            "concerns_handover",
            walls.policy("concerns_handover", "SELECT", using=ACCOUNT),
            walls.policy("concerns_handover", "INSERT", check=f"{TRIAGE} AND by_id = {ME}"),
        ),
        walls.protect(
            "concerns_proposal",
            walls.policy("concerns_proposal", "SELECT", using=DESK),
            walls.policy(
                "concerns_proposal",
                "INSERT",
                check=f"{CLOSE} AND by_id = {ME} AND decided_at IS NULL",
            ),
            # Never by whoever proposed it, and once.
            walls.policy(
                "concerns_proposal",
                "UPDATE",
                using=f"{CLOSE} AND by_id <> {ME} AND decided_at IS NULL",
                check=f"{CLOSE} AND decided_by_id = {ME}",
            ),
        ),
    ]
)

GRANTS = """
GRANT SELECT ON concerns_asked TO daymark_partner;
GRANT SELECT, UPDATE (outcome, answer, shared_id, answered_by_id, answered_at)
    ON concerns_inquiry TO daymark_partner;
GRANT SELECT, INSERT, UPDATE (undone_by_id, undone_at) ON concerns_merge TO daymark_partner;
GRANT SELECT, INSERT ON concerns_handover TO daymark_partner;
GRANT SELECT, INSERT, UPDATE (agreed, reason, decided_by_id, decided_at)
    ON concerns_proposal TO daymark_partner;
GRANT SELECT ON concerns_secondperson, concerns_limit TO daymark_partner, daymark_worker;
GRANT SELECT ON concerns_merge TO daymark_worker;
GRANT UPDATE (escalated_at) ON concerns_concern TO daymark_partner;
"""

# The concerns tied to one whose account and conversation, where ties come from, the member may
# read. Nothing at all is said of one that is restricted or blocked to them. `handle` names the
# other end to whoever asks for it, and to nobody what it is.
FOUND = f"""
CREATE FUNCTION concerns_found(dossier uuid)
RETURNS TABLE (
    twin uuid, likeness uuid, handle uuid, desk uuid, ties text[], readable boolean, strength float8
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH opened AS (
        SELECT id FROM access_dossier
        WHERE {walls.KNOWN} AND (
            restricted_at IS NOT NULL OR {walls.MINE}
            OR id IN (SELECT access_glass_open())
            OR id IN (SELECT access_shared_in('{Compartment.ACCOUNT}'))
            AND id IN (SELECT access_shared_in('{Compartment.SOURCE}'))
        )
    ), pairs AS (
        SELECT l.later AS twin, l.id, l.tie, l.strength FROM (
            SELECT later_id AS later, id, tie, strength FROM concerns_likeness
            WHERE earlier_id = concerns_found.dossier
            UNION ALL
            SELECT earlier_id, id, tie, strength FROM concerns_likeness
            WHERE later_id = concerns_found.dossier
        ) l
        WHERE concerns_found.dossier IN (SELECT id FROM opened)
    )
    SELECT d.id, (array_agg(p.id ORDER BY p.id))[1],
           md5(concerns_found.dossier::text || (array_agg(p.id ORDER BY p.id))[1]::text)::uuid,
           d.desk_id, array_agg(DISTINCT p.tie::text), d.id IN (SELECT id FROM opened),
           max(p.strength)
    FROM pairs p JOIN access_dossier d ON d.id = p.twin
    WHERE d.id NOT IN (SELECT access_blocked())
      AND (d.restricted_at IS NULL OR d.id IN (SELECT id FROM opened))
    GROUP BY d.id, d.desk_id
    ORDER BY max(p.strength) DESC, d.id DESC
    LIMIT 20
$$;
REVOKE ALL ON FUNCTION concerns_found(uuid) FROM PUBLIC;

DROP FUNCTION concerns_alike(uuid);
CREATE FUNCTION concerns_alike(dossier uuid)
RETURNS TABLE (other uuid, desk uuid, ties text[], handle uuid) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN readable THEN twin END, f.desk, f.ties, f.handle
    FROM concerns_found(concerns_alike.dossier) f ORDER BY strength DESC, twin DESC
$$;
REVOKE ALL ON FUNCTION concerns_alike(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION concerns_alike(uuid) TO daymark_partner;
"""

# Asking reaches a dossier that the asking member does not know, so the database does it: for one
# that `concerns_alike` has shown them, from a concern of their own desk, once until it is answered.
# What they asked about goes to nobody but the trail.
INQUIRE = f"""
CREATE FUNCTION concerns_inquire(
    inquiry uuid, dossier uuid, handle uuid, reason bytea, at timestamptz, notice uuid
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    SELECT f.* INTO found FROM concerns_found(concerns_inquire.dossier) f
    WHERE f.handle = concerns_inquire.handle AND NOT f.readable
      AND {walls.holds(Permission.TRIAGE_CONCERNS)}
      AND concerns_inquire.dossier IN (
          SELECT id FROM access_dossier WHERE {walls.KNOWN} AND {walls.MINE}
      );
    IF found.twin IS NULL OR EXISTS (
        SELECT 1 FROM concerns_asked a JOIN concerns_inquiry i ON i.id = a.inquiry_id
        WHERE a.dossier_id = found.twin AND i.asking_id = concerns_inquire.dossier
          AND i.answered_at IS NULL
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO concerns_inquiry (id, asking_id, desk_id, ties, reason, by_id, at, outcome)
    VALUES (
        concerns_inquire.inquiry, concerns_inquire.dossier, found.desk, found.ties,
        concerns_inquire.reason, access_member(), concerns_inquire.at, ''
    );
    INSERT INTO concerns_asked (inquiry_id, dossier_id, likeness_id)
    VALUES (concerns_inquire.inquiry, found.twin, found.likeness);
    INSERT INTO access_notice (id, dossier_id, verb, at)
    VALUES (concerns_inquire.notice, found.twin, 'inquiry.made', concerns_inquire.at);
    RETURN found.twin;
END $$;

-- Whoever answers does not know the dossier that asks: news of it is laid there for them.
CREATE FUNCTION concerns_answered(inquiry uuid, notice uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO access_notice (id, dossier_id, verb, at)
    SELECT concerns_answered.notice, i.asking_id, 'inquiry.answered', i.answered_at
    FROM concerns_inquiry i
    WHERE i.id = concerns_answered.inquiry AND i.answered_by_id = access_member()
      AND NOT EXISTS (
          SELECT 1 FROM access_notice n
          WHERE n.dossier_id = i.asking_id AND n.verb = 'inquiry.answered' AND n.at = i.answered_at
      )
$$;
REVOKE ALL ON FUNCTION concerns_inquire(uuid, uuid, uuid, bytea, timestamptz, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION concerns_answered(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION concerns_inquire(uuid, uuid, uuid, bytea, timestamptz, uuid)
    TO daymark_partner;
GRANT EXECUTE ON FUNCTION concerns_answered(uuid, uuid) TO daymark_partner;
"""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0008_desk")]

    operations = [
        migrations.RunSQL(POLICIES + GRANTS, walls.unprotect(POLICIES)),
        migrations.RunSQL(
            FOUND,
            "DROP FUNCTION concerns_alike(uuid); DROP FUNCTION concerns_found(uuid);" + ALIKE,
        ),
        migrations.RunSQL(
            INQUIRE,
            "DROP FUNCTION concerns_answered(uuid, uuid);"
            "DROP FUNCTION concerns_inquire(uuid, uuid, uuid, bytea, timestamptz, uuid);",
        ),
    ]
