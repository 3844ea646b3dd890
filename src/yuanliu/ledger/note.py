"""Sign and open notes, and write and read checkpoints (C2SP signed-note, tlog-checkpoint).

A note is text that ends in a newline, an empty line, and signature lines. A checkpoint is a note
whose text is the log's origin, its size and its root hash. Keys are Ed25519 (RFC 8032); signatures
by other keys or of other kinds, such as a witness's cosignature, are kept and not judged.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

NOTE_BYTES_MAX: Final = 1_000_000
SIGNATURES_MAX: Final = 100
"""Verifiers must take 16; more than this is no honest note."""

_ED25519: Final = b"\x01"
_KEY_SIZE: Final = 32
_KEY_ID_SIZE: Final = 4
_SIGNATURE_SIZE: Final = 64
_ROOT_SIZE: Final = 32
_SIZE_MAX: Final = 2**64 - 1
_PRIVATE: Final = "PRIVATE+KEY+"
_SIGNATURE_START: Final = "\N{EM DASH} "

_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID: Final = re.compile(r"[0-9a-fA-F]{8}")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,19}")


class NoteInvalid(ValueError):
    """Say why a note, a key or a checkpoint cannot be trusted or read."""


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who says to have signed, with which key, and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != _KEY_ID_SIZE or not self.signature:
            raise NoteInvalid(f"a signature needs {_KEY_ID_SIZE} bytes of key id, and itself")

    def to_line(self) -> str:
        """Write the signature line, newline included."""
        return f"{_SIGNATURE_START}{self.name} {_to_base64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> NoteSignature:
        """Read a signature line, without its newline. Raises NoteInvalid."""
        if not line.startswith(_SIGNATURE_START):
            raise NoteInvalid("a signature line must start with an em dash and a space")
        name, _, encoded = line.removeprefix(_SIGNATURE_START).partition(" ")
        data = _from_base64(encoded)
        return cls(name, data[:_KEY_ID_SIZE], data[_KEY_ID_SIZE:])


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key that signatures are checked with, and the name it goes by."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != _KEY_SIZE:
            raise NoteInvalid(f"an Ed25519 public key has {_KEY_SIZE} bytes")

    @property
    def key_id(self) -> bytes:
        """Derive the four bytes that signature lines name this key by."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public
        return sha256(named).digest()[:_KEY_ID_SIZE]

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read `name+hash+base64`. Raises NoteInvalid, also if the hash is not this key's."""
        name, key_id, data = _split_key(text)
        verifier = cls(name, data)
        if verifier.key_id != key_id:
            raise NoteInvalid("the verifier key's hash does not fit its name and key")
        return verifier

    def to_text(self) -> str:
        """Write the key as `name+hash+base64`."""
        return f"{self.name}+{self.key_id.hex()}+{_to_base64(_ED25519 + self.public)}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Tell whether the signature over the note text was made with this key."""
        if len(signature) != _SIGNATURE_SIZE:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A private key and the name it signs by. Its text form is secret; its `repr` is not."""

    __slots__ = ("_private", "verifier")

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != _KEY_SIZE:
            raise NoteInvalid(f"an Ed25519 private key has {_KEY_SIZE} bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, self._private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """Make a new key from the system's randomness. Raises NoteInvalid for a bad name."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Read `PRIVATE+KEY+name+hash+base64`.

        Raises NoteInvalid, also if the hash is not this key's; never with the secret in the text.
        """
        if not text.startswith(_PRIVATE):
            raise NoteInvalid("a signing key must start with PRIVATE+KEY+")
        name, key_id, seed = _split_key(text.removeprefix(_PRIVATE))
        key = cls(name, seed)
        if key.verifier.key_id != key_id:
            raise NoteInvalid("the signing key's hash does not fit its name and key")
        return key

    @property
    def name(self) -> str:
        """Give the name the key signs by."""
        return self.verifier.name

    def to_text(self) -> str:
        """Write the key, secret included, as `PRIVATE+KEY+name+hash+base64`."""
        secret = _to_base64(_ED25519 + self._private.private_bytes_raw())
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{secret}"

    def sign(self, text: str) -> NoteSignature:
        """Sign a note text as it stands."""
        return NoteSignature(self.name, self.verifier.key_id, self._private.sign(text.encode()))

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r})"


@dataclass(frozen=True, slots=True)
class Note:
    """An opened note: its text, all its signatures, and those that a known key has made."""

    text: str
    signatures: tuple[NoteSignature, ...]
    verified: tuple[NoteSignature, ...]


def sign_note(
    text: str, keys: Iterable[SigningKey], *, others: Iterable[NoteSignature] = ()
) -> str:
    """Write a note: the text, its signature by each key, then the others' signatures as given.

    Raises NoteInvalid if the text may not stand in a note, or if nobody signs.
    """
    _check_note_text(text)
    signatures = [*(key.sign(text) for key in keys), *others]
    if not 0 < len(signatures) <= SIGNATURES_MAX:
        raise NoteInvalid(f"a note must have 1 to {SIGNATURES_MAX} signatures")
    return text + "\n" + "".join(signature.to_line() for signature in signatures)


def open_note(text: str | bytes, known_verifiers: Iterable[VerifierKey]) -> Note:
    """Read a note and check every signature that a known key should have made.

    Signatures of unknown keys are kept, unjudged. Raises NoteInvalid for a malformed note, for
    a known key's signature that does not verify, and if no known key has signed.
    Source: C2SP signed-note, Format and Signatures.
    """
    known = _by_identity(known_verifiers)
    body, signatures = _split_note(text)
    verified: list[NoteSignature] = []
    for signature in signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.accepts(body, signature.signature):
            raise NoteInvalid(f"the signature of {signature.name} is not that key's")
        verified.append(signature)
    if not verified:
        raise NoteInvalid("no known key has signed the note")
    return Note(body, tuple(signatures), tuple(verified))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: the log's origin, its size in leaves, and its root hash (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line:
                raise NoteInvalid("a checkpoint's origin and extensions are lines, not empty")
            _check_characters(line)
        if not 0 <= self.size <= _SIZE_MAX:
            raise NoteInvalid("a checkpoint's size must fit 64 bits")
        if len(self.root) != _ROOT_SIZE:
            raise NoteInvalid(f"a checkpoint's root must be {_ROOT_SIZE} bytes")

    def to_text(self) -> str:
        """Write the note text to be signed."""
        lines = (self.origin, str(self.size), _to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note text. Raises NoteInvalid. Source: C2SP tlog-checkpoint, Note text."""
        if not text.endswith("\n"):
            raise NoteInvalid("a checkpoint must end in a newline")
        lines = text[:-1].split("\n")
        if len(lines) < 3:
            raise NoteInvalid("a checkpoint has at least three lines")
        origin, size, root, *extensions = lines
        if not _DECIMAL.fullmatch(size):
            raise NoteInvalid("a checkpoint's size must be decimal, without leading zeros")
        return cls(origin, int(size), _from_base64(root), tuple(extensions))


