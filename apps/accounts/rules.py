"""The one table of who may do what: role → capabilities. Which rows is another question (core.scope).

A capability is `app.verb_noun`; the same word names the check on the page, the API route and the token scope.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from itertools import pairwise

EVERYONE = frozenset(
    {"dashboards.view", "dashboards.search", "notifications.view", "accounts.view_own", "files.view"},
)
STAFF_MEMBER = EVERYONE | {
    "departments.view",
    "assessments.view",
    "assessments.view_own_rules",
    "assessments.appeal",
    "staff.view_own",
    "periods.view",
    "notifications.set_stand_in",
    "jobs.view_own",
}
READS_ALL = STAFF_MEMBER | {
    "assessments.view_schemes",
    "staff.view",
    "staff.view_movements",
    "staff.view_headcount",
    "approvals.view",
    "audit.view_object",
    "kpis.view",
    "forecasts.view",
}

CAPABILITIES: dict[str, frozenset[str]] = {
    "coo": READS_ALL
    | {
        "departments.manage",
        "staff.plan_headcount",
        "approvals.decide",
        "imports.run",
        "kpis.manage",
        "kpis.record",
        "kpis.restate",
        "kpis.approve",
        "assessments.view_drafts",
        "assessments.compute",
        "assessments.review",
        "assessments.calibrate",
        "assessments.propose",
        "assessments.confirm",
        "assessments.enter",
        "assessments.restate",
        "assessments.rate",
        "assessments.rule_appeals",
        "assessments.rehearse",
        "assessments.view_rewards",
        "assessments.decide_rewards",
        "forecasts.issue",
        "forecasts.adjust",
        "forecasts.view_reports",
        "forecasts.write_reports",
        "jobs.view",
        "periods.reopen",
        "audit.view",
    },
    "gm": READS_ALL
    | {
        "approvals.decide",
        "assessments.view_drafts",
        "assessments.recompute",
        "assessments.calibrate",
        "assessments.confirm",
        "assessments.rate",
        "assessments.rule_appeals",
        "assessments.view_rewards",
        "assessments.decide_rewards",
        "forecasts.view_reports",
        "jobs.view",
    },
    "manager": READS_ALL
    | {
        "imports.run",
        "kpis.record",
        "kpis.approve",
        "forecasts.adjust",
        "assessments.enter",
        "assessments.propose",
        "assessments.rate",
    },
    "hr": READS_ALL
    | {
        "departments.manage",
        "staff.manage",
        "staff.plan_headcount",
        "imports.run",
        "assessments.view_drafts",
        "assessments.edit_schemes",
        "assessments.compute",
        "assessments.publish",
        "assessments.enter",
        "assessments.propose",
        "assessments.admit_appeals",
        "assessments.rule_appeals",
        "assessments.rehearse",
        "assessments.view_rewards",
        "assessments.propose_rewards",
        "jobs.view",
        "audit.view",
    },
    "finance": STAFF_MEMBER
    | {
        "staff.view_headcount",
        "approvals.view",
        "imports.run",
        "kpis.view",
        "kpis.record",
        "kpis.restate",
        "forecasts.view",
    },
    "employee": STAFF_MEMBER,
    "auditor": READS_ALL
    | {
        "audit.view",
        "assessments.view_drafts",
        "assessments.view_rewards",
        "forecasts.view_reports",
        "jobs.view",
        "accounts.view",
    },
    "administrator": EVERYONE
    | {
        "accounts.view",
        "accounts.manage",
        "accounts.manage_keys",
        "notifications.manage_webhooks",
        "periods.view",
        "periods.manage",
        "jobs.view",
        "jobs.manage",
        "core.view_gallery",
    },
    "integration": frozenset(
        {
            "departments.view",
            "departments.manage",
            "staff.view",
            "staff.manage",
            "staff.view_movements",
            "staff.view_headcount",
            "staff.plan_headcount",
            "periods.view",
            "imports.run",
            "assessments.view",
            "assessments.view_schemes",
            "forecasts.view",
            "forecasts.view_reports",
            "kpis.view",
            "kpis.manage",
            "kpis.record",
            "kpis.restate",
        },
    ),
}

KNOWN_CAPABILITIES: frozenset[str] = frozenset().union(*CAPABILITIES.values())
COMPANY_WIDE_ROLES = frozenset({"coo", "gm", "hr", "finance", "auditor", "integration"})
"""Roles that see every department; managers see what they lead, everyone else only their own record."""


def capabilities_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything these roles may do together; unknown roles add nothing."""
    return frozenset().union(*(CAPABILITIES.get(role, frozenset()) for role in roles))


def unknown_capabilities(names: Iterable[str]) -> list[str]:
    """Names that no role holds, sorted: a token or view that asks for one of them is wrong."""
    return sorted(set(names) - KNOWN_CAPABILITIES)


SECOND_FACTOR_ROLES = frozenset({"coo", "gm", "hr", "administrator"})
"""Roles that decide, publish or govern access: their sign-in needs a code besides the password."""
KEY_MARK = "opk"
KEYBOARD_ROWS = (
    "1234567890123456789012345",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop1234567890",
    "1qaz2wsx3edc4rfv5tgb",
)


def needs_second_factor(roles: Iterable[str]) -> bool:
    """Whether one of these roles asks for a code at sign-in."""
    return not SECOND_FACTOR_ROLES.isdisjoint(roles)


def key_text(prefix: str, secret: str) -> str:
    """The whole key as its holder sends it: a mark that scanners for leaked keys can find, the public part, the secret."""
    return f"{KEY_MARK}_{prefix}_{secret}"


def key_prefix(text: str) -> str:
    """The public part of a key, empty when the text has not the shape of one."""
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    return prefix if mark == KEY_MARK and prefix.isalnum() and len(prefix) <= 16 and secret else ""


def key_digest(text: str, pepper: str) -> str:
    """Keyed digest of a key: useless to whoever steals the table without the pepper."""
    return hmac.new(pepper.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_address(text: str) -> bool:
    """Whether this is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def tidy_network(text: str) -> str:
    """A network as it is stored (10.1.0.0/16; a single address gets /32 or /128); ValueError names what is wrong."""
    return str(ipaddress.ip_network(text.strip(), strict=False))


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether the address lies in one of the networks; no networks at all means anywhere."""
    allowed = [ipaddress.ip_network(network) for network in networks]
    if not allowed:
        return True
    return is_address(address) and any(ipaddress.ip_address(address) in network for network in allowed)


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_words(agent: str) -> str:
    """What a person calls the device: 'Chrome, Linux'; the first word of an unknown one; empty for none."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part) or agent.split("/", maxsplit=1)[0][:40]


def weakness_of(password: str, known_words: Iterable[str]) -> str:
    """Why a long password is weak all the same: `repeats`, `runs`, `word`; empty when it is not.

    A list of leaked passwords holds few of twelve signs and more; what people do to reach the length is predictable.
    """
    text = password.lower()
    if any(text == text[:size] * (len(text) // size) for size in range(1, len(text) // 2 + 1) if len(text) % size == 0):
        return "repeats"
    if len(set(text)) < 5:
        return "repeats"
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    if steps <= {1} or steps <= {-1} or any(text in row or text[::-1] in row for row in KEYBOARD_ROWS):
        return "runs"
    rest = text
    for word in known_words:
        rest = rest.replace(word.lower(), "") if len(word) > 3 else rest
    return "word" if len(rest.strip("0123456789!.?-_ ")) < 5 else ""
