"""Record what happens to every lot and item, and answer where it came from and where it went."""

__version__ = "0.1.0"
