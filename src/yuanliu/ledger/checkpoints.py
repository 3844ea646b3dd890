"""Sign what the ledger is now, so that nobody can later say it was something else (C2SP
tlog-checkpoint).

Each checkpoint is kept in the database and, as a file, in the data directory: whoever rewrites the
database alone cannot rewrite the files, and whoever copies the files elsewhere has a witness.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
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
    database. Two processes that begin at once agree on one.
    """
    path = home / KEY_FILE
    if not path.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = SigningKey.generate(f"yuanliu.ledger/{uuid.uuid4()}")
        _keep(path, made.to_text() + "\n", mode=0o600)
    key = SigningKey.parse(path.read_text(encoding="ascii").strip())
    if not (home / PUBLIC_KEY_FILE).exists():
        _keep(home / PUBLIC_KEY_FILE, key.verifier.to_text() + "\n", mode=0o644)
    return key


def verifier_key(home: Path) -> VerifierKey | None:
    """Read the public key, or None if nothing was ever signed. Raises NoteInvalid, ValueError."""
    path = home / PUBLIC_KEY_FILE
    return VerifierKey.parse(path.read_text(encoding="ascii").strip()) if path.exists() else None


def make_checkpoint(home: Path, *, now: int) -> str:
    """Sign the ledger's present size and root, keep the note and return it.

    The head is locked while it is read; the same size is signed once.
    """
    key = signing_key(home)
    with writing(now=now) as work:
        size = int(work.head.size)
        note = note_of_size(size)
        if note is None:
            checkpoint = Checkpoint(origin=key.name, size=size, root=bytes(work.head.root))
            note = sign_note(checkpoint.to_text(), [key])
            models.SignedCheckpoint.objects.create(size=size, note=note)
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    _keep(folder / f"{size:012d}.note", note, mode=0o644)
    return note


def kept_files(home: Path) -> Iterator[tuple[str, bytes]]:
    """Give every checkpoint kept as a file, with the file's name."""
    for path in sorted((home / FOLDER).glob("*.note")):
        yield f"{FOLDER}/{path.name}", path.read_bytes()


def note_of_size(tree_size: int) -> str | None:
    """Give the signed checkpoint of a size, or None if none was made then."""
    found = models.SignedCheckpoint.objects.filter(size=tree_size)
    return found.values_list("note", flat=True).first()


def _keep(path: Path, text: str, *, mode: int) -> None:
    """Write a file whole or not at all, and never over another."""
    handle, whole = tempfile.mkstemp(prefix=".yuanliu-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(whole).chmod(mode)
        with contextlib.suppress(FileExistsError):
            os.link(whole, path)
    finally:
        Path(whole).unlink()
