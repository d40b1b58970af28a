"""How the demo company assesses its departments: a table of scorecards, told through the services month by month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.accounts.models import User
from apps.approvals.models import Case
from apps.approvals.services import rule_on
from apps.assessments import services as assessments
from apps.assessments.models import Publication, Scheme
from apps.assessments.services import Limits, Terms
from apps.core.month import Month
from apps.departments.models import Department
from apps.kpis.models import Kpi

FIRST_AGO, LAST_AGO = 13, 2
"""The first and the last month that were published; the one after is still worked on."""
GRADES = tuple(
    {"grade": grade, "min": least} for grade, least in zip("ABCDE", ("110", "104", "95", "80", "0"), strict=True)
)
"""100 is what was agreed: an A is for clearly more."""
ZERO: Mapping[str, Any] = {"policy": "zero"}
LEFT_OUT: Mapping[str, Any] = {"policy": "exclude"}
INJURIES = tuple(
    {"min": low, "max": high, "pct": pct} for low, high, pct in ((None, "1", "100"), ("1", "2", "50"), ("2", None, "0"))
)
LATENESS = tuple(
    {"min": low, "max": high, "pct": pct}
    for low, high, pct in ((None, "4.5", "100"), ("4.5", "5", "90"), ("5", "6", "60"), ("6", None, "0"))
)


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator of a scorecard: the code of its KPI, weight, method, parameters and clause of the rules."""

    code: str
    weight: str
    clause: str
    method: str = "ratio"
    params: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, Any] = field(default_factory=lambda: ZERO)
    name: str = ""
    """Its own, where it is not the value of one KPI."""


def share(code: str, weight: str, clause: str, *, lower: bool = False, cap: str = "1.2", **given: Any) -> Row:
    """Points in proportion to the target."""
    params = {"direction": "lower" if lower else "higher", "cap": cap}
    return Row(code, weight, clause, "ratio", params, **given)


def lines(code: str, weight: str, clause: str, floor: str, stretch: str, *, lower: bool = False) -> Row:
    """Straight lines from a floor (60 %) over the target (100 %) to a stretch (120 %)."""
    params = {"direction": "lower" if lower else "higher", "floor": floor, "stretch": stretch}
    return Row(code, weight, clause, "linear", {**params, "floor_pct": "60", "stretch_pct": "120"})


def absence(weight: str) -> Row:
    """Absence counts alike everywhere."""
    return Row("ABS", weight, "§ 6.1", "interval", {"basis": "actual", "bounds": "[)", "bands": list(LATENESS)})


def training(weight: str) -> Row:
    """So does training."""
    return share("TRAIN", weight, "§ 6.2", missing=LEFT_OUT)


INJURY = Row("LTI", "10", "§ 5.3", "interval", {"basis": "actual", "bounds": "[)", "bands": list(INJURIES)})
CARDS: tuple[tuple[str, tuple[str, ...], tuple[Row, ...]], ...] = (
    (
        "Operations as a whole",
        ("OPS",),
        (
            lines("OTD", "35", "§ 4.1", "80", "98"),
            lines("FPY", "25", "§ 4.2", "93", "98.5"),
            share("COPQ", "20", "§ 4.3", lower=True),
            INJURY,
            training("10"),
        ),
    ),
    (
        "Production",
        ("PRD",),
        (
            lines("OTD", "25", "§ 4.1", "80", "98"),
            lines("FPY", "20", "§ 4.2", "93", "98.5"),
            lines("OEE", "20", "§ 4.4", "60", "85"),
            share("SCHED", "10", "§ 4.5", cap="1.1"),
            share("SCRAP", "10", "§ 4.6", lower=True),
            INJURY,
            training("5"),
        ),
    ),
    (
        "Supply",
        ("SCM",),
        (
            lines("OTD", "35", "§ 4.1", "80", "98"),
            lines("SUPP", "25", "§ 4.7", "80", "98"),
            share("EXPR", "20", "§ 4.8", lower=True),
            INJURY,
            training("10"),
        ),
    ),
    (
        "Maintenance",
        ("MNT",),
        (
            share("DOWN", "50", "§ 4.9", lower=True),
            share("ENERGY", "20", "§ 4.10", lower=True, cap="1.1"),
            INJURY,
            absence("10"),
            training("10"),
        ),
    ),
    (
        "Selling",
        ("REG", "MKT"),
        (
            share("REV", "40", "§ 3.1"),
            lines("MARGIN", "25", "§ 3.2", "36", "46"),
            share("ORD", "20", "§ 3.3"),
            absence("10"),
            training("5"),
        ),
    ),
    (
        "Customer service",
        ("SRV",),
        (
            lines("FIRST4", "30", "§ 3.4", "70", "98"),
            lines("FIX1", "30", "§ 3.5", "70", "98"),
            share("TAT", "20", "§ 3.6", lower=True),
            absence("10"),
            training("10"),
        ),
    ),
    (
        "Finance",
        ("ACC",),
        (
            share("CLOSE", "45", "§ 7.1", lower=True),
            share("DSO", "30", "§ 7.2", lower=True),
            absence("15"),
            training("10"),
        ),
    ),
    ("Controlling", ("CTL",), (lines("FCAST", "70", "§ 7.3", "80", "97"), absence("15"), training("15"))),
    (
        "Systems",
        ("ITS",),
        (
            lines("UP", "45", "§ 7.4", "98", "99.9"),
            lines("HELP", "30", "§ 7.5", "70", "95"),
            absence("10"),
            training("15"),
        ),
    ),
    ("Quality", ("QUA",), (lines("NCR", "70", "§ 7.6", "60", "95"), absence("15"), training("15"))),
    ("Laboratory", ("LAB",), (lines("CERT", "60", "§ 7.7", "50", "95"), INJURY, absence("15"), training("15"))),
    ("People", ("HRM",), (share("FILL", "60", "§ 7.8", lower=True), absence("20"), training("20"))),
    # Its survey has too few answers to be shown: approved as not applicable (exempting.py). Too little is left for a score
    # then, and the portal says so.
    (
        "Data",
        ("DAT",),
        (share("ENGAGE", "60", "§ 7.10", missing=LEFT_OUT), share("DATAQ", "30", "§ 7.11"), training("10")),
    ),
    ("Engineering", ("ENG",), (share("OVER", "40", "§ 7.9", lower=True), absence("30"), training("30"))),
)


