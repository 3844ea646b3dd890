"""Traceables as a Django app."""

from django.apps import AppConfig


class LotsConfig(AppConfig):
    """Lots, units, containers and vessels."""

    name = "yuanliu.lots"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the actions and the projection."""
        from yuanliu.ledger.projections import register
        from yuanliu.lots import actions, custody_actions, verdict_actions  # noqa: F401
        from yuanliu.lots.projector import LotsProjection

        register(LotsProjection())
