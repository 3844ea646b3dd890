"""The genealogy as a Django app."""

from django.apps import AppConfig


class GenealogyConfig(AppConfig):
    """Flows, stays and circumstances."""

    name = "yuanliu.genealogy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the projection."""
        from yuanliu.genealogy.projector import GenealogyProjection
        from yuanliu.ledger.projections import register

        register(GenealogyProjection())
