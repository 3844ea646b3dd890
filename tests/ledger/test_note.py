"""C2SP notes and checkpoints: keys, signatures, strict reading, and a whole log in tiles."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from yuanliu.ledger import merkle
from yuanliu.ledger.merkle import Frontier, MemoryNodes
from yuanliu.ledger.note import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Checkpoint,
    NoteInvalid,
    NoteSignature,
    SigningKey,
    VerifierKey,
    open_note,
    sign_note,
)

VECTORS = Path(__file__).parent.parent / "vectors" / "merkle-proofs"
LOG = VECTORS / "tlog-tiles"
LOG_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

# RFC 8032 §7.1, TEST 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
NAME = "factory.example/ledger"
KEY = SigningKey(NAME, SEED)
WITNESS = SigningKey("witness.example/w1", sha256(b"witness").digest())
TEXT = "L1 was received\n\nL1 was split\n"
DASH = "\N{EM DASH}"

characters = st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+")
names = st.text(characters, min_size=1)
lines = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=0x20), max_size=20)
note_texts = st.lists(lines, min_size=1, max_size=5).map(lambda all_: "\n".join(all_) + "\n")


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def key_id_of(name: str, public: bytes, kind: int = 1) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


# --- keys ---------------------------------------------------------------------------------------


def test_a_key_is_written_and_read_in_the_standard_form() -> None:
    key_id = key_id_of(NAME, PUBLIC).hex()
    assert KEY.to_text() == f"PRIVATE+KEY+{NAME}+{key_id}+{base64_of(bytes([1]) + SEED)}"
    assert KEY.verifier.to_text() == f"{NAME}+{key_id}+{base64_of(bytes([1]) + PUBLIC)}"
    assert VerifierKey.parse(KEY.verifier.to_text()) == KEY.verifier
    assert SigningKey.parse(KEY.to_text()).to_text() == KEY.to_text()


@given(names)
def test_a_generated_key_is_new_and_reads_back(name: str) -> None:
    key = SigningKey.generate(name)
    assert key.name == name
    assert SigningKey.parse(key.to_text()).verifier == key.verifier
    assert VerifierKey.parse(key.verifier.to_text()) == key.verifier
    assert SigningKey.generate(name).verifier != key.verifier


def test_the_public_key_of_a_published_log_is_read_and_written_back() -> None:
    assert LOG_KEY in (VECTORS / "SOURCE.md").read_text(encoding="utf-8")
    assert VerifierKey.parse(LOG_KEY).to_text() == LOG_KEY
    assert VerifierKey.parse(LOG_KEY).key_id.hex() == "33d7b496"


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2003", "\u3000", "a\tb", "\n"])
def test_a_name_with_a_space_or_plus_is_no_key_name(name: str) -> None:
    with pytest.raises(NoteInvalid, match="key name"):
        SigningKey.generate(name)
    with pytest.raises(NoteInvalid, match="key name"):
        VerifierKey(name, PUBLIC)


@pytest.mark.parametrize("name", ["a\x00", "\x1b[0m", "\ud800"])
def test_a_name_that_no_note_could_hold_is_no_key_name(name: str) -> None:
    with pytest.raises(NoteInvalid, match="control characters|UTF-8"):
        SigningKey.generate(name)


def wrong_keys(name: str, secret: bytes) -> list[str]:
    """Write a key in many wrong ways."""
    key_id = key_id_of(name, PUBLIC).hex()
    whole = base64_of(bytes([1]) + secret)
    return [
        "",
        name,
        f"{name}+{key_id}",
        f"{name}+{key_id}+",
        f"+{key_id}+{whole}",
        f"a b+{key_id}+{whole}",
        f"other+{key_id}+{whole}",
        f"{name}+00000000+{whole}",
        f"{name}+{key_id[:-1]}+{whole}",
        f"{name}+0{key_id}+{whole}",
        f"{name}+0x{key_id[2:]}+{whole}",
        f"{name}+{key_id}+{whole[:-4]}",
        f"{name}+{key_id}+{whole}AAAA",
        f"{name}+{key_id}+{whole}\n",
        f"{name}+{key_id}+ {whole}",
        f"{name}+{key_id}+{whole.replace('=', '')}!",
        f"{name}+{key_id}+{base64_of(secret)}",
        f"{name}+{key_id_of(name, PUBLIC, 4).hex()}+{base64_of(bytes([4]) + secret)}",
    ]


@pytest.mark.parametrize("text", wrong_keys(NAME, PUBLIC))
def test_a_malformed_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        VerifierKey.parse(text)


@pytest.mark.parametrize("text", [*wrong_keys(NAME, SEED), "private+key+", "X"])
def test_a_malformed_signing_key_is_refused_without_telling_the_secret(text: str) -> None:
    for start in ("PRIVATE+KEY+", "", " PRIVATE+KEY+", "PRIVATE KEY "):
        with pytest.raises(NoteInvalid) as caught:
            SigningKey.parse(start + text)
        assert base64_of(SEED)[:20] not in str(caught.value)
        assert base64_of(bytes([1]) + SEED)[:20] not in str(caught.value)


def test_a_signing_key_does_not_show_its_secret() -> None:
    shown = f"{KEY!r} {KEY}"
    assert NAME in shown
    assert base64_of(bytes([1]) + SEED) not in shown


def test_a_key_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(NoteInvalid, match="32 bytes"):
        SigningKey(NAME, SEED + b"\x00")
    with pytest.raises(NoteInvalid, match="32 bytes"):
        VerifierKey(NAME, PUBLIC[:-1])


# --- signing and opening ------------------------------------------------------------------------


def test_a_note_is_its_text_an_empty_line_and_a_signature_line() -> None:
    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(TEXT.encode())
    encoded = base64_of(key_id_of(NAME, PUBLIC) + signature)
    assert sign_note(TEXT, [KEY]) == f"{TEXT}\n\u2014 {NAME} {encoded}\n"


@given(note_texts)
def test_a_signed_note_opens_with_its_text(text: str) -> None:
    signed = sign_note(text, [KEY])
    for given_as in (signed, signed.encode()):
        note = open_note(given_as, [KEY.verifier])
        assert note.text == text
        assert [signature.name for signature in note.signatures] == [NAME]
        assert note.verified == note.signatures


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_note_with_any_byte_changed_does_not_open(position: int, change: int) -> None:
    signed = bytearray(sign_note(TEXT, [KEY]).encode())
    signed[position % len(signed)] ^= change
    with pytest.raises(NoteInvalid):
        open_note(bytes(signed), [KEY.verifier])


def test_signatures_of_unknown_keys_are_kept_and_not_judged() -> None:
    cosignature = NoteSignature("witness.example/w2", b"\x00\x01\x02\x03", b"timestamped")
    signed = sign_note(TEXT, [KEY, WITNESS], others=[cosignature])
    note = open_note(signed, [KEY.verifier])
    assert [line.name for line in note.signatures] == [NAME, WITNESS.name, "witness.example/w2"]
    assert note.signatures[2] == cosignature
    assert [line.name for line in note.verified] == [NAME]
    both = open_note(signed, [KEY.verifier, WITNESS.verifier])
    assert [line.name for line in both.verified] == [NAME, WITNESS.name]
    assert sign_note(note.text, [], others=note.signatures) == signed


def test_a_cosignature_can_be_added_to_a_note_that_is_signed_already() -> None:
    first = open_note(sign_note(TEXT, [KEY]), [KEY.verifier])
    cosigned = sign_note(TEXT, [], others=[*first.signatures, WITNESS.sign(TEXT)])
    assert cosigned == sign_note(TEXT, [KEY, WITNESS])


def test_a_key_that_shares_only_the_name_or_only_the_id_is_unknown() -> None:
    signature = KEY.sign(TEXT)
    same_name = NoteSignature(NAME, b"\x00\x00\x00\x00", b"x" * 64)
    same_id = NoteSignature("else.example", signature.key_id, b"x" * 64)
    note = open_note(sign_note(TEXT, [KEY], others=[same_name, same_id]), [KEY.verifier])
    assert note.verified == (signature,)
    assert note.signatures == (signature, same_name, same_id)
    with pytest.raises(NoteInvalid, match="no known key"):
        open_note(sign_note(TEXT, [], others=[same_name, same_id]), [KEY.verifier])


def test_a_note_that_no_known_key_signed_does_not_open() -> None:
    signed = sign_note(TEXT, [KEY])
    with pytest.raises(NoteInvalid, match="no known key"):
        open_note(signed, [WITNESS.verifier])
    with pytest.raises(NoteInvalid, match="no known key"):
        open_note(signed, [])


@pytest.mark.parametrize("signature", [b"x" * 64, b"x" * 63, b"x"])
def test_a_bad_signature_of_one_known_key_refuses_the_whole_note(signature: bytes) -> None:
    forged = NoteSignature(WITNESS.name, WITNESS.verifier.key_id, signature)
    signed = sign_note(TEXT, [KEY], others=[forged])
    assert open_note(signed, [KEY.verifier]).verified
    with pytest.raises(NoteInvalid, match="the signature of witness.example/w1 is not"):
        open_note(signed, [KEY.verifier, WITNESS.verifier])


def test_two_known_keys_with_the_same_name_and_id_are_refused() -> None:
    class Colliding(VerifierKey):
        key_id = KEY.verifier.key_id

    with pytest.raises(NoteInvalid, match="two known keys"):
        open_note(sign_note(TEXT, [KEY]), [KEY.verifier, Colliding(NAME, b"\x01" * 32)])
    assert open_note(sign_note(TEXT, [KEY]), [KEY.verifier, KEY.verifier]).verified


LINE = KEY.sign(TEXT).to_line()
ENCODED = LINE.split(" ")[2].strip()
OTHER = "other.example"

# What stands after the text and its empty line.
WRONG_BLOCKS = [
    "",
    LINE[:-1],
    "\n" + LINE,
    LINE + "\n",
    LINE + "\n" + LINE,
    LINE + "more\n",
    " " + LINE,
    LINE.replace("\n", "\r\n"),
    LINE.replace("\n", " \n"),
    LINE.replace(DASH, "-"),
    LINE.replace(DASH, "\N{EN DASH}"),
    LINE.replace(DASH + " ", DASH),
    LINE.replace(DASH + " ", DASH + "  "),
    f"{DASH} {NAME}\n",
    f"{DASH} {NAME} \n",
    f"{DASH} {NAME}  {ENCODED}\n",
    f"{DASH} {NAME} {ENCODED} {ENCODED}\n",
    f"{DASH} {NAME} {ENCODED.rstrip('=')}\n",
    f"{DASH} {NAME} {ENCODED}!\n",
    f"{DASH} a+b {ENCODED}\n" + LINE,
    f"{DASH} a\u00a0b {ENCODED}\n" + LINE,
    f"{DASH} {OTHER} AAAA\n" + LINE,
    f"{DASH} {OTHER} AAAAAA==\n" + LINE,
    f"{DASH} {OTHER} AAAAAAB=\n" + LINE,
]
WRONG_STARTS = ["\t", "\x00", "\ufeff"]


@pytest.mark.parametrize(
    "text",
    [
        *(f"{TEXT}\n{block}" for block in WRONG_BLOCKS),
        *(f"{start}{TEXT}\n{LINE}" for start in WRONG_STARTS),
        *("", "\n", TEXT, LINE, TEXT + LINE, TEXT[:-1] + LINE),
        (TEXT + "\n" + LINE).replace("\n", "\r\n"),
    ],
)
def test_a_malformed_note_does_not_open(text: str) -> None:
    assert open_note(TEXT + "\n" + LINE, [KEY.verifier]).text == TEXT
    with pytest.raises(NoteInvalid):
        open_note(text, [KEY.verifier])


@pytest.mark.parametrize("text", [b"\xff\n\n", TEXT.encode() + b"\xc0\x80\n\n" + LINE.encode()])
def test_a_note_that_is_not_utf_8_does_not_open(text: bytes) -> None:
    with pytest.raises(NoteInvalid, match="UTF-8"):
        open_note(text, [KEY.verifier])
    with pytest.raises(NoteInvalid, match="UTF-8"):
        open_note("\ud800" + TEXT + "\n" + LINE, [KEY.verifier])


def test_a_note_may_carry_many_signatures_but_not_any_number() -> None:
    other = NoteSignature("other.example", b"\x00\x01\x02\x03", b"x" * 5000)
    many = sign_note(TEXT, [KEY], others=[other] * (SIGNATURES_MAX - 1))
    assert len(open_note(many, [KEY.verifier]).signatures) == SIGNATURES_MAX >= 16
    with pytest.raises(NoteInvalid, match="100 signatures"):
        open_note(many + other.to_line(), [KEY.verifier])
    with pytest.raises(NoteInvalid, match="100 signatures"):
        sign_note(TEXT, [KEY], others=[other] * SIGNATURES_MAX)
    with pytest.raises(NoteInvalid, match="not be longer"):
        open_note("x" * NOTE_BYTES_MAX + "\n\n" + LINE, [KEY.verifier])


@pytest.mark.parametrize("text", ["", "no newline", "a\rb\n", "a\x00\n", "\ud800\n", "a\tb\n"])
def test_text_that_no_note_may_hold_is_not_signed(text: str) -> None:
    with pytest.raises(NoteInvalid):
        sign_note(text, [KEY])


def test_a_note_that_nobody_signs_is_not_written() -> None:
    with pytest.raises(NoteInvalid, match="1 to 100 signatures"):
        sign_note(TEXT, [])


def test_a_signature_that_would_not_read_back_is_not_made() -> None:
    for name, key_id, signature in [
        ("a\nb", b"1234", b"x"),
        ("a b", b"1234", b"x"),
        ("a", b"123", b"x"),
        ("a", b"1234", b""),
    ]:
        with pytest.raises(NoteInvalid):
            NoteSignature(name, key_id, signature)


# --- checkpoints --------------------------------------------------------------------------------

ROOT = sha256(b"root").digest()
WRITTEN_ROOT = base64_of(ROOT)


def test_a_checkpoint_is_its_origin_size_and_root_a_line_each() -> None:
    assert Checkpoint(NAME, 0, ROOT).to_text() == f"{NAME}\n0\n{WRITTEN_ROOT}\n"
    extended = Checkpoint("a log", 20852163, ROOT, ("one", "two"))
    assert extended.to_text() == f"a log\n20852163\n{WRITTEN_ROOT}\none\ntwo\n"


@given(
    lines.filter(bool),
    st.integers(0, 2**64 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(lines.filter(bool), max_size=3).map(tuple),
)
def test_a_signed_checkpoint_reads_back(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    checkpoint = Checkpoint(origin, size, root, extensions)
    assert Checkpoint.parse(checkpoint.to_text()) == checkpoint
    note = open_note(sign_note(checkpoint.to_text(), [KEY]), [KEY.verifier])
    assert Checkpoint.parse(note.text) == checkpoint


WRONG_SIZES = ["", "05", "00", "-5", "+5", " 5", "5 ", "5.0", "1_0", "0x5", "\u0665", "5\r"]
TOO_LARGE = [str(2**64), str(10**30)]
WRONG_ROOTS = ["", WRITTEN_ROOT.rstrip("="), WRITTEN_ROOT + " ", ROOT.hex()]
WRONG_LENGTHS = [base64_of(ROOT[:-1]), base64_of(ROOT + b"x")]


@pytest.mark.parametrize(
    "text",
    [
        *(f"{NAME}\n{size}\n{WRITTEN_ROOT}\n" for size in WRONG_SIZES + TOO_LARGE),
        *(f"{NAME}\n5\n{root}\n" for root in WRONG_ROOTS + WRONG_LENGTHS),
        "",
        "\n",
        f"{NAME}\n5\n",
        f"{NAME}\n5\n{WRITTEN_ROOT}",
        f"\n5\n{WRITTEN_ROOT}\n",
        f"{NAME}\r\n5\n{WRITTEN_ROOT}\n",
        f"{NAME}\n5\n{WRITTEN_ROOT}\n\n",
        f"{NAME}\n5\n{WRITTEN_ROOT}\n\nextension\n",
        f"{NAME}\n5\n{WRITTEN_ROOT}\nextension\n\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Checkpoint.parse(text)


WRONG_ORIGINS = [{"origin": ""}, {"origin": "a\nb"}, {"origin": "a\x00"}]
WRONG_MEMBERS = [{"size": -1}, {"size": 2**64}, {"root": b"x" * 31}]
WRONG_EXTENSIONS = [{"extensions": ("",)}, {"extensions": ("a\n",)}]


@pytest.mark.parametrize("members", [*WRONG_ORIGINS, *WRONG_MEMBERS, *WRONG_EXTENSIONS])
def test_a_checkpoint_that_would_not_read_back_is_not_made(members: dict[str, Any]) -> None:
    good: dict[str, Any] = {"origin": NAME, "size": 5, "root": ROOT}
    assert Checkpoint(**good)
    with pytest.raises(NoteInvalid):
        Checkpoint(**good | members)


# --- a small log in tiles (C2SP tlog-tiles) -----------------------------------------------------
# A partial tile `000.p/5` is kept as the file `000.p-5`.


def tiles(folder: str) -> list[Any]:
    paths = sorted(path for path in (LOG / "tile" / folder).rglob("*") if path.is_file())
    return [pytest.param(path, id=str(path.relative_to(LOG))) for path in paths]


def place(path: Path, folder: str) -> tuple[int, int]:
    """Give a tile's number and its width from its path, such as `x001/x234/067.p-8`."""
    name = path.relative_to(LOG / "tile" / folder).as_posix()
    number, _, width = name.partition(".p-")
    return int(number.replace("x", "").replace("/", "")), int(width or 256)


