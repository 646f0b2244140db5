"""Row-level security: the rule of `rules.knows` and `rules.opened`, said by the database."""

from django.db import migrations

from daymark.access import rules, walls
from daymark.access.terms import Permission
from daymark.design.ids import new_id

SHARE = walls.held(Permission.SHARE_DOSSIERS)
GROUND = f"({SHARE} OR {walls.held(Permission.PASS_CONCERNS)})"
RESTRICT = walls.held(Permission.RESTRICT_DOSSIERS)
REVIEW = walls.held(Permission.REVIEW_GLASS)
AGREE = walls.holds(Permission.MANAGE_AGREEMENTS)
RESTRICT_SELF = f"{walls.KNOWN} AND {walls.MINE} AND {walls.holds(Permission.RESTRICT_DOSSIERS)}"
ME = "(SELECT access_member())"
# What a share says of others is for the desk that gave it; a receiver sees their own.
GIVEN = f"{walls.known()} AND (agency_id = (SELECT access_agency()) OR member_id = {ME})"
READ = walls.held(Permission.READ_CONCERN)

POLICIES = "\n".join(
    [
        walls.protect(
            "access_dossier",
            walls.policy("access_dossier", "SELECT", using=walls.KNOWN),
            walls.policy("access_dossier", "UPDATE", using=RESTRICT_SELF, check=RESTRICT_SELF),
        ),
        walls.protect(
            "access_basis",
            walls.policy("access_basis", "SELECT", using=SHARE),
            walls.policy("access_basis", "INSERT", check=f"{GROUND} AND recorded_by_id = {ME}"),
            walls.policy("access_basis", "UPDATE", using=SHARE, check=SHARE),
        ),
        walls.protect(
            "access_share",
            walls.policy("access_share", "SELECT", using=f"{SHARE} OR {GIVEN}"),
            walls.policy("access_share", "INSERT", check=f"{SHARE} AND made_by_id = {ME}"),
            walls.policy("access_share", "UPDATE", using=SHARE, check=SHARE),
        ),
        walls.protect(
            "access_named",
            walls.policy("access_named", "SELECT", using=walls.known()),
            walls.policy("access_named", "INSERT", check=f"{RESTRICT} AND by_id = {ME}"),
            walls.policy("access_named", "UPDATE", using=RESTRICT, check=RESTRICT),
        ),
        walls.protect(
            "access_block",
            walls.policy("access_block", "SELECT", using=RESTRICT),
            walls.policy("access_block", "INSERT", check=f"{RESTRICT} AND by_id = {ME}"),
            walls.policy("access_block", "UPDATE", using=RESTRICT, check=RESTRICT),
        ),
        walls.protect(
            "access_glass",
            walls.policy(
                "access_glass", "SELECT", using=f"{walls.known()} AND member_id = {ME} OR {REVIEW}"
            ),
            walls.policy(
                "access_glass",
                "UPDATE",
                using=f"{REVIEW} AND member_id <> {ME} AND reviewed_at IS NULL",
                check=f"{REVIEW} AND reviewed_by_id = {ME}",
            ),
        ),
        walls.protect(
            "access_notice",
            walls.policy("access_notice", "SELECT", using=walls.known()),
            walls.policy("access_notice", "INSERT", check=GROUND),
            # Marked as seen by the desk it is for, never by whoever broke the glass.
            walls.policy(
                "access_notice", "UPDATE", using=READ, check=f"{READ} AND seen_by_id = {ME}"
            ),
        ),
        walls.protect(
            "access_draft",
            walls.policy(
                "access_draft", "ALL", using=f"member_id = {ME}", check=f"member_id = {ME}"
            ),
        ),
        # Rooms below know nothing of dossiers; what they keep for one is walled here.
        walls.policy("vault_datakey", "SELECT", using=walls.known("id")),
        walls.policy("audit_entry", "SELECT", using=walls.held(Permission.READ_TRAIL, "dossier")),
        # Agreements are shown to every member: they say which agencies may share, not what.
        "ALTER TABLE access_agreement ENABLE ROW LEVEL SECURITY;",
        walls.policy("access_agreement", "SELECT", using="true"),
        walls.policy("access_agreement", "INSERT", check=AGREE),
        "ALTER TABLE access_party ENABLE ROW LEVEL SECURITY;",
        walls.policy("access_party", "SELECT", using="true"),
        walls.policy("access_party", "INSERT", check=AGREE),
    ]
)

