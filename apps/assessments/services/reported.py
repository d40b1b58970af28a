"""What may be reported for an indicator: counts of its events, or milestones. Read, made tidy, or refused in a sentence."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import Method
from apps.assessments.models import Indicator
from apps.assessments.services.registers import WrongEntry
from apps.core.wording import day_text

MOST_EVENTS = 100_000
MOST_MILESTONES = 60
MOST_WEIGHT = 1_000
LONGEST_CODE, LONGEST_NAME = 40, 200
MILESTONE_KEYS = frozenset({"code", "name", "weight", "due", "done"})


def items_of(indicator: Indicator) -> list[Mapping[str, Any]]:
    """The kinds of events a deduction counts, or the milestones the scheme itself names."""
    rows = indicator.params.get("items")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def tidy(indicator: Indicator, content: Any, *, today: date, note: str = "") -> dict[str, Any]:
    """CONTENT as it is kept, the same report always in the same words. Refuses, naming it, what does not fit."""
    if indicator.method == Method.DEDUCTION:
        return counts(indicator, content)
    return milestones(content, today=today, note=note)


def counts(indicator: Indicator, content: Any) -> dict[str, int]:
    """{code: how often}; {} says that nothing happened, and so does 0, which is left out."""
    if not isinstance(content, Mapping):
        raise WrongEntry(
            _("Counts are an object such as {“accident”: 1}; {} says that nothing happened. Send such an object.")
        )
    known = [str(row.get("code")) for row in items_of(indicator)]
    unknown = sorted(str(code) for code in content if str(code) not in known)
    if unknown:
        raise WrongEntry(
            _("%(indicator)s counts no “%(code)s”. Choose one of: %(known)s.")
            % {"indicator": indicator.name, "code": unknown[0][:LONGEST_CODE], "known": ", ".join(known)},
            field="content",
        )
    found = {code: whole_count(code, content[code]) for code in known if code in content}
    return {code: count for code, count in found.items() if count}


def whole_count(code: str, value: Any) -> int:
    """How often something happened: whole, and 0 or more."""
    number = number_of(value)
    if number is None or number < 0 or number > MOST_EVENTS or number != int(number):
        raise WrongEntry(
            _("“%(value)s” is no count for “%(code)s”. Write a whole number from 0 to 100,000.")
            % {"value": str(value)[:LONGEST_CODE], "code": code},
            field="content",
        )
    return int(number)


def number_of(value: Any) -> Decimal | None:
    """A finite number, exactly; None for anything else. What came as a binary float is read as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < 18 else None


def milestones(content: Any, *, today: date, note: str) -> dict[str, Any]:
    """{"items": [{code, name, weight, due, done}]}; none at all needs a word why."""
    rows = content.get("items") if isinstance(content, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise WrongEntry(_("Milestones are a list under “items”. Send {“items”: […]}."), field="content")
    if not rows and not note.strip():
        raise WrongEntry(_("Say in the note why there are no milestones in this month."), field="note")
    if len(rows) > MOST_MILESTONES:
        raise WrongEntry(
            _("At most %(most)s milestones a month. Put small ones together.") % {"most": MOST_MILESTONES},
            field="content",
        )
    found = [milestone(row, place, today) for place, row in enumerate(rows, 1)]
    codes = [row["code"] for row in found]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice is not None:
        raise WrongEntry(
            _("The milestone “%(code)s” stands there twice. Give each a code of its own.") % {"code": twice},
            field="content",
        )
    return {"items": found}


def milestone(row: Any, place: int, today: date) -> dict[str, Any]:
    """One milestone; the refusal names its line."""
    if not isinstance(row, Mapping) or not set(row) <= MILESTONE_KEYS:
        raise wrong(place, _("a milestone has code, name, weight, due and done, and nothing else."))
    code = str(row.get("code") or "").strip()
    if not code or len(code) > LONGEST_CODE:
        raise wrong(place, _("give it a code of at most 40 signs."))
    weight = number_of(row.get("weight"))
    if weight is None or not 0 < weight <= MOST_WEIGHT or weight != round(weight, 2):
        raise wrong(place, _("write its weight as a number above 0 and at most 1,000, with at most two decimals."))
    due, done = day_of(row.get("due")), day_of(row.get("done"))
    if due is None:
        raise wrong(place, _("write the day it is due as YYYY-MM-DD."))
    if done is None and row.get("done"):
        raise wrong(place, _("write the day it was done as YYYY-MM-DD, or leave it empty."))
    if done is not None and done > today:
        raise wrong(
            place,
            _("it cannot have been done on %(day)s, a day to come: leave the day empty until it is done.")
            % {"day": day_text(done)},
        )
    return {
        "code": code,
        "name": " ".join(str(row.get("name") or "").split())[:LONGEST_NAME],
        "weight": f"{weight.normalize():f}",
        "due": due.isoformat(),
        "done": done.isoformat() if done else None,
    }


def wrong(place: int, what: str) -> WrongEntry:
    """A refusal that names the line."""
    return WrongEntry(_("Milestone %(place)s: %(what)s") % {"place": place, "what": what}, field="content")


def day_of(value: Any) -> date | None:
    """A day; None for anything that is none."""
    if isinstance(value, date):
        return value
    text = str(value or "")
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
