"""Ids of our own: UUID version 7, in the order of their making, never a lot number by chance."""

import time
import uuid

import pytest

from yuanliu.base.ids import is_id, new_id


def test_an_id_is_a_uuid_of_version_7_and_variant_10():
    for _ in range(2_000):
        made = uuid.UUID(new_id())
        assert made.version == 7
        assert made.variant == uuid.RFC_4122


def test_ids_carry_the_time_of_their_making_in_milliseconds():
    before = time.time_ns() // 1_000_000
    made = [uuid.UUID(new_id()).int >> 80 for _ in range(100)]
    after = time.time_ns() // 1_000_000
    assert before <= made[0] <= made[-1] <= after
    assert made == sorted(made)


def test_ids_differ_in_seventy_four_random_bits():
    made = {new_id() for _ in range(20_000)}
    assert len(made) == 20_000
    random = 0
    for text in made:
        random |= uuid.UUID(text).int & (0xFFF << 64 | 2**62 - 1)
    assert random.bit_count() == 74


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("01a203d0-3beb-7c01-94ff-7cee015c183b", True),
        ("01A203D0-3BEB-7C01-94FF-7CEE015C183B", True),
        ("01a203d03beb7c0194ff7cee015c183b", False),
        ("{01a203d0-3beb-7c01-94ff-7cee015c183b}", False),
        ("urn:uuid:01a203d0-3beb-7c01-94ff-7cee015c183b", False),
        (" 01a203d0-3beb-7c01-94ff-7cee015c183b", False),
        ("FLOUR/F1", False),
        ("8", False),
        ("", False),
    ],
)
def test_only_the_usual_form_is_an_id(text, answer):
    assert is_id(text) is answer
