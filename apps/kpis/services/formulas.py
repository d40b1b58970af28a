"""Formula indicators: their words resolved to indicators when saved, their months worked out from the rolled-up inputs.

A formula holds at every level: a department's month is worked out from that department's months of the inputs. Where the
owner of the formula has no month of an input of its own, the input's owner lends its.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from apps.core.clock import today
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.departments.models import Department
from apps.departments.selectors import ancestors_of
from apps.kpis.models import Kpi, KpiInput, KpiMonth, KpiVersion
from apps.kpis.rules.formulas import Formula, FormulaProblem, circle_through, evaluation_order
from apps.kpis.services.refusals import WrongFormula

STAGE = """
DROP TABLE IF EXISTS kpis_reckoned;
CREATE TEMPORARY TABLE kpis_reckoned (
    month date, last_day date, kpi_id bigint, place bigint, reporting_count integer, expected_count integer DEFAULT 0,
    is_late boolean DEFAULT false, is_restated boolean DEFAULT false, value numeric, numerator numeric, denominator numeric,
    kind text, ytd_value numeric, ytd_numerator numeric, ytd_denominator numeric, member_target numeric, member_upper numeric
) ON COMMIT DROP
"""
COPY = (
    "COPY kpis_reckoned (month, last_day, kpi_id, place, reporting_count, value, kind, ytd_value) "
    "FROM STDIN WITH (FORMAT csv, NULL '')"
)
CLEAR = """
DELETE FROM kpis_kpimonth WHERE kpi_id = %(kpi)s AND month BETWEEN %(first)s AND %(last)s
   AND (%(places)s::bigint[] IS NULL OR department_id = ANY(%(places)s))
