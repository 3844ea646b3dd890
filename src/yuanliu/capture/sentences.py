"""Say a refusal in the reader's language: it is translated at the door, never before."""

from __future__ import annotations

from django.utils.translation import gettext

from yuanliu.base.refusal import Refusal


def sentence_of(refusal: Refusal) -> str:
    """Translate a refusal's sentence, with the facts that are phrases, and put the facts in."""
    return refusal.render(gettext)
