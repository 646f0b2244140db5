"""What lay at a desk that was closed is brought along by the worker."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("concerns", "0022_local_day"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="verb",
            field=models.CharField(
                choices=[
                    ("ARRIVED", "ARRIVED"),
                    ("OPENED", "OPENED"),
                    ("DECIDED", "DECIDED"),
                    ("PASSED", "PASSED"),
                    ("TAKEN_OVER", "TAKEN_OVER"),
                    ("ASKED", "ASKED"),
                    ("ANSWERED", "ANSWERED"),
                    ("WITHDREW", "WITHDREW"),
                    ("DANGER", "DANGER"),
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
                    ("EXPORTED", "EXPORTED"),
                    ("MALWARE", "MALWARE"),
                    ("TAKEN", "TAKEN"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunSQL(
            "GRANT UPDATE (desk_id) ON concerns_thread TO daymark_worker;",
            "REVOKE UPDATE (desk_id) ON concerns_thread FROM daymark_worker;",
        ),
    ]
