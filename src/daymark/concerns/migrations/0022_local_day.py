"""A rule holds from midnight on where the partnership is, also in summer."""

from importlib import import_module

from django.db import migrations

from daymark.access import walls

before = import_module("daymark.concerns.migrations.0017_rules_walls")
own_name = import_module("daymark.concerns.migrations.0019_set_by").OWN_NAME
UTC = "(moment AT TIME ZONE 'UTC')::date"


def _rules(table: str, today: str) -> str:
    may = before.OWN_DESK if table == "secondperson" else before.PARTNERSHIP
    return f"""
        ALTER POLICY partner_insert ON concerns_{table}
            WITH CHECK ({may} AND valid_from >= {today}{own_name});
        ALTER POLICY partner_update ON concerns_{table}
            USING ({may} AND (valid_until IS NULL OR valid_until > {today}))
            WITH CHECK ({may} AND valid_until >= {today});
    """


def _policies(today: str) -> str:
    return "".join(_rules(table, today) for table in before.READERS)


class Migration(migrations.Migration):
    dependencies = [("concerns", "0021_draft_days"), ("access", "0010_local_day")]

    operations = [
        migrations.RunSQL(_policies(walls.day()), _policies(before.TODAY)),
        migrations.RunSQL(before.WANTED.replace(UTC, walls.day("moment")), before.WANTED),
    ]
