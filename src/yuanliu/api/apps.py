"""The API as a Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The door for programs."""

    name = "yuanliu.api"
