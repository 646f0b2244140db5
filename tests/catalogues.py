"""The catalogues of the public door: `make words` brings them to what its pages say.

Every text of the public door, and no other, stands in `src/daymark/locale/<language>`. New ones
are added empty, gone ones dropped, translations and the comments of translators kept, and the
compiled catalogue, which a running house reads, is written beside. Python is all it needs.
"""

import ast
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.template import Engine, Node
from django.template.base import VariableNode
from django.template.loader_tags import IncludeNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

SOURCE = Path(__file__).parents[1] / "src" / "daymark"
LOCALE = SOURCE / "locale"
LANGUAGES = ("ro", "vi", "sq", "ar")

TEMPLATES = (
    "design/templates/design/public.html",
    "design/templates/design/base.html",
    *(f"site/templates/{name}.html" for name in ("400", "404", "500", "trouble")),
    "concerns/templates/concerns/public/*.html",
    "signs/templates/signs/*.html",
    "design/templates/design/forms/*.html",
    "design/templates/design/django/forms/**/*.html",
)
"""Pages and forms; the components they name are found by following them."""

MODULES = (
    "concerns/forms/files.py",
    "concerns/forms/public.py",
    "concerns/forms/steps.py",
    "concerns/views/public.py",
    "concerns/views/report.py",
    "concerns/views/uploads.py",
    "signs/views.py",
    "site/languages.py",
    "design/forms.py",
)
FUNCTIONS = {"site/context.py": {"public"}}
"""Where a module serves both doors: the parts that serve the public one."""

MONTHS = "January February March April May June July August September October November December"
DJANGOS = (*MONTHS.split(), "Null characters are not allowed.")
"""Django's own words that it lacks, or writes otherwise, in one of our languages."""

CALLS = {"_", "gettext", "gettext_lazy"}
UNKNOWN = {"ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "npgettext"}


@dataclass
class Catalogue:
    header: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    """What translators wrote beside a text; `#, fuzzy` is one of them."""


def collect() -> dict[str, list[str]]:
    """Every text of the public door, with the files it stands in."""
    found: dict[str, set[str]] = {}
    for path, text in [*_in_templates(), *_in_modules(), *(("django", text) for text in DJANGOS)]:
        found.setdefault(text, set()).add(path)
    return {text: sorted(paths) for text, paths in sorted(found.items(), key=_by_place)}


def _by_place(one: tuple[str, set[str]]) -> tuple[str, str]:
    return min(one[1]), one[0]


# ---- texts in templates ----


def _in_templates() -> Iterator[tuple[str, str]]:
    folders = {path.name: path / "templates" for path in SOURCE.iterdir()}
    engine = Engine(
        libraries={
            "design": "daymark.design.templatetags.design",
            "i18n": "django.templatetags.i18n",
            "static": "django.templatetags.static",
        }
    )
    waiting = [path for pattern in TEMPLATES for path in sorted(SOURCE.glob(pattern))]
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        source = path.read_text(encoding="utf-8")
        for node in _nodes(engine.from_string(source).nodelist):
            if text := _text(node):
                yield str(path.relative_to(SOURCE)), text
            if isinstance(node, IncludeNode):
                name = str(node.template.var)
                waiting += [f / name for f in folders.values() if (f / name).exists()]
        parts = SOURCE / "design/templates/design/parts"
        for tag in re.findall(r"{% (\w+)", source):
            if (part := parts / f"{tag}.html").exists():
                waiting.append(part)


def _nodes(nodes: Any) -> Iterator[Node]:
    for node in nodes:
        yield node
        for name in (*node.child_nodelists, "nodelist"):
            yield from _nodes(getattr(node, name, None) or ())


def _text(node: Node) -> str:
    if isinstance(node, TranslateNode):
        assert not node.message_context
        return str(node.filter_expression.var.literal or node.filter_expression.var)
    if isinstance(node, BlockTranslateNode):
        assert not node.plural
        assert not node.message_context
        return str(node.render_token_list(node.singular)[0])
    if isinstance(node, VariableNode):
        assert '_("' not in str(node.filter_expression.token)
    return ""


# ---- texts in modules ----


def _in_modules() -> Iterator[tuple[str, str]]:
    for name in MODULES:
        for text in _calls(_tree(name)):
            yield name, text
    for name, wanted in FUNCTIONS.items():
        for part in _tree(name).body:
            if isinstance(part, ast.FunctionDef) and part.name in wanted:
                for text in _calls(part):
                    yield name, text


def _tree(name: str) -> ast.Module:
    return ast.parse((SOURCE / name).read_text(encoding="utf-8"))


def _calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in UNKNOWN, "the catalogues know no plural and no context yet"
            if node.func.id in CALLS:
                text = ast.literal_eval(node.args[0])
                assert isinstance(text, str)
                yield text


# ---- the files ----


def read(language: str) -> Catalogue:
    """A catalogue as its translators keep it."""
    catalogue = Catalogue()
    notes: list[str] = []
    text: dict[str, str] = {}
    key = ""

    def take() -> None:
        if "msgid" in text:
            if text["msgid"]:
                catalogue.texts[text["msgid"]] = text["msgstr"]
                catalogue.notes[text["msgid"]] = [n for n in notes if not n.startswith("#:")]
            else:
                catalogue.header = text["msgstr"]
        text.clear()
        notes.clear()

    for line in (*_po(language).read_text(encoding="utf-8").splitlines(), ""):
        if not line:
            take()
        elif line.startswith("#"):
            notes.append(line)
        else:
            name, quote, rest = line.partition('"')
            key = name.strip() or key
            text[key] = text.get(key, "") + str(ast.literal_eval(quote + rest))
    return catalogue


def write(language: str, catalogue: Catalogue, places: dict[str, list[str]]) -> None:
    lines = ['msgid ""', 'msgstr ""', *(_quoted(part) for part in _lines(catalogue.header))]
    for text, paths in places.items():
        lines += ["", *catalogue.notes.get(text, []), *(f"#: {path}" for path in paths)]
        lines += [f"msgid {_quoted(text)}", f"msgstr {_quoted(catalogue.texts.get(text, ''))}"]
    _po(language).write_text("\n".join([*lines, ""]), encoding="utf-8")
    _mo(language).write_bytes(compiled(catalogue))


def compiled(catalogue: Catalogue) -> bytes:
    """The catalogue as Python's `gettext` reads it: two sorted tables and the texts."""
    texts = {"": catalogue.header} | {k: v for k, v in catalogue.texts.items() if v}
    pairs = sorted((key.encode(), value.encode()) for key, value in texts.items())
    start = 28
    data, tables = b"", [b"", b""]
    for side in (0, 1):
        for pair in pairs:
            place = start + 16 * len(pairs) + len(data)
            tables[side] += struct.pack("<II", len(pair[side]), place)
            data += pair[side] + b"\0"
    head = struct.pack(
        "<7I", 0x950412DE, 0, len(pairs), start, start + 8 * len(pairs), 0, start + 16 * len(pairs)
    )
    return head + tables[0] + tables[1] + data


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _mo(language: str) -> Path:
    return _po(language).with_suffix(".mo")


if __name__ == "__main__":
    from django.conf import settings

    settings.configure()
    places = collect()
    for one in LANGUAGES:
        kept = read(one)
        kept.texts = {text: kept.texts.get(text, "") for text in places}
        write(one, kept, places)
        missing = sum(not text for text in kept.texts.values())
        print(f"{one}: {len(places)} texts, {missing} without words")
