"""Who is to rate whom in a month, what was said, and how the raters rated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.assessments.models import AssessedDepartment, Indicator, Rating, Scorecard
from apps.assessments.rules.raters import Opinion, RaterCheck, Standardised, rater_checks, standardised
from apps.assessments.rules.reading import exact
from apps.assessments.selectors.assessed import RATED, own_departments, scheme_in_force
from apps.assessments.selectors.exemptions import exempted
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import names_of, open_department_ids
from apps.staff.selectors.colleagues import places_of_accounts

RATE = "assessments.rate"


def rated_by(user: User) -> QuerySet[Indicator]:
    """The indicators for which the rules name this account as a rater."""
    return Indicator.objects.filter(method__in=RATED, kpi=None, raters__user=user)


def levels_of(indicator: Indicator) -> dict[str, str]:
    """Level → percent as it is written, the best first; empty: the rater gives a percentage."""
    found = indicator.params.get("levels")
    rows = [(str(name), str(pct)) for name, pct in found.items()] if isinstance(found, Mapping) else []
    return dict(sorted(rows, key=lambda row: (-(exact(row[1]) or 0), row[0])))


@dataclass(frozen=True, slots=True)
class ToRate:
    """A department with the indicators by which the person rates it, and what they said last."""

    place: AssessedDepartment
    indicators: Sequence[Indicator]
    said: Mapping[int, Rating]
    """By indicator."""
    left_out: frozenset[str] = frozenset()
    """Codes of lines that were approved as not applicable."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be said."""
        return any(one.pk not in self.said and one.code not in self.left_out for one in self.indicators)


def departments_to_rate(user: User, month: Month, *, today: date) -> list[ToRate]:
    """Every department the person rates in the month, by scorecard and name; none they lead or belong to. At most
    nine queries."""
    scheme = scheme_in_force(month)
    if scheme is None:
        return []
    by_card: dict[int, list[Indicator]] = {}
    for one in rated_by(user).filter(scheme=scheme).order_by("position", "pk"):
        by_card.setdefault(one.scorecard_id, []).append(one)
    if not by_card:
        return []
    rows = list(
        AssessedDepartment.objects.filter(scorecard__in=by_card)
        .select_related("department", "scorecard")
        .order_by("scorecard__position", "scorecard", "department__name", "pk")
    )
    left = open_department_ids([row.department_id for row in rows], month.last_day) - own_departments(
        user, month, today
    )
    left_out = exempted(month)
    said: dict[int, dict[int, Rating]] = {}
    for row in Rating.objects.filter(month=month.first_day, said_by=user).order_by("version"):
        said.setdefault(row.department_id, {})[row.indicator_id] = row
    return [
        ToRate(
            row,
            by_card[row.scorecard_id],
            said_of(said.get(row.department_id, {}), by_card[row.scorecard_id]),
            left_out.get(row.department_id, frozenset()),
        )
        for row in rows
        if row.department_id in left
    ]


def said_of(said: Mapping[int, Rating], indicators: Sequence[Indicator]) -> dict[int, Rating]:
    """Of what was said that about these indicators."""
    return {one.pk: said[one.pk] for one in indicators if one.pk in said}


@dataclass(frozen=True, slots=True)
class Grid:
    """Departments that are rated by indicators of the same names and levels, whatever scorecard they stand in."""

    cards: Sequence[Scorecard]
    indicators: Sequence[Indicator]
    """Those of the first row."""
    rows: Sequence[ToRate]


def grids_of(rows: Sequence[ToRate]) -> list[Grid]:
    """ROWS as few grids as there are kinds of indicators; in each by department."""
    kinds: dict[tuple[Any, ...], list[ToRate]] = {}
    for row in rows:
        kind = tuple((one.name, one.clause, *levels_of(one).items()) for one in row.indicators)
        kinds.setdefault(kind, []).append(row)
    return [
        Grid(
            cards=list({row.place.scorecard_id: row.place.scorecard for row in found}.values()),
            indicators=found[0].indicators,
            rows=sorted(found, key=lambda row: (row.place.department.name, row.place.pk)),
        )
        for found in kinds.values()
    ]


def newest_ratings(month: Month) -> QuerySet[Rating]:
    """What each rater said last of each department by each indicator."""
    return (
        Rating.objects.filter(month=month.first_day)
        .order_by("indicator", "department", "said_by", "-version")
        .distinct("indicator", "department", "said_by")
    )


def visible_ratings(scope: Scope) -> QuerySet[Rating]:
    """Every version of every rating for those who judge; everybody else their own."""
    rows = Rating.objects.select_related("indicator", "department", "said_by")
    if scope.is_company and scope.may("assessments.view_drafts"):
        return rows
    return rows.filter(said_by=scope.user_id) if scope.may(RATE) else rows.none()


def opinions_in(scope: Scope, month: Month) -> tuple[list[Opinion], dict[str, str]]:
    """What all raters said in the month, in percent, with the raters' names; nothing for those who may not compare them.
    Two queries. A level the indicator no longer knows is left out."""
    if not (scope.is_company and scope.may("assessments.view_drafts")):
        return [], {}
    values: Any = newest_ratings(month).values_list("said_by", "said_by__name", "department", "indicator", "level")
    rows = list(values)
    indicators = Indicator.objects.filter(pk__in={row[3] for row in rows})
    levels = {one.pk: levels_of(one) for one in indicators}
    found, names = [], {}
    for rater, name, department, indicator, level in rows:
        pct = exact(levels.get(indicator, {}).get(level, level))
        names[str(rater)] = name
        if pct is not None:
            found.append(Opinion(str(rater), department, indicator, Fraction(pct), level))
    return found, names


def checks_in(scope: Scope, month: Month) -> tuple[list[RaterCheck], dict[str, str]]:
    """How every rater of the month rated, with the raters' names; nothing for those who may not compare them. Three
    queries."""
    opinions, names = opinions_in(scope, month)
    places = places_of_accounts([int(key) for key in names], first=month.first_day, last=month.last_day)
    return rater_checks(opinions, {str(user): found for user, found in places.items()}), names


@dataclass(frozen=True, slots=True)
class StandardLine:
    """One rating or personal part on the common scale, with the names of whom and what it is about."""

    rater: str
    subject: str
    criterion: str
    """Empty for personal parts: there is one."""
    found: Standardised


def standardised_in(scope: Scope, month: Month) -> list[StandardLine]:
    """Every rating of the month as given and on the common scale, by department, criterion and rater; nothing for those who
    may not compare raters. Four queries."""
    opinions, names = opinions_in(scope, month)
    departments = names_of({one.subject for one in opinions})
    criteria = dict(Indicator.objects.filter(pk__in={one.criterion for one in opinions}).values_list("pk", "name"))
    lines = [
        StandardLine(names[one.opinion.rater], departments[one.opinion.subject], criteria[one.opinion.criterion], one)
        for one in standardised(opinions)
    ]
    return sorted(lines, key=lambda line: (line.subject, line.criterion, line.rater, line.found.opinion.rater))


def public_raters(most: int) -> list[tuple[str, str]]:
    """(address, name) of those who may be named as raters: who rates is part of the rules, which everybody may read."""
    return list(users_with_capability("assessments.rate").values_list("email", "name")[:most])
