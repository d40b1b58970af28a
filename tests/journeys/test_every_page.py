"""Every page of every role: opens, has no accessibility fault, fits a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = {
    "coo": [
        "/",
        "/departments/",
        "/staff/",
        "/staff/movements/",
        "/staff/headcount/",
        "/approvals/",
        "/periods/",
        "/imports/",
        "/jobs/",
        "/history/",
    ],
    "gm": ["/", "/departments/", "/approvals/"],
    "manager": ["/", "/departments/", "/staff/", "/staff/movements/", "/staff/headcount/"],
    "hr": ["/", "/staff/", "/staff/hire/", "/staff/movements/", "/staff/headcount/", "/imports/", "/periods/"],
    "finance": ["/", "/departments/", "/staff/headcount/"],
    "employee": ["/", "/departments/", "/notifications/", "/accounts/profile/"],
    "auditor": ["/", "/history/", "/accounts/", "/jobs/"],
    "administrator": [
        "/",
        "/accounts/",
        "/accounts/keys/",
        "/notifications/webhooks/",
        "/jobs/",
        "/periods/",
        "/gallery/",
    ],
}
VISITS = [(role, path) for role, paths in PAGES.items() for path in paths]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("role", "path"), VISITS)
class TestPage:
    def test_has_no_accessibility_fault(self, open_as, role, path, theme):
        page = open_as(role, path, theme=theme)
        assert page.locator("h1").count() == 1
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()

    def test_fits_a_phone(self, open_as, shoot, role, path, theme):
        page = open_as(role, path, width="narrow", theme=theme)
        shoot(page, f"{role}-{path.strip('/').replace('/', '-') or 'home'}-360-{theme}")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0
