"""A concern on paper: who may make one, what is on it, and that exactly what was shown leaves."""

import hashlib
import io
import re

import pypdf
import pytest
from django.urls import reverse
from tests.roles import as_role

from daymark.access import actions as access
from daymark.audit.models import Entry
from daymark.concerns import actions
from daymark.concerns.actions.door import Details, Report, Teller
from daymark.concerns.models import Concern, Event
from daymark.concerns.terms import Known, Part, Verb
from daymark.concerns.tests.people import NOW, People, client_of
from daymark.concerns.tests.test_road import arrive
from daymark.places import actions as places

ALL = [part.value for part in Part]


@pytest.fixture
def cast(cast) -> People:
    with as_role("owner"):
        places.load_areas(at=NOW)
    return cast


def report(**changed) -> Report:
    said = {
        "danger": True,
        "what": "Six men sleep above the car wash.",
        "where": "Colchester",
        "language": "en",
        "details": Details(vehicles="white van", how_many="six"),
        "teller": Teller(known=Known.SHARE, name="Una Grey", contact="una@example.org"),
    }
    return Report(**said | changed)


def url(name: str, pk) -> str:
    return reverse(name, args=[pk])


def chosen(client, pk, parts=ALL, recipient="Dr Ada Finch, Health Trust", **more):
    return client.post(
        url("concern_paper", pk),
        {"parts": parts, "recipient": recipient, "purpose": "SAFEGUARDING", **more},
    )


def shown(client, pk) -> bytes:
    return client.get(url("concern_paper_content", pk)).content


def digest_on(page) -> str:
    return re.search(r'name="digest" value="([0-9a-f]{64})"', page.content.decode())[1]


def words(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "\n".join(page.extract_text() for page in pages)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("concern_paper", "get"),
        ("concern_paper", "post"),
        ("concern_paper_preview", "get"),
        ("concern_paper_content", "get"),
        ("concern_paper_export", "post"),
    ],
)
def test_a_stranger_makes_no_paper(cast, name, method):
    pk, _ = arrive(report())
    for member, status in ((cast.colleague, 404), (cast.responder, 403)):
        response = getattr(client_of(member), method)(url(name, pk))
        assert response.status_code == status


def test_what_is_exported_is_byte_for_byte_what_was_shown(cast):
    pk, _ = arrive(report())
    client = client_of(cast.officer)
    assert chosen(client, pk).url == url("concern_paper_preview", pk)
    page, looked_at = client.get(url("concern_paper_preview", pk)), shown(client, pk)
    digest = digest_on(page)
    assert hashlib.sha256(looked_at).hexdigest() == digest
    left = client.post(url("concern_paper_export", pk), {"digest": digest})
    assert left.content == looked_at
    assert left["Content-Type"] == "application/pdf"
    assert left["Content-Disposition"].startswith("attachment; filename=")
    with as_role("owner"):
        entry = Entry.unrestricted.get(verb="paper.exported", dossier=pk)
        assert digest in str(entry.details)
        assert entry.purpose == "SAFEGUARDING"
        event = Event.unrestricted.get(dossier=pk, verb=Verb.EXPORTED)
        assert event.note == "Dr Ada Finch, Health Trust"


def test_it_can_leave_twice(cast):
    """That it left is no change of what is on it."""
    pk, _ = arrive(report())
    client = client_of(cast.officer)
    chosen(client, pk)
    digest = digest_on(client.get(url("concern_paper_preview", pk)))
    first, second = (
        client.post(url("concern_paper_export", pk), {"digest": digest}) for _ in range(2)
    )
    assert first.content == second.content


def test_all_of_it_is_there_with_marking_recipient_and_purpose_on_each_page(cast):
    pk, _ = arrive(report(what="word " * 900 + "end."))
    with as_role("partner", member_id=cast.officer.pk):
        one = Concern.unrestricted.select_related("dossier").get(pk=pk)
        actions.desk.ask(one, "Which evenings?", by=cast.officer, at=NOW)
    client = client_of(cast.officer)
    chosen(client, pk)
    pages = pypdf.PdfReader(io.BytesIO(shown(client, pk))).pages
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert text.count("OFFICIAL-SENSITIVE") == 2
        assert "For Dr Ada Finch, Health Trust · Safeguarding" in text
        assert f"Page {number} of {len(pages)}" in text
        assert one.dossier.reference in text
    text = words(shown(client, pk))
    for expected in ("white van", "Which evenings?", "Una Grey", "una@example.org", "Arrived"):
        assert expected in text


