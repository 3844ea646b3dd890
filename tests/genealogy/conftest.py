"""The plant for tests about the genealogy."""

from tests.lots.floor import plant

__all__ = ["plant"]
