"""The documentation names every app, capability, job and dependency (settings: tests/project)."""

import os
import re

import pytest
from django.conf import settings

from tests.architecture.pages import access_page, jobs_page
from tests.architecture.source import ROOT
from tests.architecture.test_jobs import house_tasks

DOCS = ROOT / "docs"


class TestMap:
    def test_names_every_app(self):
        page = (DOCS / "map.md").read_text(encoding="utf-8")
        assert [app for app in settings.HOUSE_APPS if not re.search(rf"\b{app}\b", page)] == []


class TestPrintedPages:
    @pytest.mark.parametrize(("name", "made"), [("access.md", access_page), ("jobs.md", jobs_page)])
    def test_are_what_the_code_says(self, name, made):
        house_tasks()
        if os.environ.get("PORTAL_WRITE_DOCS"):
            (DOCS / name).write_text(made(), encoding="utf-8")
        assert (DOCS / name).read_text(encoding="utf-8") == made()


class TestDependencies:
    def test_every_direct_one_has_its_line(self):
        page = (DOCS / "dependencies.md").read_text(encoding="utf-8").lower()
        wanted = [
            found.group(0)
            for name in ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt")
            for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
            if (found := re.match(r"[A-Za-z0-9][A-Za-z0-9_.-]*", line))
        ]
        assert len(wanted) > 20
        assert [name for name in wanted if name.lower() not in page] == []
