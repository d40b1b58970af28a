from django.apps import AppConfig

# Imported for its effect: web and command processes must send to our broker, not to Celery's default one.
from ops_portal.celery import app as celery_app

__all__ = ["PortalConfig", "celery_app"]


class PortalConfig(AppConfig):
    name = "ops_portal"
    label = "ops_portal"

    def ready(self) -> None:
        """Read every app's tasks.py in every process: enqueue refuses kinds that no task is registered for."""
        celery_app.autodiscover_tasks(force=True)
