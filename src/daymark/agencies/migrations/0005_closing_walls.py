"""A desk is closed into one that is open, of the same agency, and stays as it was closed."""

from importlib import import_module

from django.db import migrations

walls = import_module("daymark.agencies.migrations.0003_walls")

OURS = f"agency_id = {walls.MINE}"
TAKEN_OVER = (
    f"{OURS} AND (closed_at IS NULL OR successor_id IN"
    f" (SELECT s.id FROM agencies_desk s WHERE s.{OURS} AND s.closed_at IS NULL))"
)
CLOSING = walls.policy("desk", "UPDATE", f"{OURS} AND closed_at IS NULL", TAKEN_OVER)
BEFORE = walls.policy("desk", "UPDATE", OURS, OURS)
GONE = walls.dropped(CLOSING)


class Migration(migrations.Migration):
    dependencies = [("agencies", "0004_successors")]

    operations = [migrations.RunSQL(GONE + CLOSING, GONE + BEFORE)]
