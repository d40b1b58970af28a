"""What the pages of reports bring: counts of events, or rows of milestones. Read as typed; the service judges it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import Method
from apps.assessments.models import Entry, Indicator
from apps.assessments.services.registers import WrongEntry
from apps.assessments.services.reported import LONGEST_CODE, LONGEST_NAME, MOST_MILESTONES, items_of

NOTHING, SOMETHING = "nothing", "something"
CELLS = {"code": LONGEST_CODE, "name": LONGEST_NAME, "weight": 12, "due": 10, "done": 10}
SPARE_ROWS = 3
LONGEST_NOTE = 500


@dataclass
class Typed:
    """What stands in the fields. CHOICE: whether anything is to be told; empty before anybody chose."""

    choice: str = ""
    counts: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    note: str = ""
    evidence: str = ""
    seen: int = 0
    """The version the page showed; 0 for none."""
    is_carried: bool = False
    """The rows come from the month before: nothing of them is reported yet."""


def shown(indicator: Indicator, last: Entry | None, former: Entry | None) -> Typed:
    """What the fields start from: the version that counts, else the milestones that were left over the month before."""
    typed = Typed(seen=last.version if last else 0)
    if indicator.method == Method.DEDUCTION:
        if last is not None:
            typed.choice = SOMETHING if last.content else NOTHING
            typed.counts = {code: str(count) for code, count in last.content.items()}
        return typed
    if last is not None:
        typed.rows = [as_typed(row) for row in last.content.get("items", ())]
        typed.choice = SOMETHING if typed.rows else NOTHING
        return typed
    left = [row for row in former.content.get("items", ()) if not row.get("done")] if former else items_of(indicator)
    typed.rows = [as_typed(row) for row in left]
    typed.is_carried = bool(typed.rows)
    return typed


def as_typed(row: Mapping[str, Any]) -> dict[str, str]:
    """A stored milestone as its fields show it."""
    return {key: str(row.get(key) or "") for key in CELLS}


def sent(indicator: Indicator, data: Mapping[str, str]) -> Typed:
    """What was typed."""
    seen = data.get("seen", "")
    typed = Typed(
        choice=data.get("choice", ""),
        note=data.get("note", "").strip()[:LONGEST_NOTE],
        evidence=data.get("evidence", "").replace("\x00", "").strip(),
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0,
    )
    if indicator.method == Method.DEDUCTION:
        typed.counts = {code: text(data, f"count-{code}", 12) for code in codes_of(indicator)}
        return typed
    rows = [
        {key: text(data, f"row-{number}-{key}", most) for key, most in CELLS.items()}
        for number in range(MOST_MILESTONES)
    ]
    typed.rows = [row for row in rows if any(row.values())]
    return typed


def text(data: Mapping[str, str], name: str, most: int) -> str:
    """A field's text, trimmed."""
    return str(data.get(name, "")).replace("\x00", "").strip()[:most]


def codes_of(indicator: Indicator) -> list[str]:
    """The events a deduction counts."""
    return [str(row.get("code")) for row in items_of(indicator)]


def content_of(indicator: Indicator, typed: Typed) -> dict[str, Any]:
    """What was typed as the service takes it. Refuses a form that contradicts itself: silence is never a report."""
    if indicator.method == Method.DEDUCTION:
        return counted(typed)
    if typed.choice == NOTHING and typed.rows:
        raise WrongEntry(_("You wrote milestones and chose that there are none. Decide for one of them."))
    if typed.choice != NOTHING and not typed.rows:
        raise WrongEntry(_("Write the milestones, or choose that there are none in this month."))
    return {"items": [{**row, "done": row["done"] or None} for row in typed.rows]}


def counted(typed: Typed) -> dict[str, Any]:
    """Counts; a field left empty beside others that are filled is 0."""
    filled = {code: count for code, count in typed.counts.items() if count}
    is_some = any(count.strip("0") for count in filled.values())
    if typed.choice == NOTHING:
        if is_some:
            raise WrongEntry(_("You wrote counts and chose that nothing happened. Decide for one of them."))
        return {}
    if typed.choice != SOMETHING:
        raise WrongEntry(_("Choose whether something happened: what is left open is not reported."))
    if not is_some:
        raise WrongEntry(_("Write how often, or choose that nothing happened."))
    return filled


def count_fields(indicator: Indicator, typed: Typed) -> list[dict[str, Any]]:
    """One field for each kind of event: what it costs stands beside it."""
    return [
        {
            "code": row["code"],
            "name": row.get("name") or row["code"],
            "each": row.get("points_each"),
            "free": row.get("allowance") if str(row.get("allowance") or "0").strip("0.") else "",
            "cap": row.get("cap"),
            "value": typed.counts.get(str(row["code"]), ""),
        }
        for row in items_of(indicator)
    ]


def milestone_rows(typed: Typed) -> Sequence[Mapping[str, Any]]:
    """The rows with some empty ones below."""
    most = min(len(typed.rows) + SPARE_ROWS, MOST_MILESTONES)
    empty = dict.fromkeys(CELLS, "")
    return [
        {"number": number, "line": number + 1, **(typed.rows[number] if number < len(typed.rows) else empty)}
        for number in range(most)
    ]
