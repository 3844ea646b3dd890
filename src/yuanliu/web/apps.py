"""The pages as a Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The door for people."""

    name = "yuanliu.web"
