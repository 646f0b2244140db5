"""Who may put a file in, who may look at its copy, and who may hand out the original."""

from importlib import import_module

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Compartment, Permission

publish_grants = import_module("daymark.access.migrations.0002_walls").publish_grants

ORIGINALS = walls.held(Permission.OPEN_ORIGINALS)
NO_MALWARE = "file_id IN (SELECT id FROM concerns_file WHERE state <> 'REFUSED')"

POLICIES = "\n".join(
    [
        walls.protect(
            "concerns_parcel",
            walls.policy("concerns_parcel", "INSERT", check="trouble = ''", role="public"),
        ),
        walls.protect(
            "concerns_piece",
            walls.policy("concerns_piece", "INSERT", check="true", role="public"),
        ),
        walls.protect(
            "concerns_file",
            walls.policy("concerns_file", "SELECT", using=walls.opened(Compartment.ACCOUNT)),
        ),
        walls.protect(
            "concerns_original",
            walls.policy("concerns_original", "SELECT", using=f"{ORIGINALS} AND {NO_MALWARE}"),
        ),
    ]
)

GRANTS = """
GRANT SELECT ON concerns_allowance TO daymark_public, daymark_partner, daymark_worker;
GRANT INSERT ON concerns_parcel, concerns_piece TO daymark_public;
GRANT SELECT, UPDATE (trouble), DELETE ON concerns_parcel TO daymark_worker;
GRANT SELECT, DELETE ON concerns_piece TO daymark_worker;
GRANT SELECT ON concerns_file, concerns_original TO daymark_partner;
GRANT SELECT, INSERT, UPDATE ON concerns_file, concerns_original TO daymark_worker;
"""

# The public door cannot count what waits, and nobody else sees an upload come: the database
# refuses more than the allowance says, so that reports themselves always have room.
ROOM = """
CREATE FUNCTION concerns_room_for_parcels() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.size + coalesce((SELECT sum(size) FROM concerns_parcel), 0) > (
        SELECT max(waiting_megabytes) * 1000000::bigint FROM concerns_allowance
        WHERE valid_until IS NULL
    ) THEN
        RAISE check_violation USING MESSAGE = 'too many files wait for their reports';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION concerns_room_for_parcels() FROM PUBLIC;
CREATE TRIGGER concerns_room_for_parcels BEFORE INSERT ON concerns_parcel
    FOR EACH ROW EXECUTE FUNCTION concerns_room_for_parcels();
"""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0011_files"), ("access", "0002_walls")]

    operations = [
        migrations.RunPython(publish_grants, migrations.RunPython.noop),
        migrations.RunSQL(POLICIES + GRANTS, walls.unprotect(POLICIES)),
        migrations.RunSQL(
            ROOM,
            "DROP TRIGGER concerns_room_for_parcels ON concerns_parcel;"
            " DROP FUNCTION concerns_room_for_parcels();",
        ),
    ]
