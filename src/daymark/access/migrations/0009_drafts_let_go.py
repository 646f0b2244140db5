"""The worker deletes drafts by their age alone: it reads no word of them, nor whose they are."""

from django.db import migrations

GRANTS = "GRANT SELECT (saved_at), DELETE ON access_draft TO daymark_worker;"


class Migration(migrations.Migration):
    dependencies = [("access", "0008_rules")]

    operations = [
        migrations.RunSQL(GRANTS, "REVOKE ALL ON access_draft FROM daymark_worker;"),
    ]
