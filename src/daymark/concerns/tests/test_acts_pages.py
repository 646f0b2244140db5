"""The pages of what a desk does with others: refusals are said where they arise."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from tests.roles import as_role

from daymark.agencies.models import Member
from daymark.agencies.terms import Role
from daymark.concerns import actions
from daymark.concerns.models import Concern, Handover, Inquiry, Merge, Proposal, Source, Thread
from daymark.concerns.terms import Closing, HandedOn, Known, LimitOf, Outcome, State, Step
from daymark.concerns.tests.people import BEFORE, NOW, client_of, concern, pass_to
from daymark.concerns.tests.test_alike import arrive
from daymark.design.ids import new_id
from daymark.signs import actions as signs

STORY = "Six men sleep above the car wash on the quay and they never leave it, day or night."


def now_of(pk) -> Concern:
    with as_role("owner"):
        return Concern.unrestricted.select_related("dossier").get(pk=pk)


def pages(pk) -> list[str]:
    names = ("inquire", "merge", "unmerge", "hand_on", "proposal")
    return [reverse(f"concern_{name}", args=[pk]) for name in names]


def test_a_stranger_finds_none_of_them(cast):
    pk = arrive("A van.")
    client = client_of(cast.colleague)
    assert {client.get(page).status_code for page in pages(pk)} == {404}


def test_a_merge_is_made_shown_and_undone(cast):
    merged, kept = arrive("A van, EX12 ABC."), arrive("EX12 ABC again.")
    reference = now_of(kept).dossier.reference
    client = client_of(cast.officer)
    page = client.get(reverse("concern", args=[merged]))
    assert f"Merge into {reference}" in page.content.decode()
    merge = reverse("concern_merge", args=[merged])
    wrong = client.post(merge, {"version": 1, "into": "2222-2222"})
    assert "No concern of your desk has this reference" in wrong.content.decode()
    done = client.post(merge, {"version": 1, "into": reference.lower()})
    assert (done.status_code, done["Location"]) == (302, reverse("concern", args=[kept]))
    shown = client.get(done["Location"]).content.decode()
    assert "Reports merged into it" in shown
    assert "A van, EX12 ABC." in shown
    unmerge = reverse("concern_unmerge", args=[merged])
    assert client.get(reverse("concern_reopen", args=[merged])).status_code == 200
    reopened = client.post(reverse("concern_reopen", args=[merged]), {"note": "x"})
    assert reopened["Location"] == unmerge
    assert client.get(unmerge).status_code == 200
    assert client.post(unmerge).status_code == 302
    assert now_of(merged).state != State.CLOSED


def test_a_merge_seen_at_an_old_version_shows_both(cast):
    one, other = arrive("A van."), arrive("A lorry.")
    reference = now_of(other).dossier.reference
    client = client_of(cast.officer)
    answer = client.post(reverse("concern_merge", args=[one]), {"version": 9, "into": reference})
    assert answer.status_code == 409
    with as_role("owner"):
        assert not Merge.unrestricted.exists()


def test_passing_what_has_changed_shows_both_and_loses_nothing_typed(cast):
    pk, client = arrive("A van."), client_of(cast.officer)
    url = reverse("concern_pass", args=[pk])
    seen = client.get(url).context["form"]["version"].value()
    client_of(cast.supervisor).post(
        reverse("concern_decide", args=[pk]),
        {"version": 1, "urgency": "IMMEDIATE", "note": "A child was seen"},
    )
    typed = {"version": seen, "desk": str(cast.south.pk), "explanation": "It is in their town"}
    refused = client.post(url, typed)
    assert refused.status_code == 409
    page = refused.content.decode()
    assert all(words in page for words in ("supervisor changed this", "Immediate", "A child was"))
    assert "Passed to South" in page
    assert now_of(pk).dossier.desk_id == cast.north.pk
    again = refused.context["form"]
    assert again["explanation"].value() == "It is in their town"
    typed |= {name: again[name].value() for name in ("version", "desk", "explanation")}
    assert client.post(url, typed).status_code == 302
    assert (now_of(pk).dossier.desk_id, now_of(pk).version) == (cast.south.pk, 3)


def test_deciding_what_has_changed_shows_what_was_saved_beside_what_was_typed(cast):
    with as_role("owner"):
        signs.load_content(at=BEFORE)
    pk = arrive("A van.")
    url = reverse("concern_decide", args=[pk])
    saved = {"version": 1, "urgency": "IMMEDIATE", "types": ["labour"], "note": "A child"}
    assert client_of(cast.supervisor).post(url, saved).status_code == 302
    mine = {"version": 1, "urgency": "TODAY", "types": ["sexual", "labour"], "note": "A lorry"}
    refused = client_of(cast.officer).post(url, mine)
    assert refused.status_code == 409
    both = {one.label: (one.theirs, one.yours) for one in refused.context["clashes"]}
    assert both == {
        "Urgency": ("Immediate", "Today"),
        "What might it be?": ("Forced work", "Forced work, Sexual exploitation"),
        "Why": ("A child", "A lorry"),
    }


def test_what_a_reporters_answer_changed_is_put_down_to_no_colleague(cast):
    with as_role("owner"):
        signs.load_content(at=BEFORE)
    pk, calm = arrive("A van."), {"version": 1, "urgency": "ROUTINE", "types": [], "note": "x"}
    url = reverse("concern_decide", args=[pk])
    assert client_of(cast.supervisor).post(url, calm).status_code == 302
    with as_role("public"):
        # The hour is all that is kept of it: by that it may come before the decision.
        actions.door.add_to_report(
            Thread(id=pk, desk=cast.north), "He has a knife", danger=True, pk=new_id(), at=NOW
        )
    with as_role("worker"):
        assert actions.arrivals.open_arrivals(now=NOW) == 1
    refused = client_of(cast.officer).post(url, calm | {"version": 2})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "The reporter changed this" in page
    assert "supervisor changed this" not in page
    assert (
        "spoke of danger"
        in client_of(cast.officer).get(reverse("concern", args=[pk])).content.decode()
    )


def test_deciding_what_was_passed_on_meanwhile_changes_nothing(cast):
    pk = arrive("A van.")
    with as_role("partner", member_id=cast.officer.pk):
        one = concern(cast.officer, pk)
        pass_to(one, cast.south, by=cast.officer, at=timezone.now())
    with (
        as_role("partner", member_id=cast.colleague.pk),
        pytest.raises(actions.desk.Conflict),
        transaction.atomic(),
    ):
        actions.desk.close(
            concern(cast.colleague, pk),
            version=1,
            because=Closing.TEST,
            note="x",
            by=cast.colleague,
            at=timezone.now(),
        )


def test_undoing_what_has_changed_shows_both_and_offers_to_leave_it(cast):
    merged, kept = arrive("A van."), arrive("A lorry.")
    reference = now_of(kept).dossier.reference
    with as_role("owner"):
        signs.load_content(at=BEFORE)
    client = client_of(cast.officer)
    client.post(reverse("concern_merge", args=[merged]), {"version": 1, "into": reference})
    client.post(
        reverse("concern_decide", args=[kept]),
        {"version": 2, "urgency": "IMMEDIATE", "types": ["labour"], "note": "Worse than it was"},
    )
    unmerge = reverse("concern_unmerge", args=[merged])
    refused = client.post(unmerge)
    assert refused.status_code == 409
    assert "Routine" in refused.content.decode()
    assert "Immediate" in refused.content.decode()
    assert "Forced work" in refused.content.decode()
    assert client.post(unmerge, {"leave_kept": "on"}).status_code == 302
    assert now_of(kept).urgency == "IMMEDIATE"


def test_what_may_tell_who_told_us_is_held_until_somebody_has_looked(cast):
    pk = arrive(STORY)
    with as_role("owner"):
        Source.unrestricted.filter(pk=pk).delete()
        Source.unrestricted.create(
            dossier=now_of(pk).dossier, known=Known.SHARE, name="Maria Kowalska", contact=""
        )
    said = {
        "version": 1,
        "kind": HandedOn.INFORMATION,
        "other": "The unit",
        "text": "Kowalska says: six men sleep above the car wash on the quay.",
    }
    url = reverse("concern_hand_on", args=[pk])
    client = client_of(cast.officer)
    held = client.post(url, said)
    assert held.status_code == 422
    assert "Maria Kowalska" in held.content.decode()
    assert "six men sleep above the car wash" in held.content.decode()
    own = said | {"text": "Several people are kept above a business near the harbour."}
    assert client.post(url, own).status_code == 302
    with as_role("owner"):
        assert Handover.unrestricted.get().text == own["text"]


def test_an_emergency_without_its_reference_is_refused_and_nothing_typed_is_lost(cast):
    pk = arrive("A van.")
    client = client_of(cast.officer)
    refused = client.post(
        reverse("concern_hand_on", args=[pk]),
        {"version": 1, "kind": HandedOn.EMERGENCY, "other": "Ambulance control"},
    )
    assert refused.status_code == 422
    assert "Give their reference" in refused.content.decode()
    assert "Ambulance control" in refused.content.decode()


def proposed(cast):
    """A concern that the officer would close, and the officer's browser."""
    pk, client = arrive("A van."), client_of(cast.officer)
    with as_role("owner"):
        actions.content.want_second_person(cast.north, Step.CLOSE, source="test", at=BEFORE)
    client.post(
        reverse("concern_close", args=[pk]),
        {"version": 1, "because": Closing.NOTHING_FOUND, "note": "Looked into it"},
    )
    return pk, client