@pytest.mark.parametrize(
    ("part", "there"),
    [
        (Part.ACCOUNT, "Six men sleep"),
        (Part.DETAILS, "white van"),
        (Part.CONVERSATION, "Nobody has written."),
        (Part.REPORTER, "Una Grey"),
        (Part.HISTORY, "Arrived"),
    ],
)
def test_only_the_chosen_part_is_on_it(cast, part, there):
    pk, _ = arrive(report())
    client = client_of(cast.officer)
    chosen(client, pk, [part])
    text = words(shown(client, pk))
    every = ("Six men sleep", "white van", "Nobody has written.", "Una Grey", "Arrived")
    assert [said for said in every if said in text] == [there]


@pytest.mark.parametrize("known", [Known.CONFIDENTIAL, Known.ANONYMOUS])
def test_a_reporter_who_did_not_agree_is_named_on_no_paper(cast, known):
    teller = Teller(known=known, name="Una Grey", contact="una@example.org", relation="WORKER")
    pk, _ = arrive(report(teller=teller))
    client = client_of(cast.officer)
    chosen(client, pk)
    text = words(shown(client, pk))
    assert "Works there" in text
    assert "Una Grey" not in text
    assert "una@example.org" not in text


def test_a_record_that_changed_does_not_leave_and_shows_its_new_preview(cast):
    pk, _ = arrive(report())
    client = client_of(cast.officer)
    chosen(client, pk)
    digest = digest_on(client.get(url("concern_paper_preview", pk)))
    with as_role("partner", member_id=cast.officer.pk):
        one = Concern.unrestricted.select_related("dossier").get(pk=pk)
        actions.desk.ask(one, "Which evenings?", by=cast.officer, at=NOW)
    left = client.post(url("concern_paper_export", pk), {"digest": digest}, follow=True)
    assert left["Content-Type"].startswith("text/html")
    assert "The concern has changed" in left.content.decode()
    assert digest_on(left) != digest
    assert "Which evenings?" in words(shown(client, pk))
    with as_role("owner"):
        assert not Entry.unrestricted.filter(verb="paper.exported").exists()


def test_a_preview_overtaken_by_another_does_not_leave(cast):
    pk, _ = arrive(report())
    client = client_of(cast.officer)
    chosen(client, pk)
    old = digest_on(client.get(url("concern_paper_preview", pk)))
    chosen(client, pk, [Part.ACCOUNT], recipient="Somebody else")
    left = client.post(url("concern_paper_export", pk), {"digest": old}, follow=True)
    assert "Another preview was made since" in left.content.decode()


def test_each_look_is_written_down(cast):
    pk, _ = arrive(report())
    client = client_of(cast.officer)
    chosen(client, pk)
    client.get(url("concern_paper_preview", pk))
    shown(client, pk)
    with as_role("owner"):
        assert Entry.unrestricted.filter(verb="paper.read", dossier=pk).count() == 2


def test_bad_input_is_named_and_nothing_typed_is_lost(cast):
    pk, _ = arrive(report())
    page = client_of(cast.officer).post(
        url("concern_paper", pk), {"parts": [], "recipient": "Dr Ada Finch", "purpose": ""}
    )
    assert page.status_code == 422
    body = page.content.decode()
    assert "Choose at least one part." in body
    assert "Choose a purpose." in body
    assert "Dr Ada Finch" in body


def test_a_colleagues_choice_is_nobody_elses(cast):
    pk, _ = arrive(report())
    chosen(client_of(cast.officer), pk)
    client = client_of(cast.supervisor)
    assert client.get(url("concern_paper_content", pk)).url == url("concern_paper", pk)


def test_a_paper_made_before_a_restriction_is_gone_with_it(cast):
    pk, _ = arrive(report())
    client = client_of(cast.officer)
    chosen(client, pk)
    with as_role("owner"):
        one = Concern.unrestricted.select_related("dossier").get(pk=pk)
        access.restrict(one.dossier, named=[], by=cast.supervisor, at=NOW)
    assert client.get(url("concern_paper_content", pk)).status_code == 404


def test_an_account_in_arabic_keeps_its_letters(cast):
    pk, _ = arrive(report(what="ستة رجال ينامون فوق مغسلة السيارات", language="ar"))
    client = client_of(cast.officer)
    chosen(client, pk, [Part.ACCOUNT])
    fonts = {
        font.get_object()["/BaseFont"]
        for page in pypdf.PdfReader(io.BytesIO(shown(client, pk))).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("NotoSansArabic" in name for name in fonts)


def test_only_our_own_page_may_frame_the_preview(cast):
    pk, _ = arrive(report())
    client = client_of(cast.officer)
    chosen(client, pk)
    page = client.get(url("concern_paper_preview", pk))
    assert "object-src 'self'" in page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    content = client.get(url("concern_paper_content", pk))
    assert "frame-ancestors 'self'" in content["Content-Security-Policy"]
