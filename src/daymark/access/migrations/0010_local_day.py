"""An agency ends at midnight where the partnership is, also in summer."""

from importlib import import_module

from django.db import migrations

from daymark.access import walls

ACTS = import_module("daymark.access.migrations.0002_walls").ACTS
PASS = ACTS.partition("CREATE FUNCTION access_break")[0].replace("CREATE", "CREATE OR REPLACE")
LOCAL = PASS.replace("access_pass.at::date", walls.day("access_pass.at"))


class Migration(migrations.Migration):
    dependencies = [("access", "0009_drafts_let_go")]

    operations = [migrations.RunSQL(LOCAL, PASS)]