def test_closing_waits_for_a_colleague_who_sees_it_today_and_agrees(cast):
    pk, client = proposed(cast)
    url = reverse("concern_proposal", args=[pk])
    assert "You proposed this yourself" in client.get(url).content.decode()
    assert client.post(url, {"do": "agree"}).status_code == 422
    assert now_of(pk).state != State.CLOSED
    client = client_of(cast.supervisor)
    assert url in client.get("/").content.decode()
    assert "Looked into it" in client.get(url).content.decode()
    assert client.post(url, {"do": "decline"}).status_code == 422
    assert client.post(url, {"do": "agree"}).status_code == 302
    assert now_of(pk).state == State.CLOSED
    with as_role("owner"):
        assert Proposal.unrestricted.get().agreed


def test_who_is_to_agree_reads_what_is_handed_on_and_to_whom(cast):
    pk = arrive("A van.")
    with as_role("owner"):
        actions.content.want_second_person(cast.north, Step.HAND_ON, source="test", at=BEFORE)
    said = {"version": 1, "kind": HandedOn.INFORMATION, "text": "A blue lorry was seen."}
    url = reverse("concern_hand_on", args=[pk])
    said["agency"] = str(cast.council.pk)
    assert client_of(cast.officer).post(url, said).status_code == 302
    url, client = reverse("concern_proposal", args=[pk]), client_of(cast.supervisor)
    page = client.get(url).content.decode()
    assert "A blue lorry was seen." in page
    assert "Council" in page
    assert client.post(url, {"do": "agree"}).status_code == 302
    with as_role("owner"):
        assert Handover.unrestricted.get().agency == cast.council


