"""What a step may answer, what follows from an answer, who may give it, and what a brief must look like."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.approvals.choices import Ask, CaseState, Verdict

VERDICTS: dict[str, tuple[Verdict, ...]] = {
    Ask.REVIEW: (Verdict.APPROVE, Verdict.RETURN),
    Ask.ENDORSE: (Verdict.APPROVE, Verdict.CONDITIONS, Verdict.RETURN, Verdict.VETO),
    Ask.DECIDE: (Verdict.APPROVE, Verdict.CONDITIONS, Verdict.RETURN, Verdict.VETO),
}
"""A check can send back but not end a matter; endorsing and deciding can do all four."""

POSITIVE = frozenset({Verdict.APPROVE, Verdict.CONDITIONS})
NEEDS_REASON = frozenset({Verdict.RETURN, Verdict.VETO})

TEXT_LIMIT = 4_000
LIST_LIMIT = 200
DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,4})?")
BRIEF_LISTS: dict[str, tuple[str, ...]] = {
    "facts": ("label", "value"),
    "changes": ("label", "before", "after"),
    "amounts": ("label", "amount", "currency"),
    "options": ("label", "pros", "cons", "mark"),
    "links": ("label", "url"),
}
"""The lists a brief may hold, and the text each row must and may only carry."""
OPTIONAL = frozenset({"currency", "pros", "cons", "mark", "before", "after"})


class Ground(StrEnum):
    """Why a person may answer a step."""

    NAMED = "named"
    ROLE = "role"
    CLIMBED = "climbed"
    STAND_IN = "stand_in"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a step asks: one person or the holders of a role, and after a missed deadline those of a second role too."""

    user_id: int | None
    role: str
    climb_role: str = ""
    is_climbed: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who wants to answer: who they are, and their roles."""

    user_id: int
    roles: frozenset[str]


def verdicts_for(ask: str) -> tuple[Verdict, ...]:
    """What a step of this kind may answer, in the order in which it is offered."""
    return VERDICTS[ask]


def direct_ground(asked: Asked, who: Candidate) -> Ground | None:
    """Why WHO may answer in their own right; None when they may not."""
    if asked.user_id is not None and asked.user_id == who.user_id:
        return Ground.NAMED
    if asked.role and asked.role in who.roles:
        return Ground.ROLE
    if asked.is_climbed and asked.climb_role and asked.climb_role in who.roles:
        return Ground.CLIMBED
    return None


def ground_for(asked: Asked, who: Candidate, absent: Collection[Candidate] = ()) -> tuple[Ground | None, int | None]:
    """Why WHO may answer, and for whom: in their own right, or as stand-in of one of the ABSENT."""
    ground = direct_ground(asked, who)
    if ground is not None:
        return ground, None
    for person in absent:
        if direct_ground(asked, person) is not None:
            return Ground.STAND_IN, person.user_id
    return None, None


def missing_words(verdict: str, reason: str, conditions: str) -> str:
    """The field that must still be filled for this verdict: 'reason', 'conditions', or '' when nothing is missing."""
    if verdict in NEEDS_REASON and not reason.strip():
        return "reason"
    if verdict == Verdict.CONDITIONS and not conditions.strip():
        return "conditions"
    return ""


def state_after(verdict: str, *, is_last: bool) -> CaseState:
    """Where a case stands after an answer: sent back, ended, on to the next step, or approved by the last one."""
    if verdict == Verdict.RETURN:
        return CaseState.RETURNED
    if verdict == Verdict.VETO:
        return CaseState.VETOED
    return CaseState.APPROVED if is_last else CaseState.OPEN


def brief_problems(brief: Mapping[str, Any]) -> list[str]:
    """What is wrong with a brief, one sentence each. An empty list: it can be frozen."""
    problems = [f"unknown part “{key}”" for key in sorted(set(brief) - {"summary", "effect", *BRIEF_LISTS})]
    summary = brief.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        problems.append("“summary” is missing: say in a few sentences what is asked")
    for key in ("summary", "effect"):
        problems += _text_problems(key, brief.get(key, ""))
    for key, columns in BRIEF_LISTS.items():
        problems += _list_problems(key, columns, brief.get(key, []))
    return problems


def _text_problems(key: str, value: Any) -> list[str]:
    """Whether VALUE is text of a readable length."""
    if not isinstance(value, str):
        return [f"“{key}” must be text"]
    if len(value) > TEXT_LIMIT:
        return [f"“{key}” is longer than {TEXT_LIMIT} characters"]
    return []


def _list_problems(key: str, columns: tuple[str, ...], rows: Any) -> list[str]:
    """Whether ROWS is a list of rows with exactly the texts its part asks for."""
    if not isinstance(rows, list) or len(rows) > LIST_LIMIT:
        return [f"“{key}” must be a list of at most {LIST_LIMIT} rows"]
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or set(row) - set(columns) or (set(columns) - OPTIONAL) - set(row):
            problems.append(f"“{key}” row {number} must hold {', '.join(columns)} and nothing else")
            continue
        for column, value in row.items():
            problems += _text_problems(f"{key} row {number}: {column}", value)
        problems += _cell_problems(key, number, row)
    return problems


def _cell_problems(key: str, number: int, row: Mapping[str, Any]) -> list[str]:
    """Amounts are decimals written as text; links stay inside the portal."""
    amount, url = row.get("amount"), row.get("url")
    if isinstance(amount, str) and not DECIMAL.fullmatch(amount):
        return [f"“{key}” row {number}: “{amount}” is no decimal written as text"]
    if isinstance(url, str) and (not url.startswith("/") or url.startswith("//")):
        return [f"“{key}” row {number}: “{url}” does not lead to a page of the portal"]
    return []
