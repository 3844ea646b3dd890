"""Keep the translations complete: `extract | check | compile`, with Babel, without GNU gettext.

The English sentence is its own key. `extract` writes every sentence of src into each language's
catalogue and keeps what is translated; `check` says what is missing, doubtful or stale; `compile`
makes the .mo files. The translation of a sentence no longer in use is kept at the catalogue's end,
and comes back if the sentence does.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tools.environment import ROOT

SOURCE = ROOT / "src"
LOCALE = SOURCE / "yuanliu" / "locale"
LANGUAGES = ("zh_Hans",)
WIDTH = 100
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators:",)
UNUSED_HEADERS = re.compile(
    rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Project-Id-Version|Report-Msgid-Bugs-To'
    rb"|Last-Translator|Language-Team): .*\n",
    re.MULTILINE,
)
HEADER = (
    "# Yuanliu in %s. `python3 dev.py translations extract` writes this file;\n"
    "# a translator fills in the msgstr lines and keeps placeholders such as %%(lot)s as they are."
)
PERCENT = re.compile(r"%(?:\((\w+)\))?[-+#0]*\d*(?:\.\d+)?([diouxXeEfFgGcrsa%])")
BRACES = re.compile(r"\{(\w*)(?:![rsa])?(?::[^{}]*)?\}")
Key = tuple[str, str]
"""A sentence and its context ("" without)."""


# Sentences in the source ------------------------------------------------------------------------


def sentences(source: Path = SOURCE) -> Catalog:
    """Collect every sentence of the Python files and templates, with the files it stands in."""
    found = Catalog()
    for path, code in _python_of(source):
        where = path.relative_to(source).as_posix()
        for _, sentence, comments, context in extract(
            "python", io.BytesIO(code.encode()), KEYWORDS, COMMENT_TAGS, {"encoding": "utf-8"}
        ):
            found.add(
                sentence, locations=[(where, 0)], auto_comments=comments, context=context or None
            )
    for message in found:
        message.locations = sorted(set(message.locations))
        message.auto_comments = sorted(set(message.auto_comments))
    return found


def _python_of(source: Path) -> Iterator[tuple[Path, str]]:
    """Give each file that may hold sentences, templates as Django's own translation to Python."""
    from django.utils.translation.template import templatize

    for path in sorted(source.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, path.read_text(encoding="utf-8")
    for path in sorted(source.rglob("templates/**/*")):
        if path.suffix in (".html", ".txt", ".svg"):
            yield path, templatize(path.read_text(encoding="utf-8"), origin=str(path))


# Catalogues -------------------------------------------------------------------------------------


def catalogue_path(language: str, locale: Path = LOCALE) -> Path:
    """Return where a language's catalogue lies."""
    return locale / language / "LC_MESSAGES" / "django.po"


def read_catalogue(path: Path, language: str) -> Catalog:
    """Read a catalogue, or begin an empty one."""
    if not path.exists():
        return Catalog(locale=language, domain="django")
    with path.open("rb") as written:
        return read_po(written, locale=language, domain="django")


def merged(found: Catalog, known: Catalog, *, prune: bool) -> Catalog:
    """Give every found sentence what is known of its translation; keep the others as obsolete."""
    memory = {_key(message): message for message in known.obsolete.values()}
    memory |= {_key(message): message for message in known if message.id}
    header = HEADER % known.locale
    result = Catalog(locale=known.locale, domain="django", fuzzy=False, header_comment=header)
    for message in found:
        if not message.id:
            continue
        old = memory.pop(_key(message), None)
        result.add(
            message.id,
            _translation(old, message),
            locations=message.locations,
            flags=(old.flags & {"fuzzy"}) if old else (),
            auto_comments=message.auto_comments,
            user_comments=old.user_comments if old else (),
            context=message.context,
        )
    if not prune:
        for message in memory.values():
            if any(_strings(message)):
                result.obsolete[_key(message)] = message
    return result


def _translation(old: Message | None, message: Message) -> Any:
    """Return the old translation if it has the new form (a sentence may have become a plural)."""
    if old is None or old.pluralizable != message.pluralizable:
        return ("",) if message.pluralizable else ""
    return old.string


def rendered(catalogue: Catalog) -> bytes:
    """Write equal catalogues as equal bytes: sorted, without dates or line numbers."""
    written = io.BytesIO()
    write_po(written, catalogue, width=WIDTH, sort_output=True, include_lineno=False)
    return UNUSED_HEADERS.sub(b"", written.getvalue())


def compiled(path: Path, language: str) -> bytes:
    """Return a catalogue's .mo file."""
    written = io.BytesIO()
    write_mo(written, read_catalogue(path, language))
    return written.getvalue()


def _key(message: Message) -> Key:
    sentence = message.id[0] if isinstance(message.id, list | tuple) else message.id
    return sentence, message.context or ""


def _strings(message: Message) -> list[str]:
    given = message.string
    return list(given) if isinstance(given, list | tuple) else [given or ""]


# Checks -----------------------------------------------------------------------------------------


def problems(found: Catalog, known: Catalog) -> list[str]:
    """Say what is wrong with a catalogue: missing, empty or doubtful sentences, placeholders."""
    here = {_key(message): message for message in known if message.id}
    wrong = []
    for message in found:
        if not message.id:
            continue
        sentence = _key(message)[0]
        entry = here.get(_key(message))
        files = ", ".join(sorted({where for where, _ in message.locations}))
        if entry is None:
            wrong.append(f"not in the catalogue (run extract): “{sentence}” of {files}")
        elif not all(_strings(entry)):
            wrong.append(f"not translated: “{sentence}” of {files}")
        elif entry.fuzzy:
            wrong.append(f"marked fuzzy: “{sentence}” of {files}")
        else:
            wrong += _wrong_placeholders(entry)
    return wrong


def _wrong_placeholders(entry: Message) -> list[str]:
    # Of a plural, the last form is the general one; the first may say "one" without its number.
    sentence = entry.id[-1] if isinstance(entry.id, list | tuple) else entry.id
    wanted = placeholders(sentence)
    return [
        f"other placeholders: “{sentence}” has {sorted(wanted)},"
        f" “{string}” has {sorted(placeholders(string))}"
        for string in _strings(entry)
        if placeholders(string) != wanted
    ]


def placeholders(sentence: str) -> set[str]:
    """Return a sentence's placeholders, `%(name)s` and `{name}` alike; count nameless ones."""
    found = set()
    nameless = 0
    for name, conversion in PERCENT.findall(sentence):
        if conversion == "%" and not name:
            continue
        nameless += not name
        found.add(f"%({name or nameless}){conversion}")
    without = PERCENT.sub("", sentence)
    return found | {f"{{{name}}}" for name in BRACES.findall(without)}


# Commands ---------------------------------------------------------------------------------------


def extract_all(*, prune: bool) -> int:
    """Bring every catalogue up to date."""
    found = sentences()
    for language in LANGUAGES:
        path = catalogue_path(language)
        result = merged(found, read_catalogue(path, language), prune=prune)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rendered(result))
        missing = sum(not all(_strings(message)) for message in result if message.id)
        print(
            f"{language}: {len(result)} sentences, {missing} to translate,"
            f" {len(result.obsolete)} no longer in use"
        )
    return 0


def check_all() -> int:
    """Say everything that is wrong with any catalogue."""
    found = sentences()
    wrong = []
    for language in LANGUAGES:
        path = catalogue_path(language)
        known = read_catalogue(path, language)
        wrong += [f"{language}: {problem}" for problem in problems(found, known)]
        fresh = rendered(merged(found, known, prune=False))
        if not wrong and (not path.exists() or fresh != path.read_bytes()):
            wrong.append(f"{language}: the catalogue is out of date (run extract)")
    for problem in wrong:
        print(problem)
    print(f"{len(wrong)} problems in {len(found)} sentences")
    return 1 if wrong else 0


def compile_all() -> int:
    """Make every .mo file."""
    for language in LANGUAGES:
        path = catalogue_path(language)
        if path.exists():
            path.with_suffix(".mo").write_bytes(compiled(path, language))
    return 0


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("action", choices=("extract", "check", "compile"))
    parser.add_argument("--prune", action="store_true", help="forget sentences no longer in use")
    options = parser.parse_args()
    if options.action == "extract":
        return extract_all(prune=options.prune)
    return check_all() if options.action == "check" else compile_all()


if __name__ == "__main__":
    sys.exit(main())
