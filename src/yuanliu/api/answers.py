"""Write answers as JSON that every reader reads alike."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

JSON_TYPE = "application/json"


def to_json(value: Any) -> bytes:
    """Write a value as JSON in UTF-8; a lone surrogate, which UTF-8 cannot hold, is escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def answer(value: Any, *, status: int = 200) -> HttpResponse:
    """Answer with JSON."""
    return HttpResponse(to_json(value), status=status, content_type=JSON_TYPE)
