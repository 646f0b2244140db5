"""Search: the account and what the reporter says later are looked into apart.

They are different compartments, so that a word of the conversation must not find a concern for
somebody to whom only the account is open.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from daymark.access import walls
from daymark.access.terms import Compartment


def opened(compartment: Compartment) -> str:
    return f"""
        SELECT id FROM access_dossier WHERE {walls.KNOWN} AND (
            restricted_at IS NOT NULL OR {walls.MINE}
            OR id IN (SELECT access_glass_open())
            OR id IN (SELECT access_shared_in('{compartment}'))
        )
    """


# Array operators are not leakproof, so under row-level security a GIN index would never be used
# and every account would be scanned. This function asks the index and repeats the rule.
SEARCH = f"""
CREATE FUNCTION concerns_search(words bigint[], trigrams bigint[])
RETURNS TABLE (dossier_id uuid, hits bigint) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH accounts AS ({opened(Compartment.ACCOUNT)}),
    sources AS ({opened(Compartment.SOURCE)}),
    seen AS (
        SELECT t.dossier_id,
               CASE WHEN t.dossier_id IN (SELECT id FROM accounts) THEN t.hashes ELSE '{{}}' END ||
               CASE WHEN t.dossier_id IN (SELECT id FROM sources) THEN t.said ELSE '{{}}' END
               AS hashes
        FROM concerns_token t
        WHERE t.hashes && (words || trigrams) OR t.said && (words || trigrams)
    ),
    near AS (
        SELECT s.dossier_id,
               (SELECT count(DISTINCT h) FROM unnest(s.hashes) h WHERE h = ANY (words)) AS whole,
               (SELECT count(DISTINCT h) FROM unnest(s.hashes) h WHERE h = ANY (trigrams)) AS part
        FROM seen s WHERE s.hashes && (words || trigrams)
    )
    SELECT dossier_id, whole * 4 + part FROM near
    WHERE whole = cardinality(words) OR part * 2 >= cardinality(trigrams)
    ORDER BY 2 DESC, 1
$$;
REVOKE ALL ON FUNCTION concerns_search(bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION concerns_search(bigint[], bigint[]) TO daymark_partner;
"""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0004_alike_walls")]

    operations = [
        migrations.AddField(
            model_name="token",
            name="said",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="token",
            index=django.contrib.postgres.indexes.GinIndex(fields=["said"], name="token_said"),
        ),
        migrations.RunSQL(SEARCH, "DROP FUNCTION concerns_search(bigint[], bigint[]);"),
    ]
