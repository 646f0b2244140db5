"""Studies are their agency's, and of those it shows them to; tokens are nobody's to read."""

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Permission

ME = "(SELECT access_member())"
MY_AGENCY = "(SELECT access_agency())"
MAY = walls.holds(Permission.RUN_STUDIES)
SHOWN = "(SELECT insight_studies_shown())"
KNOWN = f"{MAY} AND (agency_id = {MY_AGENCY} OR id IN {SHOWN})"
OF_KNOWN = "study_id IN (SELECT id FROM insight_study)"
OF_MINE = f"study_id IN (SELECT id FROM insight_study WHERE agency_id = {MY_AGENCY})"
MY_LIST = (
    f"list_id IN (SELECT id FROM insight_seenlist WHERE agency_id = {MY_AGENCY}"
    " AND accepted_at IS NOT NULL AND forgotten_at IS NULL)"
)
READING_IN = (
    f"list_id IN (SELECT id FROM insight_seenlist WHERE uploaded_by_id = {ME}"
    " AND accepted_at IS NULL)"
)

# As their owner, so that no policy has to ask another table's policy in a circle.
ASKED = """
CREATE FUNCTION insight_studies_shown() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT s.study_id FROM insight_studyshare s
    WHERE s.agency_id = access_agency() AND s.ended_at IS NULL AND s.until > now()
$$;
CREATE FUNCTION insight_lists_shown() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT c.list_id FROM insight_chosen c WHERE c.study_id IN (SELECT insight_studies_shown())
$$;
REVOKE ALL ON FUNCTION insight_studies_shown() FROM PUBLIC;
REVOKE ALL ON FUNCTION insight_lists_shown() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION insight_studies_shown(), insight_lists_shown() TO daymark_partner;
"""

POLICIES = "\n".join(
    [
        "ALTER TABLE insight_study ENABLE ROW LEVEL SECURITY;",
        walls.policy("insight_study", "SELECT", using=KNOWN),
        walls.policy(
            "insight_study",
            "INSERT",
            check=f"{MAY} AND agency_id = {MY_AGENCY} AND made_by_id = {ME}",
        ),
        "ALTER TABLE insight_studyshare ENABLE ROW LEVEL SECURITY;",
        walls.policy("insight_studyshare", "SELECT", using=OF_KNOWN),
        walls.policy("insight_studyshare", "INSERT", check=f"{OF_MINE} AND made_by_id = {ME}"),
        walls.policy("insight_studyshare", "UPDATE", using=OF_MINE, check=OF_MINE),
        "ALTER TABLE insight_seenlist ENABLE ROW LEVEL SECURITY;",
        walls.policy(
            "insight_seenlist",
            "SELECT",
            using=f"{MAY} AND (agency_id = {MY_AGENCY} OR id IN (SELECT insight_lists_shown()))",
        ),
        walls.policy(
            "insight_seenlist",
            "INSERT",
            check=f"{MAY} AND agency_id = {MY_AGENCY} AND uploaded_by_id = {ME}"
            " AND accepted_at IS NULL",
        ),
        walls.policy(
            "insight_seenlist",
            "UPDATE",
            using=f"{MAY} AND agency_id = {MY_AGENCY} AND uploaded_by_id = {ME}"
            " AND accepted_at IS NULL",
            check=f"{MAY} AND agency_id = {MY_AGENCY}",
        ),
        "ALTER TABLE insight_sighting ENABLE ROW LEVEL SECURITY;",
        walls.policy("insight_sighting", "INSERT", check=READING_IN),
        "ALTER TABLE insight_chosen ENABLE ROW LEVEL SECURITY;",
        walls.policy("insight_chosen", "SELECT", using=OF_KNOWN),
        walls.policy(
            "insight_chosen", "INSERT", check=f"{OF_MINE} AND {MY_LIST} AND added_by_id = {ME}"
        ),
        walls.policy("insight_chosen", "UPDATE", using=OF_MINE, check=OF_MINE),
        walls.protect(
            "insight_estimation",
            walls.policy("insight_estimation", "SELECT", using=OF_KNOWN),
            walls.policy(
                "insight_estimation",
                "INSERT",
                check=f"{OF_MINE} AND made_by_id = {ME} AND state = 'QUEUED' AND tries = 0"
                " AND cancelled_at IS NULL",
            ),
            walls.policy(
                "insight_estimation",
                "UPDATE",
                using=f"{OF_MINE} AND cancelled_at IS NULL",
                check=f"{OF_MINE} AND cancelled_by_id = {ME}",
            ),
        ),
    ]
)

