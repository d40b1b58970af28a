"""Windows that stay open while page after page is looked at, and what is looked for in them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from apps.accounts.tests.factories import PASSWORD
from tests.journeys.acting import RULES, WIDER, enter
from tests.journeys.beyond_demo import GUARDED_EMAIL
from tests.journeys.conftest import NARROW, WIDE, is_trouble
from tests.journeys.pages import GUARDED, HALF, UNGUARDED
from tests.journeys.server import RunningPortal

COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SHAPES = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
Look = tuple[dict[str, int], str, dict[str, Any] | None]
LOOKS: tuple[tuple[Look, ...], ...] = (
    ((NARROW, "light", RULES), (NARROW, "dark", None), (WIDE, "dark", COLOURS), (WIDE, "light", SHAPES)),
    ((NARROW, "light", SHAPES), (NARROW, "dark", COLOURS), (WIDE, "dark", None), (WIDE, "light", RULES)),
)
"""Size, theme, what axe looks for in the whole page, sidebar and top bar too. Reckoning colours takes most of the time, so a
page has it once in each theme, in one theme as a phone shows it and in the other as a desk does; which in which is told by
its address. A theme changes colours and nothing else: the rest is looked for once in each size."""
LOOKED_AT = 4
FEWER_ALIKE = f"""document.querySelectorAll("tbody, select, .api-group, .api-columns > .stack").forEach(
    one => [...one.children].slice({LOOKED_AT}).forEach(child => child.remove()))"""
"""The rows of a table are alike, so are the choices of a field and what the API's description says of each address."""
IS_WHOLE = "() => !document.querySelector('[hx-trigger=load], .htmx-request, .htmx-swapping, .htmx-settling')"
"""Nothing is still being loaded into the page."""
SQUEEZED = """() => {
  const found = [], range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT,
      node => node.parentElement.closest("code, pre, svg, script, template, .visually-hidden") ? 2 : 1);
  const isClipped = head => head !== null && getComputedStyle(head).clipPath !== "none";
  while (texts.nextNode()) if (!isClipped(texts.currentNode.parentElement.closest("thead")))
    for (const word of texts.currentNode.data.matchAll(/\\p{L}{4,16}/gu)) {
    range.setStart(texts.currentNode, word.index);
    range.setEnd(texts.currentNode, word.index + word[0].length);
    if (new Set([...range.getClientRects()].map(one => one.top)).size > 4) found.push(word[0]);
  }
  return found;
}"""
"""Words no longer than on a button that stand broken over five lines: somebody took their room."""
AXE = "options => axe.run(document, options).then(found => found.violations)"


@dataclass
class Window:
    """The window of one person. TROUBLES: what its scripts complained of since the last page."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda said: self.troubles.append(said.text) if is_trouble(said) else None)

    def open(self, path: str, status: int = 200) -> Page:
        """Load a page once, on a phone's width, in light colours, with all its parts."""
        self.troubles.clear()
        self.page.set_viewport_size(NARROW)
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{answer.status} {path}"
        self.page.wait_for_function(IS_WHOLE)
        return self.page

    def overflow(self) -> list[str]:
        """By how much the page is wider than its window, in a sentence; nothing where it fits."""
        wide = self.page.evaluate(WIDER)
        return [f"{wide} pixels wider than the window"] if wide > 0 else []

    def squeezed(self) -> list[str]:
        """Words that have no room to stand in, in a sentence; nothing where all have."""
        words = self.page.evaluate(SQUEEZED)
        return [f"no room for the words {', '.join(words[:5])}"] if words else []

    def faults(self, rules: dict[str, Any] | None) -> list[str]:
        """What is wrong with the page as it is shown now."""
        options = {"resultTypes": ["violations"], "preload": False}
        found = self.page.evaluate(AXE, {**rules, **options}) if rules else []
        wrong = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
        return [*wrong, *self.overflow()]

    def look(self, shoot: Callable[[str], None], *, is_all_shot: bool = False) -> list[str]:
        """What is wrong with the page in every size and theme. SHOOT takes a picture of each look that has a fault, of
        every one where all are wanted: then no row is left out either."""
        page = self.page
        found = [] if page.locator("h1").count() == 1 else [f"{page.locator('h1').count()} first headings"]
        found += self.overflow() + self.squeezed()
        if not is_all_shot:
            page.evaluate(FEWER_ALIKE)
        page.evaluate(AXE_SCRIPT)
        for size, theme, rules in looks_at(page.url):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            look = f"{size['width']}-{theme}"
            faults = [f"{look}: {fault}" for fault in self.faults(rules)]
            if faults or is_all_shot:
                shoot(look)
            found += faults
        return [*found, *self.troubles]


def looks_at(url: str) -> tuple[Look, ...]:
    """How a page is looked at. The same address is always looked at alike, whatever its keys and its host are."""
    return LOOKS[sum(map(str.isalpha, urlsplit(url).path)) % len(LOOKS)]


@dataclass
class Windows:
    """A window for everybody, opened the first time it is asked for. STATES: cookies of those who are signed in."""

    chromium: Browser
    portal: RunningPortal
    states: dict[str, Any]
    code_secret: str
    opened: dict[str, Window] = field(default_factory=dict)

    def of(self, who: str) -> Window:
        if who not in self.opened:
            context = self.chromium.new_context(base_url=self.portal.address, storage_state=self.states.get(who))
            self.opened[who] = Window(context.new_page())
            if who in {HALF, GUARDED, UNGUARDED}:
                self.sign_in(who)
        return self.opened[who]

    def sign_in(self, who: str) -> None:
        """As far as this person goes, just now: some pages open only to somebody who has just signed in."""
        page = self.opened[who].page
        if who == UNGUARDED:
            enter(page, self.portal.sign_ins["finance"])
            return
        page.goto("/accounts/login/")
        page.fill("input[name=login]", GUARDED_EMAIL)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/2fa/authenticate/**")
        if who == GUARDED:
            page.fill("main input[name=code]", code_of(self.code_secret))
            page.click("main form:has(input[name=code]) button[type=submit]")
            page.wait_for_url(lambda url: "/2fa/" not in url)

    def close(self) -> None:
        for window in self.opened.values():
            window.page.context.close()


def code_of(secret: str) -> str:
    """What an authenticator app would show now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))
