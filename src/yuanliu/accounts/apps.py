"""People and keys as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, API keys and failed log-ins."""

    name = "yuanliu.accounts"
    default_auto_field = "django.db.models.BigAutoField"
