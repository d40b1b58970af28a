"""Browsers and keys that send over real HTTP, a gate behind which two sendings meet, and what must come of it."""

import html
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from apps.accounts.models import User

FORM_TOKEN = "d" * 32
PATIENCE_SECONDS = 60
GATE_SECONDS = 4.0
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers by small letters, and the text as a person reads it."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def is_yes(self) -> bool:
        """Whether it was done."""
        return self.status < 400

    @property
    def is_fault(self) -> bool:
        """Whether the server broke."""
        return self.status >= 500

    @property
    def body(self) -> Any:
        """The text as JSON."""
        return json.loads(self.text)


Send = Callable[[], Answer]


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody at the portal of this ADDRESS, with the headers that say who it is."""

    address: str
    headers: dict[str, str] = field(default_factory=dict)

    def send_form(self, path: str, **values: Any) -> Answer:
        """Post a page's form."""
        content = urlencode({**values, "csrfmiddlewaretoken": FORM_TOKEN}).encode()
        return self._post(path, content, {"Content-Type": "application/x-www-form-urlencoded"})

    def send_body(self, path: str, body: Any, *, key: str) -> Answer:
        """Post to the API under an Idempotency-Key."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return self._post(path, json.dumps(body).encode(), headers)

    def send_patiently(self, path: str, body: Any, *, key: str) -> Answer:
        """As `send_body`, and as a client should: told to come again later (409 with Retry-After), it comes again."""
        answer = self.send_body(path, body, key=key)
        end = time.monotonic() + PATIENCE_SECONDS
        while answer.status == 409 and "retry-after" in answer.headers and time.monotonic() < end:
            time.sleep(float(answer.headers["retry-after"]))
            answer = self.send_body(path, body, key=key)
        return answer

    def _post(self, path: str, content: bytes, headers: dict[str, str]) -> Answer:
        place = urlsplit(self.address)
        assert place.hostname is not None
        line = HTTPConnection(place.hostname, place.port, timeout=PATIENCE_SECONDS)
        try:
            line.request("POST", path, body=content, headers={**self.headers, **headers})
            answer = line.getresponse()
            text = answer.read().decode()
            found = {name.lower(): value for name, value in answer.getheaders()}
        finally:
            line.close()
        is_page = found.get("content-type", "").startswith("text/html")
        return Answer(answer.status, html.unescape(text) if is_page else text, found)


def browser_of(user: User, address: str) -> Sender:
    """A browser that is signed in."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={FORM_TOKEN}"
    return Sender(address, {"Cookie": cookies})


def at_once(sends: Sequence[Send], *, table: str) -> list[Answer]:
    """Send all of it at the same moment: whoever gets as far as writing to TABLE waits there for the others.

    The gate is a lock of the whole table against writers, as a slow disk would be. It opens when each one waits for
    something or has its answer, or after a few seconds, when there are more than the portal works on at a time.
    """
    answers: list[Answer] = []

    def send_one(send: Send) -> None:
        answers.append(send())

    threads = [threading.Thread(target=send_one, args=[send]) for send in sends]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'LOCK TABLE "{table}" IN SHARE MODE')
        for thread in threads:
            thread.start()
        end = time.monotonic() + GATE_SECONDS
        while len(answers) + waiting() < len(sends) and time.monotonic() < end:
            time.sleep(0.02)
    for thread in threads:
        thread.join()
    return answers


def waiting() -> int:
    """How many sessions of this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Twice:
    """One act that is sent twice: what it writes to, how it is sent, what the slower one is told, how many rows it left.

    An act that may be repeated is thanked for again when it is sent later, and still there is one row. Where both say the
    same, both are thanked. LATE is what is sent afterwards, the first sending when left out.
    """

    title: str
    table: str
    sends: Sequence[Send]
    told: str
    rows: Callable[[], int]
    is_repeatable: bool = False
    is_same: bool = False
    late: Send | None = None

    def faults_at_once(self) -> list[str]:
        """What was wrong when both were sent in the same moment, and then once more."""
        found = at_once(self.sends, table=self.table)
        return [f"{self.title}, {fault}" for fault in (*self._judged(found), *self._again())]

    def _judged(self, found: Sequence[Answer]) -> list[str]:
        statuses = sorted(answer.status for answer in found)
        faults = [f"at once: answered {statuses}"] if any(answer.is_fault for answer in found) else []
        losers = [answer for answer in found if not answer.is_yes]
        if len(losers) != (0 if self.is_same else len(found) - 1):
            faults.append(f"at once: {len(found) - len(losers)} of {len(found)} were told that it is done")
        faults += [
            f"at once: no word to the slower one: {words_of(one)}" for one in losers if self.told not in one.text
        ]
        return faults + self._counted("at once")

    def _again(self) -> list[str]:
        answer = (self.late or self.sends[0])()
        is_right = answer.is_yes if self.is_repeatable else answer.status in {409, 422}
        wrong = [] if is_right else [f"in turn: answered {answer.status} {words_of(answer)}"]
        return wrong + self._counted("in turn")

    def _counted(self, when: str) -> list[str]:
        count = self.rows()
        return [] if count == 1 else [f"{when}: {count} rows"]


def words_of(answer: Answer) -> str:
    """Enough of an answer to know it by."""
    at = max(answer.text.find("invalid-feedback"), answer.text.find('role="alert"'), 0)
    return f"{answer.status} {' '.join(answer.text[at : at + 300].split())}"
