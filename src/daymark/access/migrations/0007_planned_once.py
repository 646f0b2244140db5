"""The helper functions of the policies in PL/pgSQL, where they are planned once a session."""

from django.db import migrations

from daymark.access import walls


class Migration(migrations.Migration):
    dependencies = [("access", "0006_overseeing")]

    operations = [migrations.RunSQL(walls.functions(), migrations.RunSQL.noop)]
