"""A permission to look after an agency's desks."""

from importlib import import_module

from django.db import migrations

publish_grants = import_module("daymark.access.migrations.0002_walls").publish_grants


class Migration(migrations.Migration):
    dependencies = [("access", "0010_local_day")]

    operations = [migrations.RunPython(publish_grants, migrations.RunPython.noop)]
