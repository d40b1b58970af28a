"""Every page of the URLconf is opened in a browser: tests/journeys/pages.py says as whom, tests/journeys looks at it."""

from collections import defaultdict

from django.urls import resolve

from tests.access.routes import Route, all_routes
from tests.architecture.source import listed
from tests.journeys.pages import ERRORS, KEYS, visits

PART = "a part of a page: looked at where the page that loads it is"
FILE = "a file to keep, no page"
REDIRECT = "leads straight to another page"
ABROAD = (
    "only where a company's own sign-on server is set up and takes part: apps/accounts/tests/test_company_sign_on.py"
)
NO_PAGES = {
    "health": "a line for machines",
    "ready": "a line for machines",
    "assessments:signing_keys": "public keys for programs that check a bundle",
    # parts
    "assessments:calibration_preview": PART,
    "assessments:progress": PART,
    "assessments:rehearsal_progress": PART,
    "dashboards:below": PART,
    "dashboards:off_target": PART,
    "dashboards:outlook": PART,
    "dashboards:report": PART,
    "dashboards:to_do": PART,
    "dashboards:scores": PART,
    "forecasts:of_kpi": PART,
    "imports:progress": PART,
    "jobs:progress": PART,
    "notifications:bell": PART,
    # files
    "assessments:bundle": FILE,
    "assessments:workbook": FILE,
    "files:content": FILE,
    "forecasts:report_pdf": FILE,
    "forecasts:report_xlsx": FILE,
    "imports:template": FILE,
    "mfa_download_recovery_codes": FILE,
    # ways to another page
    "account_set_password": REDIRECT,
    "assessments:appraisals_now": REDIRECT,
    "assessments:entries_now": REDIRECT,
    "assessments:ratings_now": REDIRECT,
    "mfa_index": REDIRECT,
    "notifications:open": REDIRECT,
    "socialaccount_connections": REDIRECT,
    "openid_connect_login": ABROAD,
    "openid_connect_callback": ABROAD,
    "socialaccount_signup": ABROAD,
}
"""Addresses that answer GET and are not opened for themselves, each with the reason."""
NOT_IT = {403, 404}
"""Answers instead of the page that was asked for."""
EXAMPLES = defaultdict(lambda: "1", published_quarter="2026-07", reset="1-key")
"""Something that fits an address in the place of a key."""


def pages() -> dict[str, Route]:
    """Every address a person may open, by name. The API has one page: its description."""
    return {
        route.name: route
        for route in all_routes()
        if "GET" in route.methods and (not route.is_api or route.name == "api:docs")
    }


def visited() -> set[str]:
    """The names of the addresses the browser opens."""
    paths = {
        path.format_map(EXAMPLES).partition("?")[0] for who, path in visits() if ERRORS.get((who, path)) not in NOT_IT
    }
    return {resolve(path).view_name for path in paths}


class TestVisits:
    def test_every_page_is_visited_or_has_a_reason(self):
        missing = sorted(pages().keys() - visited() - NO_PAGES.keys())
        assert not missing, f"\nAdd them to tests/journeys/pages.py:\n{listed(missing)}"

    def test_every_reason_is_still_needed(self):
        assert sorted(NO_PAGES.keys() - (pages().keys() - visited())) == []

    def test_nothing_is_visited_twice_as_the_same_person(self):
        every = visits()
        assert sorted({visit for visit in every if every.count(visit) > 1}) == []

    def test_every_key_is_asked_for(self):
        named = " ".join(path for _, path in visits()) + " ".join(KEYS.values())
        assert [name for name in KEYS if f"{{{name}}}" not in named] == []
