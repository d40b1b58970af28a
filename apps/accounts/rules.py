"""The one table of who may do what: role → capabilities. Which rows is another question (core.scope).

A capability is `app.verb_noun`; the same word names the check on the page, the API route and the token scope.
"""

from collections.abc import Iterable

EVERYONE = frozenset(
    {"dashboards.view", "dashboards.search", "notifications.view", "accounts.view_own", "files.view"},
)
STAFF_MEMBER = EVERYONE | {
    "departments.view",
    "staff.view_own",
    "periods.view",
    "notifications.set_stand_in",
    "jobs.view_own",
}
READS_ALL = STAFF_MEMBER | {
    "staff.view",
    "staff.view_movements",
    "staff.view_headcount",
    "approvals.view",
    "audit.view_object",
}

CAPABILITIES: dict[str, frozenset[str]] = {
    "coo": READS_ALL
    | {
        "departments.manage",
        "staff.plan_headcount",
        "approvals.decide",
        "imports.run",
        "jobs.view",
        "periods.reopen",
        "audit.view",
    },
    "gm": READS_ALL | {"approvals.decide", "jobs.view"},
    "manager": READS_ALL,
    "hr": READS_ALL
    | {
        "departments.manage",
        "staff.manage",
        "staff.plan_headcount",
        "imports.run",
        "jobs.view",
        "audit.view",
    },
    "finance": STAFF_MEMBER | {"staff.view_headcount", "approvals.view"},
    "employee": STAFF_MEMBER,
    "auditor": READS_ALL | {"audit.view", "jobs.view", "accounts.view"},
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
