"""How long a folder of Home Office tables takes to import, and each public page to make.

    DAYMARK_DOOR=owner ... python bench/insight.py ../shared/data/nrm

Everything is rolled back. Pages are given as the ratio to an empty page, which travels between
machines; the import is given in seconds, with a budget of 10 for the whole folder.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.db import transaction  # noqa: E402 -- after the settings
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import RequestFactory, override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from daymark.insight import importing  # noqa: E402
from daymark.insight.actions import figures as actions  # noqa: E402
from daymark.insight.views import figures as views  # noqa: E402
from daymark.places import actions as places  # noqa: E402

ROUNDS = 10


def seconds(work: Callable[[], object], rounds: int = 1) -> float:
    started = time.perf_counter()
    for _ in range(rounds):
        work()
    return (time.perf_counter() - started) / rounds


def empty(request: HttpRequest) -> HttpResponse:
    return views.page(request, "empty", title="", lead="")


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/nrm")
    files = sorted(folder.glob("*.csv"))
    if not files:
        print(f"{folder} holds no tables: nothing to measure")
        return
    now = timezone.now()
    with (
        transaction.atomic(),
        override_settings(ROOT_URLCONF="daymark.site.urls_public", ALLOWED_HOSTS=["testserver"]),
    ):
        places.load_areas(at=now)
        actions.load_content(at=now)
        took = seconds(lambda: importing.bring_in("nrm", files, at=now))
        print(f"{f'import {len(files)} tables':32} {took:6.1f} s     (budget 10 s)")
        request = RequestFactory().get("/")
        asked = RequestFactory().get("/", {"q": "16,938"})
        base = seconds(lambda: empty(request), ROUNDS)
        print(f"{'an empty page':32} {base * 1000:6.1f} ms")
        pages: dict[str, Callable[[], HttpResponse]] = {
            "picture": lambda: views.picture(request),
            "area": lambda: views.area(request),
            "then and now": lambda: views.then_and_now(request),
            "then and now, 16,938": lambda: views.then_and_now(asked),
            "hidden": lambda: views.hidden(request),
            "one chart": lambda: views.chart(request, name="area", key="districts"),
        }
        for form in ("csv", "xlsx", "svg", "png"):
            pages[f"the same as {form}"] = lambda form=form: views.file(  # type: ignore[misc]
                request, name="area", key="districts", form=form
            )
        for name, view in pages.items():
            took = seconds(view, ROUNDS)
            print(f"{name:32} {took * 1000:6.1f} ms  {took / base:6.1f} x")
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
