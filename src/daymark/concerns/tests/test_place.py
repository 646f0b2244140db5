"""A concern's map: a point for a postcode, a shaded district for anything vaguer."""

import re

import pytest
from django.urls import reverse
from tests.roles import as_role

from daymark.access import actions as access
from daymark.access.terms import Compartment, Ground, Purpose
from daymark.concerns.actions.door import Report
from daymark.concerns.models import Concern
from daymark.concerns.place import drawn
from daymark.concerns.tests.people import NOW, People, client_of
from daymark.concerns.tests.test_road import arrive
from daymark.places import actions as places
from daymark.places import queries
from daymark.places.models import Area, Postcode


@pytest.fixture
def cast(cast) -> People:
    with as_role("owner"):
        places.load_areas(at=NOW)
        Postcode.unrestricted.create(
            code="CO28JX",
            district=Area.unrestricted.get(code="E07000071"),
            easting=600_900,
            northing=221_300,
        )
    return cast


def told(where: str) -> Concern:
    pk, _ = arrive(Report(danger=False, what="Men in a van.", where=where, language="en"))
    with as_role("owner"):
        return Concern.unrestricted.select_related("area").get(pk=pk)


def seen(member, pk, **options) -> str:
    response = client_of(member).get(reverse("concern", args=[pk]))
    assert response.status_code == options.get("status", 200)
    return response.content.decode()


def test_a_stranger_sees_no_place(cast):
    one = told("CO2 8JX")
    assert "CO2 8JX" not in seen(cast.colleague, one.pk, status=404)


def test_a_postcode_is_a_point_in_its_district_and_is_said_in_words(cast):
    one = told("the yard at CO2 8JX, blue gate")
    page = seen(cast.officer, one.pk)
    assert page.count('class="spot"') == 1
    assert "CO2 8JX, Colchester, " in page
    assert len(re.findall(r'<figure class="place">.*?</figure>', page, re.S)[0]) < 10_000


@pytest.mark.parametrize("where", ["Colchester", "CO2", "behind the station in Colchester"])
def test_anything_vaguer_shades_the_district_and_has_no_point(cast, where):
    page = seen(cast.officer, told(where).pk)
    assert 'class="place"' in page
    assert 'class="spot"' not in page


def test_a_county_is_all_its_districts_and_still_small(cast):
    one = told("somewhere in Essex")
    with as_role("owner"):
        inside = queries.within(one.area, on=NOW.date())
    page = seen(cast.officer, one.pk)
    figure = re.findall(r'<figure class="place">.*?</figure>', page, re.S)[0]
    assert figure.count("<path") == len(inside) >= 12
    assert len(figure) < 10_000


@pytest.mark.parametrize("where", ["", "the moon", "Truro"])
def test_a_place_that_is_not_known_or_not_drawn_has_no_map(cast, where):
    assert 'class="place"' not in seen(cast.officer, told(where).pk)


def test_the_map_is_part_of_the_account(cast):
    """A share of the conversation alone shows no postcode and no map."""
    one = told("CO2 8JX")
    with as_role("owner"):
        access.make_agreement(
            title="Agreement",
            agencies=[cast.force, cast.council],
            valid_from=NOW,
            valid_until=NOW.replace(year=NOW.year + 1),
            source="",
            by=None,
            at=NOW,
        )
        basis = access.record_basis(
            one.dossier, Ground.SAFEGUARDING_ADULT, "x", by=cast.supervisor, at=NOW
        )
        access.share(
            one.dossier,
            to=cast.council,
            compartments=[Compartment.SOURCE],
            purpose=Purpose.SAFEGUARDING,
            basis=basis,
            until=NOW.replace(month=12),
            by=cast.supervisor,
            at=NOW,
        )
    page = seen(cast.responder, one.pk)
    assert one.dossier.reference in page
    assert "CO2 8JX" not in page
    assert 'class="place"' not in page


def test_no_label_lies_over_another_or_over_the_point(cast):
    with as_role("worker"):
        for area in queries.areas(on=NOW.date()).filter(code__startswith="E0700007"):
            shown = drawn(Concern(area=area), _account(), on=NOW.date())
            if shown is None:
                continue
            assert len(shown.labels) >= 1, area
            for n, label in enumerate(shown.labels):
                assert not any(label.covers(other) for other in shown.labels[n + 1 :]), area


def _account():
    from daymark.concerns.models import Account

    return Account(what="", where="")
