"""What somebody with the database's password can do once the triggers are off (RELIABILITY T1).

Each function changes the database and returns what verification must say: the first bad position,
or a range of positions where only a root can tell, or None where no fact is concerned.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection

from yuanliu.base.canonical import canonical
from yuanliu.ledger import append, bulk, models, rebuild
from yuanliu.ledger.merkle import Frontier, leaf_hash
from yuanliu.ledger.projections import projections

Expected = int | range | None
ENTRY = bulk.Table("ledger_entry", ("position", "kind", "version", "recorded", "leaf_hash", "body"),
                   ("position",), ())  # fmt: skip


class Attacker:
    """One attack on a ledger whose checkpoints were signed at known sizes."""

    def __init__(self, seed: str, signed: Sequence[int]) -> None:
        self.chance = random.Random(seed)
        self.signed = list(signed)
        self.size = models.Head.objects.get(id=1).size

    # Tools

    def sql(self, statement: str, *parameters: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def any_position(self, first: int = 0) -> int:
        return self.chance.randrange(first, self.size)

    def entry(self, position: int) -> dict[str, Any]:
        values = models.Entry.objects.filter(position=position).values().get()
        return values | {"leaf_hash": bytes(values["leaf_hash"])}

    def update(self, position: int, /, **changes: Any) -> None:
        models.Entry.objects.filter(position=position).update(**changes)

    def flipped(self, value: bytes) -> bytes:
        at = self.chance.randrange(len(value))
        bit = 1 << self.chance.randrange(8)
        return value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :]

    def other_than(self, value: Any) -> Any:
        """Change a value a little, within its type."""
        if value is None:
            return self.chance.choice((0, 7, 10**15))
        if isinstance(value, int):
            far = 1_000_000 if 1_000 < value < 2**60 else -1
            return value + self.chance.choice((-1, 1 if value < 2**60 else -2, far))
        if isinstance(value, float):
            return value * 1.5 + 1
        if isinstance(value, bytes):
            return self.flipped(value)
        at = self.chance.randrange(len(value) + 1)
        mark = self.chance.choice("0179 xé")
        kept = value[at + 1 :] if value[at : at + 1] != mark else value[at:]
        return value[:at] + mark + kept

    def rehash(self, *, head: bool = True) -> None:
        """Make leaves, nodes and, if wanted, the head fit the bodies that now stand there."""
        frontier, nodes = Frontier(), []
        for position, body in self.sql("SELECT position, body FROM ledger_entry ORDER BY position"):
            leaf = leaf_hash(body.encode())
            self.update(position, leaf_hash=leaf)
            nodes += frontier.append(leaf)
        self.sql("DELETE FROM ledger_node")
        kept = [(*node, value) for node, value in nodes if node[0] in append.NODE_LEVELS]
        bulk.insert(connection, bulk.table_of(models.Node, connection), kept)
        if head:
            last = models.Entry.objects.order_by("-position").first()
            models.Head.objects.update(
                size=frontier.size,
                root=frontier.root(),
                frontier=frontier.to_bytes(),
                recorded=last.recorded if last else 0,
            )

    def unvouched(self, position: int) -> range:
        """Give where the first bad position may lie when only the checkpoints tell."""
        return range(max(size for size in self.signed if size <= position), position + 1)

    # Entries

    def change_a_byte_of_a_body(self) -> Expected:
        position = self.any_position()
        body = self.entry(position)["body"]
        at = self.chance.randrange(len(body))
        other = self.chance.choice([mark for mark in 'a1"{}: ' if mark != body[at]])
        self.update(position, body=body[:at] + other + body[at + 1 :])
        return position

    def change_a_bit_of_a_stored_body(self) -> Expected:
        """Change the bytes themselves; PostgreSQL lets only UTF-8 be."""
        position = self.any_position()
        raw = self.flipped(self.entry(position)["body"].encode())
        if connection.vendor == "sqlite":
            where = "UPDATE ledger_entry SET body = CAST(%s AS TEXT) WHERE position = %s"
            self.sql(where, raw, position)
        else:
            self.update(position, body=raw.decode("utf-8", "replace").replace("\0", "?"))
        return position

    def put_another_type_into_a_body(self) -> Expected:
        position = self.any_position()
        if connection.vendor == "sqlite":
            self.sql("UPDATE ledger_entry SET body = x'00ff' WHERE position = %s", position)
        else:
            self.update(position, body=self.chance.choice(("", "[]", "null", "{}", "\u2028")))
        return position

    def change_a_leaf(self) -> Expected:
        position = self.any_position()
        self.update(position, leaf_hash=self.flipped(self.entry(position)["leaf_hash"]))
        return position

    def change_a_column_beside_the_body(self) -> Expected:
        position = self.any_position()
        column = self.chance.choice(("kind", "version", "recorded"))
        self.update(position, **{column: self.other_than(self.entry(position)[column])})
        return position

    def delete_an_entry(self) -> Expected:
        position = self.any_position()
        models.Entry.objects.filter(position=position).delete()
        return position

    def add_an_entry_at_the_end(self) -> Expected:
        like = self.entry(self.any_position())
        gap = self.chance.choice((0, 0, 1, 5))
        models.Entry.objects.create(**like | {"position": self.size + gap})
        if gap == 0 and self.chance.random() < 0.5:
            self.rehash(head=False)
        return self.size

    def insert_an_entry_and_move_the_rest(self) -> Expected:
        position = self.any_position(self.signed[1])
        forged = self.forged_body(self.entry(position))
        for later in range(self.size - 1, position - 1, -1):
            self.update(later, position=later + 1)
        models.Entry.objects.create(**forged | {"position": position})
        self.rehash(head=self.chance.random() < 0.5)
        return position

    def take_an_entry_and_move_the_rest(self) -> Expected:
        position = self.any_position(self.signed[1])
        models.Entry.objects.filter(position=position).delete()
        for later in range(position + 1, self.size):
            self.update(later, position=later - 1)
        self.rehash(head=self.chance.random() < 0.5)
        return position

    def swap_two_entries(self) -> Expected:
        # Master data of one request differ in nothing but what a later definition may overwrite.
        first, second = sorted(self.chance.sample(range(self.signed[1], self.size), 2))
        one, other = self.entry(first), self.entry(second)
        self.update(first, **other | {"position": first})
        self.update(second, **one | {"position": second})
        if self.chance.random() < 0.5:
            self.rehash(head=self.chance.random() < 0.5)
        return first

    def swap_two_definitions(self) -> Expected:
        first, second = sorted(self.chance.sample(range(self.signed[1]), 2))
        one, other = self.entry(first), self.entry(second)
        self.update(first, **other | {"position": first})
        self.update(second, **one | {"position": second})
        return range(first + 1)

    def cut_the_tail(self) -> Expected:
        """Forget the newest facts, in the head, the tree and some tables too."""
        size = self.chance.randrange(0, self.size)
        models.Entry.objects.filter(position__gte=size).delete()
        models.SignedCheckpoint.objects.filter(size__gt=size).delete()
        self.rehash()
        if self.chance.random() < 0.5:
            rebuild.rebuild(now=0)
        return size

    def forged_body(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Tell another floor time: the least a forger wants, and every reading shows it."""
        body = json.loads(entry["body"])
        minute = self.chance.randrange(60)
        body["occurred"] = f"2025-12-{self.chance.randrange(1, 29):02}T03:{minute:02}:00Z"
        written = canonical(body).decode()
        return entry | {"body": written, "leaf_hash": leaf_hash(written.encode())}

    def rewrite_history_and_the_tree(self) -> Expected:
        position = self.any_position()
        self.update(position, **self.forged_body(self.entry(position)))
        self.rehash(head=self.chance.random() < 0.7)
        return position

    def rewrite_history_and_every_reading(self) -> Expected:
        """Only what was signed before can tell, and it cannot tell which."""
        position = self.any_position()
        self.update(position, **self.forged_body(self.entry(position)))
        self.rehash()
        try:
            rebuild.rebuild(now=0)
        except Exception:  # noqa: BLE001 - a forged time may break a projector: readings stay
            return position
        return self.unvouched(position)

    # What stands beside the entries

    def change_a_node(self) -> Expected:
        level, number, value = self.chance.choice(self.sql("SELECT * FROM ledger_node"))
        row = models.Node.objects.filter(level=level, number=number)
        how = self.chance.choice(("hash", "delete", "add"))
        if how == "hash":
            row.update(hash=self.flipped(bytes(value)))
        elif how == "delete":
            row.delete()
        else:
            models.Node.objects.create(level=level, number=number + 1_000, hash=bytes(value))
        return None

    def change_the_head(self) -> Expected:
        head = models.Head.objects.values().get()
        column = self.chance.choice(("size", "root", "frontier", "recorded", "second", "gone"))
        if column == "second":
            models.Head.objects.create(**head | {"id": 2, "size": self.size + 1})
            return None
        if column == "gone":
            models.Head.objects.all().delete()
            return 0
        value = bytes(head[column]) if column in ("root", "frontier") else head[column]
        forged = self.other_than(value)
        models.Head.objects.update(**{column: forged})
        return min(forged, self.size) if column == "size" else None

    def change_a_checkpoint(self) -> Expected:
        size, note = self.chance.choice(self.sql("SELECT size, note FROM ledger_checkpoint"))
        row = models.SignedCheckpoint.objects.filter(size=size)
        how = self.chance.choice(("note", "note", "size", "delete"))
        if how == "note":
            at = self.chance.randrange(len(note))
            other = self.chance.choice([mark for mark in "aA1+\n" if mark != note[at]])
            row.update(note=note[:at] + other + note[at + 1 :])
        elif how == "size":
            row.update(size=size + 1_000)
        else:
            row.delete()
        return None


