"""The ledger as a Django app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Append-only facts with proofs."""

    name = "yuanliu.ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the receipts' projection."""
        from yuanliu.ledger.projections import register
        from yuanliu.ledger.receipts import ReceiptsProjection

        register(ReceiptsProjection())
