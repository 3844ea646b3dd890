"""The recall as a Django app, so that its sentences are translated with the others."""

from django.apps import AppConfig


class RecallConfig(AppConfig):
    """The recall."""

    name = "yuanliu.recall"