Attack = Callable[[Attacker], Expected]

ATTACKS: dict[str, tuple[Attack, int]] = {
    "change a byte of a body": (Attacker.change_a_byte_of_a_body, 160),
    "change a bit of a stored body": (Attacker.change_a_bit_of_a_stored_body, 80),
    "put another type into a body": (Attacker.put_another_type_into_a_body, 10),
    "change a leaf": (Attacker.change_a_leaf, 60),
    "change a column beside the body": (Attacker.change_a_column_beside_the_body, 60),
    "delete an entry": (Attacker.delete_an_entry, 50),
    "add an entry at the end": (Attacker.add_an_entry_at_the_end, 30),
    "insert an entry and move the rest": (Attacker.insert_an_entry_and_move_the_rest, 30),
    "take an entry and move the rest": (Attacker.take_an_entry_and_move_the_rest, 30),
    "swap two entries": (Attacker.swap_two_entries, 80),
    "swap two definitions": (Attacker.swap_two_definitions, 20),
    "cut the tail": (Attacker.cut_the_tail, 40),
    "rewrite history and the tree": (Attacker.rewrite_history_and_the_tree, 60),
    "rewrite history and every reading": (Attacker.rewrite_history_and_every_reading, 30),
    "change a node": (Attacker.change_a_node, 20),
    "change the head": (Attacker.change_the_head, 30),
    "change a checkpoint": (Attacker.change_a_checkpoint, 30),
}


def reading_cells() -> Iterator[tuple[bulk.Table, str]]:
    """List every column of every projection's table."""
    for projection in projections():
        for model, _group in projection.tables:
            table = bulk.table_of(model, connection)
            for column in table.columns:
                yield table, column
