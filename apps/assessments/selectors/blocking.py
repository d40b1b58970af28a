"""What keeps a run from being handed in: values, entries, ratings, parts, targets that are awaited, and whose they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

from apps.assessments.choices import Method
from apps.assessments.models import Indicator, Rating, ScoreLine, ScoreRun
from apps.assessments.selectors.misfits import (
    Key,
    Unaimed,
    UnaimedPart,
    holding_back,
    holds_back_itself,
    is_misfit,
    key_of,
    lacks_target,
    public_misfit_count,
    read_faults,
    read_owners,
    unaimed_parts,
    whole_fault,
)
from apps.assessments.selectors.parts import code_of, parts_awaited
from apps.assessments.selectors.raters import Rater, names_of_raters, raters_in
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import leaders_of

MOST_BLOCKERS = 600
MOST_BLOCKED = 15


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
    CARD = "card"
    """No line is at fault, and yet the department has no score: its weights, or a veto, do not fit."""


WAITS_FOR = {Method.DESCRIPTIVE: What.RATINGS, Method.COMPOSITE: What.PARTS}


@dataclass(frozen=True, slots=True)
class Awaited:
    """One indicator of which something is awaited."""

    name: str
    what: What
    indicator: int
    kpi: int | None = None
    missing: tuple[str, ...] = ()
    """Names of the raters who have not answered, or of the parts without a value or, where that is awaited, a target."""
    owner: str = ""
    owner_url: str = ""
    """Who answers for the KPI of which a target is awaited, or a rule that fits; empty: the COO, who sets targets."""
    parts: Sequence[UnaimedPart] = ()
    """Of a composite, those of which a target is awaited."""
    fault: str = ""
    """What is wrong with the department as a whole, as a sentence."""


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

    lines: tuple[Blocker, ...] = ()
    count: int = 0
    department_count: int = 0
    misfit_count: int = 0
    """Departments among them that have no score because the rules do not fit."""

    @property
    def more_count(self) -> int:
        """Departments beyond those listed."""
        return max(0, self.department_count - len(self.lines))


def blockers_of(run: ScoreRun, today: date) -> Blockers:
    """The departments a run waits for, the first fifteen with what is awaited and who heads them today. Eight queries at
    most, none where every department has its score."""
    misfits = public_misfit_count(run)
    if not run.pending_count and not misfits:
        return Blockers()
    rows = holding_back(ScoreLine.objects.filter(run=run))
    count = rows.count()
    ordered = rows.order_by("department__name", "department", "indicator")
    ordered = ordered.select_related("department", "indicator__kpi__owner")
    found = blockers_among(
        list(ordered[:MOST_BLOCKERS]), today, count=count, department_count=run.pending_count + misfits
    )
    return replace(found, misfit_count=misfits)


def blockers_among(lines: Sequence[ScoreLine], today: date, *, count: int, department_count: int) -> Blockers:
    """LINES that wait, in the order in which they are to be shown, by department; COUNT of them there are in all, of
    DEPARTMENT_COUNT departments. Three queries, four more where rules do not fit and owners are not read yet."""
    by_department: dict[int, list[ScoreLine]] = {}
    for line in lines:
        by_department.setdefault(line.department_id, []).append(line)
    shown = list(by_department.items())[:MOST_BLOCKED]
    heads = heads_of([pk for pk, _lines in shown], today)
    listed = [line for _pk, waiting in shown for line in waiting]
    silent, unaimed = names_of(raters_awaited(listed)), unaimed_parts(listed)
    read_owners(listed)
    read_faults(listed)
    found = tuple(
        Blocker(
            department=pk,
            department_name=waiting[0].department.name,
            awaited=tuple(one for line in waiting for one in awaited(line, silent, unaimed)),
            head=heads.get(pk, ("", ""))[0],
            head_url=heads.get(pk, ("", ""))[1],
        )
        for pk, waiting in shown
    )
    return Blockers(found, count, department_count)


def awaited(line: ScoreLine, silent: Mapping[Key, tuple[str, ...]], unaimed: Unaimed) -> list[Awaited]:
    """What a line waits for, then what is wrong with the department that it stands for."""
    found = [awaited_of(line, silent, unaimed)] if holds_back_itself(line) else []
    if fault := whole_fault(line):
        found.append(Awaited(_("The scorecard as a whole"), What.CARD, line.indicator_id, fault=fault))
    return found


def awaited_of(line: ScoreLine, silent: Mapping[Key, tuple[str, ...]], unaimed: Unaimed) -> Awaited:
    """What a line itself waits for."""
    indicator = line.indicator
    if is_misfit(line):
        what = What.TARGET if lacks_target(line) else What.RULE
        owner = indicator.kpi.owner if indicator.kpi is not None else None
        place = (owner.name, owner.get_absolute_url()) if owner else ("", "")
        parts = unaimed.get(key_of(line), ())
        lacking = tuple(part.name for part in parts)
        return Awaited(indicator.name, what, indicator.pk, indicator.kpi_id, lacking, *place, parts)
    if indicator.kpi_id is not None:
        return Awaited(indicator.name, What.VALUE, indicator.pk, indicator.kpi_id)
    what = WAITS_FOR.get(Method(indicator.method), What.ENTRY)
    missing: tuple[str, ...] = ()
    if what is What.RATINGS:
        missing = silent.get((indicator.pk, line.department_id), ())
    elif what is What.PARTS:
        missing = tuple(str(part.get("name") or code_of(part)) for part in parts_awaited(indicator, line.reported))
    return Awaited(indicator.name, what, indicator.pk, None, missing)


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
