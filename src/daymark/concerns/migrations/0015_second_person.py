"""What a desk wants a second person for is refused by the database without one.

A proposal can be made in nobody else's name and decided by nobody who made it (0009), so one that
was agreed to has two persons behind it. It counts for the version it was made for and no later
one, which is why a version only rises.
"""

from django.db import migrations

NEED_AGREED = """
CREATE FUNCTION concerns_need_agreed(dossier uuid, step text, acts text[], at timestamptz)
RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Wanted on the day it is said to happen, or today: nobody dates it back to before the rule.
    IF EXISTS (
        SELECT 1 FROM concerns_secondperson s
        JOIN access_dossier d ON d.desk_id = s.desk_id
        CROSS JOIN unnest(ARRAY[concerns_need_agreed.at, now()]) AS moment
        CROSS JOIN LATERAL (SELECT (moment AT TIME ZONE 'UTC')::date AS day) AS of
        WHERE d.id = concerns_need_agreed.dossier AND s.step = concerns_need_agreed.step
          AND s.valid_from <= of.day AND (s.valid_until IS NULL OR s.valid_until > of.day)
    ) AND NOT EXISTS (
        SELECT 1 FROM concerns_proposal p
        JOIN concerns_concern c ON c.dossier_id = p.dossier_id AND c.version = p.version
        WHERE p.dossier_id = concerns_need_agreed.dossier
          AND p.act = ANY (concerns_need_agreed.acts) AND p.agreed AND p.decided_by_id <> p.by_id
    ) THEN
        RAISE EXCEPTION 'this desk wants a second person for that'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreed_by_a_second_person';
    END IF;
END $$;
"""
TRIGGERS = """
REVOKE ALL ON FUNCTION concerns_need_agreed(uuid, text, text[], timestamptz) FROM PUBLIC;

CREATE FUNCTION concerns_closed_by_two() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM concerns_need_agreed(NEW.dossier_id, 'CLOSE', '{CLOSE,MERGE}', NEW.closed_at);
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION concerns_closed_by_two() FROM PUBLIC;
CREATE TRIGGER concerns_closed_by_two BEFORE UPDATE ON concerns_concern FOR EACH ROW
    WHEN (NEW.state = 'CLOSED' AND OLD.state <> 'CLOSED')
    EXECUTE FUNCTION concerns_closed_by_two();

-- What protects somebody now waits for nobody.
CREATE FUNCTION concerns_handed_on_by_two() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM concerns_need_agreed(NEW.dossier_id, 'HAND_ON', '{HAND_ON}', NEW.at);
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION concerns_handed_on_by_two() FROM PUBLIC;
CREATE TRIGGER concerns_handed_on_by_two BEFORE INSERT ON concerns_handover FOR EACH ROW
    WHEN (NEW.kind = 'INFORMATION')
    EXECUTE FUNCTION concerns_handed_on_by_two();

CREATE FUNCTION concerns_version_rises() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a version only rises'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'version_rises';
END $$;
REVOKE ALL ON FUNCTION concerns_version_rises() FROM PUBLIC;
CREATE TRIGGER concerns_version_rises BEFORE UPDATE ON concerns_concern FOR EACH ROW
    WHEN (NEW.version < OLD.version)
    EXECUTE FUNCTION concerns_version_rises();
"""
UNDO = """
DROP TRIGGER concerns_version_rises ON concerns_concern;
DROP FUNCTION concerns_version_rises();
DROP TRIGGER concerns_handed_on_by_two ON concerns_handover;
DROP FUNCTION concerns_handed_on_by_two();
DROP TRIGGER concerns_closed_by_two ON concerns_concern;
DROP FUNCTION concerns_closed_by_two();
DROP FUNCTION concerns_need_agreed(uuid, text, text[], timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0014_scanned_originals")]

    operations = [migrations.RunSQL(NEED_AGREED + TRIGGERS, UNDO)]
