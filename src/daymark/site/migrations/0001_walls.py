"""What each role may do with tables that libraries brought: sessions, sign-in, jobs, cache.

The public door gets none of them. Sessions and the cache hold nothing of one member that
another's request could ask for by name, so they have no row policies; sessions are encrypted.
"""

from django.db import migrations

# One table for rate limits and used codes, shared by all processes of the partner door.
CACHE = """
CREATE TABLE site_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX site_cache_expires ON site_cache (expires);
GRANT SELECT, INSERT, UPDATE, DELETE ON site_cache TO daymark_partner;
"""

SIGN_IN = """
GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO daymark_partner;
GRANT SELECT (expire_date), DELETE ON django_session TO daymark_worker;
GRANT SELECT ON django_content_type, account_emailaddress TO daymark_partner, daymark_worker;
GRANT SELECT, INSERT, UPDATE ON socialaccount_socialaccount TO daymark_partner;
GRANT SELECT, INSERT, UPDATE, DELETE ON mfa_authenticator TO daymark_partner;
GRANT SELECT, UPDATE ON mfa_authenticator TO daymark_worker;

-- Read and marked as used while signing in, before there is a member to name. A second factor
-- is added by its owner alone, and taken away by its owner or by two others who agreed.
ALTER TABLE mfa_authenticator ENABLE ROW LEVEL SECURITY;
CREATE POLICY partner_select ON mfa_authenticator FOR SELECT TO daymark_partner USING (true);
CREATE POLICY partner_update ON mfa_authenticator FOR UPDATE TO daymark_partner USING (true);
CREATE POLICY partner_insert ON mfa_authenticator FOR INSERT TO daymark_partner WITH CHECK (
    user_id = (SELECT nullif(current_setting('daymark.member_id', true), '')::uuid)
);
CREATE POLICY partner_delete ON mfa_authenticator FOR DELETE TO daymark_partner USING (
    user_id = (SELECT nullif(current_setting('daymark.member_id', true), '')::uuid)
    OR user_id IN (
        SELECT member_id FROM agencies_factorreset
        WHERE approved_at IS NOT NULL AND closed_at IS NULL AND requested_by_id =
            (SELECT nullif(current_setting('daymark.member_id', true), '')::uuid)
    )
);
CREATE POLICY worker_select ON mfa_authenticator FOR SELECT TO daymark_worker USING (true);
CREATE POLICY worker_update ON mfa_authenticator FOR UPDATE TO daymark_worker USING (true);

CREATE FUNCTION site_guard_authenticator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.user_id, NEW.type) IS DISTINCT FROM (OLD.user_id, OLD.type) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a second factor stays its owner''s';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER site_guard_authenticator BEFORE UPDATE ON mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION site_guard_authenticator();
"""

SIGN_IN_GONE = """
DROP TRIGGER site_guard_authenticator ON mfa_authenticator;
DROP FUNCTION site_guard_authenticator();
DROP POLICY worker_update ON mfa_authenticator;
DROP POLICY worker_select ON mfa_authenticator;
DROP POLICY partner_delete ON mfa_authenticator;
DROP POLICY partner_insert ON mfa_authenticator;
DROP POLICY partner_update ON mfa_authenticator;
DROP POLICY partner_select ON mfa_authenticator;
ALTER TABLE mfa_authenticator DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON django_session, django_content_type, account_emailaddress,
    socialaccount_socialaccount, mfa_authenticator FROM daymark_partner, daymark_worker;
"""

# A page may put a job in the queue, in its own transaction; only the worker takes it out.
# Arguments are ids alone: the table is readable to both.
JOBS = """
GRANT SELECT, INSERT ON procrastinate_jobs, procrastinate_events TO daymark_partner;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq TO daymark_partner;
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events,
    procrastinate_periodic_defers, procrastinate_workers TO daymark_worker;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq,
    procrastinate_periodic_defers_id_seq TO daymark_worker;
"""

JOBS_GONE = """
REVOKE ALL ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq,
    procrastinate_periodic_defers_id_seq FROM daymark_partner, daymark_worker;
REVOKE ALL ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
    procrastinate_workers FROM daymark_partner, daymark_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("agencies", "0003_walls"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("procrastinate", "0041_post_retry_failed_job"),
        ("sessions", "0001_initial"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]

    operations = [
        migrations.RunSQL(CACHE, "DROP TABLE site_cache"),
        migrations.RunSQL(SIGN_IN, SIGN_IN_GONE),
        migrations.RunSQL(JOBS, JOBS_GONE),
    ]
