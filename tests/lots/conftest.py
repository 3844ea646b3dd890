"""The plant for tests about lots."""

from tests.lots.floor import plant

__all__ = ["plant"]
