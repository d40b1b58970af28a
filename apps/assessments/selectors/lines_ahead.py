"""The lines departments will be judged by in months ahead, by the approved rules and the targets known today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.assessments.models import AssessedDepartment, Indicator, Scheme
from apps.assessments.rules.effects import LineRule
from apps.assessments.rules.plain import FROM_TARGET, drawn_params
from apps.assessments.rules.scoring import parse_method
from apps.assessments.selectors.figures import as_number
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.kpis.selectors import Fact, month_facts


@dataclass(frozen=True, slots=True)
class LineAhead:
    """One line that counts in the month. KPI: None where it judges no KPI value, and RULE then says nothing."""

    name: str
    kpi: int | None
    weight: Decimal
    rule: LineRule


def lines_ahead(scope: Scope, places: Mapping[int, Month]) -> dict[int, list[LineAhead]]:
    """The lines of each department in its month of PLACES (department → month), in the order of its scorecard; of those
    departments the person may see that are assessed then. A line whose KPI is not due in the month is left out. Four
    queries at most, and one for each month.
    """
    mine = set(places) if scope.may("assessments.view") else set()
    if mine and not scope.is_company:
        mine &= set(visible_departments(scope).filter(pk__in=mine).values_list("pk", flat=True))
    schemes = schemes_on({places[place].last_day for place in mine})
    rows = AssessedDepartment.objects.filter(scheme__in=set(schemes.values()), department__in=mine)
    judged = [row for row in rows if schemes.get(places[row.department_id].last_day) == row.scheme_id]
    by_card: dict[int, list[Indicator]] = {}
    cards = {row.scorecard_id for row in judged}
    for line in Indicator.objects.filter(scorecard__in=cards).order_by("position", "pk") if cards else ():
        by_card.setdefault(line.scorecard_id, []).append(line)
    facts = facts_ahead(judged, by_card, places)
    return {row.department_id: lines_of(row, by_card.get(row.scorecard_id, ()), facts) for row in judged}


def schemes_on(days: Iterable[date]) -> dict[date, int]:
    """The approved scheme in force on each of the days; days without one are left out. One query."""
    wanted = sorted(set(days))
    if not wanted:
        return {}
    rows = list(Scheme.objects.approved().values_list("pk", "valid"))
    return {
        day: pk
        for pk, valid in rows
        for day in wanted
        if valid.lower <= day and (valid.upper is None or day < valid.upper)
    }


def facts_ahead(
    judged: Sequence[AssessedDepartment], by_card: Mapping[int, Sequence[Indicator]], places: Mapping[int, Month]
) -> dict[tuple[int, int], Fact]:
    """What is aimed at, by (KPI, department), each in the department's month. One query for each month."""
    pairs: dict[Month, list[tuple[int, int]]] = {}
    for row in judged:
        for line in by_card.get(row.scorecard_id, ()):
            if line.kpi_id is not None:
                pairs.setdefault(places[row.department_id], []).append((line.kpi_id, row.department_id))
    sheets = (
        month_facts(month=month, kpis=[kpi for kpi, _place in asked], departments=[place for _kpi, place in asked])
        for month, asked in pairs.items()
    )
    return {(fact.kpi, fact.department): fact for sheet in sheets for fact in sheet}


def lines_of(
    row: AssessedDepartment, lines: Sequence[Indicator], facts: Mapping[tuple[int, int], Fact]
) -> list[LineAhead]:
    """The lines of one department, each with the rule it is judged by."""
    known = [(line, facts.get((line.kpi_id or 0, row.department_id))) for line in lines]
    counted = [(line, fact) for line, fact in known if fact is None or fact.presence != "not_due"]
    kept = sum((line.weight for line, _fact in counted), Decimal(0))
    return [
        LineAhead(line.name, line.kpi_id, line.weight, rule_of(line, fact, coefficient=row.coefficient, kept=kept))
        for line, fact in counted
    ]


def rule_of(line: Indicator, fact: Fact | None, *, coefficient: Decimal, kept: Decimal) -> LineRule:
    """The rule of a line, with the target of its month."""
    of_target: dict[str, Any] = {name: getattr(fact, name, None) for name in FROM_TARGET}
    method = parse_method(line.method, drawn_params(line.method, line.params, of_target))
    return LineRule(method, as_number(fact.target) if fact else None, line.weight, coefficient, kept)
