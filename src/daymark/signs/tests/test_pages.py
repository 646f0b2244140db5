"""The public pages: the danger number first, plain, small, and usable by everybody."""

import gzip
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.conf import settings as django_settings
from django.http import Http404, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path
from django.utils import timezone, translation
from tests.roles import as_role

from daymark.signs import actions, views
from daymark.signs.models import Helpline, Sign

pytestmark = pytest.mark.django_db

PAGES = ("signs/", "signs/car-wash/", "signs/anywhere/", "help/", "numbers/")


def elsewhere(request: object) -> HttpResponse:
    return HttpResponse()


URLS = (
    path("questions/", elsewhere, name="report"),
    path("signs/", views.signs, name="signs"),
    path("signs/<slug:key>/", views.signs_setting, name="signs_setting"),
    path("help/", views.help_myself, name="help_myself"),
    path("numbers/", views.helplines, name="helplines"),
)


@pytest.fixture(autouse=True)
def _public_door() -> Iterator[None]:
    """Content loaded today, read as the public process, over these addresses alone."""
    with as_role("owner"):
        actions.load_content(at=timezone.now() - timedelta(days=1))
    storages = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with (
        override_settings(ROOT_URLCONF=URLS, STORAGES=storages, STATIC_URL="/static/"),
        as_role("public"),
    ):
        yield


def page(address: str, language: str = "en-gb") -> str:
    request = RequestFactory().get(f"/{address}")
    view, *key = {
        "signs/": (views.signs,),
        "help/": (views.help_myself,),
        "numbers/": (views.helplines,),
    }.get(address) or (views.signs_setting, address.split("/")[1])
    with translation.override(language):
        return view(request, *key).content.decode()  # type: ignore[operator]


@pytest.mark.parametrize("address", PAGES)
def test_the_danger_number_comes_before_anything_else(address: str) -> None:
    html = page(address)
    main = html[html.index("<main") :]
    assert main.index('href="tel:999"') < main.index("<h1")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_small_and_needs_no_script_and_no_cookie(address: str) -> None:
    html = page(address)
    assert len(gzip.compress(html.encode())) < 5_000
    # The one script is a comfort: everything works without.
    html = re.sub(r'<script src="[^"]*design/public[^"]*" defer></script>', "", html)
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=|<iframe|<img", html) == []
    request = RequestFactory().get("/")
    assert not views.signs(request).cookies


def test_the_index_leads_to_every_setting() -> None:
    html = page("signs/")
    for key in re.findall(r'href="/signs/([a-z-]+)/"', html):
        assert "<li>" in page(f"signs/{key}/")
    assert html.count('href="/signs/') == 10


def test_a_setting_nobody_knows_or_may_see_is_not_found() -> None:
    for key in ("nothing", "cannabis"):
        with pytest.raises(Http404):
            views.signs_setting(RequestFactory().get("/"), key)


def test_a_setting_says_what_to_do_and_never_to_do_and_where_to_tell() -> None:
    html = page("signs/car-wash/")
    assert "No waterproof clothes" in html
    assert html.index("What to do") < html.index("What never to do")
    assert 'href="/questions/"' in html
    assert 'href="/numbers/"' in html


def test_help_for_oneself_starts_with_the_helpline_and_needs_no_police() -> None:
    html = page("help/")
    assert html.index('href="tel:08000121700"') < html.index("Good to know")
    assert "even if you do not want to speak to the police" in html


def test_numbers_are_called_by_touch_and_texts_are_texts() -> None:
    html = page("numbers/")
    assert 'href="tel:08000121700"' in html
    assert 'href="sms:61016"' in html
    assert "0432" not in html


def test_a_page_shows_the_numbers_of_the_day() -> None:
    with as_role("owner"):
        Helpline.unrestricted.filter(key="crimestoppers").update(valid_to=timezone.localdate())
    assert "tel:0800555111" not in page("numbers/")


def test_words_not_yet_translated_are_marked_as_english_and_run_left_to_right() -> None:
    with as_role("owner"):
        for row in Sign.unrestricted.all():
            Sign.unrestricted.filter(pk=row.pk).update(words={"en": row.words["en"]})
    html = page("signs/car-wash/", "ar")
    assert re.search(r'<html lang="ar" dir="rtl"', html)
    assert re.search(r'<ul lang="en" dir="ltr">|<div lang="en" dir="ltr">', html)
    assert 'lang="en" dir="ltr"' not in page("signs/car-wash/").split("<details")[0]


def test_a_number_keeps_its_order_in_a_right_to_left_page() -> None:
    assert "\u206608000\u00a0121\u00a0700\u2069" in page("numbers/", "ar")


def test_a_page_says_when_its_words_were_last_checked() -> None:
    checked = Helpline.unrestricted.order_by("source_date")[0].source_date
    assert isinstance(checked, date)
    assert f"{checked.day} November 2026" in page("numbers/")
    assert f"{checked.day} tháng 11 năm 2026" in page("numbers/", "vi")
