"""Say codes, quantities and times in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy

from yuanliu.base import moments
from yuanliu.base.refusal import Malformed
from yuanliu.base.units import COUNT, UnknownUnit, unit_of
from yuanliu.trace import wording

register = template.Library()

TRACEABLE_KINDS = {
    "lot": pgettext_lazy("traceable", "lot"),
    "unit": pgettext_lazy("traceable", "unit"),
    "container": pgettext_lazy("traceable", "container"),
    "vessel": pgettext_lazy("traceable", "vessel"),
}
CERTAINTIES = {
    "certain": pgettext_lazy("recall scope", "certain"),
    "likely": pgettext_lazy("recall scope", "likely"),
    "possible": pgettext_lazy("recall scope", "possible"),
}
FACT_KINDS = {
    "moved": pgettext_lazy("fact", "moved"),
    "unpacked": pgettext_lazy("fact", "unpacked"),
    "removed": pgettext_lazy("fact", "removed"),
    "vessel_defined": pgettext_lazy("fact", "vessel defined"),
    "shipped": pgettext_lazy("fact", "shipped"),
    "inspected": pgettext_lazy("fact", "inspected"),
    "held": pgettext_lazy("fact", "held"),
    "released": pgettext_lazy("fact", "released"),
    "rejected": pgettext_lazy("fact", "rejected"),
    "parameters_recorded": pgettext_lazy("fact", "parameters recorded"),
    "readings_recorded": pgettext_lazy("fact", "readings recorded"),
    "alias_registered": pgettext_lazy("fact", "alias registered"),
    "retracted": pgettext_lazy("fact", "retracted"),
}
"""Facts that make no flow; the words of those that do are the trace's."""
STAGES = {
    "incoming": pgettext_lazy("inspection", "incoming"),
    "in_process": pgettext_lazy("inspection", "in process"),
    "outgoing": pgettext_lazy("inspection", "outgoing"),
    "other": pgettext_lazy("inspection", "other"),
}
VERDICTS = {"pass": pgettext_lazy("verdict", "pass"), "fail": pgettext_lazy("verdict", "fail")}
CLOSE = 1e-4
CHANNELS = {
    "api": pgettext_lazy("channel", "program"),
    "cli": pgettext_lazy("channel", "command line"),
    "import": pgettext_lazy("channel", "import"),
}
ICONS = {
    "quarantine": "…",
    "released": "✓",
    "held": "‖",
    "rejected": "✕",
    "consumed": "→",
    "shipped": "↗",
    "scrapped": "∅",
    "recalled": "↩",
    "void": "–",
}
"""A sign for each status, so that colour is never the only one who says it (WCAG 1.4.1)."""

register.filter("disposition", wording.disposition_word)
register.filter("grade", wording.grade_word)


@register.filter
def icon(disposition: str) -> str:
    """Give the sign of a status."""
    return ICONS.get(disposition, "?")


@register.filter
def fact_kind(code: str) -> str:
    """Say what happened."""
    return str(FACT_KINDS.get(code) or wording.kind_word(code))


@register.filter
def traceable_kind(code: str) -> str:
    """Say what kind of thing it is."""
    return str(TRACEABLE_KINDS.get(code, code))


@register.filter
def certainty(code: str) -> str:
    """Say how surely a recall reaches something."""
    return str(CERTAINTIES.get(code, code))


@register.filter
def stage(code: str) -> str:
    """Say when an inspection looked."""
    return str(STAGES.get(code, code))


@register.filter
def verdict(code: str) -> str:
    """Say what an inspection found."""
    return str(VERDICTS.get(code, code)) or "–"


@register.filter
def channel(code: str) -> str:
    """Say through what something was told."""
    return str(CHANNELS.get(code, code))


@register.filter
def unit_symbol(code: str) -> str:
    """Write a unit as people do, counts in the reader's language; no unit stays as it was told."""
    try:
        unit = unit_of(code) if code else None
    except UnknownUnit:
        return code
    if unit and unit.dimension == COUNT and (get_language() or "").startswith("zh"):
        return unit.name_zh
    return unit.symbol if unit else ""


@register.filter
def quantity(told: Mapping[str, Any] | None) -> str:
    """Write an exact quantity; unknown is a question mark, never zero."""
    return exact(told["value"], told["unit"]) if told else "–"


@register.filter
def exact(value: str | None, unit: str) -> str:
    """Write an exact decimal with its unit; unknown is a question mark, never zero."""
    return wording.quantity_text({"value": value, "symbol": unit_symbol(unit)})


@register.filter
def amount(share: Mapping[str, Any] | None) -> str:
    """Write how much of the suspect material is meant, with its bounds where they differ."""
    if share is None:
        return "–"
    value, lower, upper = share["value"], share["lower"], share["upper"]
    unit = unit_symbol(share["unit"])
    if lower is not None and upper is not None and upper - lower <= CLOSE * max(upper, 0.0):
        return f"{rounded(upper if value is None else value)} {unit}"
    bounds = (
        f"{'?' if lower is None else rounded(lower)} – {'?' if upper is None else rounded(upper)}"
    )
    if value is None:
        return f"? {unit}" if not lower and upper is None else f"{bounds} {unit}"
    return f"{rounded(value)} ({bounds}) {unit}"


def rounded(value: float) -> str:
    """Write a share with four significant digits: it is computed, not counted."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) >= 0.0001 or value == 0 else "< 0.0001"


@register.filter
def lot_name(lot: Mapping[str, Any]) -> str:
    """Write a traceable as people do: ITEM/LOT, or its number alone."""
    return f"{lot['item']}/{lot['number']}" if lot.get("item") else str(lot.get("number", ""))


@register.filter
def floor_time(text: str) -> str:
    """Write a floor time as exactly as it is known: a moment, day, month, or from when to when."""
    try:
        moment = moments.parse(text or "")
    except Malformed:
        return text or "–"
    if moment.exact:
        return clock(moment.start)
    told = [moments.iso(end, moment.offset_minutes) for end in (moment.start, moment.end + 1)]
    first, after = (datetime.fromisoformat(text) for text in told)
    if first.time() == time.min and first + timedelta(days=1) == after:
        return f"{first:%Y-%m-%d}"
    if first.time() == time.min and first.day == 1 and _next_month(first) == after:
        return f"{first:%Y-%m}"
    return f"{clock(moment.start)} – {clock(moment.end)}"


@register.filter
def clock(microseconds: int | None) -> str:
    """Write microseconds since 1970 UTC as date and time of the zone that pages use."""
    if microseconds is None:
        return "–"
    try:
        told = timezone.localtime(moments.EPOCH + microseconds * moments.MICROSECOND)
    except OverflowError:  # the last day of the calendar, in a zone that is already past it
        return moments.iso(microseconds)
    return f"{told:%Y-%m-%d %H:%M}"


def _next_month(start: datetime) -> datetime:
    return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
