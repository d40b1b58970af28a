"""Every page of every role: opens, has no accessibility fault, fits a phone, light and dark.

A role signs in once and keeps its window; a page is loaded once and looked at in both sizes and themes.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journeys.acting import RULES
from tests.journeys.conftest import NARROW, WIDE, is_trouble
from tests.journeys.pages import PUBLISHED, keys_of, visits
from tests.journeys.server import RunningPortal

COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SHAPES = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
LOOKS: tuple[tuple[dict[str, int], str, str, dict[str, Any]], ...] = (
    (NARROW, "light", "html", SHAPES),
    (WIDE, "light", "html", RULES),
    (WIDE, "dark", "main", COLOURS),
)
"""Size, theme, where and what is looked for. A phone shows the same colours, and reckoning them takes most of the time."""
ROWS_LOOKED_AT = 5
FEWER_ROWS = f"""document.querySelectorAll("tbody").forEach(
    body => [...body.rows].slice({ROWS_LOOKED_AT}).forEach(row => row.remove()))"""
"""The rows of a table are alike."""
ALL_SHOTS = "PORTAL_TEST_SHOTS" in os.environ
"""Pictures of pages without a fault are only taken where somebody asked for pictures."""


@dataclass
class Window:
    """The window of one role. TROUBLES: what its scripts and answers complained of since the last page."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda said: self.troubles.append(said.text) if is_trouble(said) else None)

    def open(self, path: str) -> Page:
        """Load a page once, on a phone's width, in light colours."""
        self.troubles.clear()
        self.page.set_viewport_size(NARROW)
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{answer.status} {path}"
        self.page.evaluate(AXE_SCRIPT)
        return self.page

    def overflow(self) -> list[str]:
        """By how much the page is wider than its window, in a sentence; nothing where it fits."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [f"{wide} pixels wider than the window"] if wide > 0 else []

    def faults(self, place: str, rules: dict[str, Any]) -> list[str]:
        """What is wrong with a PLACE of the page as it is shown now."""
        words = "([place, options]) => axe.run(place, options).then(found => found.violations)"
        found = self.page.evaluate(words, [place, {**rules, "resultTypes": ["violations"], "preload": False}])
        wrong = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
        return [*wrong, *self.overflow()]


@pytest.fixture(scope="module")
def window_of(
    chromium: Browser, portal: RunningPortal, signed_in_states: dict[str, Any]
) -> Iterator[Callable[[str], Window]]:
    """`window_of("coo")`: that role's window, opened the first time."""
    windows: dict[str, Window] = {}

    def found(role: str) -> Window:
        if role not in windows:
            context = chromium.new_context(base_url=portal.address, storage_state=signed_in_states[role])
            windows[role] = Window(context.new_page())
        return windows[role]

    yield found
    for window in windows.values():
        window.page.context.close()


@pytest.fixture(scope="module")
def keys(portal: RunningPortal) -> dict[str, str]:
    """The keys of the demo company."""
    return keys_of(portal.stores.database_url)


@pytest.mark.parametrize(("role", "path"), visits())
def test_a_page_is_whole_in_both_sizes_and_themes(window_of, keys, shoot, role, path):
    window = window_of(role)
    page = window.open(path.format(**keys))
    assert page.locator("h1").count() == 1
    found = window.overflow()
    if not ALL_SHOTS:
        page.evaluate(FEWER_ROWS)
    for size, theme, place, rules in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        look = f"{size['width']}-{theme}"
        faults = [f"{look}: {fault}" for fault in window.faults(place, rules)]
        if faults or ALL_SHOTS:
            shoot(page, named(role, path, look))
        found += faults
    assert [*found, *window.troubles] == []


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
