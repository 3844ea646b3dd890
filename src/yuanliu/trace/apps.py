"""The trace as a Django app, so that its sentences are translated with the others."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    """The trace."""

    name = "yuanliu.trace"
