from django.db import migrations

READERS = "daymark_partner, daymark_public, daymark_worker"


class Migration(migrations.Migration):
    """Every process reads the passages; only the owner's loader writes them."""

    dependencies = [("signs", "0003_passages")]

    operations = [
        migrations.RunSQL(
            f"GRANT SELECT ON signs_passage TO {READERS}",
            f"REVOKE SELECT ON signs_passage FROM {READERS}",
        ),
    ]
