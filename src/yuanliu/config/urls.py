"""Say which door answers which address."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from yuanliu.api.urls import addresses
from yuanliu.config.health import healthz

urlpatterns = [
    path("healthz", healthz),
    # Whoever has not logged in yet may read the log-in page in their language.
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("api/v1/", addresses),
    path("", include("yuanliu.web.urls")),
]
