"""Reads tests/access_matrix.toml: what each role gets at each address, written by hand.

An entry is a table named after the route, a line for each method:

    [routes."staff:detail"]
    of = "person"
    GET = "200 200 404: manager; 200: coo gm hr auditor; 403: rest"

OF names what the address points to (tests/access/world.py makes it): a thing in the own department, one in a department
below, one elsewhere; or one's own and somebody else's. One status answers for all of them, several answer in that order.
ALSO names other things that must be answered alike.
Roles are named singly, by a group of [groups], or as `rest`. Left out, `rest` is 403, and `anonymous` is `login`: the way to
the sign-in page, 401 for the API. TELLS, with a reason, is for pages that may name what lies elsewhere.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "access_matrix.toml"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROLES = ("coo", "gm", "manager", "hr", "finance", "employee", "auditor", "administrator", "integration")
ANONYMOUS = "anonymous"


class MatrixError(Exception):
    """The file cannot be read as it is written."""


@dataclass(frozen=True)
class Expectation:
    """What is expected at one address for one method: role → statuses, one for all places or one for each."""

    of: str
    statuses: dict[str, tuple[str, ...]]
    tells: str = ""
    also: tuple[str, ...] = ()
    """Other things the address may point to, to which the same holds."""

    def status(self, role: str, place: int) -> str:
        """The status expected for a role at the place of this number."""
        given = self.statuses[role]
        return given[0] if len(given) == 1 else given[place]

    def is_same_everywhere(self, role: str) -> bool:
        return len(self.statuses[role]) == 1


def read_line(line: str, groups: dict[str, str], default: str) -> dict[str, tuple[str, ...]]:
    """`200 404: manager; 200: coo gm` as role → statuses."""
    found: dict[str, tuple[str, ...]] = {}
    rest: tuple[str, ...] = ("403",)
    for part in filter(None, (part.strip() for part in line.split(";"))):
        statuses, colon, names = part.partition(":")
        if not colon:
            message = f"{part!r} has no colon. Write statuses, a colon, roles."
            raise MatrixError(message)
        for name in " ".join(groups.get(word, word) for word in names.split()).split():
            if name == "rest":
                rest = tuple(statuses.split())
            elif name not in {*ROLES, ANONYMOUS} or name in found:
                message = f"{name!r} in {line!r} is no role, or stands there twice."
                raise MatrixError(message)
            else:
                found[name] = tuple(statuses.split())
    return {ANONYMOUS: (default,), **dict.fromkeys(ROLES, rest), **found}


@cache
def expectations() -> dict[tuple[str, str], Expectation]:
    """(route, method) → what is expected there."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    groups = content["groups"]
    found = {}
    for name, entry in content["routes"].items():
        default = "401" if name.startswith("api:") else "login"
        for keys, line in entry.items():
            if keys in {"of", "tells", "also"}:
                continue
            for method in keys.split():
                if method not in METHODS:
                    message = f"{name}: {method!r} is no method."
                    raise MatrixError(message)
                statuses = read_line(line, groups, default)
                also = tuple(filter(None, map(str.strip, entry.get("also", "").split(","))))
                found[name, method] = Expectation(entry.get("of", ""), statuses, entry.get("tells", ""), also)
    return found
