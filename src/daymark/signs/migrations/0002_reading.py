from django.db import migrations

TABLES = "signs_exploitationtype, signs_setting, signs_sign, signs_helpline, signs_advice"
READERS = "daymark_partner, daymark_public, daymark_worker"


class Migration(migrations.Migration):
    """Every process reads the content; only the owner's loader writes it."""

    dependencies = [("signs", "0001_first")]

    operations = [
        migrations.RunSQL(
            f"GRANT SELECT ON {TABLES} TO {READERS}",
            f"REVOKE SELECT ON {TABLES} FROM {READERS}",
        ),
    ]
