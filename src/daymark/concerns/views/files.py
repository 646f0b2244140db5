"""The files of a concern: copies to look at, originals to hand out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from daymark.access.guards import MemberRequest
from daymark.concerns import actions, queries
from daymark.concerns.parts import media_words, size_words
from daymark.concerns.terms import Copying, Media
from daymark.concerns.views.desk import _concern

if TYPE_CHECKING:
    from daymark.concerns.models import File

# Whatever it is, a browser runs nothing of it and lets no page of ours be reached from it.
SHUT = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox"
INLINE = {Media.TEXT: "text/plain; charset=utf-8"}
"""Of the copies; every other one but a PDF's is a picture."""


@require_GET
def preview(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """The small picture in the gallery of a concern."""
    file = _copied(request, pk, number)
    if not file.preview:
        raise Http404
    actions.files.showed(file, by=request.user, at=timezone.now())
    return _shut(file.preview, "image/jpeg")


@require_GET
def copy(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """The copy: a picture or a text in the browser, a PDF as a download."""
    file = _copied(request, pk, number)
    actions.files.showed(file, by=request.user, at=timezone.now())
    if file.media == Media.PDF:
        name = f"{file.dossier.reference}-file-{number}-copy.pdf"
        return _shut(file.copy or b"", "application/pdf", download=name)
    return _shut(file.copy or b"", INLINE.get(Media(file.media), "image/jpeg"))


@require_http_methods(["GET", "HEAD", "POST"])
def original(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """What was sent, byte for byte, after a page that says what that can do."""
    now, one = timezone.now(), _concern(request, pk)
    found = queries.files.originals_of(one, request.user, now=now).filter(file__number=number)
    evidence = found.first()
    if evidence is None:
        raise Http404
    if request.method == "POST":
        actions.files.take_original(evidence, by=request.user, at=now)
        # An ending that no program opens by itself.
        name = f"{one.dossier.reference}-file-{number}.original"
        return _shut(evidence.body or b"", "application/octet-stream", download=name)
    actions.files.showed(evidence.file, by=request.user, at=now)
    context = {
        "concern": one,
        "original": evidence,
        "kind": media_words(evidence.file.media),
        "size": size_words(evidence.about["size"]),
    }
    return render(request, "concerns/desk/original.html", context)


def _copied(request: MemberRequest, pk: UUID, number: int) -> File:
    files = queries.files.files_of(_concern(request, pk), request.user, now=timezone.now())
    found = files.filter(number=number, state=Copying.CLEAN).first()
    if found is None:
        raise Http404
    return found


def _shut(body: bytes, media: str, *, download: str = "") -> HttpResponse:
    response = HttpResponse(body, content_type=media)
    response["Content-Security-Policy"] = SHUT
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    if download:
        response["Content-Disposition"] = f'attachment; filename="{download}"'
    return response
