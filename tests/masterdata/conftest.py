"""The plant for tests about master data."""

from tests.lots.floor import plant

__all__ = ["plant"]
