"""Permissions to take what a desk left lying, and to see reports that nobody reads."""

from importlib import import_module

from django.db import migrations

publish_grants = import_module("daymark.access.migrations.0002_walls").publish_grants


class Migration(migrations.Migration):
    dependencies = [("access", "0005_studies")]

    operations = [migrations.RunPython(publish_grants, migrations.RunPython.noop)]
