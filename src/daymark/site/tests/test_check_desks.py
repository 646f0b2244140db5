"""What `daymark check` says of a closed desk."""

from datetime import timedelta

from django.utils import timezone
from tests.roles import as_role

from daymark.agencies import actions as agencies
from daymark.concerns import actions
from daymark.concerns.actions.door import Report
from daymark.concerns.tests.people import NOW, people
from daymark.design.ids import new_id
from daymark.site import setup
from daymark.vault import codes


def test_what_still_lies_at_a_closed_desk_is_found(db):
    with as_role("owner"):
        cast = people()
        report = Report(danger=False, what="A van.", where="", language="en")
        actions.door.file_report(report, pk=new_id(), code=codes.new(), pepper=bytes(32), at=NOW)
        actions.arrivals.open_arrivals(now=NOW)
        actions.content.set_route(None, desk=cast.south, source="test", at=NOW)
        yesterday = timezone.now() - timedelta(days=1)
        agencies.close_desk(desk=cast.north, successor=cast.south, by=None, at=yesterday)
        (said,) = setup.check("arrivals")
        assert said == "desks: North is closed, and what lies there lies there still"
        actions.closing.bring_along(now=NOW)
        assert setup.check("arrivals") == []
