"""The command line as a Django app, so that its sentences are translated with the others."""

from django.apps import AppConfig


class CliConfig(AppConfig):
    """The command line."""

    name = "yuanliu.cli"