def _split_note(text: str | bytes) -> tuple[str, list[NoteSignature]]:
    try:
        encoded = text if isinstance(text, bytes) else text.encode()
        text = encoded.decode()
    except UnicodeError as error:
        raise NoteInvalid("a note must be UTF-8") from error
    if len(encoded) > NOTE_BYTES_MAX:
        raise NoteInvalid(f"a note must not be longer than {NOTE_BYTES_MAX} bytes")
    body, separator, block = text.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise NoteInvalid("a note must be text, an empty line and signature lines")
    body += "\n"
    _check_note_text(body)
    lines = block[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise NoteInvalid(f"a note must not have more than {SIGNATURES_MAX} signatures")
    return body, [NoteSignature.parse(line) for line in lines]


def _split_key(text: str) -> tuple[str, bytes, bytes]:
    """Split `name+hash+base64` into the name, the key id and the 32 bytes of an Ed25519 key."""
    # Only the first two: base64 has plus signs too.
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise NoteInvalid("a key must be written as name+hash+base64")
    name, key_id, encoded = parts
    _check_name(name)
    if not _KEY_ID.fullmatch(key_id):
        raise NoteInvalid("a key's hash must be 8 hexadecimal digits")
    data = _from_base64(encoded)
    if data[:1] != _ED25519 or len(data) != 1 + _KEY_SIZE:
        raise NoteInvalid("the key is not an Ed25519 key")
    return name, bytes.fromhex(key_id), data[1:]


def _by_identity(verifiers: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for verifier in verifiers:
        identity = (verifier.name, verifier.key_id)
        if known.setdefault(identity, verifier) != verifier:
            raise NoteInvalid(f"two known keys are both {verifier.name} {identity[1].hex()}")
    return known


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteInvalid("a key name must not be empty, nor hold a space or a plus sign")
    _check_characters(name)


def _check_note_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteInvalid("a note's text must end in a newline")
    _check_characters(text)


def _check_characters(text: str) -> None:
    if _CONTROLS.search(text):
        raise NoteInvalid("a note must not hold control characters")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteInvalid("a note must be UTF-8") from error


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    """Read standard base64 (RFC 4648 §4), only as it would be written: padded, no stray bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid("not base64") from error
    if _to_base64(data) != text:
        raise NoteInvalid("base64 must be padded and without stray bits")
    return data