def bundled(path: Path) -> list[bytes]:
    """Read the entries of a bundle: each has its length before it, 16 bits, big-endian."""
    data, entries = path.read_bytes(), []
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        assert len(data) >= end
        entries.append(data[2:end])
        data = data[end:]
    return entries


def logged_leaves() -> list[bytes]:
    """Give the leaf hashes of the log's entries, as far as the bundles go without a gap."""
    bundles: dict[int, list[bytes]] = {}
    for case in tiles("entries"):
        number, _ = place(case.values[0], "entries")
        entries = bundled(case.values[0])
        if len(entries) > len(bundles.get(number, [])):
            bundles[number] = entries
    entries = []
    for number in sorted(bundles):
        assert len(entries) == number * 256
        entries += bundles[number]
    return [merkle.leaf_hash(entry) for entry in entries]


def checkpoints() -> list[Any]:
    return [pytest.param(path, id=path.name) for path in sorted(LOG.glob("checkpoint*"))]


def test_the_log_has_tiles_bundles_and_checkpoints() -> None:
    assert all((tiles("entries"), tiles("0"), checkpoints()))


@pytest.mark.parametrize("path", tiles("entries"))
def test_a_bundle_holds_the_entries_that_the_longest_one_holds(path: Path) -> None:
    number, width = place(path, "entries")
    hashes = [merkle.leaf_hash(entry) for entry in bundled(path)]
    assert len(hashes) == width
    assert hashes == logged_leaves()[number * 256 : number * 256 + width]


