"""Lay the answers out for a terminal: trees and tables, bounded, with what was left out said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from yuanliu.base.units import unit_of
from yuanliu.cli.output import console
from yuanliu.trace.wording import (
    disposition_word,
    grade_word,
    kind_word,
    moment_text,
    open_end_sentence,
    quantity_text,
)

if TYPE_CHECKING:
    from yuanliu.capture.imports import ImportReport
    from yuanliu.ledger.verify import Report

LINES_MAX = 40
CHILDREN_MAX = 12
COLOURS = {
    "released": "green",
    "quarantine": "yellow",
    "held": "red",
    "rejected": "red",
    "recalled": "red",
    "shipped": "blue",
}
GRADE_STYLES = {"scanned": "bold", "declared": "", "inferred": "dim"}

Json = Mapping[str, Any]


def print_trace(answer: Json) -> None:
    """Print a trace: headline, tree, totals, open ends."""
    names = ", ".join(name_of(seed) for seed in answer["seeds"])
    title = (
        _("Forward trace of %(lots)s")
        if answer["direction"] == "forward"
        else _("Backward trace of %(lots)s")
    ) % {"lots": names}
    console.rule(escape(title), align="left")
    console.print(_trace_tree(answer))
    _print_counts(answer)
    _print_open_ends(answer["open_ends"])
    print_balance(answer["balance"])


def _trace_tree(answer: Json) -> Tree:
    lots = {lot["id"]: lot for lot in answer["traceables"]}
    forward = answer["direction"] == "forward"
    leaving: dict[str, list[Json]] = {}
    for fact in sorted(answer["facts"], key=lambda fact: (fact["occurred"], fact["position"])):
        for name in fact["inputs"] if forward else fact["outputs"]:
            leaving.setdefault(name, []).append(fact)
    drawn: set[str] = set()
    lines = [LINES_MAX]
    top = Tree("", hide_root=True)
    for seed in answer["seeds"]:
        if seed["id"] in lots:
            _branch(top, seed["id"], lots, leaving, forward, drawn, lines)
    if lines[0] <= 0:
        more = len(lots) - len(drawn)
        top.add(_("… and %(count)s more; --json lists all of them") % {"count": more})
    return top


def _branch(
    tree: Tree,
    name: str,
    lots: Mapping[str, Json],
    leaving: Mapping[str, list[Json]],
    forward: bool,  # noqa: FBT001 - the direction of the whole tree
    drawn: set[str],
    lines: list[int],
    *,
    before: str = "",
) -> None:
    lines[0] -= 1
    if name in drawn:
        tree.add(f"{before} [dim]↑ {escape(name_of(lots[name]))}[/dim]".strip())
        return
    drawn.add(name)
    branch = tree.add(f"{before} {_lot_line(lots[name])}".strip())
    shown = 0
    for fact in leaving.get(name, ()):
        others = [o for o in (fact["outputs"] if forward else fact["inputs"]) if o in lots]
        if not others:
            continue
        if lines[0] <= 0 or shown >= CHILDREN_MAX:
            rest = sum(1 for f in leaving[name]) - shown
            branch.add(f"[dim]{_('… and %(count)s more facts') % {'count': rest}}[/dim]")
            return
        shown += 1
        arrow = "→" if forward else "←"
        words = f"[cyan]{arrow} {kind_word(fact['kind'])}[/cyan] {moment_text(fact['occurred'])}"
        if len(others) == 1 and lines[0] > 0:
            _branch(branch, others[0], lots, leaving, forward, drawn, lines, before=words)
            continue
        step = branch.add(words)
        for other in others[:CHILDREN_MAX]:
            if lines[0] > 0:
                _branch(step, other, lots, leaving, forward, drawn, lines)
        if len(others) > CHILDREN_MAX:
            rest = len(others) - CHILDREN_MAX
            step.add(f"[dim]{_('… and %(count)s more lots') % {'count': rest}}[/dim]")


def _lot_line(lot: Json) -> str:
    colour = COLOURS.get(lot["disposition"], "")
    status = disposition_word(lot["disposition"])
    parts = [
        f"[bold]{escape(name_of(lot))}[/bold]",
        escape(quantity_text(lot["quantity"])),
        f"[{colour}]{status}[/{colour}]" if colour else status,
        grade_word(lot["grade"]),
    ]
    where = lot["custodian"] or lot["location"]
    if where:
        parts.append(f"@ {escape(where)}")
    amount = lot["amount"]
    if amount is not None and (amount["value"], amount["upper"]) != (None, None):
        parts.append(f"[magenta]{escape(_share_text(amount))}[/magenta]")
    return "  ".join(parts)


def _share_text(amount: Json) -> str:
    def text(value: float | None) -> str:
        return "?" if value is None else f"{value:,.6g}"

    told = text(amount["value"])
    if amount["lower"] != amount["upper"] or amount["value"] is None:
        told += f" [{text(amount['lower'])} … {text(amount['upper'])}]"
    return f"{told} {unit_of(amount['unit']).symbol}"


def _print_counts(answer: Json) -> None:
    counts = answer["counts"]
    console.print(
        _("%(lots)s lots, %(facts)s facts, %(depth)s steps deep.")
        % {"lots": counts["traceables"], "facts": counts["facts"], "depth": counts["depth"]},
        _("Complete.") if answer["complete"] else _("Not complete: see the open ends."),
    )


def _print_open_ends(open_ends: Sequence[Json]) -> None:
    for end in open_ends[:LINES_MAX]:
        console.print(f"[yellow]• {escape(open_end_sentence(end))}[/yellow]")
    if len(open_ends) > LINES_MAX:
        rest = len(open_ends) - LINES_MAX
        console.print(_("… and %(count)s more open ends") % {"count": rest})


def print_balance(balance: Json) -> None:
    """Print the mass balance, unknown members as “?”."""
    if "entered" not in balance:
        return
    words = {
        "entered": _("received or produced"),
        "consumed": _("consumed"),
        "in_stock": _("in stock"),
        "shipped": pgettext("balance", "shipped"),
        "scrapped": pgettext("balance", "scrapped"),
        "sampled": _("sampled"),
        "unexplained": _("unexplained"),
    }
    told = ", ".join(f"{word} {balance[name] or '?'}" for name, word in words.items())
    console.print(
        _("Mass balance (%(unit)s): %(balance)s") % {"unit": balance["unit"], "balance": told},
        markup=False,
    )


def print_scope(answer: Json) -> None:
    """Print a recall scope: totals, places, customers, what to hold."""
    names = ", ".join(name_of(seed) for seed in answer["seeds"])
    console.rule(escape(_("Recall scope of %(lots)s") % {"lots": names}), align="left")
    words = {"certain": _("certain"), "likely": _("likely"), "possible": _("possible")}
    told = ", ".join(f"{word} {len(answer[name])}" for name, word in words.items())
    console.print(_("Lots affected: %(counts)s") % {"counts": told}, markup=False)
    table = Table(
        _("Item"), _("Lots"), _("Affected"), _("In stock"), _("With customers"), _("Used up")
    )
    for row in answer["totals"][:LINES_MAX]:
        table.add_row(
            escape(row["item"]),
            str(row["lots"]),
            *(quantity_text(row[name]) for name in ("affected", "in_stock", "shipped", "used_up")),
        )
    console.print(table)
    _print_places(_("Customer"), "party", answer["by_customer"])
    _print_places(_("Location"), "location", answer["by_location"])
    print_balance(answer["balance"])
    count = {"count": len(answer["hold"])}
    console.print(_("%(count)s lots must be held now.") % count)
    _print_open_ends(answer["open_ends"])


def _print_places(title: str, name: str, rows: Sequence[Json]) -> None:
    if not rows:
        return
    table = Table(title, _("Lots"), _("Quantity"))
    for row in rows[:LINES_MAX]:
        quantities = ", ".join(quantity_text(quantity) for quantity in row["quantities"])
        table.add_row(escape(row[name] or "?"), str(row["lots"]), quantities)
    console.print(table)


def print_lot(lot: Json) -> None:
    """Print one lot in full."""
    console.rule(escape(name_of(lot)), align="left")
    console.print(
        disposition_word(lot["disposition"]), quantity_text(lot["quantity"]), markup=False
    )
    for spot in lot["balances"]:
        amount = {"value": spot["value"], "symbol": lot["quantity"]["symbol"]}
        console.print(
            f"  {spot['party'] or spot['place'] or '?'}: {quantity_text(amount)}", markup=False
        )
    if lot["aliases"]:
        told = ", ".join(alias["text"] for alias in lot["aliases"])
        console.print(_("Also known as %(names)s") % {"names": told}, markup=False)
    table = Table(_("Stage"), _("Characteristic"), _("Value"), _("Position"))
    for row in lot["results"][:LINES_MAX]:
        value = f"{row['value']} {row['unit']}".strip()
        table.add_row(
            row["stage"], escape(row["characteristic"]), escape(value), str(row["position"])
        )
    if lot["results"]:
        console.print(table)
    for exception in lot["exceptions"][:LINES_MAX]:
        told = ", ".join(f"{name} {value}" for name, value in exception["facts"].items())
        console.print(f"! {exception['code']}: {told}", style="yellow", markup=False)
    places = ", ".join(map(str, lot["facts"]))
    console.print(_("Facts at positions %(positions)s") % {"positions": places}, markup=False)


def print_import(report: ImportReport) -> None:
    """Print what an import did."""
    for line in report.lines():
        console.print(line, markup=False)


def print_verification(report: Report) -> None:
    """Print what a verification found."""
    facts = {"size": report.size, "rows": report.rows, "checkpoints": report.checkpoints}
    console.print(
        _("%(size)s facts, %(rows)s projected rows and %(checkpoints)s checkpoints verified.")
        % facts
    )
    if report.sound:
        console.print(f"[green]{_('Everything is as it was recorded.')}[/green]")
        return
    if report.first_bad is not None:
        bad = _("The first bad position is %(position)s.") % {"position": report.first_bad}
        console.print(f"[red]{bad}[/red]")
    for found in report.findings[:LINES_MAX]:
        at = "–" if found.position is None else str(found.position)
        console.print(f"{at}: {found.what}", style="red", markup=False)


def name_of(lot: Json) -> str:
    """Name a lot as people do."""
    return f"{lot['item']}/{lot['number']}" if lot["item"] else str(lot["number"])
