"""Permissions to see and to set the rules by which desks work."""

from importlib import import_module

from django.db import migrations

publish_grants = import_module("daymark.access.migrations.0002_walls").publish_grants


class Migration(migrations.Migration):
    dependencies = [("access", "0007_planned_once")]

    operations = [migrations.RunPython(publish_grants, migrations.RunPython.noop)]