GRANTS = """
GRANT SELECT, INSERT ON insight_study TO daymark_partner;
GRANT SELECT, INSERT, UPDATE (ended_at) ON insight_studyshare TO daymark_partner;
GRANT SELECT, INSERT, UPDATE (accepted_at) ON insight_seenlist TO daymark_partner;
GRANT INSERT ON insight_sighting TO daymark_partner;
GRANT SELECT, INSERT, UPDATE (removed_at) ON insight_chosen TO daymark_partner;
GRANT SELECT, INSERT, UPDATE (cancelled_at, cancelled_by_id) ON insight_estimation
    TO daymark_partner;
GRANT SELECT, UPDATE (state, doing, done, steps, worker, tries, seen_at, started_at, finished_at,
    result, versions, trouble) ON insight_estimation TO daymark_worker;
"""

# A study is shown under an agreement that both agencies signed and that lasts as long.
STANDING = """
CREATE FUNCTION insight_share_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT access_agreed(
        (SELECT s.agency_id FROM insight_study s WHERE s.id = NEW.study_id),
        NEW.agency_id, NEW.made_at, NEW.until
    ) THEN
        RAISE EXCEPTION 'a study is shown under an agreement in date between the agencies'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'study_shown_under_agreement';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION insight_share_stands() FROM PUBLIC;
CREATE TRIGGER insight_share_stands BEFORE INSERT ON insight_studyshare
    FOR EACH ROW EXECUTE FUNCTION insight_share_stands();
CREATE TRIGGER access_stays_ended BEFORE UPDATE ON insight_studyshare FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
    EXECUTE FUNCTION access_stays_ended();
"""

# The only ways to the tokens: to count them, and to forget them.
WAYS = f"""
CREATE FUNCTION insight_patterns(study uuid, stratum text)
RETURNS TABLE (pattern integer, level text, people bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH lists AS (
        SELECT c.list_id, 1 << (row_number() OVER (ORDER BY c.added_at, c.id) - 1)::integer AS bit
        FROM insight_chosen c
        WHERE c.removed_at IS NULL AND c.study_id IN (
            SELECT id FROM insight_study WHERE id = insight_patterns.study AND {KNOWN}
        )
    ), people AS (
        SELECT bit_or(l.bit) AS pattern,
            min(s.strata ->> insight_patterns.stratum) AS low,
            max(s.strata ->> insight_patterns.stratum) AS high
        FROM insight_sighting s JOIN lists l ON l.list_id = s.list_id
        GROUP BY s.person
    )
    SELECT p.pattern, CASE WHEN p.low = p.high THEN p.low ELSE 'U' END, count(*)
    FROM people p GROUP BY 1, 2 ORDER BY 1, 2
$$;

CREATE FUNCTION insight_forget(list uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM insight_seenlist l
    WHERE l.id = insight_forget.list AND {MAY} AND l.agency_id = access_agency()
      AND l.forgotten_at IS NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM insight_sighting s WHERE s.list_id = insight_forget.list;
    UPDATE insight_chosen c SET removed_at = insight_forget.at
    WHERE c.list_id = insight_forget.list AND c.removed_at IS NULL;
    DELETE FROM insight_seenlist l WHERE l.id = insight_forget.list AND l.accepted_at IS NULL;
    UPDATE insight_seenlist l SET forgotten_at = insight_forget.at,
        forgotten_by_id = access_member() WHERE l.id = insight_forget.list;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION insight_patterns(uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION insight_forget(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION insight_patterns(uuid, text), insight_forget(uuid, timestamptz)
    TO daymark_partner;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0005_studies"), ("insight", "0005_studies")]

    operations = [
        migrations.RunSQL(
            ASKED, "DROP FUNCTION insight_lists_shown(); DROP FUNCTION insight_studies_shown();"
        ),
        migrations.RunSQL(
            STANDING,
            "DROP TRIGGER access_stays_ended ON insight_studyshare;"
            "DROP TRIGGER insight_share_stands ON insight_studyshare;"
            "DROP FUNCTION insight_share_stands();",
        ),
        migrations.RunSQL(
            WAYS,
            "DROP FUNCTION insight_forget(uuid, timestamptz);"
            "DROP FUNCTION insight_patterns(uuid, text);",
        ),
        migrations.RunSQL(POLICIES + GRANTS, walls.unprotect(POLICIES)),
    ]
