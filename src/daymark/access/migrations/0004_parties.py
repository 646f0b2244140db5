"""An agreement names the agency of whoever records it, and that agency first."""

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Permission

AGREE = walls.holds(Permission.MANAGE_AGREEMENTS)
MINE = "agency_id = (SELECT access_agency())"
BY_A_PARTY = (
    f"{AGREE} AND ({MINE} OR agreement_id IN (SELECT agreement_id FROM access_party WHERE {MINE}))"
)


class Migration(migrations.Migration):
    dependencies = [("access", "0003_counting")]

    operations = [
        migrations.RunSQL(
            f"ALTER POLICY partner_insert ON access_party WITH CHECK ({BY_A_PARTY});",
            f"ALTER POLICY partner_insert ON access_party WITH CHECK ({AGREE});",
        ),
    ]
