"""What a scheme says beside its indicators, in words that pages, deciders and comparisons read alike."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import Method, MissingPolicy, VetoAction, VetoScope
from apps.assessments.models import Indicator, Scheme
from apps.assessments.services.standing import CALENDAR, GM_LIMIT, POOL, ROLE_WORDS, ROLES, STEP_WORDS, WHOLE_YEAR

Facts = list[tuple[Any, str]]
"""(label, what it says)"""


class Part(NamedTuple):
    """One part of it: its title and what it says; CODE names the part."""

    code: str
    title: str
    facts: Facts


def weight_text(number: Decimal | None) -> str:
    """A number without zeros at the end."""
    return "–" if number is None else f"{number.normalize():f}"


MISSING: Mapping[str, Callable[[], str]] = {
    MissingPolicy.PENDING: lambda: _("waited for, blocks publication"),
    MissingPolicy.ZERO: lambda: _("no points"),
    MissingPolicy.EXCLUDE: lambda: _("left out once that is approved as not applicable, waited for until then"),
    MissingPolicy.CARRY: lambda: _("the last published rate is carried"),
}
"""What becomes of a missing value, in the middle of a sentence."""
MISSING_CHILD = {
    "exclude": lambda: _("a single KPI is left out"),
    "zero": lambda: _("a single KPI earns nothing"),
}


def missing_words(row: Indicator) -> str:
    """What a value that is missing after the cut-off is worth."""
    missing = row.params.get("missing") or {}
    policy = missing.get("policy", MissingPolicy.PENDING)
    label = MISSING[policy]() if policy in MISSING else str(policy)
    if row.method == Method.COMPOSITE and row.params.get("missing_child") in MISSING_CHILD:
        label = f"{label}; {MISSING_CHILD[row.params['missing_child']]()}"
    if policy != MissingPolicy.CARRY:
        return label
    count = int(missing.get("max_periods") or 1)
    months = ngettext("for one month", "for at most %(count)s months", count) % {"count": count}
    return f"{label}, {months}"


def kpi_words(row: Indicator) -> str:
    """Which KPI is judged, with its department: the code alone does not name it. Empty where none is judged."""
    if row.kpi is None:
        return ""
    return _("KPI %(code)s of %(department)s") % {"code": row.kpi.code, "department": row.kpi.department.name}


def limit_facts(scheme: Scheme) -> list[tuple[Any, str]]:
    """What holds for all scorecards."""
    none = _("no cap")
    return [
        (_("Least weight with data"), f"{weight_text(scheme.min_coverage)} %"),
        (_("Totals from"), weight_text(scheme.min_total)),
        (_("Totals to"), weight_text(scheme.max_total)),
        (_("Most bonus points"), none if scheme.bonus_cap is None else weight_text(scheme.bonus_cap)),
        (_("Most deducted points"), none if scheme.deduction_cap is None else weight_text(scheme.deduction_cap)),
        (_("One missed indicator caps the others"), _("yes") if scheme.is_gated else _("no")),
    ]


def standing_parts(scheme: Scheme) -> list[Part]:
    """What the scheme lays down beside its scorecards, part by part."""
    return [
        Part("bonus", _("Bonus items"), item_facts(scheme.bonus_items)),
        Part("deductions", _("Deductions"), item_facts(scheme.penalty_items)),
        Part("vetoes", _("Vetoes"), veto_facts(scheme.veto_items)),
        Part("people", _("Scores of people"), staff_facts(scheme.staff_rules)),
        Part("rewards", _("Rewards"), reward_facts(scheme.reward_rules)),
        Part("calendar", _("Calendar and calibration"), calendar_facts(scheme)),
        Part("year", _("Years"), year_facts(scheme)),
    ]


def grade_facts(scheme: Scheme) -> Facts:
    """The least total of each grade."""
    text = _("%(min)s; recommended for at most %(quota)s %%")
    return [
        (_("Grade %(grade)s from") % row, text % row if row.get("quota") not in (None, "") else str(row["min"]))
        for row in scheme.grades
    ]


def item_facts(items: Sequence[Mapping[str, Any]]) -> Facts:
    """Bonus items or deductions: what each is worth."""
    found: Facts = []
    for item in items:
        is_one = Decimal(str(item["points_each"])) == 1
        text = _("1 point each") if is_one else _("%(points)s points each") % {"points": item["points_each"]}
        if item.get("cap") is not None:
            text = _("%(text)s, at most %(cap)s") % {"text": text, "cap": item["cap"]}
        found.append((named(item), with_clause(text, item)))
    return found


def veto_facts(items: Sequence[Mapping[str, Any]]) -> Facts:
    """Vetoes: what each does."""
    said = {
        VetoAction.ZERO.value: _("takes every point"),
        VetoAction.CAP.value: _("leaves at most %(value)s points"),
        VetoAction.GRADE_CAP.value: _("leaves grade %(grade)s at best"),
    }
    return [(named(item), with_clause(f"{said[item['action']] % item}{scope_words(item)}", item)) for item in items]


def scope_words(item: Mapping[str, Any]) -> str:
    """Whom a veto hits, where it is not the department, as the end of a sentence."""
    words = {
        VetoScope.HEAD.value: _(", of its head alone"),
        VetoScope.LINE.value: _(", of the department and all above it"),
    }
    return words.get(str(item.get("scope")), "")


def named(item: Mapping[str, Any]) -> str:
    """An item by name and code."""
    return f"{item['name']} ({item['code']})"


def with_clause(text: str, item: Mapping[str, Any]) -> str:
    """What an item says, and the clause that says so."""
    return f"{text} · {item['clause']}" if item.get("clause") else text


def staff_facts(rules: Mapping[str, Any]) -> Facts:
    """How the department's score and the personal part make people's scores."""
    if not rules:
        return []
    text = _("department %(dept_weight)s %%, personal part %(personal_weight)s %%")
    roles: Facts = [(ROLE_WORDS[role](), text % rules[role]) for role in ROLES]
    return [*roles, (_("Fewest days in the month"), str(rules["min_days"]))]


def reward_facts(rules: Mapping[str, Any]) -> Facts:
    """The coefficients of each grade, the pool, and from where on the GM decides."""
    dept, personal = rules.get("dept_coef") or {}, rules.get("personal_coef") or {}
    text = _("department × %(dept)s, person × %(personal)s")
    found: Facts = [
        (
            _("Grade %(grade)s") % {"grade": grade},
            text % {"dept": dept.get(grade, "–"), "personal": personal.get(grade, "–")},
        )
        for grade in dict.fromkeys([*dept, *personal])
    ]
    if rules.get(POOL):
        pool = rules[POOL]
        text = _("%(amount)s each month, shared by points × weight × days: heads × %(head)s, deputies × %(deputy_head)s, "
                 "members × %(member)s")  # fmt: skip
        found.append((_("Pool"), text % {**pool, "amount": f"{Decimal(pool['amount']):,.2f}"}))
    if rules.get(GM_LIMIT) is not None:
        found.append((_("The GM decides above"), str(rules[GM_LIMIT])))
    return found


def calendar_facts(scheme: Scheme) -> Facts:
    """The days of a month, and how far a calibration goes."""
    said = scheme.calendar or {}
    days: Facts = [(STEP_WORDS[name](), str(said[name])) for name in CALENDAR if name in said]
    band = _("%(points)s points up or down") % {"points": weight_text(scheme.calibration_band)}
    return [
        *days,
        (_("A calibration moves a score by at most"), band if scheme.calibration_band else _("no calibration")),
    ]


def year_facts(scheme: Scheme) -> Facts:
    """What the score of a year is made of."""
    return [(_("Score of a year"), blend_words(scheme.cumulative_pct))]


def blend_words(share: Decimal) -> str:
    """The two parts of a year's score, SHARE percent of it on cumulative values; the mean of months alone for 0."""
    if not share:
        return _("the mean of its months")
    if share == WHOLE_YEAR:
        return _("the scorecard on cumulative values alone")
    return _("%(rest)s %% mean of its months, %(share)s %% scorecard on cumulative values") % {
        "rest": weight_text(WHOLE_YEAR - share),
        "share": weight_text(share),
    }
