"""Every page of every role: opens, has no accessibility fault, fits a phone."""

import re
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.core.month import Month
from tests.journeys.server import TODAY

THIS_MONTH = Month.of(date.fromisoformat(TODAY))
PUBLISHED, IN_WORK = THIS_MONTH.plus(-2), THIS_MONTH.plus(-1)
"""Months of the demo company's scores."""

PAGES = {
    "coo": "/ /departments/ /departments/list/ /staff/ /staff/movements/ /staff/headcount/ /approvals/ /periods/ /imports/",
    "gm": "/ /approvals/ /approvals/all/ /assessments/",
    "manager": "/ /departments/ /staff/ /staff/movements/ /staff/headcount/ /assessments/",
    "hr": "/ /staff/ /staff/hire/ /staff/positions/ /staff/headcount/plan/ /imports/new/ /jobs/ /history/",
    "finance": "/ /staff/headcount/ /search/?q=lab",
    "employee": "/ /staff/me/ /departments/ /notifications/ /notifications/preferences/ /accounts/me/ /assessments/",
    "auditor": "/ /history/ /accounts/ /periods/calendar/",
    "administrator": "/ /accounts/ /accounts/new/ /accounts/keys/ /accounts/keys/new/ /notifications/webhooks/ /gallery/",
}
SCORES = {
    "coo": [f"/assessments/{IN_WORK}/"],
    "hr": ["/assessments/", f"/assessments/{IN_WORK}/hand-in/", f"/assessments/{PUBLISHED}/scores/"],
    "manager": [f"/assessments/{PUBLISHED}/"],
    "auditor": [f"/assessments/{PUBLISHED}/"],
}
VISITS = [(role, path) for role, paths in PAGES.items() for path in [*paths.split(), *SCORES.get(role, ())]]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize(("role", "path"), VISITS)
class TestPage:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_has_no_accessibility_fault(self, open_as, shoot, role, path, theme):
        page = open_as(role, path, theme=theme)
        shoot(page, named(role, path, f"1440-{theme}"))
        assert page.locator("h1").count() == 1
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()

    def test_fits_a_phone(self, open_as, shoot, role, path):
        page = open_as(role, path, width="narrow")
        shoot(page, named(role, path, "360"))
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0


@pytest.mark.parametrize(("width", "theme"), [("wide", "light"), ("wide", "dark"), ("narrow", "light")])
class TestReceipt:
    def test_is_reached_from_the_list_and_proved(self, open_as, shoot, width, theme):
        page = open_as("auditor", f"/assessments/{PUBLISHED}/scores/", width=width, theme=theme)
        page.click("#list .cell-link >> nth=0")
        page.click("text=Recompute")
        page.wait_for_selector("#proof.notice-success")
        shoot(page, f"receipt-{width}-{theme}")
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def named(role: str, path: str, how: str) -> str:
    """Name of a screenshot."""
    place = "-".join(word for word in re.split(r"\W+", path) if word) or "home"
    return f"{role}-{place}-{how}"
