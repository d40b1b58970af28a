"""Subjects, their standing preferences, and what a webhook subscribes to."""

from collections.abc import Iterable

SUBJECTS = (
    "approvals", "periods", "staff", "departments", "imports", "jobs", "accounts", "kpis", "assessments", "forecasts",
)  # fmt: skip
AT_ONCE = frozenset({"approvals", "accounts"})
FOR_STAND_INS = frozenset({"approvals", "periods"})
OPENS_CASES = "approvals.view"
"""The capability without which a stand-in could not open what they inherit."""
OWED_KINDS = frozenset({"assessments.owed"})
"""Kinds that are work with a day, of subjects that are else no work."""


def subject_of(kind: str) -> str:
    """The subject of a kind: `approvals.waiting` is about approvals; a kind of no known app is general."""
    app = kind.partition(".")[0]
    return app if app in SUBJECTS else "general"


def default_mode(subject: str) -> str:
    """How a person who chose nothing is told: what waits for them at once, the rest in the daily mail."""
    return "instant" if subject in AT_ONCE else "digest"


def goes_to_stand_in(kind: str) -> bool:
    """Whether an absent person's stand-in is told as well: work and deadlines yes, private matters no."""
    return subject_of(kind) in FOR_STAND_INS or kind in OWED_KINDS


def wants(patterns: Iterable[str], event: str) -> bool:
    """Whether a subscription covers an event: by name, by app (`staff.*`) or all (`*`)."""
    app = event.partition(".")[0]
    return any(pattern in {"*", event, f"{app}.*"} for pattern in patterns)
