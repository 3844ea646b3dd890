"""Write docs/reference/refusals.md: every way Yuanliu says no, from the code that says it.

`python3 dev.py docs` writes the page, `--check` only says whether it is up to date.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import tempfile
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog

from tools.environment import ROOT
from tools.translations import catalogue_path, placeholders, read_catalogue

if TYPE_CHECKING:
    from yuanliu.base.refusal import Refusal

PAGE = ROOT / "docs" / "reference" / "refusals.md"
LANGUAGE = "zh_Hans"
HEAD = """\
# Refusals · 拒绝代码

<!-- Written by `python3 dev.py docs` from the code; do not edit. -->

When Yuanliu refuses, it gives a *code* that never changes, the *facts* of the case, and a sentence
in the reader's language. The command line ends with status 1 and says code and sentence on the
error stream; the API answers with the HTTP status below and a problem document (RFC 9457).

系统拒绝操作时，会给出固定不变的*代码*、相关*事实*，以及用读者语言写成的一句说明。
"""


def refusals() -> list[type[Refusal]]:
    """Load every module of the package and return its refusals by code.

    Raises `SystemExit` if two refusals share one code.
    """
    import yuanliu
    from yuanliu.base.refusal import Refusal

    for module in pkgutil.walk_packages(yuanliu.__path__, "yuanliu."):
        if ".migrations" not in module.name and not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    found: dict[str, type[Refusal]] = {}
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if "code" not in vars(kind) or not kind.__module__.startswith("yuanliu."):
            continue
        if found.setdefault(kind.code, kind) is not kind:
            sys.exit(f"{kind.__qualname__} and {found[kind.code].__qualname__} share {kind.code}.")
    return [found[code] for code in sorted(found)]


def page() -> str:
    """Return the page as it should be."""
    catalogue = read_catalogue(catalogue_path(LANGUAGE), LANGUAGE)
    return "\n".join([HEAD, *(_section(kind, catalogue) for kind in refusals())])


def _section(kind: type[Refusal], catalogue: Catalog) -> str:
    message = catalogue.get(kind.sentence)
    facts = sorted(name.partition(")")[0][2:] for name in placeholders(kind.sentence))
    lines = [
        f"## `{kind.code}`",
        "",
        f"HTTP {kind.status} · room `{kind.__module__.split('.')[1]}`"
        + (f" · facts {', '.join(f'`{name}`' for name in facts)}" if facts else ""),
        "",
        f"> {kind.sentence}",
    ]
    if message and message.string:
        lines += [">", f"> {message.string}"]  # no plural: a refusal is one sentence
    return "\n".join([*lines, ""])


def main() -> int:
    """Write or check the page."""
    with tempfile.TemporaryDirectory(prefix="yuanliu-docs-") as home:
        os.environ.setdefault("YUANLIU_HOME", home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuanliu.config.settings")
        import django

        django.setup()
        fresh = page()
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != fresh:
            print("docs/reference/refusals.md is not up to date: run `python3 dev.py docs`.")
            return 1
        return 0
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