GRANTS = """
GRANT SELECT, UPDATE (restricted_at, restricted_by_id) ON access_dossier TO daymark_partner;
GRANT SELECT, INSERT, UPDATE (ended_at) ON access_basis, access_share, access_named, access_block
    TO daymark_partner;
GRANT SELECT, UPDATE (reviewed_at, reviewed_by_id, justified) ON access_glass TO daymark_partner;
GRANT SELECT, INSERT, UPDATE (seen_at, seen_by_id) ON access_notice TO daymark_partner;
GRANT SELECT, INSERT, UPDATE, DELETE ON access_draft TO daymark_partner;
GRANT SELECT, INSERT ON access_agreement, access_party TO daymark_partner;
GRANT SELECT ON access_retention TO daymark_partner, daymark_worker;
GRANT SELECT, INSERT, UPDATE ON access_dossier, access_notice TO daymark_worker;
GRANT SELECT ON access_basis, access_share, access_named, access_block, access_glass
    TO daymark_worker;
GRANT SELECT ON audit_entry TO daymark_partner;
"""

# A share stands on a live basis of the same dossier and, between agencies, on an agreement that
# both signed and that lasts as long as the share does. No withdrawal leaves a share standing.
STANDING = """
CREATE FUNCTION access_agreed(first uuid, second uuid, since timestamptz, until timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT first = second OR EXISTS (
        SELECT 1 FROM access_agreement a
        JOIN access_party p ON p.agreement_id = a.id AND p.agency_id = first
        JOIN access_party q ON q.agreement_id = a.id AND q.agency_id = second
        WHERE a.valid_from <= access_agreed.since AND a.valid_until >= access_agreed.until
    )
$$;
CREATE FUNCTION access_share_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    giver uuid;
    receiver uuid;
BEGIN
    IF NEW.ended_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM access_basis b
    WHERE b.id = NEW.basis_id AND b.dossier_id = NEW.dossier_id AND b.ended_at IS NULL
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a share needs a live basis for the same dossier'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_has_live_basis';
    END IF;
    SELECT d.agency_id INTO giver FROM access_dossier d WHERE d.id = NEW.dossier_id;
    receiver := coalesce(
        NEW.agency_id, (SELECT m.agency_id FROM agencies_member m WHERE m.id = NEW.member_id)
    );
    IF NOT access_agreed(giver, receiver, NEW.made_at, NEW.until) THEN
        RAISE EXCEPTION 'a share needs an agreement in date between the agencies'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_under_agreement';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_share_stands BEFORE INSERT OR UPDATE ON access_share
    FOR EACH ROW EXECUTE FUNCTION access_share_stands();

CREATE FUNCTION access_basis_ends() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.ended_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM access_share s WHERE s.basis_id = NEW.id AND s.ended_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a share still stands on this basis'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'basis_ends_with_its_shares';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_basis_ends BEFORE UPDATE ON access_basis
    FOR EACH ROW EXECUTE FUNCTION access_basis_ends();
"""

# What has ended is made anew, under whoever does it then, and not brought back to life.
ENDED = ("basis", "share", "named", "block")
STAYS_ENDED = """
CREATE FUNCTION access_stays_ended() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'what has ended stays ended'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ended_stays_ended';
END $$;
REVOKE ALL ON FUNCTION access_stays_ended() FROM PUBLIC;
""" + "\n".join(
    f"CREATE TRIGGER access_stays_ended BEFORE UPDATE ON access_{table} FOR EACH ROW"
    " WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)"
    " EXECUTE FUNCTION access_stays_ended();"
    for table in ENDED
)

# Being named opens all of a dossier, so it must not be a way around shares: only members of the
# agency that holds it are named.
NAMING = """
CREATE FUNCTION access_names_own() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM access_dossier d JOIN agencies_member m ON m.agency_id = d.agency_id
        WHERE d.id = NEW.dossier_id AND m.id = NEW.member_id
    ) THEN
        RAISE EXCEPTION 'a restriction names members of the agency that holds the dossier'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'named_in_own_agency';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION access_names_own() FROM PUBLIC;
CREATE TRIGGER access_names_own BEFORE INSERT OR UPDATE OF member_id, dossier_id ON access_named
    FOR EACH ROW EXECUTE FUNCTION access_names_own();
"""

