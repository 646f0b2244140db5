"""Who the reporter is: read where SOURCE is open, written by the worker alone."""

from django.db import migrations

from daymark.access import walls
from daymark.access.terms import Compartment

POLICIES = walls.protect(
    "concerns_source",
    walls.policy("concerns_source", "SELECT", using=walls.opened(Compartment.SOURCE)),
)
GRANTS = """
GRANT SELECT ON concerns_source TO daymark_partner;
GRANT SELECT, INSERT, UPDATE ON concerns_source TO daymark_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0006_details"), ("access", "0002_walls")]

    operations = [
        migrations.RunSQL(POLICIES + GRANTS, walls.unprotect(POLICIES)),
    ]
