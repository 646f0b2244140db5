"""The shipped content: complete, dated, checked; loaded once, changed by opening and closing."""

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from tests.roles import as_role

from daymark.signs import actions, queries
from daymark.signs.models import Advice, ExploitationType, Helpline, Passage, Setting, Sign
from daymark.signs.terms import Audience, Bearing, Element, Need

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()
MODELS = (Advice, ExploitationType, Helpline, Passage, Setting, Sign)


@pytest.fixture(autouse=True)
def _loaded() -> None:
    with as_role("owner"):
        actions.load_content(at=NOW)


def load(content: Path, *, days: int) -> actions.Loaded:
    with as_role("owner"):
        return actions.load_content(at=NOW + timedelta(days=days), content=content)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    copied = tmp_path / "content"
    shutil.copytree(actions.CONTENT, copied)
    return copied


def edit(content: Path, file: str, old: str, new: str, *, language: str = "en") -> None:
    path = content / language / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def numbers(on: date, *, public: bool = True) -> dict[str, str]:
    return {line.key: line.dialled for line in queries.helplines(on=on, public=public)}


def test_every_item_says_where_it_comes_from_and_when_to_look_again() -> None:
    for model in MODELS:
        for row in model.unrestricted.all():
            assert row.source, row.key
            assert row.owner, row.key
            assert row.source_date <= TODAY < row.review_by, row.key
            assert all(row.words["en"].values()), row.key


def test_the_numbers_are_the_ones_that_were_checked() -> None:
    assert numbers(TODAY) == {
        "999": "999",
        "999-textphone": "18000",
        "modern-slavery-helpline": "08000121700",
        "101": "101",
        "101-textphone": "18001101",
        "crimestoppers": "0800555111",
        "salvation-army": "08008083733",
        "essex-children": "03456037627",
        "railway-police": "61016",
    }


def test_a_number_nobody_confirmed_is_for_editors_alone() -> None:
    assert "labour-abuse" not in numbers(TODAY)
    assert "labour-abuse" in numbers(TODAY, public=False)
    with as_role("owner"), pytest.raises(IntegrityError, match="public_number_is_verified"):
        Helpline.unrestricted.filter(key="labour-abuse").update(public=True)


def test_signs_from_memory_stay_off_the_public_pages() -> None:
    shown = {place.key: place for place in queries.settings(on=TODAY)}
    assert "cannabis" not in shown
    assert "brothel-adverts" not in {sign.key for sign in shown["brothel"].signs}
    every = {place.key: place for place in queries.settings(on=TODAY, public=False)}
    assert not any(sign.verified for sign in every["cannabis"].signs)


def test_each_setting_of_the_field_guide_is_there() -> None:
    assert {place.key for place in queries.settings(on=TODAY)} == {
        "anywhere",
        "car-wash",
        "nail-bar",
        "building-factory",
        "farm-food",
        "care",
        "cuckooing",
        "county-lines",
        "brothel",
        "private-home",
    }


def test_types_name_the_element_they_are_counted_under() -> None:
    types = {t.key: t for t in queries.types(on=TODAY)}
    assert {t.element for t in types.values()} == set(Element)
    assert [t.key for t in types.values() if t.is_flag] == ["county-lines"]


def test_nationality_is_never_a_sign() -> None:
    words = " ".join(
        sign.text for place in queries.settings(on=TODAY, public=False) for sign in place.signs
    )
    assert not re.search(r"national|foreign|immigra|countr|ethnic|race", words, re.IGNORECASE)


def test_sentences_are_short_enough_to_read_in_a_hurry() -> None:
    """Reading age about nine: short sentences of short words."""
    texts = [i.text for p in queries.settings(on=TODAY) for i in (p, *p.signs)]
    texts += [t.text for t in queries.types(on=TODAY)]
    for audience in Audience:
        texts += [i.text for items in queries.advice(audience, on=TODAY).values() for i in items]
    sentences = [s for text in texts for s in re.split(r"[.!?]\s*", text) if s]
    words = [len(re.findall(r"[\w']+", sentence)) for sentence in sentences]
    assert max(words) <= 22
    assert sum(words) / len(words) < 11
    letters = [len(word) for s in sentences for word in re.findall(r"[^\W\d]+", s)]
    assert sum(letters) / len(letters) < 4.6


def test_advice_says_what_to_do_and_never_to_do() -> None:
    witness = queries.advice(Audience.WITNESS, on=TODAY)
    assert witness[Bearing.DO][0].text.startswith("Call 999")
    assert len(witness[Bearing.NEVER]) >= 5
    myself = queries.advice(Audience.SELF, on=TODAY)
    assert myself[Bearing.KNOW]
    assert not set(witness[Bearing.DO]) & set(myself[Bearing.DO])


def test_numbers_come_in_the_order_of_need_and_by_area() -> None:
    assert queries.helplines(on=TODAY)[0].need == Need.DANGER
    assert [h.key for h in queries.helplines(Need.SUPPORT, on=TODAY)] == ["salvation-army"]
    kent = {h.key for h in queries.helplines(on=TODAY, areas=["E10000016"])}
    essex = {h.key for h in queries.helplines(on=TODAY, areas=["E10000012", "E23000028"])}
    assert essex - kent == {"essex-children"}


