"""Who may read and write the directory, by role and by row.

The directory (agencies, desks, members, seats) is readable by the whole partner side: a member
must be able to find a colleague, and signing in must find the member before there is one.
What is walled is writing: an administrator reaches the rows of their own agency and never
their own row, a member reaches their own password.
"""

from django.db import migrations

ME = "(SELECT nullif(current_setting('daymark.member_id', true), '')::uuid)"
MINE = "(SELECT agencies_agency_as('ADMINISTRATOR'))"
OUR_MEMBER = f"member_id IN (SELECT id FROM agencies_member WHERE agency_id = {MINE})"
OUR_DESK = f"desk_id IN (SELECT id FROM agencies_desk WHERE agency_id = {MINE})"
# Administrators ask for a reset, they and supervisors agree to one.
ANSWERING = (
    f"member_id IN (SELECT id FROM agencies_member WHERE agency_id = {MINE}"
    " OR agency_id = (SELECT agencies_agency_as('DESK_SUPERVISOR')))"
)

TABLES = (
    "agency",
    "desk",
    "deskkey",
    "factorreset",
    "identityprovider",
    "invitation",
    "member",
    "seat",
)

FUNCTIONS = """
-- Runs as the owner, so that the policy on members does not ask itself.
CREATE FUNCTION agencies_agency_as(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT agency_id FROM agencies_member
    WHERE id = nullif(current_setting('daymark.member_id', true), '')::uuid
      AND is_active AND role = wanted
$$;
REVOKE ALL ON FUNCTION agencies_agency_as(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agencies_agency_as(text) TO daymark_partner;

-- A policy sees one version of a row; these two rules compare the old with the new.
CREATE FUNCTION agencies_guard_member() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    me uuid := nullif(current_setting('daymark.member_id', true), '')::uuid;
BEGIN
    IF current_user <> 'daymark_partner' THEN
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.agency_id, NEW.email, NEW.joined_at)
       IS DISTINCT FROM (OLD.id, OLD.agency_id, OLD.email, OLD.joined_at) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a member stays who and where they are';
    END IF;
    IF NEW.id = me AND (NEW.role, NEW.name, NEW.is_active, NEW.left_at)
       IS DISTINCT FROM (OLD.role, OLD.name, OLD.is_active, OLD.left_at) THEN
        RAISE insufficient_privilege USING MESSAGE = 'nobody manages themselves';
    END IF;
    IF NEW.id IS DISTINCT FROM me AND NEW.password <> OLD.password
       AND NEW.password NOT LIKE '!%' THEN
        RAISE insufficient_privilege USING MESSAGE = 'nobody chooses the password of another';
    END IF;
    IF NEW.generation < OLD.generation THEN
        RAISE insufficient_privilege USING MESSAGE = 'an ended session stays ended';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agencies_guard_member BEFORE UPDATE ON agencies_member
    FOR EACH ROW EXECUTE FUNCTION agencies_guard_member();

CREATE FUNCTION agencies_guard_reset() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    me uuid := nullif(current_setting('daymark.member_id', true), '')::uuid;
BEGIN
    IF current_user = 'daymark_partner' AND (
        (NEW.id, NEW.member_id, NEW.reason, NEW.requested_by_id, NEW.requested_at)
            IS DISTINCT FROM
            (OLD.id, OLD.member_id, OLD.reason, OLD.requested_by_id, OLD.requested_at)
        OR OLD.closed_at IS NOT NULL
        OR NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id
            AND (OLD.approved_by_id IS NOT NULL OR NEW.approved_by_id IS DISTINCT FROM me)
    ) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a reset takes a second person';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agencies_guard_reset BEFORE UPDATE ON agencies_factorreset
    FOR EACH ROW EXECUTE FUNCTION agencies_guard_reset();
"""

FUNCTIONS_GONE = """
DROP TRIGGER agencies_guard_reset ON agencies_factorreset;
DROP FUNCTION agencies_guard_reset();
DROP TRIGGER agencies_guard_member ON agencies_member;
DROP FUNCTION agencies_guard_member();
DROP FUNCTION agencies_agency_as(text);
"""

