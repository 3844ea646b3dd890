"""Master data as a Django app."""

from django.apps import AppConfig


class MasterdataConfig(AppConfig):
    """Items, parties, places, machines, people and documents."""

    name = "yuanliu.masterdata"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the actions and the projection."""
        from yuanliu.ledger.projections import register
        from yuanliu.masterdata import actions  # noqa: F401 - declares the actions
        from yuanliu.masterdata.projector import MasterProjection

        register(MasterProjection())
