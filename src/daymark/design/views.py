"""The gallery: every component in every state, for whoever builds or reviews a page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from daymark.design import samples

STATES = {
    "public-home": "The public door's first page",
    "public-report": "A form on one page",
    "public-question": "One question on a page",
    "public-errors": "The form refused",
    "public-check": "Check what you wrote",
    "public-code": "The reporter's code",
    "public-thread": "Coming back with the code",
    "sign-in": "A narrow page before signing in",
    "today": "What needs me now",
    "inbox": "A filtered, sorted, paged table",
    "record": "One record: tabs, facts, conversation, history",
    "fields": "Every kind of field",
    "refused": "Every kind of field, refused",
    "conflict": "Two people changed the same record",
    "empty": "Nothing here, and overlong words",
}


def gallery(request: HttpRequest) -> HttpResponse:
    return _sample(request, "index", {"states": STATES.items()})


def gallery_state(request: HttpRequest, state: str) -> HttpResponse:
    if state not in STATES:
        raise Http404
    return _sample(request, state, {"state_title": STATES[state]})


def _sample(request: HttpRequest, state: str, context: dict[str, object]) -> HttpResponse:
    lang = "ar" if request.GET.get("dir") == "rtl" else "en"
    texts = samples.ARABIC if lang == "ar" else samples.ENGLISH
    with translation.override(lang):
        if state.startswith("public"):
            frame = samples.public_frame(texts, lang)
            failed = state == "public-errors"
            data = {"what": "", "where": "CO2 8"} if failed else None
            frame["form"] = samples.report_form(texts, data, failed=failed)
        elif state == "sign-in":
            frame = {"demo": True, "form": samples.SignIn()}
        else:
            frame = samples.partner_frame() | samples.record(request.GET)
            frame["form"] = samples.EveryField({} if state == "refused" else None)
            frame["filters"] = samples.Filters()
        return render(request, f"design/gallery/{state}.html", frame | context)
