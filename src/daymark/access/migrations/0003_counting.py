"""Permissions to count, to publish and to set the gate."""

from importlib import import_module

from django.db import migrations

publish_grants = import_module("daymark.access.migrations.0002_walls").publish_grants


class Migration(migrations.Migration):
    dependencies = [("access", "0002_walls")]

    operations = [migrations.RunPython(publish_grants, migrations.RunPython.noop)]
