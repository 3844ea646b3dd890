"""The sample plant that `yuanliu up` loads.

Real records of a tablet plant (see tablets/README.md).
"""

from __future__ import annotations

from pathlib import Path

TABLETS = Path(__file__).parent / "tablets" / "Laboratory.csv"
"""The laboratory records; Process.csv beside it is joined to them by the mapping `tablets`."""
