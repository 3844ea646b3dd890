"""Read how a file is written: delimiter, quotes, encoding, numbers, sheet, heading and zone."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from yuanliu.exchange.cells import Notation
from yuanliu.exchange.lined import Lined
from yuanliu.exchange.mapping import FileForm


def read_form(node: Lined | None, base: FileForm) -> FileForm:
    """Read a form; what it does not say is as in `base`. Raises MappingMemberUnknown, -Wrong."""
    known = ("name", "delimiter", "quote", "encoding", "decimal", "thousands", "sheet", "header",
             "skip", "blank", "zone")  # fmt: skip
    if node is None:
        return base
    told = node.members(known)
    header = told["header"].whole(least=1) if "header" in told else base.header
    return FileForm(
        name=told["name"].text() if "name" in told else base.name,
        delimiter=_mark(told.get("delimiter"), base.delimiter),
        quote=_quote(told.get("quote"), base.quote),
        encodings=_encodings(told.get("encoding")) or base.encodings,
        notation=_notation(told, base.notation),
        sheet=told["sheet"].text() if "sheet" in told else base.sheet,
        header=header,
        skip=told["skip"].whole() if "skip" in told else base.skip,
        blanks=read_blanks(told.get("blank")) or base.blanks,
        zone=_zone(told["zone"]) if "zone" in told else base.zone,
    )


def _mark(node: Lined | None, default: str) -> str:
    if node is None:
        return default
    text = {"tab": "\t", "space": " "}.get(node.text(), node.text())
    if len(text) != 1 or text in '"\r\n':
        node.wrong("; | , | tab")
    return text


def _quote(node: Lined | None, default: str) -> str:
    if node is None:
        return default
    if node.text() not in ("none", '"', "'"):
        node.wrong("\" | ' | none")
    return "" if node.text() == "none" else node.text()


def _encodings(node: Lined | None) -> tuple[str, ...]:
    names = []
    for member in node.items() if node else ():
        try:
            # The text encodings only: "hex" and its like are codecs too, but not of text.
            names.append(codecs.lookup(member.text()).name)
            b"".decode(names[-1])
        except LookupError:
            member.wrong("utf-8 | gb18030 | cp1250 | …")
    return tuple(names)


def _notation(told: dict[str, Lined], base: Notation) -> Notation:
    decimal, thousands = base.decimal, base.thousands
    if "decimal" in told:
        decimal = told["decimal"].choice({".": ".", ",": ","})
    if "thousands" in told:
        choices = {".": ".", ",": ",", "'": "'", "space": " ", "none": ""}
        thousands = told["thousands"].choice(choices)
        if thousands == decimal:
            told["thousands"].wrong(" | ".join(set(choices) - {decimal}))
    return Notation(decimal, thousands)


def read_blanks(node: Lined | None) -> frozenset[str]:
    """Read the texts that stand for a blank."""
    return frozenset(member.text().strip() for member in node.items()) if node else frozenset()


def _zone(node: Lined) -> tzinfo:
    text = node.text()
    offset = re.fullmatch(r"([+-])(\d{2}):(\d{2})", text)
    if text in ("UTC", "Z"):
        return UTC
    try:
        if offset:
            away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            return timezone(-away if offset[1] == "-" else away)
        return ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        node.wrong("UTC | +08:00 | Asia/Shanghai")
