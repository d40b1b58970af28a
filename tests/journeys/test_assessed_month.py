"""A month of real figures in a browser: HR works it out and hands it in, the COO approves, HR publishes, all can read."""

import pytest
from playwright.sync_api import expect

from tests.journeys import hospitals
from tests.journeys.acting import act, approve, look, signing_in
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
    with signing_in(chromium, hospital_portal) as sign_in:
        yield sign_in


def test_a_month_of_real_figures_is_published_and_explained(sign_in):
    hr, coo = sign_in("hr"), sign_in("coo")
    act(hr, BOARD, "Work out again", "Work out")
    hr.goto(BOARD)
    expect(hr.get_by_role("link", name="Hand in for approval")).to_be_visible(timeout=60_000)
    act(hr, BOARD, "Hand in for approval")
    approve(coo, "Scores of December 2018")
    act(hr, BOARD, "Publish")
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
        look(page, "hospitals-score")
