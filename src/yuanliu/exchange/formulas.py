"""Keep text that a spreadsheet would run as a formula asleep; wake it when it comes back.

An apostrophe before it does both: spreadsheets show the rest as text, and the rule which texts get
one is such that it can be undone exactly (RELIABILITY B5).
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
# Full-width forms count: spreadsheets in Chinese and Japanese take them for the same signs.
_WAKING = re.compile(r"'*[\s\x00]*[=+\-@|%\t\r\n\uff1d\uff0b\uff0d\uff20]")


def asleep(text: str) -> str:
    """Put an apostrophe before text that could be taken for a formula; numbers stay numbers."""
    if _WAKING.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def awake(text: str) -> str:
    """Take away the apostrophe that `asleep` put there."""
    if text.startswith("'") and _WAKING.match(text[1:]) and not _NUMBER.fullmatch(text[1:]):
        return text[1:]
    return text
