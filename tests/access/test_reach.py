"""No page stands alone: whatever a role may open is reached by links from its home page, and orphans are named here."""

from collections import Counter, deque
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import Resolver404, resolve, reverse

from tests.access.matrix import ROLES, expectations
from tests.access.routes import all_routes, is_third_party
from tests.architecture.test_visits import NO_PAGES

MOST_OF_A_KIND = 4
"""As many pages of one kind are looked through for links; lists are looked through first."""
SYSTEM = "integration"
"""Reads through REST: no home page."""
WAYS = ("href", "action", "hx-get")

BY_ADDRESS = frozenset({"dashboards:gallery"})
OF_STATE = {
    "a step of something that stands there only for a while: its page offers it then": (
        "approvals:withdraw",
        "assessments:admit_appeal",
        "assessments:decide_rewards",
        "assessments:discard_draft",
        "assessments:hand_up_appeal",
        "assessments:publish",
        "assessments:reject_appeal",
        "assessments:review_plan",
        "assessments:rule_appeal",
        "assessments:send_back",
        "assessments:start_plan",
        "assessments:take_higher",
        "assessments:withdraw_appeal",
        "departments:reopen",
        "forecasts:issue_report",
        "forecasts:reopen_report",
        "imports:map",
        "imports:save_mapping",
        "imports:undo",
        "jobs:send_message_again",
        "kpis:baseline",
        "staff:end_appointment",
        "staff:rehire",
        "staff:remove_appointment",
    ),
    "there is none of it in the company of these tests, or none that is done: what leads to it is empty": (
        "accounts:key",
        "assessments:appeal",
        "assessments:period_people",
        "assessments:rehearsal_pay",
        "assessments:rehearsal_people",
        "forecasts:compare_report",
        "forecasts:report",
        "forecasts:scenario",
        "notifications:delivery",
    ),
    "of one's own: the one who is asked here has none": (
        "approvals:detail",
        "assessments:rewards",
        "jobs:detail",
        "jobs:list",
        "staff:own",
    ),
    "for those who build pages, by its address": tuple(BY_ADDRESS),
}
"""Pages no link leads to in the company of these tests, by the reason: elsewhere one does."""
EXCEPTIONS = frozenset(name for names in OF_STATE.values() for name in names)
LINKED_FROM = ("apps", "ops_portal", "templates")


class Links(HTMLParser):
    """The addresses a page leads to: links, forms, parts that are loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Every way out of the page."""
        self.found += [value for name, value in attrs if name in WAYS and value and tag != "link"]


def page_at(asker, role, address):
    """(status, body, where it leads if it leads elsewhere); whatever it changed is undone."""
    asker.show_session(role)
    with transaction.atomic():
        response = asker.clients[role].get(address)
        whole = b"".join(response.streaming_content) if response.streaming else response.content
        is_page = response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")
        body = whole.decode() if is_page else ""
        found = (response.status_code, body, response.get("Location", ""))
        transaction.set_rollback(True)
    return found


def name_of(address):
    """The route of an address of the portal; None for any other."""
    parts = urlsplit(address)
    if parts.netloc or not parts.path.startswith("/"):
        return None
    try:
        return resolve(parts.path).view_name
    except Resolver404:
        return None


def reached(asker, role):
    """The routes that links lead to from the home page of a role."""
    home = reverse("dashboards:home")
    names, seen, looked = {"dashboards:home"}, {home}, Counter()
    waiting = deque([home])
    while waiting:
        here = waiting.popleft()
        _status, body, location = page_at(asker, role, here)
        links = Links()
        links.feed(body)
        for link in [*links.found, *([location] if location else [])]:
            address = urljoin(here, link).partition("#")[0]
            name = name_of(address)
            if name is None or address in seen:
                continue
            seen.add(address)
            names.add(name)
            looked[name] += 1
            if looked[name] <= MOST_OF_A_KIND and name != "account_logout":
                waiting.append(address)
    return names


def pages_of(role):
    """The pages a role may open somewhere, by the matrix; those of packages are theirs to link."""
    return {
        route.name
        for route in all_routes()
        if not route.is_api
        and not is_third_party(route)
        and route.name not in NO_PAGES
        and (expected := expectations().get((route.name, "GET"))) is not None
        and "200" in expected.statuses[role]
    }


@pytest.mark.django_db
class TestEveryPage:
    @pytest.mark.parametrize("role", [role for role in ROLES if role != SYSTEM])
    def test_is_reached_by_links_from_home(self, asker, role):
        orphans = pages_of(role) - reached(asker, role) - EXCEPTIONS
        assert not orphans, f"\nNo link leads a {role} to:\n" + "\n".join(sorted(orphans))

    def test_an_exception_is_a_page_that_some_page_links_to(self):
        """Names are put together in some places: the part after the colon is enough."""
        assert {route.name for route in all_routes()} >= EXCEPTIONS
        root = Path(settings.BASE_DIR)
        files = [path for top in LINKED_FROM for end in ("html", "py") for path in (root / top).rglob(f"*.{end}")]
        text = "\n".join(
            path.read_text(encoding="utf-8")
            for path in files
            if "tests" not in path.parts and path.name not in {"urls.py", "rules.py"}
        )
        quoted = {name: (name, name.partition(":")[2]) for name in EXCEPTIONS - BY_ADDRESS}
        unlinked = [
            name
            for name, words in quoted.items()
            if not any(f"'{word}'" in text or f'"{word}"' in text for word in words)
        ]
        assert not unlinked, unlinked
