"""Asks one address as one role and says what came back."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.access.matrix import ANONYMOUS, ROLES, Expectation
from tests.access.routes import Route
from tests.access.things import THINGS
from tests.access.world import BELOW, MARKS, OTHER, World

LIMITED = {"employee": (BELOW, OTHER), "administrator": (BELOW, OTHER), "manager": (OTHER,)}
"""Roles that do not see the whole company, and whose things must not even be named to them."""

REFUSED_AT_THE_DOOR = {"403", "401", "login", "405"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: str
    text: str = ""


class Asker:
    """The company and a signed-in browser for each role."""

    def __init__(self) -> None:
        self.world = World()
        self.count = 0
        self.clients = {ANONYMOUS: Client(raise_request_exception=False)}
        self.sessions = {}
        for role in ROLES:
            self.clients[role] = Client(raise_request_exception=False)
            self.clients[role].force_login(self.world.users[role])
            self.sessions[role] = self.clients[role].cookies[settings.SESSION_COOKIE_NAME].value

    def ask(self, route: Route, method: str, of: str, role: str, place: str) -> Answer:
        """Send the request with an empty body; whatever it changed is undone."""
        self.count += 1
        client = self.clients[role]
        self.show_session(role)
        user = self.world.users.get(role, self.world.stranger)
        with transaction.atomic():
            given = THINGS[of][1](self.world, user, place)
            response = client.generic(method, reverse(route.name, kwargs=given), **body_of(route, method))
            answer = Answer(status_of(response), text_of(response))
            transaction.set_rollback(True)
        return answer

    def show_session(self, role: str) -> None:
        """Give the browser back the cookie it signed in with, and nothing else."""
        cookies = self.clients[role].cookies
        cookies.clear()
        if role in self.sessions:
            cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]

    def mismatches(self, route: Route, method: str, expected: Expectation, *, is_thorough: bool = False) -> list[str]:
        """Every answer that is not the expected one, or names what lies elsewhere, with the roles and places it goes to.

        Where a role gets one answer for all places, only the place that would give a fault away is asked: what is refused
        is asked for one's own, what is granted for what lies elsewhere. IS_THOROUGH: every place.
        """
        found = self.faults_of(route, method, expected, expected.of, is_thorough=is_thorough)
        for other in expected.also:
            told = self.faults_of(route, method, expected, other, is_thorough=is_thorough)
            found += [f"{other}: {fault}" for fault in told]
        return found

    def faults_of(self, route: Route, method: str, expected: Expectation, of: str, *, is_thorough: bool) -> list[str]:
        """The same for one of the things the address may point to."""
        faults: dict[str, list[str]] = {}
        places = THINGS[of][0]
        for role in (ANONYMOUS, *ROLES):
            for number, place in enumerate(places):
                wanted = expected.status(role, number)
                telling = 0 if wanted in REFUSED_AT_THE_DOOR else len(places) - 1
                if expected.is_same_everywhere(role) and number != telling and not is_thorough:
                    continue
                answer = self.ask(route, method, of, role, place)
                where = f"{role}/{place}" if len(places) > 1 else role
                if answer.status != wanted:
                    faults.setdefault(f"got {answer.status}, expected {wanted}", []).append(where)
                for hidden in LIMITED.get(role, ()) if not expected.tells else ():
                    if MARKS[hidden] in answer.text:
                        faults.setdefault(f"names what lies {hidden}", []).append(where)
        return [f"{fault}: {' '.join(where)}" for fault, where in faults.items()]


def body_of(route: Route, method: str) -> dict[str, Any]:
    """An empty body: no fields for the API, for a page the token field that every form of the portal carries."""
    if method == "GET":
        return {}
    if route.is_api:
        return {"data": "{}", "content_type": "application/json"}
    return {"data": "csrfmiddlewaretoken=any", "content_type": "application/x-www-form-urlencoded"}


def status_of(response: Any) -> str:
    """The status; `login` for the way to the sign-in page."""
    is_login = response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    return "login" if is_login else str(response.status_code)


def text_of(response: Any) -> str:
    """The body, streamed ones too."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return str(body.decode("utf-8", errors="replace"))
