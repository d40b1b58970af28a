"""What journeys through a month have in common: people sign in, act on the board, rule at the desk, look at pages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.conftest import SHOTS, WIDE
from tests.journeys.server import RunningPortal

PATIENCE = 20_000
"""Milliseconds: a machine that does other work besides answers late, which is no fault of the page."""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextmanager
def signing_in(chromium: Browser, portal: RunningPortal) -> Iterator[Callable[..., Page]]:
    """`sign_in("hr")` gives a page of that person, signed in through the form the first time; all are closed at the end."""
    contexts: list[BrowserContext] = []
    states: dict[str, Any] = {}
    expect.set_options(timeout=PATIENCE)

    def sign_in(role: str, size: dict[str, int] = WIDE) -> Page:
        known = states.get(role)
        contexts.append(chromium.new_context(base_url=portal.address, viewport=size, storage_state=known))
        page = contexts[-1].new_page()
        if known is None:
            enter(page, portal.sign_ins[role])
            states[role] = page.context.storage_state()
        return page

    try:
        yield sign_in
    finally:
        for context in contexts:
            context.close()


def enter(page: Page, entry: dict[str, str]) -> None:
    """Sign in through the form."""
    page.goto("/accounts/login/")
    page.fill("input[name=login]", entry["email"])
    page.fill("input[name=password]", entry["password"])
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)


def press(page: Page, button: str) -> None:
    """A button of the page itself."""
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def act(page: Page, board: str, link: str, button: str = "", reason: str = "") -> None:
    """One act of the board: its link, then (with a reason) the button of the page that asks."""
    page.goto(board)
    page.get_by_role("link", name=link, exact=True).click()
    if reason:
        page.fill("main textarea", reason)
    press(page, button or link)


def approve(page: Page, title: str) -> None:
    """The own desk: the case with this TITLE is approved."""
    page.goto("/approvals/")
    page.get_by_role("link", name=title).first.click()
    page.locator("main form input[name=ruling][value=approve]").check()
    page.locator("main form[data-draft] button[type=submit]").click()


def look(page: Page, name: str) -> None:
    """A picture; nothing that axe finds, nothing wider than the window."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    judge(page, name)


def judge(page: Page, name: str) -> None:
    """Nothing that axe finds, nothing wider than the window.

    From the top: further down the top bar lies over whatever stands there, and axe calls a half-covered button small.
    """
    page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    overflow = page.evaluate(WIDER)
    assert overflow <= 0, f"{name}: {overflow} pixels too wide"