def test_loading_again_changes_nothing() -> None:
    ids = {row.pk for model in MODELS for row in model.unrestricted.all()}
    assert load(actions.CONTENT, days=3) == actions.Loaded(opened=0, closed=0)
    assert {row.pk for model in MODELS for row in model.unrestricted.all()} == ids


def test_a_changed_number_closes_the_old_and_opens_the_new(content: Path) -> None:
    edit(content, "helplines.toml", '"0800555111"', '"0800555222"')
    edit(content, "helplines.toml", '"0800 555 111"', '"0800 555 222"')
    assert load(content, days=10) == actions.Loaded(opened=1, closed=1)
    change = TODAY + timedelta(days=10)
    assert numbers(change - timedelta(days=1))["crimestoppers"] == "0800555111"
    assert numbers(change)["crimestoppers"] == "0800555222"
    assert Helpline.unrestricted.filter(key="crimestoppers").count() == 2


def test_a_mistake_mended_the_same_day_leaves_one_row(content: Path) -> None:
    edit(content, "helplines.toml", '"0800555111"', '"0800555222"')
    edit(content, "helplines.toml", '"0800 555 111"', '"0800 555 222"')
    load(content, days=0)
    assert numbers(TODAY)["crimestoppers"] == "0800555222"
    assert Helpline.unrestricted.filter(key="crimestoppers").count() == 1


def test_what_leaves_the_files_is_closed_and_not_forgotten(content: Path) -> None:
    for path in content.glob("*/helplines.toml"):
        text = path.read_text(encoding="utf-8")
        gone = text.index('[[helplines]]\nkey = "railway-police"')
        path.write_text(text[:gone], encoding="utf-8")
    assert load(content, days=5) == actions.Loaded(opened=0, closed=1)
    assert "railway-police" in numbers(TODAY + timedelta(days=4))
    assert "railway-police" not in numbers(TODAY + timedelta(days=5))


def test_a_review_that_confirms_an_item_opens_no_new_row(content: Path) -> None:
    edit(content, "helplines.toml", "review_by = 2027-02-21", "review_by = 2027-08-21")
    assert load(content, days=30) == actions.Loaded(opened=0, closed=0)
    assert Helpline.unrestricted.get(key="999").review_by == date(2027, 8, 21)


def test_a_file_that_cannot_be_right_changes_nothing(content: Path) -> None:
    edit(content, "types.toml", "Forced work", "Work by force")
    edit(content, "helplines.toml", '"0800 555 111"', '"0800 555 11"')
    with pytest.raises(actions.BadContent, match="crimestoppers"):
        load(content, days=1)
    assert queries.types(on=TODAY + timedelta(days=2))[0].name == "Forced work"


def test_an_item_standing_twice_is_refused(content: Path) -> None:
    edit(content, "types.toml", 'key = "organ"', 'key = "labour"')
    with pytest.raises(actions.BadContent, match="labour stands twice"):
        load(content, days=1)


@pytest.fixture
def polish(content: Path) -> Path:
    (content / "pl").mkdir()
    for name in ("settings", "helplines", "advice", "passages"):
        (content / "pl" / f"{name}.toml").write_text(f"{name} = []\n", encoding="utf-8")
    (content / "pl" / "types.toml").write_text(
        '[[types]]\nkey = "labour"\nname = "Praca przymusowa"\ntext = "Ktoś jest zmuszany."\n',
        encoding="utf-8",
    )
    return content


def test_another_language_brings_words_and_english_fills_the_gaps(polish: Path) -> None:
    assert load(polish, days=1) == actions.Loaded(opened=1, closed=1)
    types = {t.key: t for t in queries.types(on=TODAY + timedelta(days=1), language="pl")}
    assert (types["labour"].name, types["labour"].lang) == ("Praca przymusowa", "")
    assert (types["organ"].name, types["organ"].lang) == ("Organ removal", "en")
    english = {t.key: t for t in queries.types(on=TODAY + timedelta(days=1), language="en-gb")}
    assert (english["labour"].name, english["labour"].lang) == ("Forced work", "")


def test_words_for_an_item_that_does_not_exist_are_refused(polish: Path) -> None:
    edit(polish, "types.toml", '"labour"', '"labor"', language="pl")
    with pytest.raises(actions.BadContent, match="pl translates an unknown item: labor"):
        load(polish, days=1)


def test_editors_see_what_is_due_and_what_nobody_confirmed() -> None:
    now_due = queries.due_for_review(on=TODAY)
    assert now_due
    assert not any(item.verified for item in now_due)
    later = queries.due_for_review(on=date(2027, 2, 21))
    assert {"999", "crimestoppers"} <= {item.key for item in later}


@pytest.mark.parametrize("role", ["public", "partner", "worker"])
def test_every_process_reads_content_and_none_writes_it(role: str) -> None:
    with as_role(role):
        assert queries.helplines(on=TODAY)
        assert queries.settings(on=TODAY)
        assert queries.types(on=TODAY)
        assert queries.advice(Audience.SELF, on=TODAY)[Bearing.KNOW]
        for model in MODELS:
            with (
                connection.cursor() as cursor,
                pytest.raises(ProgrammingError, match="permission denied"),
                transaction.atomic(),
            ):
                cursor.execute(f"UPDATE {model._meta.db_table} SET owner = ''")
