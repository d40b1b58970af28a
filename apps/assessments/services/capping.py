"""Grades that a planned loss leaves at best: still in loss, or turned to profit (DOMAIN.md section 1, negative profit).

A department keeps such a limit beside its hundred points like a veto, so that receipts show it and proofs give it again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from apps.assessments.choices import AdjustmentKind, LineStatus, Method, VetoAction
from apps.assessments.models import Indicator
from apps.assessments.rules.methods.step import Step
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.scoring import parse_method
from apps.assessments.selectors.figures import as_number, figure_of
from apps.assessments.services.lines import FIGURES
from apps.kpis.selectors import Fact

LIMITING = ("loss_grade", "profit_grade")


def limiting(indicators: Iterable[Indicator]) -> dict[int, tuple[Indicator, Step]]:
    """Indicators that may limit a grade, by key, with their rule."""
    found: dict[int, tuple[Indicator, Step]] = {}
    for one in indicators:
        if one.method == Method.STEP and any(one.params.get(key) for key in LIMITING):
            read = parse_method(one.method, plain_params(one.method, one.params))
            if isinstance(read, Step):
                found[one.pk] = (one, read)
    return found


def grade_limits(lines: pl.DataFrame, indicators: Iterable[Indicator]) -> Mapping[int, list[dict[str, Any]]]:
    """By department: the limits that its LINES (services.lines) bring, as a score keeps them."""
    known = limiting(indicators)
    if not known:
        return {}
    found: dict[int, list[dict[str, Any]]] = {}
    rows = lines.filter(pl.col("indicator_id").is_in(list(known)) & (pl.col("status") == LineStatus.SCORED.value))
    for row in rows.iter_rows(named=True):
        one, rule = known[row["indicator_id"]]
        grade = limit_of(rule, row)
        if grade:
            found.setdefault(row["department_id"], []).append(limit_text(one, grade))
    return found


def limit_of(rule: Step, row: Mapping[str, Any]) -> str:
    """The best grade a line leaves; empty where it limits nothing."""
    fact = Fact(
        kpi=0, department=row["department_id"], presence=row["presence"], **{name: row[name] for name in FIGURES}
    )
    actual, target = figure_of(fact), as_number(row["target"])
    return "" if target is None or actual is None else rule.best_grade(actual, target)


def limit_text(one: Indicator, grade: str) -> dict[str, Any]:
    """A limit as a score keeps it: like a veto, with the indicator it comes from."""
    return {
        **{"kind": AdjustmentKind.VETO.value, "code": one.code, "name": one.name, "indicator": one.pk},
        **{"action": VetoAction.GRADE_CAP.value, "value": None, "grade": grade},
    }


def without_limits(extras: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a score keeps beside its points, but for limits that its own lines bring: they are told anew from the lines."""
    return [dict(one) for one in extras if "indicator" not in one]
