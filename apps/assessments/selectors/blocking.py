"""What keeps a run from being handed in: values, entries, ratings, parts, targets that are awaited, and whose they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from apps.assessments.choices import Method
from apps.assessments.models import Indicator, Rating, ScoreLine, ScoreRun
from apps.assessments.selectors.misfits import holding_back, is_misfit, lacks_target, public_misfit_count, read_owners
from apps.assessments.selectors.raters import Rater, names_of_raters, raters_in
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import leaders_of

MOST_BLOCKERS = 600
MOST_BLOCKED = 15
Key = tuple[int, int]
"""(indicator, department)"""


class What(StrEnum):
    """What an indicator waits for."""

    VALUE = "value"
    ENTRY = "entry"
    RATINGS = "ratings"
    PARTS = "parts"
    TARGET = "target"
    """Of its KPI, in the month: without it nothing that is reported can be judged."""
    RULE = "rule"
    """What is laid down does not fit in another way."""


WAITS_FOR = {Method.DESCRIPTIVE: What.RATINGS, Method.COMPOSITE: What.PARTS}


@dataclass(frozen=True, slots=True)
class Awaited:
    """One indicator of which something is awaited."""

    name: str
    what: What
    indicator: int
    kpi: int | None = None
    missing: tuple[str, ...] = ()
    """Names of the raters who have not answered, or of the parts without a value."""
    owner: str = ""
    owner_url: str = ""
    """Who answers for the KPI of which a target is awaited, or a rule that fits; empty: the COO, who sets targets."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A department of which something is awaited, and who heads it."""

    department: int
    department_name: str
    awaited: tuple[Awaited, ...]
    head: str
    head_url: str


@dataclass(frozen=True, slots=True)
class Blockers:
    """What keeps a run from being handed in."""

    lines: tuple[Blocker, ...]
    count: int
    department_count: int

    @property
    def more_count(self) -> int:
        """Departments beyond those listed."""
        return max(0, self.department_count - len(self.lines))


def blockers_of(run: ScoreRun, today: date) -> Blockers:
    """The departments a run waits for, the first fifteen with what is awaited and who heads them today. Six queries
    at most."""
    rows = holding_back(ScoreLine.objects.filter(run=run))
    count = rows.count()
    ordered = rows.order_by("department__name", "department", "indicator")
    ordered = ordered.select_related("department", "indicator__kpi__owner")
    department_count = run.pending_count + public_misfit_count(run)
    return blockers_among(list(ordered[:MOST_BLOCKERS]), today, count=count, department_count=department_count)


def blockers_among(lines: Sequence[ScoreLine], today: date, *, count: int, department_count: int) -> Blockers:
    """LINES that wait, in the order in which they are to be shown, by department; COUNT of them there are in all, of
    DEPARTMENT_COUNT departments. Three queries, two more where rules do not fit and owners are not read yet."""
    by_department: dict[int, list[ScoreLine]] = {}
    for line in lines:
        by_department.setdefault(line.department_id, []).append(line)
    shown = list(by_department.items())[:MOST_BLOCKED]
    heads = heads_of([pk for pk, _lines in shown], today)
    listed = [line for _pk, waiting in shown for line in waiting]
    silent = names_of(raters_awaited(listed))
    read_owners(listed)
    found = tuple(
        Blocker(
            department=pk,
            department_name=waiting[0].department.name,
            awaited=tuple(awaited(line, silent) for line in waiting),
            head=heads.get(pk, ("", ""))[0],
            head_url=heads.get(pk, ("", ""))[1],
        )
        for pk, waiting in shown
    )
    return Blockers(found, count, department_count)


def awaited(line: ScoreLine, silent: Mapping[Key, tuple[str, ...]]) -> Awaited:
    """What a line waits for."""
    indicator = line.indicator
    if is_misfit(line):
        what = What.TARGET if lacks_target(line) else What.RULE
        owner = indicator.kpi.owner if indicator.kpi is not None else None
        place = (owner.name, owner.get_absolute_url()) if owner else ("", "")
        return Awaited(indicator.name, what, indicator.pk, indicator.kpi_id, (), *place)
    if indicator.kpi_id is not None:
        return Awaited(indicator.name, What.VALUE, indicator.pk, indicator.kpi_id)
    what = WAITS_FOR.get(Method(indicator.method), What.ENTRY)
    missing: tuple[str, ...] = ()
    if what is What.RATINGS:
        missing = silent.get((indicator.pk, line.department_id), ())
    elif what is What.PARTS:
        missing = parts_without_value(indicator.params.get("children", ()), line.reported)
    return Awaited(indicator.name, what, indicator.pk, None, missing)


def parts_without_value(children: Iterable[Mapping[str, Any]], reported: Any) -> tuple[str, ...]:
    """Names of a composite's parts that had no value."""
    rates = reported or {}
    return tuple(
        str(part.get("name") or part.get("code")) for part in children if rates.get(str(part.get("code"))) is None
    )


def raters_awaited(lines: Sequence[ScoreLine]) -> dict[Key, dict[str, Rater | None]]:
    """By (indicator, department) of LINES of one month: name → account of the scheme's raters who have said nothing; None
    for a name that has no account. Two queries where there are raters."""
    asked: dict[Key, Indicator] = {
        (line.indicator_id, line.department_id): line.indicator
        for line in lines
        if line.indicator.method == Method.DESCRIPTIVE and not is_misfit(line)
    }
    if not asked:
        return {}
    rows = Rating.objects.filter(month=lines[0].month, indicator__in={indicator for indicator, _place in asked})
    said = set(rows.values_list("indicator", "department", "said_by").distinct())
    raters = raters_in({one.pk: one for one in asked.values()}.values())
    return {
        key: {
            name: user
            for name in names_of_raters(one)
            for user in [raters[one.pk].get(name)]
            if user is None or (*key, user.pk) not in said
        }
        for key, one in asked.items()
    }


def names_of(awaited_raters: Mapping[Key, Mapping[str, Rater | None]]) -> dict[Key, tuple[str, ...]]:
    """The same by the accounts' names of today; who has no account as the parameters name them."""
    return {
        key: tuple(user.name if user else name for name, user in found.items()) for key, found in awaited_raters.items()
    }


def heads_of(departments: Iterable[int], day: date) -> dict[int, tuple[str, str]]:
    """Name and page of who heads each department. One query."""
    rows = leaders_of(list(departments), day).filter(role=AppointmentRole.HEAD)
    return {row.department_id: (row.person.name, row.person.get_absolute_url()) for row in rows}
