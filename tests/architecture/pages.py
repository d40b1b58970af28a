"""Two pages of the documentation that are printed from the code: who may do what, and which jobs there are."""

from django.conf import settings
from django.utils import translation

from apps.accounts.choices import Role
from apps.accounts.rules import CAPABILITIES, COMPANY_WIDE_ROLES, KNOWN_CAPABILITIES
from apps.jobs.rules import Cadence
from apps.jobs.services import KINDS, TOPICS

ACCESS_TOP = """# Who may do what

Two questions, two places. **May this person do it at all?** A role holds capabilities; the table below is the one in
`apps/accounts/rules.py`, and a page, an API route and a key's scope ask for the same word.

**Which rows?** The organisation chart of today answers: {wide} see the whole company; whoever heads or deputises a
department sees it and everything below it; everyone else sees their own record. What lies outside does not exist for them:
the answer is 404.

What every role gets at every address is written by hand in `tests/access_matrix.toml` and tried on every test run.

This page is printed from the code: `PORTAL_WRITE_DOCS=1 python -m pytest tests/architecture/test_docs.py`.
"""
JOBS_TOP = """# Jobs

Every job is a row that can be watched under *Jobs*, and is safe to run twice: a run is unique by kind, period and version.
Beat only nudges; what is due is read from the database and the company's clock, so a portal that was off catches up.

This page is printed from the code: `PORTAL_WRITE_DOCS=1 python -m pytest tests/architecture/test_docs.py`.
"""


def table(heads: list[str], lines: list[list[str]]) -> str:
    """A Markdown table."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows) + "\n"


def access_page() -> str:
    """docs/access.md as it should be."""
    with translation.override("en"):
        wide = ", ".join(sorted(str(Role(role).label).lower() for role in COMPANY_WIDE_ROLES))
        names = [str(Role(role).label) for role in CAPABILITIES]
    lines = [
        [f"`{name}`", *("●" if name in held else "" for held in CAPABILITIES.values())]
        for name in sorted(KNOWN_CAPABILITIES)
    ]
    return ACCESS_TOP.format(wide=wide) + "\n" + table(["capability", *names], lines)


def when(kind: str) -> str:
    """How often a kind is started by the calendar."""
    entry = next((entry for entry in settings.JOB_CALENDAR if entry.kind == kind), None)
    if entry is None:
        return "when asked for"
    if entry.cadence is Cadence.HOURLY:
        return f"every hour, {entry.at:%M} past"
    if entry.cadence is Cadence.DAILY:
        return f"every day, {entry.at:%H:%M}"
    return f"day {entry.day} of the month, {entry.at:%H:%M}"


def jobs_page() -> str:
    """docs/jobs.md as it should be."""
    with translation.override("en"):
        jobs = [[f"`{name}`", str(kind.label), when(name), kind.queue] for name, kind in sorted(KINDS.items())]
        topics = [[f"`{name}`", str(topic.label), topic.queue] for name, topic in sorted(TOPICS.items())]
    return (
        f"{JOBS_TOP}\n{table(['job', 'what it does', 'when', 'queue'], jobs)}\n"
        f"## Messages to the outside\n\nWritten in the transaction of their cause, sent by the worker until they arrive.\n\n"
        f"{table(['topic', 'what it sends', 'queue'], topics)}"
    )
