"""Static files in drills: nobody collected them in this checkout, so pages must not ask for the names of collected ones."""

from django.conf import settings
from django.test import override_settings

PLAIN_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"


def name_plainly() -> None:
    """From now on this process gives static files the names they have in the checkout, without hashes."""
    override_settings(STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": PLAIN_STATIC}}).enable()
