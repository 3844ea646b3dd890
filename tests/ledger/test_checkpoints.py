"""Checkpoints: what the ledger was is signed, kept twice, and cannot be said otherwise later."""

import stat
import threading

import pytest
from django.db import connection

from tests.ledger.kinds_of_test import known_to_the_ledger, ring_once
from tests.ledger.test_proofs import decoded
from yuanliu.ledger import checkpoints, models, triggers
from yuanliu.ledger.checkpoints import make_checkpoint, note_of_size, signing_key, verifier_key
from yuanliu.ledger.merkle import EMPTY_ROOT, verify_consistency
from yuanliu.ledger.note import Checkpoint, NoteInvalid, SigningKey, open_note, sign_note
from yuanliu.ledger.proofs import prove_consistency, root_at
from yuanliu.ledger.verify import verify


@pytest.fixture(autouse=True)
def bells():
    with known_to_the_ledger():
        yield


def ring(times: int) -> None:
    for number in range(times):
        ring_once(number)


def read(home, note) -> Checkpoint:
    return Checkpoint.parse(open_note(note, [verifier_key(home)]).text)


# Keys


def test_the_key_is_made_once_and_its_owners_alone(tmp_path):
    home = tmp_path / "new" / "home"
    assert verifier_key(home) is None
    key = signing_key(home)
    assert signing_key(home).to_text() == key.to_text()
    assert verifier_key(home) == key.verifier
    assert key.name.startswith("yuanliu.ledger/")
    assert stat.S_IMODE((home / "ledger.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "ledger.pub").stat().st_mode) == 0o644
    assert sorted(path.name for path in home.iterdir()) == ["ledger.key", "ledger.pub"]


def test_programs_that_begin_at_once_agree_on_one_key(tmp_path):
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(signing_key(tmp_path).to_text()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_a_lost_public_key_is_derived_again(home):
    public = signing_key(home).verifier
    (home / "ledger.pub").unlink()
    assert verifier_key(home) is None
    signing_key(home)
    assert verifier_key(home) == public


# Making


@pytest.mark.django_db
def test_a_checkpoint_is_a_note_of_size_and_root_signed_with_the_homes_key(home):
    ring(5)
    note = make_checkpoint(home, now=9)
    origin, size, root, blank, signature = note.splitlines()
    assert (size, blank) == ("5", "")
    assert origin == signing_key(home).name
    assert signature.startswith(f"\N{EM DASH} {origin} ")
    assert read(home, note) == Checkpoint(origin=origin, size=5, root=root_at(5))
    assert models.SignedCheckpoint.objects.values_list("size", "note").get() == (5, note)
    assert (home / "checkpoints" / "000000000005.note").read_text("utf-8") == note
    with pytest.raises(NoteInvalid):
        open_note(note, [SigningKey.generate(origin).verifier])


@pytest.mark.django_db
def test_an_empty_ledger_can_be_signed(home):
    assert read(home, make_checkpoint(home, now=1)).root == EMPTY_ROOT
    ring(2)
    assert verify(home).findings == []


@pytest.mark.django_db
def test_the_same_size_is_signed_once(home):
    ring(3)
    first = make_checkpoint(home, now=1)
    assert make_checkpoint(home, now=2) == first
    assert models.SignedCheckpoint.objects.count() == 1
    ring(1)
    assert make_checkpoint(home, now=3) != first
    assert [note_of_size(size) is not None for size in range(6)] == [0, 0, 0, 1, 1, 0]


@pytest.mark.django_db
def test_a_checkpoint_adds_no_fact_and_moves_no_clock(home):
    ring(3)
    before = models.Head.objects.values().get()
    make_checkpoint(home, now=10**15)
    assert models.Head.objects.values().get() == before


@pytest.mark.django_db
def test_a_file_that_a_crash_prevented_is_written_the_next_time(home):
    ring(3)
    note = make_checkpoint(home, now=1)
    (file,) = (home / "checkpoints").iterdir()
    file.unlink()
    assert verify(home).findings == []
    make_checkpoint(home, now=2)
    assert file.read_text("utf-8") == note


@pytest.mark.django_db
def test_a_file_is_there_whole_or_not_at_all(home, monkeypatch):
    ring(3)

    def crash(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(checkpoints.os, "fsync", crash)
    monkeypatch.setattr(checkpoints, "signing_key", lambda _home: KEY)
    with pytest.raises(OSError, match="no space"):
        make_checkpoint(home, now=1)
    assert list((home / "checkpoints").iterdir()) == []


KEY = SigningKey.generate("yuanliu.ledger/test")


@pytest.mark.django_db
def test_all_checkpoints_are_of_one_growing_ledger(home):
    notes = []
    for _ in range(9):
        ring(3)
        notes.append(read(home, make_checkpoint(home, now=1)))
    assert [note.size for note in notes] == list(range(3, 28, 3))
    for old in notes:
        for new in notes:
            if old.size <= new.size:
                proof = decoded(prove_consistency(old.size, tree_size=new.size))
                assert (proof["old_root"], proof["root"]) == (old.root, new.root)
                verify_consistency(
                    old_size=old.size,
                    size=new.size,
                    proof=proof["consistency_proof"],
                    old_root=old.root,
                    root=new.root,
                )


# What verification makes of them


def findings(home) -> list[tuple[int | None, str]]:
    return [(found.position, found.what) for found in verify(home).findings]


@pytest.mark.django_db
def test_verification_counts_every_checkpoint_it_checked(home):
    ring(4)
    make_checkpoint(home, now=1)
    ring(4)
    make_checkpoint(home, now=1)
    report = verify(home)
    assert (report.findings, report.checkpoints, report.size) == ([], 4, 8)


@pytest.mark.django_db
def test_a_checkpoint_of_another_key_is_not_believed(home):
    ring(2)
    make_checkpoint(home, now=1)
    ring(1)
    name = signing_key(home).name
    forged = Checkpoint(origin=name, size=3, root=root_at(3)).to_text()
    models.SignedCheckpoint.objects.create(
        size=3, note=sign_note(forged, [SigningKey.generate(name)])
    )
    assert findings(home) == [
        (
            None,
            "the checkpoint of 3 facts in the database is not signed by this ledger's key:"
            " no known key has signed the note",
        )
    ]


@pytest.mark.django_db
def test_a_checkpoint_kept_under_another_size_is_found(home):
    ring(2)
    note = make_checkpoint(home, now=1)
    ring(1)
    models.SignedCheckpoint.objects.create(size=3, note=note)
    assert findings(home) == [
        (None, "the checkpoint of 3 facts in the database is that of 2 facts")
    ]


@pytest.mark.django_db
def test_a_checkpoint_taken_out_of_the_database_is_missed(home):
    ring(2)
    make_checkpoint(home, now=1)
    triggers.remove(connection)
    models.SignedCheckpoint.objects.all().delete()
    assert findings(home) == [
        (None, "the checkpoint in the file checkpoints/000000000002.note is no longer in the"
               " database")
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("spoilt", [b"", b"\xff\xfe", b"yuanliu\n2\n", b"x" * 2_000_000])
def test_a_spoilt_file_is_a_finding_and_no_crash(home, spoilt):
    ring(2)
    make_checkpoint(home, now=1)
    (file,) = (home / "checkpoints").iterdir()
    file.write_bytes(spoilt)
    ((position, what),) = findings(home)
    assert position is None
    assert what.startswith("the checkpoint in the file checkpoints/000000000002.note is not signed")


@pytest.mark.django_db
@pytest.mark.parametrize("spoilt", [b"", b"\xff", b"yuanliu+00000000+AAAA"])
def test_a_spoilt_public_key_is_a_finding_and_no_crash(home, spoilt):
    ring(2)
    make_checkpoint(home, now=1)
    (home / "ledger.pub").write_bytes(spoilt)
    found = findings(home)
    assert found[0][1].startswith("the public key cannot be read")
    assert len(found) == 3


@pytest.mark.django_db
def test_without_the_public_key_no_checkpoint_is_believed(home):
    ring(2)
    make_checkpoint(home, now=1)
    (home / "ledger.pub").unlink()
    assert len(findings(home)) == 2


@pytest.mark.django_db
def test_an_old_backup_is_found_by_the_files(home):
    ring(2)
    make_checkpoint(home, now=1)
    kept = models.Head.objects.values().get()
    ring(3)
    make_checkpoint(home, now=1)
    triggers.remove(connection)
    models.Entry.objects.filter(position__gte=2).delete()
    models.SignedCheckpoint.objects.filter(size=5).delete()
    models.Head.objects.update(**kept)
    assert verify(home).first_bad == 2
    gone = "the checkpoint in the file checkpoints/000000000005.note is of 5 facts; 2 are left"
    assert (2, gone) in findings(home)
