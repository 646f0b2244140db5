"""What desks do with each other and by a second person, and what happens when nobody acts."""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import daymark.concerns.terms
import daymark.design.ids
import daymark.vault.fields


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_overseeing"),
        ("agencies", "0003_walls"),
        ("concerns", "0007_details_walls"),
        ("places", "0002_reading"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=daymark.design.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "ties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("VEHICLE", "VEHICLE"),
                                ("PHONE", "PHONE"),
                                ("EMAIL", "EMAIL"),
                                ("WORDS", "WORDS"),
                            ],
                            max_length=20,
                        ),
                        size=None,
                    ),
                ),
                ("reason", daymark.vault.fields.RingTextField()),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("SHARED", "SHARED"), ("TALK", "TALK"), ("REFUSED", "REFUSED")],
                        default="",
                        max_length=20,
                    ),
                ),
                ("answer", daymark.vault.fields.RingTextField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
            ],
            managers=[
                ("unrestricted", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=daymark.design.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("EMERGENCY", "EMERGENCY"),
                            ("SAFEGUARDING", "SAFEGUARDING"),
                            ("INFORMATION", "INFORMATION"),
                        ],
                        max_length=20,
                    ),
                ),
                ("other", models.CharField(blank=True, default="", max_length=200)),
                (
                    "whom",
                    models.CharField(
                        blank=True,
                        choices=[("CHILD", "CHILD"), ("ADULT", "ADULT")],
                        default="",
                        max_length=20,
                    ),
                ),
                ("reference", daymark.vault.fields.EncryptedTextField(null=True)),
                ("text", daymark.vault.fields.EncryptedTextField(null=True)),
                ("at", models.DateTimeField()),
            ],
            managers=[
                ("unrestricted", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=daymark.design.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "of",
                    models.CharField(
                        choices=[
                            ("IDLE_DAYS", "IDLE_DAYS"),
                            ("FLOOD_LIKENESS", "FLOOD_LIKENESS"),
                            ("FLOOD_HOURS", "FLOOD_HOURS"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.FloatField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True)),
                ("source", models.CharField(max_length=300)),
            ],
            managers=[
                ("unrestricted", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=daymark.design.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("before", daymark.vault.fields.EncryptedJSONField()),
                ("merged_version", models.PositiveIntegerField()),
                ("kept_version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            managers=[
                ("unrestricted", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=daymark.design.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[("CLOSE", "CLOSE"), ("MERGE", "MERGE"), ("HAND_ON", "HAND_ON")],
                        max_length=20,
                    ),
                ),
                ("payload", daymark.vault.fields.EncryptedJSONField()),
                ("version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("agreed", models.BooleanField(null=True)),
                ("reason", daymark.vault.fields.EncryptedTextField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            managers=[
                ("unrestricted", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SecondPerson",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=daymark.design.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[("CLOSE", "CLOSE"), ("HAND_ON", "HAND_ON")], max_length=20
                    ),
                ),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True)),
                ("source", models.CharField(max_length=300)),
            ],
            managers=[
                ("unrestricted", django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="route",
            name="one_open_route_per_area",
        ),
        migrations.AddField(
            model_name="clock",
            name="escalate_after",
            field=models.DurationField(default=datetime.timedelta(hours=1)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="concern",
            name="escalated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="concern",
            name="flood",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="route",
            name="type",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.AlterField(
            model_name="concern",
            name="reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("DANGER_NOW", "DANGER_NOW"),
                        ("CHILD", "CHILD"),
                        ("DESK", "DESK"),
                        ("REPEATED", "REPEATED"),
                    ],
                    max_length=20,
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="verb",
            field=models.CharField(
                choices=[
                    ("ARRIVED", "ARRIVED"),
                    ("OPENED", "OPENED"),
                    ("DECIDED", "DECIDED"),
                    ("PASSED", "PASSED"),
                    ("ASKED", "ASKED"),
                    ("ANSWERED", "ANSWERED"),
                    ("WITHDREW", "WITHDREW"),
                    ("CLOSED", "CLOSED"),
                    ("REOPENED", "REOPENED"),
                    ("INQUIRED", "INQUIRED"),
                    ("ANSWERED_DESK", "ANSWERED_DESK"),
                    ("MERGED", "MERGED"),
                    ("KEPT", "KEPT"),
                    ("UNMERGED", "UNMERGED"),
                    ("HANDED_ON", "HANDED_ON"),
                    ("PROPOSED", "PROPOSED"),
                    ("DECLINED", "DECLINED"),
                    ("ESCALATED", "ESCALATED"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                condition=models.Q(("flood__isnull", False)),
                fields=["flood"],
                name="concern_by_flood",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("escalate_after__gte", datetime.timedelta(0))),
                name="escalated_after_it_is_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_until__isnull", True)),
                fields=("area", "type"),
                name="one_open_route_per_area_and_type",
                nulls_distinct=False,
            ),
        ),
        migrations.CreateModel(
            name="Asked",
            fields=[
                (
                    "inquiry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="concerns.inquiry",
                    ),
                ),
            ],
            managers=[
                ("unrestricted", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name="inquiry",
            name="answered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="asking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.dossier"
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="desk",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.desk"
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="shared",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="access.dossier",
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="agency",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="dossier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.dossier"
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_until__isnull", True)),
                fields=("of",),
                name="one_open_limit",
            ),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gt", 0)), name="limit_above_nothing"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.dossier"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="merged",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.dossier"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="dossier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.dossier"
            ),
        ),
        migrations.AddField(
            model_name="secondperson",
            name="desk",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.desk"
            ),
        ),
        migrations.AddField(
            model_name="asked",
            name="dossier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.dossier"
            ),
        ),
        migrations.AddField(
            model_name="asked",
            name="likeness",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="concerns.likeness",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answer__isnull", True),
                        ("answered_at__isnull", True),
                        ("answered_by__isnull", True),
                        ("outcome", ""),
                    ),
                    models.Q(
                        models.Q(("outcome", ""), _negated=True),
                        ("answer__isnull", False),
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="inquiry_answered_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("outcome", daymark.concerns.terms.Outcome["SHARED"]),
                        ("shared__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("outcome", daymark.concerns.terms.Outcome["SHARED"]), _negated=True
                        ),
                        ("shared__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="inquiry_names_what_was_shared",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agency__isnull", True), models.Q(("other", ""), _negated=True)),
                    models.Q(("agency__isnull", False), ("other", "")),
                    _connector="OR",
                ),
                name="handover_to_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", daymark.concerns.terms.HandedOn["INFORMATION"]),
                        ("text__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("kind", daymark.concerns.terms.HandedOn["INFORMATION"]), _negated=True
                        ),
                        ("text__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="information_has_its_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", daymark.concerns.terms.HandedOn["SAFEGUARDING"]),
                        models.Q(("whom", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(
                            ("kind", daymark.concerns.terms.HandedOn["SAFEGUARDING"]), _negated=True
                        ),
                        ("whom", ""),
                    ),
                    _connector="OR",
                ),
                name="safeguarding_is_of_a_child_or_an_adult",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged", models.F("kept")), _negated=True), name="merge_of_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)),
                fields=("merged",),
                name="merged_into_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                    _connector="OR",
                ),
                name="merge_undone_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at__isnull", True)),
                fields=("dossier",),
                name="one_proposal_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("agreed__isnull", True),
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                    ),
                    models.Q(
                        ("agreed__isnull", False),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="proposal_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("by")), _negated=True),
                    _connector="OR",
                ),
                name="proposal_decided_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondperson",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_until__isnull", True)),
                fields=("desk", "step"),
                name="one_open_second_person_per_step",
            ),
        ),
    ]