"""
WITHIN = """
SELECT descendant_id, valid FROM departments_departmentclosure WHERE ancestor_id = %s
"""


def read_formula(text: str) -> Formula:
    """The formula, or a refusal that says what is wrong with it."""
    try:
        return Formula(text)
    except FormulaProblem as problem:
        raise WrongFormula(problem_words(problem), field="formula") from problem


def problem_words(problem: FormulaProblem) -> str:
    """What is wrong with a formula, in a sentence."""
    words = {
        "too_long": _("The formula is longer than 500 signs. Split it into several KPIs."),
        "too_deep": _("The formula is nested too deeply. Split it into several KPIs."),
        "unreadable": _(
            "The formula cannot be read. Write it like REVENUE - COST, codes with other signs in [brackets]."
        ),
        "no_words": _("The formula names no KPI. Write the codes of those it is worked out from."),
        "unknown_function": _(
            "A formula knows only min, max and abs, each with its values; “%(text)s” is none of them."
        ),
        "not_a_number": _("“%(text)s” is not a number a formula can use."),
        "not_arithmetic": _("A formula may add, subtract, multiply and divide; nothing else."),
    }
    return words[problem.code] % {"text": problem.text}


def resolved(formula: Formula, *, department: Department) -> dict[str, Kpi]:
    """Which indicator each word of a formula means: DEPARTMENT/CODE, else the code in the owner's own department, else in
    the nearest above, else the only one of that code in the company. A refusal names a word that means none or several."""
    codes = {word: word.rpartition("/")[2].strip() for word in formula.words}
    rows = Kpi.objects.select_related("department").filter(
        code__in=set(codes.values()) | {code.upper() for code in codes.values()}
    )
    by_code: dict[str, list[Kpi]] = {}
    for row in rows:
        by_code.setdefault(row.code.casefold(), []).append(row)
    near = ancestors_of({department.pk}, today()).get(department.pk, [department.pk])
    return {word: chosen(word, by_code.get(code.casefold(), []), near) for word, code in codes.items()}


def chosen(word: str, rows: Sequence[Kpi], near: Sequence[int]) -> Kpi:
    """The indicator WORD means among those with its code."""
    place = word.rpartition("/")[0].strip().casefold()
    if place:
        rows = [row for row in rows if row.department.code.casefold() == place]
    for pk in near:
        for row in rows:
            if row.department_id == pk:
                return row
    if len(rows) == 1:
        return rows[0]
    if not rows:
        message = _("There is no KPI with the code “%(word)s”. Correct the formula.")
        raise WrongFormula(message % {"word": word}, field="formula")
    message = _("Several departments have a KPI “%(word)s”. Write which one: [%(department)s/%(word)s].")
    raise WrongFormula(message % {"word": word, "department": rows[0].department.code}, field="formula")


def needs() -> dict[int, set[int]]:
    """Formula indicator → those it reads in any of its definitions."""
    found: dict[int, set[int]] = {}
    for reader, read in KpiInput.objects.values_list("version__kpi", "kpi"):
        found.setdefault(reader, set()).add(read)
    return found


def keep_inputs(version: KpiVersion, inputs: dict[str, Kpi]) -> None:
    """Store what the formula reads. Refuses a circle, naming the way around."""
    KpiInput.objects.filter(version=version).delete()
    KpiInput.objects.bulk_create([KpiInput(version=version, kpi=kpi, word=word) for word, kpi in inputs.items()])
    way = circle_through(version.kpi_id, needs())
    if way:
        names = dict(Kpi.objects.filter(pk__in=way).values_list("pk", "code"))
        message = _("The formula leads back to itself: %(way)s. Take one of them out.")
        raise WrongFormula(message % {"way": " → ".join(names[pk] for pk in way)}, field="formula")


def write_formulas(*, kpis: Iterable[int], first: date, last: date, places: Sequence[int] | None, put: str) -> None:
    """Work out formula indicators, each after those it reads. For services.summaries; PUT is its last statement."""
    wanted = set(kpis)
    for kpi in [pk for pk in evaluation_order(needs()) if pk in wanted]:
        lines = formula_lines(kpi, first=first, last=last, places=places)
        with connection.cursor() as cursor:
            cursor.execute(STAGE)
            cursor.copy_expert(COPY, as_csv(lines))
            cursor.execute(
                CLEAR, {"kpi": kpi, "first": first, "last": last, "places": None if places is None else list(places)}
            )
            cursor.execute(put)


def formula_lines(kpi: int, *, first: date, last: date, places: Sequence[int] | None) -> list[list[Any]]:
    """(month, last day, kpi, department, reporting, value, kind, to date) of a formula, where any input has a month."""
    owner = Kpi.objects.values_list("department", flat=True).get(pk=kpi)
    versions = list(KpiVersion.objects.filter(kpi=kpi).exclude(formula="").prefetch_related("inputs__kpi"))
    with connection.cursor() as cursor:
        cursor.execute(WITHIN, [owner])
        spans: dict[int, list[Any]] = {}
        for place, valid in cursor.fetchall():
            spans.setdefault(place, []).append(valid)
    lines: list[list[Any]] = []
    for version in versions:
        inputs = {item.word: item.kpi for item in version.inputs.all()}
        months = input_months(inputs, first=first, last=last)
        for (month, place), given in by_place(months, inputs, owner).items():
            last_day = Month.of(month).last_day
            is_here = last_day in version.valid and any(last_day in valid for valid in spans.get(place, ()))
            if is_here and (places is None or place in places):
                lines.append([month, last_day, kpi, place, *worked_out(Formula(version.formula), given)])
    return lines


Pair = tuple[Decimal | None, Decimal | None]
"""A value and what came to date."""


def input_months(inputs: dict[str, Kpi], *, first: date, last: date) -> dict[tuple[int, date, int], Pair]:
    """(indicator, month, department) → value and value to date of everything a formula reads."""
    rows = KpiMonth.objects.filter(kpi__in=inputs.values(), month__range=(first, last))
    return {
        (kpi, month, place): (value, ytd)
        for kpi, month, place, value, ytd in rows.values_list("kpi", "month", "department", "value", "ytd_value")
    }


def by_place(
    months: dict[tuple[int, date, int], Pair], inputs: dict[str, Kpi], owner: int
) -> dict[tuple[date, int], dict[str, Pair]]:
    """(month, department) → what each word is worth there."""
    found: dict[tuple[date, int], dict[str, Pair]] = {}
    keys = {(month, place) for _kpi, month, place in months} | {(month, owner) for _kpi, month, _place in months}
    for month, place in keys:
        given = {}
        for word, kpi in inputs.items():
            pair = months.get((kpi.pk, month, place))
            if pair is None and place == owner:
                pair = months.get((kpi.pk, month, kpi.department_id))
            given[word] = pair or (None, None)
        found[month, place] = given
    return found


def worked_out(formula: Formula, given: dict[str, Pair]) -> list[Any]:
    """(departments that reported, value, kind, to date) of a formula for these words."""
    value = formula.value({word: pair[0] for word, pair in given.items()})
    ytd = formula.value({word: pair[1] for word, pair in given.items()})
    return [1, at_ten(value), "number" if value is not None else "no_data", at_ten(ytd)]


def at_ten(value: Fraction | None) -> Decimal | None:
    """Rounded once at the ten places a value has."""
    return None if value is None else round_half_up(value, 10)


def as_csv(lines: Iterable[Sequence[Any]]) -> io.StringIO:
    """Lines as COPY reads them."""
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    text.seek(0)
    return text