GRANTS = """
GRANT SELECT ON agencies_agency, agencies_desk TO daymark_partner, daymark_public, daymark_worker;
GRANT SELECT ON agencies_member, agencies_seat, agencies_invitation, agencies_factorreset,
    agencies_identityprovider TO daymark_partner, daymark_worker;
GRANT INSERT, UPDATE ON agencies_desk, agencies_member, agencies_seat, agencies_invitation,
    agencies_factorreset TO daymark_partner;
-- Pages make keys and retire them; only the worker can read what opens a report.
GRANT INSERT, UPDATE (retired_at), SELECT (id, desk_id, public_key, made_at, retired_at)
    ON agencies_deskkey TO daymark_partner;
GRANT SELECT, INSERT, UPDATE ON agencies_deskkey TO daymark_worker;
"""

GRANTS_GONE = "\n".join(
    f"REVOKE ALL ON agencies_{table} FROM daymark_partner, daymark_public, daymark_worker;"
    for table in TABLES
)


def policy(table: str, verb: str, using: str, check: str = "", role: str = "partner") -> str:
    clauses = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
    return (
        f"CREATE POLICY {role}_{verb.lower()} ON agencies_{table}"
        f" FOR {verb} TO daymark_{role}{clauses};"
    )


def managed(table: str, rows: str) -> list[str]:
    """Rows an administrator adds and changes; nobody deletes any."""
    return [policy(table, "INSERT", "", rows), policy(table, "UPDATE", rows, rows)]


POLICIES = [
    *(f"ALTER TABLE agencies_{table} ENABLE ROW LEVEL SECURITY;" for table in TABLES),
    *(policy(table, "SELECT", "true", role="worker") for table in TABLES if table != "deskkey"),
    policy("deskkey", "ALL", "true", "true", role="worker"),
    # The directory: agencies and desks are on the public pages, the rest on the partner side.
    policy("agency", "SELECT", "true", role="public"),
    policy("desk", "SELECT", "true", role="public"),
    *(policy(table, "SELECT", "true") for table in ("agency", "desk", "member", "seat")),
    # Read by whoever brings a token, before anybody is signed in; only hashes are kept.
    policy("invitation", "SELECT", "true"),
    # Read to offer the buttons on the sign-in page; the secret is under the key ring.
    policy("identityprovider", "SELECT", "true"),
    policy("deskkey", "SELECT", OUR_DESK),
    *managed("desk", f"agency_id = {MINE}"),
    *managed("deskkey", OUR_DESK),
    policy("member", "INSERT", "", f"agency_id = {MINE} AND password LIKE '!%'"),
    policy("member", "UPDATE", f"id = {ME} OR agency_id = {MINE}"),
    *managed("seat", f"{OUR_DESK} AND {OUR_MEMBER} AND member_id <> {ME}"),
    policy("invitation", "INSERT", "", f"{OUR_MEMBER} AND member_id <> {ME}"),
    policy("invitation", "UPDATE", f"member_id = {ME} OR {OUR_MEMBER}"),
    policy("factorreset", "SELECT", ANSWERING),
    policy(
        "factorreset",
        "INSERT",
        "",
        f"{OUR_MEMBER} AND requested_by_id = {ME} AND approved_by_id IS NULL",
    ),
    policy("factorreset", "UPDATE", ANSWERING),
]


def dropped(statement: str) -> str:
    """The reverse of one statement above."""
    words = statement.split()
    if words[0] == "ALTER":
        return f"ALTER TABLE {words[2]} DISABLE ROW LEVEL SECURITY;"
    return f"DROP POLICY {words[2]} ON {words[4]};"


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_invitations_and_keys")]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_GONE),
        migrations.RunSQL(GRANTS, GRANTS_GONE),
        migrations.RunSQL("\n".join(POLICIES), "\n".join(map(dropped, reversed(POLICIES)))),
    ]
