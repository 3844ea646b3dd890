"""A ledger to look at: its head, its bodies, and programs beside this one that write to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factory import define_plant
from yuanliu.ledger.append import Receipt


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a data directory with nothing in it."""
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def plant(db: None) -> Receipt:
    """Record the plant's master data and give the receipt of its facts."""
    return define_plant()