@dataclass(frozen=True, slots=True)
class Bench:
    """Who assesses, and what with."""

    departments: Mapping[str, Department]
    kpis: Mapping[str, Kpi]
    hr: User
    coo: User
    gm: User


@dataclass(frozen=True, slots=True)
class Move:
    """A score that is calibrated: by the COO, and on the COO's own line by the GM."""

    unit: str
    points: str
    reason: str
    is_for_gm: bool = False


def lay_down_scheme(bench: Bench, *, first: Month, now: datetime) -> Scheme:
    """The rules of the year, drafted by HR, approved by the COO and the GM before the first month they hold for."""
    scheme = assessments.draft_scheme(
        name="Assessment of departments",
        first_month=first,
        by=bench.hr,
        limits=Limits(grades=GRADES),
        note="Fewer indicators, each with its clause; 100 is what was agreed, shares are capped at 120 percent.",
    )
    for name, units, rows in CARDS:
        card = assessments.add_scorecard(scheme=scheme, name=name, by=bench.hr)
        places = {bench.departments[unit]: Decimal(1) for unit in units if unit in bench.departments}
        assessments.place_departments(scorecard=card, departments=places, by=bench.hr)
        for row in rows:
            assessments.save_indicator(scorecard=card, terms=terms_of(bench, row), by=bench.hr)
    approve(assessments.submit_scheme(scheme=scheme, by=bench.hr, now=now), (bench.coo, bench.gm), now=now)
    return scheme


def terms_of(bench: Bench, row: Row) -> Terms:
    """A row of the table as the services take it."""
    kpi = bench.kpis.get(row.code)
    params = {**row.params, "missing": dict(row.missing)} if row.missing else dict(row.params)
    name = row.name or (kpi.name if kpi else row.code)
    return Terms(row.code, name, kpi, row.method, Decimal(row.weight), params, clause=row.clause)


def approve(case: Case, deciders: Iterable[User], *, now: datetime) -> None:
    """Everybody who is asked says yes, in turn."""
    for decider in deciders:
        case.refresh_from_db()
        step = case.steps.filter(opened_at__isnull=False, decided_at=None).first()
        if step is not None:
            rule_on(case=case, step=step, ruling="approve", by=decider, now=now, expected_version=case.version)


def assess(
    bench: Bench,
    month: Month,
    *,
    moments: tuple[datetime, datetime, datetime],
    is_published: bool,
    moves: Sequence[Move] = (),
) -> Publication | None:
    """One month worked out, calibrated, handed in, approved and published, each in its time; or left on HR's desk (None)."""
    calculated, approved, published = moments
    assessments.compute_month(month=month, by=bench.hr, now=calculated)
    for move in moves:
        assessments.calibrate_score(
            month=month,
            department=bench.departments[move.unit],
            points=Decimal(move.points),
            reason=move.reason,
            by=bench.gm if move.is_for_gm else bench.coo,
            now=calculated,
        )
    if not is_published:
        return None
    approve(assessments.hand_in_month(month=month, by=bench.hr, now=calculated), (bench.coo, bench.gm), now=approved)
    return assessments.publish_month(month=month, by=bench.hr, now=published)