def test_a_stale_proposal_says_what_happened_since_and_can_only_be_declined(cast):
    pk, client = proposed(cast)
    url = reverse("concern_proposal", args=[pk])
    client.post(
        reverse("concern_decide", args=[pk]),
        {"version": 1, "urgency": "IMMEDIATE", "note": "A second van came"},
    )
    client = client_of(cast.supervisor)
    page = client.get(url).content.decode()
    assert "The concern has changed since" in page
    assert "Looked into it" in page
    assert "A second van came" in page
    assert client.post(url, {"do": "agree"}).status_code == 422
    assert client.post(url, {"do": "decline", "reason": "Look again"}).status_code == 302


def test_a_desk_asks_another_is_answered_and_reads_no_more_than_the_answer(cast):
    theirs, ours = arrive("A van, EX12 ABC."), arrive("EX12 ABC at the farm.")
    with as_role("partner", member_id=cast.officer.pk):
        pass_to(now_of(theirs), cast.south, by=cast.officer, at=timezone.now())
    client = client_of(cast.officer)
    page = client.get(reverse("concern", args=[ours])).content.decode()
    assert "holds something" in page
    assert str(theirs) not in page
    url = reverse("concern_inquire", args=[ours])
    handle = client.get(url).context["form"].fields["about"].choices[0][0]
    assert client.post(url, {"about": handle}).status_code == 422
    asked = {"about": handle, "reason": "Whose van is it?"}
    assert client.post(url, asked).status_code == 302
    assert client.post(url, asked).status_code == 422
    with as_role("owner"):
        Member.unrestricted.filter(pk=cast.colleague.pk).update(role=Role.DESK_SUPERVISOR)
        inquiry = Inquiry.unrestricted.get()
        cast.colleague.refresh_from_db()
    url = reverse("inquiry", args=[inquiry.pk])
    client = client_of(cast.colleague)
    assert url in client.get("/").content.decode()
    assert "Whose van is it?" in client.get(url).content.decode()
    bare = client.post(url, {"outcome": Outcome.SHARED, "text": "Here"})
    assert "Nothing is shared without a basis" in bare.content.decode()
    soon = (timezone.localdate() + timedelta(days=3)).isoformat()
    whole = {"ground": "SAFEGUARDING_ADULT", "explanation": "At risk", "until": soon}
    given = client.post(url, {"outcome": Outcome.SHARED, "text": "Here it is"} | whole)
    assert given.status_code == 302
    client = client_of(cast.officer)
    page = client.get(reverse("concern", args=[ours])).content.decode()
    assert "Here it is" in page
    assert reverse("concern", args=[theirs]) in page


