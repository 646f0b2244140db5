"""Visits that somebody left: what a browser still offers to send of them is not taken."""

import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("concerns", "0023_taken_over")]

    operations = [
        migrations.CreateModel(
            name="Left",
            fields=[("id", models.UUIDField(editable=False, primary_key=True, serialize=False))],
            managers=[("unrestricted", django.db.models.manager.Manager())],
        ),
        migrations.RunSQL(
            "GRANT SELECT, INSERT ON concerns_left TO daymark_public;",
            "REVOKE SELECT, INSERT ON concerns_left FROM daymark_public;",
        ),
    ]
