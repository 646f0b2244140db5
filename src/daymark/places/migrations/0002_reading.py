from django.db import migrations

TABLES = (
    "places_area, places_othername, places_succession, places_postcode, places_town, "
    "places_residents, places_edition"
)
READERS = "daymark_partner, daymark_public, daymark_worker"


class Migration(migrations.Migration):
    """Every process reads the reference data; only the owner's loaders write it."""

    dependencies = [("places", "0001_first")]

    operations = [
        migrations.RunSQL(
            f"GRANT SELECT ON {TABLES} TO {READERS}",
            f"REVOKE SELECT ON {TABLES} FROM {READERS}",
        ),
    ]
