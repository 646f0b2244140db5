"""One data key per dossier."""

import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField(null=True)),
                ("ring_key", models.CharField(blank=True, max_length=32)),
                ("made_at", models.DateTimeField()),
                ("shredded_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("shredded_at__isnull", True),
                                ("wrapped__isnull", False),
                                models.Q(("ring_key", ""), _negated=True),
                            ),
                            models.Q(
                                ("ring_key", ""),
                                ("shredded_at__isnull", False),
                                ("wrapped__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="datakey_wrapped_or_shredded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("shredded_at__isnull", True),
                            ("shredded_at__gte", models.F("made_at")),
                            _connector="OR",
                        ),
                        name="datakey_shredded_after_made",
                    ),
                ],
            },
            managers=[
                ("unrestricted", django.db.models.manager.Manager()),
            ],
        ),
    ]
