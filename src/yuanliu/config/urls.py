"""Say which door answers which address."""

from __future__ import annotations

from django.urls import include, path

from yuanliu.config.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("i18n/", include("django.conf.urls.i18n")),
]
