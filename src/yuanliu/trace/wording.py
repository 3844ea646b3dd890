"""The words of an answer in the reader's language, as `GLOSSARY` fixes them; shared by page and
terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yuanliu.base.moments import day, month

DISPOSITIONS = {
    "quarantine": pgettext_lazy("disposition", "quarantine"),
    "released": pgettext_lazy("disposition", "released"),
    "held": pgettext_lazy("disposition", "held"),
    "rejected": pgettext_lazy("disposition", "rejected"),
    "consumed": pgettext_lazy("disposition", "consumed"),
    "shipped": pgettext_lazy("disposition", "shipped"),
    "scrapped": pgettext_lazy("disposition", "scrapped"),
    "recalled": pgettext_lazy("disposition", "recalled"),
    "void": pgettext_lazy("disposition", "void"),
}
GRADES = {
    "scanned": pgettext_lazy("grade", "scanned"),
    "declared": pgettext_lazy("grade", "declared"),
    "inferred": pgettext_lazy("grade", "inferred"),
}
KINDS = {
    "received": pgettext_lazy("fact", "received"),
    "produced": pgettext_lazy("fact", "produced"),
    "split": pgettext_lazy("fact", "split"),
    "merged": pgettext_lazy("fact", "merged"),
    "relabelled": pgettext_lazy("fact", "relabelled"),
    "filled": pgettext_lazy("fact", "filled"),
    "drawn": pgettext_lazy("fact", "drawn"),
    "returned": pgettext_lazy("fact", "returned"),
    "scrapped": pgettext_lazy("fact", "scrapped"),
    "adjusted": pgettext_lazy("fact", "adjusted"),
    "sampled": pgettext_lazy("fact", "sampled"),
    "installed": pgettext_lazy("fact", "installed"),
    "packed": pgettext_lazy("fact", "packed"),
}
OPEN_ENDS = {
    "no_origin": gettext_lazy("%(lot)s has no recorded origin: record its receipt or production."),
    "overdrawn": gettext_lazy(
        "More of %(lot)s was used than was ever recorded: find what is missing."
    ),
    "unknown_quantity": gettext_lazy(
        "%(lot)s was used in an unknown quantity: amounts from here on are bounds."
    ),
    "widened_time": gettext_lazy(
        "%(lot)s is reached only because times are not known exactly: find the exact times."
    ),
    "unscanned": gettext_lazy("%(lot)s is linked by inference only: have the step scanned."),
    "found_more": gettext_lazy(
        "Some of %(lot)s only turned up in a count: find where it came from."
    ),
    "truncated": gettext_lazy("The trace stopped at %(lot)s, at its limit: raise the limit."),
}


def disposition_word(code: str) -> str:
    """Say a disposition."""
    return str(DISPOSITIONS.get(code, code))


def grade_word(code: str) -> str:
    """Say an evidence grade."""
    return str(GRADES.get(code, code))


def kind_word(code: str) -> str:
    """Say what kind of fact it is."""
    return str(KINDS.get(code, code))


def moment_text(occurred: str) -> str:
    """Say a floor time as it is known: a whole month or day as such, an exact time to the
    minute.
    """
    first, _slash, last = occurred.partition("/")
    if not last:
        return first[:16].replace("T", " ")
    year, number, date = (int(part) for part in first[:10].split("-"))
    if str(month(year, number)) == occurred:
        return first[:7]
    if str(day(year, number, date)) == occurred:
        return first[:10]
    return f"{first[:16].replace('T', ' ')} … {last[:16].replace('T', ' ')}"


def open_end_sentence(end: Mapping[str, Any]) -> str:
    """Say where and why a trace is open, and what to do about it."""
    lot = end.get("traceable") or {}
    name = f"{lot.get('item')}/{lot.get('number')}" if lot.get("item") else lot.get("number", "?")
    sentence = OPEN_ENDS.get(end["reason"])
    return str(sentence) % {"lot": name} if sentence else f"{end['reason']}: {name}"


def quantity_text(quantity: Mapping[str, Any] | None) -> str:
    """Say an exact quantity; unknown is a question mark, never zero."""
    if quantity is None:
        return "–"
    value = quantity["value"]
    if value is None:
        return _("? %(unit)s") % {"unit": quantity.get("symbol", "")}
    whole, point, part = str(value).partition(".")
    grouped = f"{int(whole):,}" if whole.lstrip("-").isdigit() else whole
    return f"{grouped}{point}{part} {quantity.get('symbol', '')}".strip()
