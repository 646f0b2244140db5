"""Marks that stand nowhere else are sent in, and looked for in all that a running house keeps."""

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

import psycopg
from playwright.sync_api import Page
from psycopg import sql

from daymark.site import cluster
from tests.journeys.conftest import House, open_concern

ADDRESS = "203.0.113.77"


def _send(house: House, path: str, marks: dict[str, str], **values: str) -> bytes:
    """As a proxy would hand it on, with everything a browser tells about somebody."""
    headers = {
        "X-Forwarded-For": ADDRESS,
        "X-Real-IP": ADDRESS,
        "Forwarded": f"for={ADDRESS}",
        "User-Agent": marks["agent"],
        "Referer": f"https://{marks['referrer']}.example/",
        "Cookie": f"sessionid={marks['cookie']}",
        "Accept-Language": f"en-{marks['language'][:8]}",
    }
    # `house.public` is ours: http on this machine.
    request = Request(urljoin(house.public, path), urlencode(values).encode() or None, headers)
    with urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


def test_nothing_that_was_sent_stands_anywhere_in_the_clear(
    house: House, sign_in: Callable[..., Page]
) -> None:
    # Given marks in every header, in every field and in a path that does not exist
    parts = ("agent", "referrer", "cookie", "language", "typed", "name", "contact", "query")
    marks = {part: f"{part}{secrets.token_hex(8)}" for part in parts}
    what = {"what": f"Wagtail {marks['typed']}", "where": "Hythe Quay, CO2 8LN"}
    who = {"name": marks["name"], "contact": marks["contact"], "safe": marks["typed"]}
    _send(house, f"/questions/?{marks['query']}", marks)
    draft = _draft(_send(house, "/questions/", marks, page="quick", to="contact", **what))
    after = _send(house, "/questions/", marks, page="contact", to="next", draft=draft, **who)
    draft = _draft(after)
    sent = _send(house, "/questions/", marks, page="check", to="send", draft=draft).decode()
    code = " ".join(re.findall(r"<span>(\d{4})</span>", sent))
    assert len(code) == 34
    _send(house, "/back/", marks, code=code)
    # And it has been opened, indexed and read
    officer = sign_in("DESK_OFFICER")
    open_concern(officer, "Wagtail")
    assert marks["contact"] in officer.content()

    # When all that the house keeps is searched: every table, every file, every line it wrote
    looked_for = [*marks.values(), ADDRESS, code, code.replace(" ", ""), draft]
    kept = list(_tables(house)) + list(_files(house))
    # Then nothing is there; and the search finds what is
    assert {place for place, text in kept if _holds(text, looked_for)} == set()
    assert [place for place, text in kept if _holds(text, ["Essex"])], "the search is blind"
    assert any(place == "console" for place, _ in kept)


def _draft(page: bytes) -> str:
    return page.decode().split('name="draft" value="')[1].split('"')[0]


def _holds(text: bytes, words: list[str]) -> bool:
    return any(
        form in text
        for word in words
        for form in (word.encode(), word.encode().hex().encode(), word.encode("utf-16le"))
    )


def _tables(house: House) -> list[tuple[str, bytes]]:
    """Every row of every table, as the owner of the server reads it."""
    found = []
    with psycopg.connect(cluster.ensure(house.folder).admin_url) as server:
        names = server.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in names:
            query = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))
            with server.cursor().copy(query) as copied:
                found.append((table, b"".join(bytes(row) for row in copied)))
    return found


def _files(house: House) -> list[tuple[str, bytes]]:
    """The files of the data folder: logs, the database's own, and what is not yet in them."""
    files = [file for file in house.folder.rglob("*") if file.is_file()]
    return [*((_name(file), _read(file)) for file in files), ("console", house.console())]


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # a file of the running server that has gone meanwhile
        return b""