# The two acts that end or begin beyond what the member knows. Both repeat the whole rule.
ACTS = f"""
CREATE FUNCTION access_pass(dossier uuid, desk uuid, basis uuid, at timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    target record;
    giver uuid;
    ended integer;
BEGIN
    SELECT d.agency_id INTO giver FROM access_dossier d
    WHERE d.id = access_pass.dossier AND {walls.holds(Permission.PASS_CONCERNS)}
      AND {walls.KNOWN}
      AND {walls.MINE}
      -- Those who are named would know it no more, and the new desk not at all.
      AND d.restricted_at IS NULL
    FOR UPDATE;
    SELECT k.agency_id, a.regime INTO target FROM agencies_desk k
    JOIN agencies_agency a ON a.id = k.agency_id
    WHERE k.id = access_pass.desk AND k.closed_at IS NULL
      AND (a.valid_until IS NULL OR a.valid_until > access_pass.at::date);
    IF giver IS NULL OR target.agency_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF giver <> target.agency_id AND NOT (
        EXISTS (
            SELECT 1 FROM access_basis b
            WHERE b.id = access_pass.basis AND b.dossier_id = access_pass.dossier
              AND b.ended_at IS NULL
        )
        AND access_agreed(giver, target.agency_id, access_pass.at, access_pass.at)
    ) THEN
        RETURN NULL;
    END IF;
    UPDATE access_dossier d
    SET desk_id = access_pass.desk, agency_id = target.agency_id, regime = target.regime
    WHERE d.id = access_pass.dossier;
    -- A share lives on only where the new holder could have made it.
    UPDATE access_share s SET ended_at = access_pass.at
    WHERE s.dossier_id = access_pass.dossier AND s.ended_at IS NULL AND NOT access_agreed(
        target.agency_id,
        coalesce(s.agency_id, (SELECT m.agency_id FROM agencies_member m WHERE m.id = s.member_id)),
        access_pass.at, s.until
    );
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $$;

CREATE FUNCTION access_break(
    glass uuid, reference text, reason bytea, at timestamptz, until timestamptz, notice uuid
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found uuid;
BEGIN
    SELECT d.id INTO found FROM access_dossier d
    WHERE d.reference = access_break.reference
      AND {walls.holds(Permission.BREAK_GLASS)}
      AND 'READ_' || d.kind IN (SELECT access_permissions())
      AND d.restricted_at IS NULL
      AND d.id NOT IN (SELECT access_blocked());
    IF found IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO access_glass (id, dossier_id, member_id, reason, opened_at, until)
    VALUES (
        access_break.glass, found, access_member(), access_break.reason, access_break.at,
        least(access_break.until, now() + interval '60 minutes')
    );
    INSERT INTO access_notice (id, dossier_id, verb, at)
    VALUES (access_break.notice, found, 'glass.broken', access_break.at);
    RETURN found;
END $$;

REVOKE ALL ON FUNCTION access_agreed(uuid, uuid, timestamptz, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION access_pass(uuid, uuid, uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_pass(uuid, uuid, uuid, timestamptz) TO daymark_partner;
REVOKE ALL ON FUNCTION access_break(uuid, text, bytea, timestamptz, timestamptz, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_break(uuid, text, bytea, timestamptz, timestamptz, uuid)
    TO daymark_partner;
"""


def publish_grants(apps, schema_editor):
    """Write `rules.GRANTS` into the table the policies read; a house test compares the two."""
    grant = apps.get_model("access", "Grant")
    grant._base_manager.all().delete()
    grant._base_manager.bulk_create(
        grant(id=new_id(), role=role, permission=permission)
        for role, permissions in rules.GRANTS.items()
        for permission in sorted(permissions)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_first"),
        ("agencies", "0003_walls"),
        ("audit", "0002_walls"),
        ("vault", "0002_walls"),
    ]

    operations = [
        migrations.RunPython(publish_grants, migrations.RunPython.noop),
        migrations.RunSQL(walls.functions(), walls.drop_functions()),
        migrations.RunSQL(
            STANDING,
            "DROP TRIGGER access_basis_ends ON access_basis; DROP FUNCTION access_basis_ends();"
            "DROP TRIGGER access_share_stands ON access_share; DROP FUNCTION access_share_stands();"
            "DROP FUNCTION access_agreed(uuid, uuid, timestamptz, timestamptz);",
        ),
        migrations.RunSQL(
            STAYS_ENDED,
            "".join(f"DROP TRIGGER access_stays_ended ON access_{table};" for table in ENDED)
            + "DROP FUNCTION access_stays_ended();",
        ),
        migrations.RunSQL(
            NAMING,
            "DROP TRIGGER access_names_own ON access_named; DROP FUNCTION access_names_own();",
        ),
        migrations.RunSQL(
            ACTS,
            "DROP FUNCTION access_pass(uuid, uuid, uuid, timestamptz);"
            "DROP FUNCTION access_break(uuid, text, bytea, timestamptz, timestamptz, uuid);",
        ),
        migrations.RunSQL(POLICIES + GRANTS, walls.unprotect(POLICIES)),
    ]
