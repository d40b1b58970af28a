"""What becomes of the requests of sending.py: with an own id they are taken, with a foreign one as with nobody's (R16)."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from tests.access.asking import LIMITED, Asker, status_of, text_of
from tests.access.sending import MISSING, ROLE, Aim, Send
from tests.access.world import MARKS, OTHER

GOOD = ("2", "3")
KEPT = ("usersessions", "sessions")
"""Apps of others whose rows belong to somebody."""
COUNTED = {"accounts_ratewindow"}
"""Tables that count requests: they change whatever is asked."""
COLUMNS = {"django_session": "session_key"}
"""Of these tables only this is looked at: a session notes now and then that its owner is still there."""
NUMBER = re.compile("[0-9]+")
OF_ONE_REQUEST = re.compile(r'"request_id": ?"[^"]*"')


@dataclass(frozen=True)
class Told:
    """What came back. WROTE: tables whose rows changed. WORDS: of an API answer or the way on, numbers left out."""

    status: str
    text: str
    words: str
    wrote: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether the request was right: it was granted, and something is stored."""
        return self.status.startswith(GOOD) and bool(self.wrote)


def told(asker: Asker, send: Send, place: str) -> Told:
    """The answer to a request with the id of a place; what it changed is undone."""
    asker.show_session(ROLE)
    with transaction.atomic():
        aim = Aim(asker.world, asker.world.users[ROLE], place)
        path, body = send.make(aim)
        address, query = reverse(send.route, kwargs=path), send.query(aim)
        extra: dict[str, Any] = {"content_type": "application/json"} if address.startswith("/api/") else {}
        before = digests()
        client: Any = asker.clients[ROLE]
        response = getattr(client, send.method.lower())(f"{address}?{query}" if query else address, body, **extra)
        text, after = text_of(response), digests()
        wrote = tuple(sorted(name for name in before if before[name] != after[name]))
        words = text if extra else str(response.get("Location", ""))
        words = NUMBER.sub("#", OF_ONE_REQUEST.sub("", words))
        answer = Told(status_of(response), text, words, wrote)
        transaction.set_rollback(True)
    return answer


def looking_up_faults(asker: Asker, send: Send) -> list[str]:
    """Where a foreign id is answered otherwise than nobody's, stores something, or gives a name away."""
    foreign, nobodys = told(asker, send, OTHER), told(asker, send, MISSING)
    faults = []
    if foreign.status != nobodys.status:
        faults.append(f"{foreign.status} for somebody else's, {nobodys.status} for nobody's")
    elif foreign.words != nobodys.words:
        faults.append(f"{foreign.words[:300]!r} for somebody else's, {nobodys.words[:300]!r} for nobody's")
    for answer, whose in ((foreign, "somebody else's"), (nobodys, "nobody's")):
        if answer.status.startswith("5"):
            faults.append(f"{answer.status} for {whose}")
        if answer.wrote:
            faults.append(f"wrote {', '.join(answer.wrote)} for {whose}")
    faults += [f"names what lies {hidden}" for hidden in LIMITED[ROLE] if MARKS[hidden] in foreign.text]
    return faults


@cache
def kept_tables() -> tuple[str, ...]:
    """Every table of ours, those of histories too."""
    return tuple(
        sorted(
            {
                model._meta.db_table
                for model in apps.get_models()
                if model._meta.app_label in (*settings.HOUSE_APPS, *KEPT)
            }
            - COUNTED
        )
    )


def digests() -> dict[str, str]:
    """A digest of each table, in one query."""
    quoted = connection.ops.quote_name
    parts = (
        f"SELECT '{name}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) "
        f"FROM (SELECT {COLUMNS.get(name, '*')} FROM {quoted(name)}) t"
        for name in kept_tables()
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())
