"""The gate as a Django app."""

from django.apps import AppConfig


class CaptureConfig(AppConfig):
    """The one gate in."""

    name = "yuanliu.capture"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the actions."""
        from yuanliu.capture import corrections  # noqa: F401 - declares the action
