"""An original that no scanner has looked at yet is handed out as little as malware."""

from importlib import import_module

from django.db import migrations

before = import_module("daymark.concerns.migrations.0012_files_walls")
LOOKED_AT = "file_id IN (SELECT id FROM concerns_file WHERE state NOT IN ('REFUSED', 'WAITING'))"


class Migration(migrations.Migration):
    dependencies = [("concerns", "0013_phone_walls")]

    operations = [
        migrations.RunSQL(
            f"ALTER POLICY partner_select ON concerns_original"
            f" USING ({before.ORIGINALS} AND {LOOKED_AT});",
            f"ALTER POLICY partner_select ON concerns_original"
            f" USING ({before.ORIGINALS} AND {before.NO_MALWARE});",
        ),
    ]
