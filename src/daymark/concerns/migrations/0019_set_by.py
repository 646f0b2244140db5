"""Who set a rule stands with it, and nobody sets one in another's name."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from daymark.access import walls

before = import_module("daymark.concerns.migrations.0017_rules_walls")


def _insert(table: str, more: str) -> str:
    may = before.OWN_DESK if table == "secondperson" else before.PARTNERSHIP
    name = f"concerns_{table}"
    check = f"{may} AND valid_from >= {before.TODAY}{more}"
    return f"DROP POLICY partner_insert ON {name};\n{walls.policy(name, 'INSERT', check=check)}"


OWN_NAME = " AND set_by_id = (SELECT access_member())"
WITH = "\n".join(_insert(table, OWN_NAME) for table in before.READERS)
WITHOUT = "\n".join(_insert(table, "") for table in before.READERS)


class Migration(migrations.Migration):
    dependencies = [
        ("concerns", "0018_late_answers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name=table,
                name="set_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            )
            for table in before.READERS
        ),
        migrations.RunSQL(WITH, WITHOUT),
    ]
