"""Who may touch data keys.

The partner process makes them; which it may read is the access room's policy, and until that
stands, none but the key of the search. Only the worker changes one: to shred it, or to wrap it
under a newer ring key. Nobody deletes, and the public door sees nothing of this table.
"""

from django.db import migrations

SEARCH_KEY = "00000000-0000-7000-8000-000000000001"

WALLS = f"""
GRANT SELECT, INSERT ON vault_datakey TO daymark_partner, daymark_worker;
GRANT UPDATE (wrapped, ring_key, shredded_at) ON vault_datakey TO daymark_worker;
ALTER TABLE vault_datakey ENABLE ROW LEVEL SECURITY;
CREATE POLICY partner_insert ON vault_datakey FOR INSERT TO daymark_partner WITH CHECK (true);
CREATE POLICY partner_search ON vault_datakey FOR SELECT TO daymark_partner
    USING (id = '{SEARCH_KEY}');
CREATE POLICY worker_all ON vault_datakey FOR ALL TO daymark_worker
    USING (true) WITH CHECK (true);
"""

WALLS_GONE = """
DROP POLICY worker_all ON vault_datakey;
DROP POLICY partner_search ON vault_datakey;
DROP POLICY partner_insert ON vault_datakey;
ALTER TABLE vault_datakey DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON vault_datakey FROM daymark_partner, daymark_worker;
"""

# A key once shredded never comes back, not even from an old copy of the table.
SHREDDED = """
CREATE FUNCTION vault_stays_shredded() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a shredded key stays shredded' USING ERRCODE = 'check_violation';
END $$;
REVOKE ALL ON FUNCTION vault_stays_shredded() FROM PUBLIC;

CREATE TRIGGER stays_shredded BEFORE UPDATE OR DELETE ON vault_datakey
FOR EACH ROW WHEN (OLD.shredded_at IS NOT NULL) EXECUTE FUNCTION vault_stays_shredded();
"""

SHREDDED_GONE = """
DROP TRIGGER stays_shredded ON vault_datakey;
DROP FUNCTION vault_stays_shredded();
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_first")]

    operations = [
        migrations.RunSQL(WALLS, WALLS_GONE),
        migrations.RunSQL(SHREDDED, SHREDDED_GONE),
    ]
