"""Drills in a checkout whose static files were never collected: their pages must ask for no collected name."""

import pytest
from django.templatetags.static import static

from ops_portal.drills import tamper

SHEET = "css/portal.css"


class Asked(Exception):
    """Ends a drill where it would make its company; says what a static file is called by then."""


def ask(_size):
    raise Asked(static(SHEET))


@pytest.fixture
def _nothing_collected(settings, tmp_path):
    """Names with hashes, as in production, and not one file collected."""
    hashed = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {**settings.STORAGES, "staticfiles": hashed}


@pytest.mark.usefixtures("_nothing_collected")
def test_the_drill_of_tampering_needs_no_collected_files(monkeypatch):
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        static(SHEET)
    monkeypatch.setattr(tamper, "make_firm", ask)
    with pytest.raises(Asked, match=f"^/static/{SHEET}$"):
        tamper.run(without=None, rounds=1)
