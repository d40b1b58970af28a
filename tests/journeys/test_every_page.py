"""Every page of every role: opens, has no accessibility fault, fits a phone, light and dark.

A role signs in once and keeps its window; a page is loaded once and looked at in both sizes and themes. With
PORTAL_TEST_SHOTS=FOLDER each look is kept there as a picture. That no page is left out: tests/architecture/test_visits.py.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.acting import judge
from tests.journeys.pages import ERRORS, PUBLISHED, STRANGER, keys_of, visits
from tests.journeys.server import RunningPortal
from tests.journeys.windows import Windows

ALL_SHOTS = "PORTAL_TEST_SHOTS" in os.environ
"""Pictures of pages without a fault are only taken where somebody asked for pictures."""
SENDINGS = 6
"""Requests for a new password in a minute, from one address; the next is turned away."""
SEND = """async ([path, times]) => {
  const body = () => new URLSearchParams(new FormData(document.querySelector("main form")));
  for (let time = 0; time < times; time++) await fetch(path, {method: "POST", body: body()});
}"""

BREAK = """
from django.test import RequestFactory
from apps.core.http.errors import failed_page
print(failed_page(RequestFactory().get("/")).content.decode())
"""


@pytest.fixture(scope="module")
def keys(portal: RunningPortal) -> dict[str, str]:
    """What the addresses name: keys of the demo company and of what is added to it here."""
    adding = "from tests.journeys.beyond_demo import add; add()"
    lines = [line.split() for line in portal.manage(("shell", "-c", adding)).splitlines() if line.startswith("key ")]
    return keys_of(portal.stores.database_url) | {name: value for _, name, value in lines}


@pytest.fixture(scope="module")
def windows(
    chromium: Browser, portal: RunningPortal, signed_in_states: dict[str, Any], keys: dict[str, str]
) -> Iterator[Windows]:
    """Everybody's windows."""
    opened = Windows(chromium, portal, signed_in_states, keys["code_secret"])
    yield opened
    opened.close()


def named(who: str, path: str, how: str) -> str:
    """Name of a screenshot."""
    place = "-".join(word for word in re.split(r"\W+", path) if word) or "home"
    return f"{who}-{place}-{how}"


@pytest.mark.parametrize(("who", "path"), visits())
def test_a_page_is_whole_in_both_sizes_and_themes(windows, keys, shoot, who, path):
    window = windows.of(who)
    page = window.open(path.format(**keys), ERRORS.get((who, path), 200))
    assert window.look(lambda look: shoot(page, named(who, path, look)), is_all_shot=ALL_SHOTS) == []


def test_words_without_room_are_seen(windows):
    window = windows.of(STRANGER)
    page = window.open("/accounts/login/")
    assert window.squeezed() == []
    page.evaluate("""() => {
        const planted = document.createElement("p");
        planted.innerHTML = "Accidents <code>with lost days</code>";
        Object.assign(planted.style, {width: "1ch", overflowWrap: "anywhere"});
        document.querySelector("main").append(planted);
    }""")
    assert window.squeezed() == ["no room for the words Accidents"]


class TestErrorsWithoutAnAddress:
    """Answers that no address gives by itself."""

    def test_sent_too_often(self, windows, shoot):
        window = windows.of(STRANGER)
        page = window.open("/accounts/password/reset/")
        page.fill("main input[name=email]", "nobody@brindlemoor.example")
        page.evaluate(SEND, ["/accounts/password/reset/", SENDINGS])
        with page.expect_navigation() as answer:
            page.click("main form button[type=submit]")
        assert answer.value.status == 429
        self.look(window, shoot, "sent-too-often")

    def test_a_form_of_an_older_sign_in(self, windows, shoot):
        window = windows.of("employee")
        page = window.open("/notifications/preferences/")
        page.evaluate("document.querySelector('main form [name=csrfmiddlewaretoken]').value = 'of-an-older-sign-in'")
        with page.expect_navigation() as answer:
            page.click("main form button[type=submit]")
        assert answer.value.status == 403
        self.look(window, shoot, "too-old")

    def test_something_broke(self, windows, portal, shoot):
        window = windows.of("coo")
        said = portal.manage(("shell", "-c", BREAK))
        body = said[said.index("<!doctype") :]
        window.page.route("**/broken/", lambda route: route.fulfill(status=500, body=body, content_type="text/html"))
        window.open("/broken/", 500)
        self.look(window, shoot, "broken")

    def look(self, window, shoot, name):
        assert window.look(lambda look: shoot(window.page, f"error-{name}-{look}"), is_all_shot=ALL_SHOTS) == []


@pytest.mark.parametrize(
    ("width", "theme"), [("wide", "light"), ("wide", "dark"), ("narrow", "light"), ("narrow", "dark")]
)
class TestReceipt:
    def test_is_reached_from_the_list_and_proved(self, open_as, shoot, width, theme):
        page = open_as("auditor", f"/assessments/{PUBLISHED}/scores/", width=width, theme=theme)
        page.click("#list .cell-link >> nth=0")
        page.click("text=Recompute")
        page.wait_for_selector("#proof.notice-success")
        shoot(page, f"receipt-{width}-{theme}")
        judge(page, "receipt")
