"""Keep the tables of traceables: the fold of each one's facts in the order of the floor."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from yuanliu.base.canonical import canonical, loads
from yuanliu.base.ids import new_id
from yuanliu.base.moments import Moment
from yuanliu.base.quantity import plain
from yuanliu.base.units import unit_of
from yuanliu.ledger import bulk
from yuanliu.ledger.bulk import Row, Table
from yuanliu.ledger.facts import Fact
from yuanliu.ledger.projections import Bench, Projection
from yuanliu.ledger.sheets import Sheet, Store
from yuanliu.lots import events, models
from yuanliu.lots.effects import births, blank, changes_by_traceable, fold, put_into
from yuanliu.lots.events import Quality, TraceableKind
from yuanliu.lots.state import FactOrder, Lot, Spot

NAME = "lots"
OWN_NUMBER = "number"


def folded(text: str) -> str:
    """Fold a number for search: compatibility forms, case and blanks do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


class LotsSession:
    """Traceables at work in one transaction."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._traceables = bench.sheet(models.Traceable, "id")
        self._balances = bench.sheet(models.Balance, "traceable")
        self._names = bench.sheet(models.Name, "folded")
        self._contents = bench.sheet(models.Content, "parent")
        self._history = bench.sheet(models.History, "position")
        self._results = bench.sheet(models.ResultRow, "position")
        self._deviations = bench.sheet(models.Deviation, "position")
        self._counter = bench.sheet(models.Counter, "name")
        self._superseded = bench.sheet(models.Superseded, "position")
        self._states: dict[str, Lot | None] = {}
        self._dirty: dict[str, Lot | None] = {}

    # Reading

    def preload(self, facts: Sequence[Fact]) -> None:
        """Read the traceables that these facts touch, and the names they give."""
        touched: dict[str, None] = {}
        numbers: dict[str, None] = {}
        for fact in facts:
            touched.update(dict.fromkeys(changes_by_traceable(fact)))
            numbers.update(dict.fromkeys(birth.number for birth in births(fact.data).values()))
            if isinstance(fact.data, events.AliasRegistered):
                numbers[fact.data.text] = None
            self._fresh(fact.position)
        self.preload_ids(touched)
        self._names.preload(folded(number) for number in numbers)

    def preload_ids(self, ids: Iterable[str]) -> None:
        """Read traceables, their balances and what is in them with three statements."""
        missing = [traceable for traceable in ids if traceable not in self._states]
        self._traceables.preload(missing)
        keys = []
        at = self._traceables.table.columns.index("key")
        for traceable in missing:
            row = self._traceables.get(traceable, traceable)
            if row is not None:
                keys.append(row[at])
        self._balances.preload(keys)
        self._contents.preload(missing)

    def fresh_id(self) -> str:
        """Give an id that nothing has yet, so that nothing need be read for it."""
        fresh = new_id()
        self._traceables.known_empty(fresh)
        self._contents.known_empty(fresh)
        return fresh

    def preload_numbers(self, numbers: Iterable[str]) -> None:
        """Read the traceables that go by these numbers."""
        wanted = [folded(number) for number in numbers]
        self._names.preload(wanted)
        at = self._names.table.columns.index("traceable")
        self.preload_ids(row[at] for number in wanted for row in self._names.rows(number))

    def get(self, traceable: str) -> Lot | None:
        """Give a traceable's state, or None if there is none with this id."""
        if traceable and traceable not in self._states:
            self._states[traceable] = self._load(traceable)
        return self._states.get(traceable)

    def as_of(self, lot: Lot, moment: Moment) -> Lot:
        """Give the state a traceable had, by all that may have happened until the moment ended.

        The lot itself, if nothing happened to it since, or if it did not exist yet.
        """
        if lot.last[0] <= moment.end:
            return lot
        then = self._fold(lot, self._until(lot, moment))
        return lot if then.born is None else then

    def _until(self, lot: Lot, moment: Moment) -> list[Fact]:
        return [fact for fact in self.standing(lot) if fact.occurred.start <= moment.end]

    def named(self, number: str) -> list[Lot]:
        """Give the living traceables that go by a number, their own number first."""
        found: dict[str, tuple[bool, Lot]] = {}
        rows = self._names.rows(folded(number))
        self.preload_ids(row[1] for row in rows)
        for row in rows:
            named = dict(zip(self._names.table.columns, row, strict=True))
            lot = self.get(named["traceable"])
            if lot is not None and lot.born is not None:
                own = named["scheme"] == OWN_NUMBER
                found[lot.id] = (own or found.get(lot.id, (False,))[0], lot)
        return [
            lot for own, lot in sorted(found.values(), key=lambda pair: (not pair[0], pair[1].key))
        ]

    def contents(self, tops: Sequence[str]) -> dict[str, list[Lot]]:
        """Give everything inside each of these traceables, however deep.

        One statement for each level of all of them together.
        """
        found: dict[str, dict[str, Lot]] = {top: {} for top in tops}
        level = [(top, top) for top in found]
        while level:
            self._contents.preload(parent for _, parent in level)
            pairs = [(top, row[1]) for top, parent in level for row in self._contents.rows(parent)]
            level = [(top, child) for top, child in pairs if child not in found[top]]
            self.preload_ids(child for _, child in level)
            for top, child in level:
                found[top][child] = self._must(child)
        return {top: list(inside.values()) for top, inside in found.items()}

    def contents_then(self, top: Lot, moment: Moment) -> list[Lot]:
        """Give everything that was inside a traceable when the moment ended, as it is now."""
        if top.last[0] <= moment.end:
            return self.contents([top.id])[top.id]
        children = dict.fromkeys(
            child for fact in self._until(top, moment) for child in put_into(fact.data, top.id)
        )
        self.preload_ids(children)
        found: list[Lot] = []
        for child in map(self._must, children):
            then = self.as_of(child, moment)
            if top.id in (then.container, then.assembly):
                found += [child, *self.contents_then(child, moment)]
        return found

    def above(self, lot: Lot) -> list[str]:
        """Give the containers and assemblies a traceable is in, innermost first."""
        found: list[str] = []
        while parent := lot.container or lot.assembly:
            if parent in found:
                break
            found.append(parent)
            lot = self._must(parent)
        return found

    def key_of(self, traceable: str) -> int:
        """Give a traceable's key."""
        return self._must(traceable).key

    def facts_of(self, lot: Lot) -> list[int]:
        """Give the positions of the facts that touched a traceable, unflushed ones included."""
        return sorted(row[0] for row in self._history.scan("traceable", lot.key))

    def standing(self, lot: Lot, latest: Fact | None = None) -> list[Fact]:
        """Give the facts of a traceable that count, in the order of the floor.

        `latest` is the one being worked in, if it touches the traceable.
        """
        known = None if latest is None else latest.position
        positions = [position for position in self.facts_of(lot) if position != known]
        facts = [*self._bench.read_facts(positions), *([] if latest is None else [latest])]
        self._superseded.preload(
            [*positions, *(f.supersedes for f in facts if f.supersedes is not None)]
        )
        counting = [fact for fact in facts if self.superseded_by(fact.position) is None]
        return sorted(counting, key=self.order_of)

    def superseded_by(self, position: int) -> int | None:
        """Give the position of the fact that superseded one, or None."""
        row = self._superseded.get(position, position)
        return None if row is None else row[1]

    def order_of(self, fact: Fact) -> FactOrder:
        """Sort facts as the floor lived them: by floor time, then as they were first told.

        A correction stands where the fact stood that it supersedes, and so does its own correction.
        """
        start, end, place = fact.order
        if fact.supersedes is not None:
            row = self._superseded.get(fact.supersedes, fact.supersedes)
            place = place if row is None else row[2]
        return (start, end, place)

    # Writing

    def apply(self, fact: Fact) -> None:
        """Work a fact in: fold it on if it is the latest, else fold the traceable's facts anew."""
        self._fresh(fact.position)
        grouped = changes_by_traceable(fact)
        superseded = () if fact.supersedes is None else self._supersede(fact)
        order = self.order_of(fact)
        for traceable in dict.fromkeys((*grouped, *superseded)):
            before = self.get(traceable) or self._create(traceable)
            touching = fact if traceable in grouped else None
            if touching:
                self._history.put((fact.position, before.key))
            if fact.supersedes is None and order >= before.last:
                self._set(fold(before, grouped[traceable], order))
            else:
                self._set(self._fold(before, self.standing(before, touching)))
        self._note(fact)

    def settle(self) -> None:
        """Write the changed states into the sheets."""
        for traceable, before in self._dirty.items():
            now = self._states[traceable]
            if now is None or now == before:
                continue
            self._traceables.put(_row_of(now))
            if before is None:
                self._balances.known_empty(now.key)
            old = before.stock if before else {}
            for spot in {*old, *now.stock}:
                row = (now.key, spot.place, spot.party)
                if spot in now.stock:
                    value = now.stock[spot]
                    self._balances.put((*row, None if value is None else plain(value)))
                else:
                    self._balances.remove((*row, None))
        self._dirty.clear()

    def _create(self, traceable: str) -> Lot:
        row = self._counter.get(NAME, NAME)
        key = (row[1] if row else 0) + 1
        self._counter.put((NAME, key))
        lot = blank(traceable, key)
        self._set(lot)
        return lot

    def _set(self, lot: Lot) -> None:
        before = self._states.get(lot.id)
        self._dirty.setdefault(lot.id, before)
        self._states[lot.id] = lot
        self._bench.shelf.undo.append(lambda: self._states.__setitem__(lot.id, before))
        self._rename(before, lot)
        self._rehouse(before, lot)

    def _rename(self, before: Lot | None, lot: Lot) -> None:
        if before is not None and (before.number, before.born) == (lot.number, lot.born):
            return
        if before is not None and before.born is not None:
            self._names.remove(_own_name(before))
        if lot.born is not None:
            self._names.put(_own_name(lot))

    def _rehouse(self, before: Lot | None, lot: Lot) -> None:
        old = {before.container, before.assembly} - {""} if before else set()
        new = {lot.container, lot.assembly} - {""}
        for parent in old - new:
            self._contents.remove((parent, lot.id))
        for parent in new - old:
            self._contents.put((parent, lot.id))

    def _fold(self, lot: Lot, facts: Iterable[Fact]) -> Lot:
        state = blank(lot.id, lot.key)
        for fact in facts:
            changes = changes_by_traceable(fact).get(lot.id, ())
            state = fold(state, changes, self.order_of(fact))
        return state

    def _supersede(self, fact: Fact) -> list[str]:
        assert fact.supersedes is not None
        (old,) = self._bench.read_facts([fact.supersedes])
        self._superseded.put((old.position, fact.position, self.order_of(old)[2]))
        for rows in (self._results, self._deviations):
            at = rows.table.columns.index("superseded")
            for row in rows.rows(old.position):
                rows.put((*row[:at], fact.position, *row[at + 1 :]))
        if isinstance(old.data, events.AliasRegistered):
            self._names.remove(_alias_row(old.data, old.position))
        touched = list(changes_by_traceable(old))
        self.preload_ids(touched)
        return touched

    def _note(self, fact: Fact) -> None:
        if isinstance(fact.data, events.Inspected):
            key = self.key_of(fact.data.traceable)
            for line, told in enumerate(fact.data.results):
                self._results.put(
                    (fact.position, line, key, fact.data.stage.value, told.characteristic,
                     told.value, told.unit, told.verdict, None)
                )  # fmt: skip
        if isinstance(fact.data, events.AliasRegistered):
            self._names.put(_alias_row(fact.data, fact.position))
        for line, conflict in enumerate(fact.conflicts):
            facts = canonical(dict(conflict["facts"])).decode()
            self._deviations.put((fact.position, line, conflict["code"], facts, None))

    def _fresh(self, position: int) -> None:
        for sheet in (self._history, self._results, self._deviations):
            sheet.known_empty(position)

    def _must(self, traceable: str) -> Lot:
        lot = self.get(traceable)
        if lot is None:
            raise LookupError(f"traceable {traceable} has no row")
        return lot

    def _load(self, traceable: str) -> Lot | None:
        row = self._traceables.get(traceable, traceable)
        if row is None:
            return None
        named = dict(zip(self._traceables.table.columns, row, strict=True))
        return _lot_of(named, self._balances)


