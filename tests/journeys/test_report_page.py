"""The situation report in a browser: contents that open what they name, sections that fold, all of it on paper."""

from collections.abc import Callable

import psycopg2
import pytest
from playwright.sync_api import Page

from tests.journeys.acting import look
from tests.journeys.pages import KEYS
from tests.journeys.server import RunningPortal

FOLDED = ".report-fold:not([open])"
MOST_SCREENS = 4
"""The page was fifteen screens long before its sections folded."""


@pytest.fixture(scope="module")
def path(portal: RunningPortal) -> str:
    """The newest report."""
    connection = psycopg2.connect(portal.stores.database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(KEYS["draft_report"])
            return f"/forecasts/reports/{cursor.fetchone()[0]}/"
    finally:
        connection.close()


def test_the_first_section_stands_open_and_the_others_fold(open_as: Callable[..., Page], path: str) -> None:
    page = open_as("coo", path)
    sections = page.locator(".report-contents a").count()
    assert sections > 5
    assert page.locator(FOLDED).count() == sections - 1
    assert page.locator(".report-section").first.locator("table").is_visible()
    assert page.evaluate("document.documentElement.scrollHeight / innerHeight") < MOST_SCREENS
    assert page.locator(".report-contents .report-count").count() > 1


def test_a_link_of_the_contents_opens_its_section(open_as: Callable[..., Page], path: str) -> None:
    page = open_as("coo", path)
    link = page.locator(".report-contents a").last
    named = page.locator(link.get_attribute("href") or "")
    link.click()
    assert named.get_attribute("open") is not None
    page.wait_for_function("window.scrollY > 0")
    named.locator("> summary").click()
    assert named.get_attribute("open") is None
    link.click()
    assert named.get_attribute("open") is not None, "a second time as well"
    assert page.locator(".report-contents").is_visible(), "it stays in sight"


def test_a_section_opens_by_keyboard(open_as: Callable[..., Page], path: str) -> None:
    page = open_as("coo", path)
    page.locator(".report-fold summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".report-fold").first.get_attribute("open") is not None


def test_everything_is_printed_and_folds_again(open_as: Callable[..., Page], path: str) -> None:
    page = open_as("coo", path)
    before = page.locator(FOLDED).count()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(FOLDED).count() == 0
    assert page.locator(".report-fold .report-table").last.is_visible()
    assert not page.locator(".report-contents").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(FOLDED).count() == before


@pytest.mark.parametrize(("width", "theme"), [("wide", "light"), ("wide", "dark"), ("narrow", "light")])
def test_opened_it_has_no_fault(open_as: Callable[..., Page], path: str, width: str, theme: str) -> None:
    page = open_as("coo", path, width=width, theme=theme)
    page.click("[data-report-fold=open]")
    assert page.locator(FOLDED).count() == 0
    look(page, f"report-open-{theme}")
    page.click("[data-report-fold=close]")
    assert page.locator(".report-fold[open]").count() == 0
