"""A browser, a running portal with the demo company, and one signed-in page a role.

Every test here is marked `browser`; they share one portal, so a journey leaves behind only what does not disturb the others.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.server import RunningPortal

SHOTS = Path(os.environ.get("PORTAL_TEST_SHOTS", "test-results"))
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them in one process of xdist, marked, so that one portal serves them."""
    for item in items:
        if "journeys" in str(item.path):
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("No Chromium on this machine: sudo apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def portal() -> Iterator[RunningPortal]:
    running = RunningPortal()
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def signed_in_states(chromium: Browser, portal: RunningPortal) -> dict[str, object]:
    """Cookies of each role, signed in once through the real form."""
    states = {}
    for role, entry in portal.sign_ins.items():
        context = chromium.new_context(base_url=portal.address)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", entry["email"])
        page.fill("input[name=password]", entry["password"])
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)
        states[role] = context.storage_state()
        context.close()
    return states


@pytest.fixture
def open_as(
    chromium: Browser, portal: RunningPortal, signed_in_states: dict[str, object]
) -> Iterator[Callable[..., Page]]:
    """`open_as("coo", "/", width="narrow", theme="dark")` gives a page; script errors and 5xx answers fail the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(role: str, path: str, *, width: str = "wide", theme: str = "light") -> Page:
        context = chromium.new_context(
            base_url=portal.address,
            storage_state=signed_in_states[role],
            viewport=WIDE if width == "wide" else NARROW,
            color_scheme=theme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{path}: {error}"))
        page.on("console", lambda said: troubles.append(f"{path}: {said.text}") if is_trouble(said) else None)
        page.on(
            "response",
            lambda answer: troubles.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
        )
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def is_trouble(said) -> bool:
    """Console errors, except the browser's own line about an answer of 4xx that a test asked for."""
    return said.type == "error" and "Failed to load resource" not in said.text


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keep a screenshot of the whole page under test-results/ (or PORTAL_TEST_SHOTS)."""

    def keep(page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    return keep
