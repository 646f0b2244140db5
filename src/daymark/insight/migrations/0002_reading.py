from django.db import migrations

TABLES = "insight_measure, insight_edition, insight_figure"
READERS = "daymark_partner, daymark_public, daymark_worker"


class Migration(migrations.Migration):
    """Every process reads the figures; only the owner's loaders write them.

    What an edition's licence keeps to its reader is walled off from the public door: a forgotten
    condition in a query must not publish it.
    """

    dependencies = [("insight", "0001_first")]

    operations = [
        migrations.RunSQL(
            f"GRANT SELECT ON {TABLES} TO {READERS}",
            f"REVOKE SELECT ON {TABLES} FROM {READERS}",
        ),
        migrations.RunSQL(
            "GRANT SELECT ON insight_upload TO daymark_partner",
            "REVOKE SELECT ON insight_upload FROM daymark_partner",
        ),
        migrations.RunSQL(
            """
            ALTER TABLE insight_edition ENABLE ROW LEVEL SECURITY;
            ALTER TABLE insight_figure ENABLE ROW LEVEL SECURITY;
            CREATE POLICY edition_members ON insight_edition FOR SELECT
                TO daymark_partner, daymark_worker USING (true);
            CREATE POLICY edition_public ON insight_edition FOR SELECT
                TO daymark_public USING (open);
            CREATE POLICY figure_members ON insight_figure FOR SELECT
                TO daymark_partner, daymark_worker USING (true);
            CREATE POLICY figure_public ON insight_figure FOR SELECT
                TO daymark_public
                USING (edition_id IN (SELECT id FROM insight_edition WHERE open));
            """,
            """
            DROP POLICY figure_public ON insight_figure;
            DROP POLICY figure_members ON insight_figure;
            DROP POLICY edition_public ON insight_edition;
            DROP POLICY edition_members ON insight_edition;
            ALTER TABLE insight_figure DISABLE ROW LEVEL SECURITY;
            ALTER TABLE insight_edition DISABLE ROW LEVEL SECURITY;
            """,
        ),
    ]