def test_an_answer_to_what_is_closed_stands_on_today_and_in_the_inbox(cast):
    pk, client = arrive("A van at the quay."), client_of(cast.officer)
    closing = {"version": 1, "because": Closing.NOTHING_FOUND, "note": "Looked into it"}
    client.post(reverse("concern_close", args=[pk]), closing)
    with as_role("owner"):
        thread = Thread.unrestricted.select_related("desk").get(pk=pk)
        actions.door.add_to_report(thread, "He is back.", pk=new_id(), at=timezone.now())
    with as_role("worker"):
        actions.arrivals.open_arrivals(now=timezone.now())
    for page in ("/", "/concerns/?answered=on"):
        body = client.get(page).content.decode()
        assert "A van at the quay" in body
        assert "Answered after it was closed" in body
    assert "The reporter answered" in client.get("/").content.decode()
    page = client.get(reverse("concern", args=[pk])).content.decode()
    assert "Decide" in page
    assert "Opened again" in page


def test_the_inbox_remembers_its_filter_and_leads_on(cast):
    with as_role("owner"):
        actions.content.set_limit(LimitOf.FLOOD_LIKENESS, 0.9, source="test", at=BEFORE)
        actions.content.set_limit(LimitOf.FLOOD_HOURS, 24, source="test", at=BEFORE)
    first, second = arrive(STORY), arrive("A lorry.")
    copy = arrive(STORY)
    client = client_of(cast.officer)
    listed = client.get("/concerns/?state=NEW").content.decode()
    assert "2 near-identical reports" in listed
    assert str(copy) not in listed
    opened = client.get(reverse("concern", args=[first])).content.decode()
    back = f"/concerns/?state=NEW#c{first}"
    assert f'href="{back}"' in opened
    assert f'id="c{first}"' in listed
    assert reverse("concern", args=[second]) in opened
    both = client.get(f"/concerns/?like={first}").content.decode()
    assert str(copy) in both
