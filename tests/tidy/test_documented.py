"""What a person can type or be told is documented, and nothing else is."""

import argparse
import re
import shlex

import pytest

from tests.tidy.source import ROOT
from tools import refusals_page

CLI_PAGE = ROOT / "docs" / "reference" / "cli.md"
READMES = ("README.md", "README.zh.md")
HEADING = re.compile(r"^#+ .*`(yuanliu[^`]*)`", re.MULTILINE)


def _commands() -> dict[str, argparse.ArgumentParser]:
    """Walk the parser: every command a person can type, `yuanliu` itself first, with its parser."""
    from yuanliu.cli.main import build_parser

    found = {}
    waiting = [("yuanliu", build_parser())]
    while waiting:
        name, parser = waiting.pop(0)
        found[name] = parser
        for word, below in _below(parser).items():
            waiting.append((f"{name} {word}", below))
    return found


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _options(parser: argparse.ArgumentParser) -> set[str]:
    """Return the long options and the arguments' names, as a person reads them in the help."""
    words = set()
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        if action.option_strings:
            words.add(max(action.option_strings, key=len))
        else:
            words.add(action.metavar if isinstance(action.metavar, str) else action.dest)
    return words


def _sections() -> dict[str, str]:
    """Cut the page at its headings that name a command: `## `yuanliu trace forward``."""
    text = CLI_PAGE.read_text("utf-8")
    marks = list(HEADING.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {
        " ".join(mark[1].split()): text[mark.end() : end]
        for mark, end in zip(marks, ends, strict=True)
    }


def test_every_command_has_a_section_in_the_reference():
    assert sorted(_sections()) == sorted(_commands())


def test_every_section_names_every_option_and_argument_of_its_command():
    sections = _sections()
    missing = {
        name: sorted(word for word in _options(parser) if word not in sections.get(name, ""))
        for name, parser in _commands().items()
    }
    assert {name: words for name, words in missing.items() if words} == {}


def test_every_command_and_option_has_help():
    silent = [
        f"{name}: {'/'.join(action.option_strings) or action.dest}"
        for name, parser in _commands().items()
        for action in parser._actions
        if not isinstance(action, argparse._SubParsersAction) and not action.help
    ]
    assert silent == []


def test_the_page_of_refusals_is_what_the_code_says():
    # Compared apart from the assertion: a difference between long texts takes minutes to draw.
    fresh = refusals_page.PAGE.read_text("utf-8") == refusals_page.page()
    assert fresh, "run `python3 dev.py docs`"


def test_every_refusal_that_is_given_has_its_own_code():
    # A class without a code of its own would be shown to people as its parent's refusal.
    from yuanliu.base.refusal import Refusal

    refusals_page.refusals()
    waiting, unnamed = [Refusal], []
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        is_ours = kind.__module__.startswith("yuanliu.")
        if is_ours and not kind.__subclasses__() and "code" not in vars(kind):
            unnamed.append(kind.__qualname__)
    assert unnamed == []


def _typed_in(readme: str) -> list[list[str]]:
    """Return the commands of a README's code blocks, as words."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / readme).read_text("utf-8"), re.M | re.S)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [
        shlex.split(line, comments=True)
        for line in lines
        if re.match(r"(python3 dev\.py|yuanliu)\b", line)
    ]


@pytest.mark.parametrize("readme", READMES)
def test_every_command_of_the_readme_exists(readme):
    import dev

    typed = _typed_in(readme)
    unknown = []
    for words in typed:
        if words[0] == "yuanliu":
            known, rest = _follow(_commands()["yuanliu"], words[1:])
        else:
            known, rest = _follow(dev.build_parser(), words[2:])
        options = {word.partition("=")[0] for word in rest if word.startswith("--")}
        if known is None or options - _all_options(known):
            unknown.append(" ".join(words))
    assert unknown == []
    assert ["python3", "dev.py", "up"] in typed
    assert ["python3", "dev.py", "test"] in typed


def test_both_readmes_type_the_same_commands():
    assert _typed_in(READMES[0]) == _typed_in(READMES[1])


def _follow(parser, words):
    """Go down the parser as far as words name commands; None if one is missing or wrong."""
    options = []
    while words and words[0].startswith("-"):
        options.append(words.pop(0))
    below = _below(parser)
    if not below:
        return parser, options + words
    if not words or words[0] not in below:
        return None, words
    return _follow(below[words[0]], options + words[1:])


def _all_options(parser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}
