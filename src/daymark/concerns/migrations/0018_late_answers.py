"""What arrives for a closed concern opens it again; its reporter must not read that it is closed."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("concerns", "0017_rules_walls"),
    ]

    operations = [
        migrations.AlterField(
            model_name="concern",
            name="reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("DANGER_NOW", "DANGER_NOW"),
                        ("CHILD", "CHILD"),
                        ("LATE_ANSWER", "LATE_ANSWER"),
                        ("DESK", "DESK"),
                        ("REPEATED", "REPEATED"),
                    ],
                    max_length=20,
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.RunSQL(
            "GRANT UPDATE (told, told_on) ON concerns_thread TO daymark_worker;",
            "REVOKE UPDATE (told, told_on) ON concerns_thread FROM daymark_worker;",
        ),
    ]
