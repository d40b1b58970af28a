"""The second version of the demo's rules: people are scored, events and milestones count, grades are worth something."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.assessments import services as assessments
from apps.assessments.models import Scheme, Scorecard
from apps.core.month import Month
from ops_portal.demo.scores import LEFT_OUT, Bench, Row, approve, terms_of

PEOPLE_AGO = 4
"""The first month under the second version."""
EVENTS = Row(
    "EVENTS",
    "10",
    "§ 3.7",
    "deduction",
    {
        "items": [
            {"code": "complaint", "name": "Complaint upheld", "points_each": "2", "allowance": "2"},
            {"code": "late-visit", "name": "Visit missed", "points_each": "1", "cap": "4"},
        ]
    },
    name="Complaints and missed visits",
)
MILESTONES = Row(
    "MILESTONES",
    "30",
    "§ 7.12",
    "milestone",
    {"mode": "due_only", "late": "per_day", "per_day_pct": "5"},
    missing={},
    name="Milestones of development",
)
EXPRESS = Row(
    "EXPR",
    "20",
    "§ 4.8",
    "step",
    {
        "direction": "lower",
        "unit": "percent",
        "partial": "floor",
        "up": {"per": "5", "points": "1", "cap": "4"},
        "down": {"per": "5", "points": "1", "cap": "8"},
    },
)
DISCOUNT = Row("DISC", "10", "§ 3.8", "range", {"outer_lo": "2", "lo": "4", "hi": "7.5", "outer_hi": "10"})
HELP = Row(
    "HELP",
    "30",
    "§ 7.5",
    "efficacy",
    {
        "direction": "higher",
        "standards": ["62", "68", "74", "80", "86"],
        "coefs": ["0.2", "0.4", "0.6", "0.8", "1"],
    },
)
PRESENCE = Row("ABS", "15", "§ 6.1", "all_or_nothing", {"op": "<="})
CHANGES: tuple[tuple[str, str, Row], ...] = (
    ("Customer service", "ABS", EVENTS),
    ("Engineering", "ABS", MILESTONES),
    ("Supply", "EXPR", EXPRESS),
    ("Selling", "ABS", DISCOUNT),
    ("Systems", "HELP", HELP),
    ("Controlling", "ABS", PRESENCE),
)
"""(scorecard, code of the indicator that goes, the one that comes in its place)"""


def team(bench: Bench) -> Row:
    """Training and presence of quality's people, judged together."""
    parts = (("TRAIN", "higher", "60"), ("ABS", "lower", "40"))
    children = [
        {"code": code, "kpi": bench.kpis[code].pk, "direction": way, "weight": weight} for code, way, weight in parts
    ]
    params = {"children": children, "child_cap": "1.2", "missing_child": "exclude"}
    return Row("TEAM", "15", "§ 6.3", "composite", params, missing=LEFT_OUT, name="Training and presence")


def judgement(bench: Bench) -> Row:
    """How the audits were prepared, as the COO and the GM see it."""
    levels = {"exemplary": "100", "good": "90", "usable": "75", "poor": "50"}
    raters = [{"id": bench.coo.email, "weight": "60"}, {"id": bench.gm.email, "weight": "40"}]
    params = {"levels": levels, "raters": raters, "min_raters": 1}
    return Row("READY", "15", "§ 7.13", "descriptive", params, missing={}, name="Readiness for audits")


STANDING: Mapping[str, Any] = {
    "bonus_cap": Decimal(5),
    "deduction_cap": Decimal(10),
    "bonus_items": [
        {"code": "patent", "name": "Patent granted", "points_each": "2", "cap": "4", "clause": "§ 8.1"},
        {"code": "saving", "name": "Saving taken over by others", "points_each": "1", "cap": "3", "clause": "§ 8.2"},
    ],
    "penalty_items": [
        {
            "code": "late",
            "name": "Report handed in late, a working day",
            "points_each": "0.5",
            "cap": "5",
            "clause": "§ 9.1",
        }
    ],
    "veto_items": [
        {
            "code": "spill",
            "name": "Reportable spill",
            "action": "grade_cap",
            "value": None,
            "grade": "C",
            "clause": "§ 10.2",
        },
        {"code": "fatal", "name": "Fatal accident", "action": "zero", "value": None, "grade": "", "clause": "§ 10.1"},
    ],
    "staff_rules": {
        "head": {"dept_weight": "100", "personal_weight": "0"},
        "deputy_head": {"dept_weight": "60", "personal_weight": "40"},
        "member": {"dept_weight": "30", "personal_weight": "70"},
        "min_days": "15",
    },
    "reward_rules": {
        "dept_coef": {"A": "1.2", "B": "1.1", "C": "1", "D": "0.8", "E": "0.5"},
        "personal_coef": {"A": "1.2", "B": "1.1", "C": "1", "D": "0.8", "E": "0"},
        "gm_limit": "1000",
    },
    "calendar": {"calculate": "6", "review": "8", "publish": "10", "appeal_days": "5", "ruling_days": "5"},
    "calibration_band": Decimal(3),
    "cumulative_pct": Decimal(40),
}


def lay_down_second_scheme(bench: Bench, *, first: Month, now: datetime) -> Scheme:
    """Copied from the first version, changed, approved before the first month it holds for."""
    scheme = copied(
        bench, first, "People are scored too; complaints, milestones and audits count; grades are worth something."
    )
    judged = (("Quality", "ABS", judgement(bench)), ("Quality", "TRAIN", team(bench)))
    for card, gone, come in (*CHANGES, *judged):
        replace_indicator(bench, scheme.scorecards.get(name=card), gone, come)
    assessments.change_standing(scheme=scheme, parts=STANDING, by=bench.hr)
    approve(assessments.submit_scheme(scheme=scheme, by=bench.hr, now=now), (bench.coo, bench.gm), now=now)
    return scheme


def draft_third_scheme(bench: Bench, *, first: Month) -> Scheme:
    """What HR thinks of for next year: delivery counts more where things are made. A draft, to be tried on past months."""
    scheme = copied(bench, first, "Delivery on time counts more where things are made.")
    card = scheme.scorecards.get(name="Production")
    for code, weight in (("OTD", "35"), ("OEE", "10")):
        row = card.indicators.get(code=code)
        terms = assessments.Terms(
            row.code, row.name, row.kpi, row.method, Decimal(weight), row.params, row.target_policy, row.clause
        )
        assessments.save_indicator(scorecard=card, indicator=row, terms=terms, by=bench.hr)
    return scheme


def copied(bench: Bench, first: Month, note: str) -> Scheme:
    """A draft with everything of the newest approved version."""
    basis = Scheme.objects.approved().order_by("-version").first()
    return assessments.draft_scheme(
        name="Assessment of departments and people", first_month=first, by=bench.hr, basis=basis, note=note
    )


def replace_indicator(bench: Bench, card: Scorecard, gone: str, come: Row) -> None:
    """Another indicator in the place of one; the weights of the scorecard stay 100."""
    row = card.indicators.get(code=gone)
    assert row.weight == Decimal(come.weight), (card, gone)
    assessments.save_indicator(scorecard=card, indicator=row, terms=terms_of(bench, come), by=bench.hr)
