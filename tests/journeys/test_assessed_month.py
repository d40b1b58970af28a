"""A month of real figures in a browser: HR works it out and hands it in, the COO approves, HR publishes, all can read."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys import hospitals
from tests.journeys.conftest import NARROW, SHOTS, WIDE
from tests.journeys.server import RunningPortal

BOARD = "/assessments/2018-12/"


@pytest.fixture(scope="module")
def hospital_portal():
    running = RunningPortal(loaded_by="tests.journeys.hospitals.load", today=hospitals.TODAY)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def sign_in(chromium, hospital_portal):
    """`sign_in("hr")` gives a page of that person."""
    contexts = []

    def signed_in(role, size=WIDE):
        contexts.append(chromium.new_context(base_url=hospital_portal.address, viewport=size))
        page = contexts[-1].new_page()
        entry = hospital_portal.sign_ins[role]
        page.goto("/accounts/login/")
        page.fill("input[name=login]", entry["email"])
        page.fill("input[name=password]", entry["password"])
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield signed_in
    for context in contexts:
        context.close()


def do(page, link, button):
    """One act of the board: its link, then the button of the page that asks."""
    page.goto(BOARD)
    page.get_by_role("link", name=link, exact=True).click()
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def approve(page):
    """The COO's own desk."""
    page.goto("/approvals/")
    page.get_by_role("link", name="Scores of 2018-12").first.click()
    page.locator("main form select[name=ruling], main form input[name=ruling][value=approve]").first.evaluate(
        "field => field.tagName === 'SELECT' ? (field.value = 'approve') : field.click()"
    )
    page.locator("main form[data-draft] button[type=submit]").click()


def test_a_month_of_real_figures_is_published_and_explained(sign_in):
    hr, coo = sign_in("hr"), sign_in("coo")
    do(hr, "Work out", "Work out")
    hr.goto(BOARD)
    expect(hr.get_by_role("link", name="Hand in for approval")).to_be_visible(timeout=60_000)
    do(hr, "Hand in for approval", "Hand in for approval")
    approve(coo)
    do(hr, "Publish", "Publish")
    expect(hr.get_by_role("main")).to_contain_text("Published")

    for size in (WIDE, NARROW):
        page = sign_in("auditor", size)
        page.goto(BOARD)
        expect(page.get_by_role("heading", name="Not assessed")).to_be_visible()
        page.screenshot(path=SHOTS / f"hospitals-board-{size['width']}.png", full_page=True)
        page.goto(f"{BOARD}scores/?sort=total")
        page.locator("#list tbody a").first.click()
        expect(page.get_by_role("main")).to_contain_text("within 4 hours")
        expect(page.get_by_role("main")).to_contain_text("The coo")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert Axe().run(page).violations_count == 0
        page.screenshot(path=SHOTS / f"hospitals-score-{size['width']}.png", full_page=True)
