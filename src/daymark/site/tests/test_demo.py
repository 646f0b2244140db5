"""The invented partnership, filled in as `daymark demo` does it."""

from django.utils import timezone
from tests.roles import as_role

from daymark.agencies.models import Member
from daymark.concerns import queries
from daymark.concerns.forms.steps import SettingForm
from daymark.signs import actions as signs
from daymark.signs.queries import settings
from daymark.site import demo, scenarios, setup


def test_a_visitor_meets_each_thing_that_waits_for_a_colleague(db, tmp_path):
    with as_role("owner"):
        setup.bring_up_to_date()
        demo.fill(tmp_path, 30)
        now = timezone.now()
        officer = Member.unrestricted.get(name="Nadia Okafor")
        asked = queries.desk.inquiries_to(officer, now=now).filter(inquiry__answered_at=None)
        assert asked.exists()
        assert queries.desk.proposals_to(officer, now=now).exclude(by=officer).exists()
        assert queries.desk.at_my_desks(officer, now=now).filter(answer_waits=True).exists()


def test_reporters_choose_a_kind_of_place_that_the_form_offers(db):
    with as_role("owner"):
        signs.load_content(at=timezone.now())
        places = settings(on=timezone.localdate())
    offered = dict(SettingForm(answers={}, places=places)["setting"].field.choices)
    told = {one["setting"] for one in scenarios.stories()["scenarios"]}
    assert told <= set(offered)
