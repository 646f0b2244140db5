"""Making tokens of a list on the machine where the list is kept: `daymark tokens`.

No settings, no database, no network. What a token protects against, and what not:
`docs/insight/own-lists.md`.
"""

import csv
import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from daymark.insight.tokens import separator
from daymark.vault.index import words_of

LENGTH = 32  # bytes of a secret
_SECRET = "daymark-project-"  # noqa: S105 - how one begins
ROWS_NAMED = 20


class Unmade(ValueError):
    """Nothing was written; the message says why and what to do."""


class NotTold(ValueError):
    """A row lacks what its person is known by; the message says what."""


def write_secret(file: Path) -> str:
    """Make a project's secret. Raises Unmade rather than replace one."""
    try:
        # Readable by its owner alone from the first moment.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Unmade(f"{file} exists; a secret is never overwritten.") from None
    key = secrets.token_bytes(LENGTH)
    with os.fdopen(handle, "w") as out:
        out.write(_SECRET + b64encode(key).decode() + "\n")
    return (
        f"Written to {file}; its fingerprint is {fingerprint(key)}. Hand it to the other owners of "
        "lists by a safe way, and to nobody who sees the tokens. Delete it when the study is over."
    )


def read_secret(file: Path) -> bytes:
    """Raises Unmade."""
    text = file.read_text(encoding="ascii", errors="replace").strip()
    try:
        key = b64decode(text.removeprefix(_SECRET), validate=True)
    except Error:
        key = b""
    if not text.startswith(_SECRET) or len(key) != LENGTH:
        raise Unmade(f"{file} holds no project secret; `daymark tokens secret FILE` makes one.")
    return key


def fingerprint(secret: bytes) -> str:
    """What tells two secrets apart and says nothing of either."""
    return hmac.digest(secret, b"daymark tokens: fingerprint", hashlib.sha256)[:4].hex()


def token(secret: bytes, *, names: Sequence[str], born: str | None, others: Sequence[str]) -> str:
    """The token of a person, whatever case, accents and order their names are written in.

    `born` is None where dates of birth are not used. Raises NotTold.
    """
    words = sorted(word for name in names for word in words_of(name))
    if names and not words:
        raise NotTold("no name")
    plain = ["".join(filter(str.isalnum, one.casefold())) for one in others]
    if not all(plain):
        raise NotTold("an identifier is empty")
    parts = ["names", " ".join(words), "born", "" if born is None else day(born).isoformat()]
    message = b"daymark token 1" + b"".join(
        len(part.encode()).to_bytes(4, "big") + part.encode() for part in (*parts, "others", *plain)
    )
    return hmac.digest(secret, message, hashlib.sha256).hex()


_DAYS = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y")


def day(text: str) -> date:
    """A date of birth: day before month, as in Britain, or ISO. Raises NotTold."""
    plain = text.strip().partition("T")[0].removesuffix(" 00:00:00")
    for form in _DAYS:
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise NotTold(
        "the date of birth is no date such as 31/12/1990" if plain else "no date of birth"
    )


def write_tokens(
    source: Path,
    out: Path,
    *,
    secret: Path,
    names: Sequence[str],
    born: str,
    others: Sequence[str],
    keep: Sequence[str],
    skip: bool = False,
) -> str:
    """Write the tokens of a list, and nothing else of it but the codes to `keep`.

    Returns what to tell. Raises Unmade; then nothing was written.
    """
    if not (names or others):
        raise Unmade("Say which columns a person is known by: --name COLUMN …, --id COLUMN ….")
    if out.exists():
        raise Unmade(f"{out} exists; nothing is overwritten.")
    key = read_secret(secret)
    lines, lacking = [], []
    for number, row in _rows(source, [*names, *others, *keep, *([born] if born else [])]):
        try:
            made = token(
                key,
                names=[row[column] for column in names],
                born=row[born] if born else None,
                others=[row[column] for column in others],
            )
        except NotTold as why:
            lacking.append(f"row {number}: {why}")
            continue
        lines.append([made, *(row[column].strip() for column in keep)])
    if lacking and not skip:
        more = len(lacking) - ROWS_NAMED
        told = [*lacking[:ROWS_NAMED], *([f"and {more} more"] if more > 0 else [])]
        raise Unmade(
            "Nothing was written, since not everybody can be told apart:\n"
            + "\n".join(told)
            + "\nComplete the rows, or leave them out with --skip and say so beside the figure."
        )
    if not lines:
        raise Unmade("No row can be told apart from another; nothing was written.")
    secrets.SystemRandom().shuffle(lines)  # the order of a list says who was next to whom
    with out.open("x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([f"token:{fingerprint(key)}", *(column.lower() for column in keep)])
        writer.writerows(lines)
    left = f" {len(lacking)} rows were left out." if lacking else ""
    people = len({line[0] for line in lines})
    return f"{len(lines)} rows, {people} people, made with secret {fingerprint(key)}.{left}"


def _rows(source: Path, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
        reader = csv.DictReader(lines, delimiter=separator(lines), strict=True, restval="")
        rows = [(reader.line_num, {str(k): str(v) for k, v in row.items()}) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise Unmade(f"{source} is not a CSV file in UTF-8; save it as CSV (UTF-8).") from None
    missing = [column for column in needed if column not in (reader.fieldnames or [])]
    if missing:
        there = ", ".join(reader.fieldnames or []) or "none"
        raise Unmade(f"{source} has no column {missing[0]!r}; its columns are: {there}.")
    return rows
