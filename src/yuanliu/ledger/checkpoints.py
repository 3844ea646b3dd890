"""Sign what the ledger is now, so that nobody can later say it was something else (C2SP
tlog-checkpoint).

Each checkpoint is kept in the database and, as a file, in the data directory: whoever rewrites the
database alone cannot rewrite the files, and whoever copies the files elsewhere has a witness.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from yuanliu.ledger import models
from yuanliu.ledger.append import writing
from yuanliu.ledger.note import Checkpoint, SigningKey, VerifierKey, sign_note

KEY_FILE = "ledger.key"
PUBLIC_KEY_FILE = "ledger.pub"
FOLDER = "checkpoints"


def signing_key(home: Path) -> SigningKey:
    """Read this ledger's signing key, or make it once: readable by its owner only, never in the
    database.
    """
    path = home / KEY_FILE
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        key = SigningKey.generate(f"yuanliu.ledger/{uuid.uuid4()}")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.to_text() + "\n")
        (home / PUBLIC_KEY_FILE).write_text(key.verifier.to_text() + "\n", encoding="ascii")
        return key
    return SigningKey.parse(path.read_text(encoding="ascii").strip())


def verifier_key(home: Path) -> VerifierKey | None:
    """Read the public key, or None if nothing was ever signed."""
    path = home / PUBLIC_KEY_FILE
    return VerifierKey.parse(path.read_text(encoding="ascii").strip()) if path.exists() else None


def make_checkpoint(home: Path, *, now: int) -> str:
    """Sign the ledger's present size and root, keep the note and return it.

    The head is locked while it is read; the same size is signed once.
    """
    key = signing_key(home)
    with writing(now=now) as work:
        head = work.head
        known = models.SignedCheckpoint.objects.filter(size=head.size).first()
        if known is not None:
            return str(known.note)
        checkpoint = Checkpoint(origin=key.name, size=int(head.size), root=bytes(head.root))
        note = sign_note(checkpoint.to_text(), [key])
        models.SignedCheckpoint.objects.create(size=head.size, note=note)
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{checkpoint.size:012d}.note").write_text(note, encoding="utf-8")
    return note


def kept_notes(home: Path) -> Iterator[tuple[str, str]]:
    """Give every checkpoint kept, from the database and from the files, with where it was found."""
    rows = models.SignedCheckpoint.objects.order_by("size").values_list("size", "note")
    for size, note in rows.iterator():
        yield f"ledger_checkpoint size {size}", note
    for path in sorted((home / FOLDER).glob("*.note")):
        yield f"{FOLDER}/{path.name}", path.read_text(encoding="utf-8")


def note_of_size(tree_size: int) -> str | None:
    """Give the signed checkpoint of a size, or None if none was made then."""
    found = models.SignedCheckpoint.objects.filter(size=tree_size)
    return found.values_list("note", flat=True).first()