def _own_name(lot: Lot) -> tuple[Any, ...]:
    assert lot.born is not None
    return (folded(lot.number), lot.id, OWN_NUMBER, lot.number, lot.supplier, lot.born[2])


def _alias_row(data: events.AliasRegistered, position: int) -> tuple[Any, ...]:
    return (folded(data.text), data.traceable, data.scheme, data.text, data.party, position)


def _row_of(lot: Lot) -> tuple[Any, ...]:
    content = lot.quantity.value
    spot = next(iter(lot.spots), Spot())
    return (
        lot.id, lot.key, lot.kind.value, lot.item, lot.number, lot.supplier, lot.unit.code,
        lot.quality.value, lot.disposition, None if content is None else plain(content),
        spot.place, spot.party, lot.container, lot.assembly, lot.expires, lot.exit,
        canonical(list(lot.holds)).decode(), canonical(dict(lot.certificate)).decode(),
        *(lot.born or (None, None, None)), *lot.last,
    )  # fmt: skip


def _lot_of(row: dict[str, Any], balances: Sheet) -> Lot:
    stock = {
        Spot(place, party): None if quantity is None else Decimal(quantity)
        for _key, place, party, quantity in balances.rows(row["key"])
    }
    born = None
    if row["born_position"] is not None:
        born = (row["born_start"], row["born_end"], row["born_position"])
    return Lot(
        id=row["id"],
        key=row["key"],
        kind=TraceableKind(row["kind"]),
        item=row["item"],
        number=row["number"],
        unit=unit_of(row["unit"]),
        supplier=row["supplier"],
        quality=Quality(row["quality"]),
        holds=tuple(loads(row["holds"])),
        stock=stock,
        container=row["container"],
        assembly=row["assembly"],
        expires=row["expires"],
        exit=row["exit"],
        certificate={name: tuple(told) for name, told in loads(row["certificate"]).items()},
        born=born,
        last=(row["last_start"], row["last_end"], row["last_position"]),
    )


class LotsProjection(Projection):
    """The projection as the ledger knows it."""

    name = NAME
    tables = (
        (models.Traceable, "id"),
        (models.Balance, "traceable"),
        (models.Name, "folded"),
        (models.Content, "parent"),
        (models.History, "position"),
        (models.ResultRow, "position"),
        (models.Deviation, "position"),
        (models.Superseded, "position"),
        (models.Counter, "name"),
    )

    def open(self, bench: Bench) -> LotsSession:
        """Start a session."""
        return LotsSession(bench)

    def last_fact(self, table: Table, row: Row, made: Store) -> int | None:
        """Give the position of the latest fact of the traceable that a row is about."""
        traceables = bulk.table_of(models.Traceable, connection)
        about = {
            models.Balance._meta.db_table: ("key", row[0]),
            models.Content._meta.db_table: ("id", row[-1]),
            models.Counter._meta.db_table: ("key", row[-1]),
        }
        column, value = about[table.name]
        at = traceables.columns.index("last_position")
        return next((found[at] for found in made.load(traceables, column, (value,))), None)


def lots(bench: Bench) -> LotsSession:
    """Give the session of traceables on this bench."""
    session = bench.sessions[NAME]
    assert isinstance(session, LotsSession)
    return session