@pytest.mark.parametrize("path", [case for level in range(8) for case in tiles(str(level))])
def test_a_tile_holds_the_roots_of_the_subtrees_it_stands_for(path: Path) -> None:
    level = path.relative_to(LOG / "tile").parts[0]
    number, width = place(path, level)
    wanted = [(8 * int(level), number * 256 + offset) for offset in range(width)]
    roots = MemoryNodes(logged_leaves()).subtree_roots(wanted)
    assert path.read_bytes() == b"".join(roots)


@pytest.mark.parametrize("path", checkpoints())
def test_a_checkpoint_is_signed_by_the_logs_key(path: Path) -> None:
    note = open_note(path.read_bytes(), [VerifierKey.parse(LOG_KEY)])
    assert len(note.verified) == 1
    checkpoint = Checkpoint.parse(note.text)
    assert checkpoint.origin == "example.com/log/testdata"
    assert path.name in ("checkpoint", f"checkpoint.{checkpoint.size}")
    assert checkpoint.to_text() == note.text


def signed_heads() -> dict[int, bytes]:
    verifiers = [VerifierKey.parse(LOG_KEY)]
    notes = [open_note(case.values[0].read_bytes(), verifiers) for case in checkpoints()]
    heads = [Checkpoint.parse(note.text) for note in notes]
    return {head.size: head.root for head in heads}


def test_the_tree_rebuilt_at_every_size_has_the_signed_root() -> None:
    leaves, heads, frontier = logged_leaves(), signed_heads(), Frontier()
    compared = []
    for size in range(len(leaves) + 1):
        root = merkle.root_of(leaves[:size])
        assert root == frontier.root()
        if size in heads:
            assert root == heads[size]
            compared.append(size)
        frontier.extend(leaves[size : size + 1])
    assert compared == sorted(size for size in heads if size <= len(leaves))
    assert len(compared) >= 2


def test_every_signed_head_is_proven_consistent_with_every_later_one() -> None:
    leaves, heads = logged_leaves(), signed_heads()
    nodes = MemoryNodes(leaves)
    known = sorted(size for size in heads if 0 < size <= len(leaves))
    for new in known:
        for old in (size for size in known if size <= new):
            proof = merkle.consistency_proof(nodes, old_size=old, size=new)
            merkle.verify_consistency(
                old_size=old, size=new, proof=proof, old_root=heads[old], root=heads[new]
            )
        for index in range(new):
            proof = merkle.inclusion_proof(nodes, index=index, size=new)
            merkle.verify_inclusion(
                index=index, size=new, leaf=leaves[index], proof=proof, root=heads[new]
            )
