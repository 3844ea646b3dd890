"""Say in a page what went wrong before a view could say it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was sent without this session's token: it is too old, or not ours."""
    return render(request, "web/form_too_old.html", status=403)
