"""December 2018 of the English accident and emergency departments: from the published file to published scores.

The file stands beside the repository; a small one of the same shape runs everywhere. What should come out is reckoned a
second time here, straight from the file.
"""

import csv
import io
import json
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.choices import LineStatus, RunState, ScoreStatus
from apps.assessments.models import Score, ScoreLine, ScoreRun
from apps.assessments.services import Limits
from apps.assessments.tests.factories import approved, draft, published, terms
from apps.assessments.tests.registers import not_applicable
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.departments.models import Department
from apps.kpis.models import Kpi
from apps.kpis.tests.factories import aim, import_file
from apps.periods.services import open_periods

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "real" / "kpi" / "nhs_ae_attendances_2016_2019.csv"
OURS = Path(__file__).parents[2] / "kpis" / "tests" / "mappings"
MAPPINGS = Path(__file__).parent / "mappings"
NOW = datetime(2019, 1, 14, 9, tzinfo=UTC)
DECEMBER = Month(2018, 12)
SMALL = (
    b"period,org_code,type,attendances,breaches,admissions\n"
    b"2018-11-01,GONE,1,50,5,10\n"
    b"2018-12-01,BOTH,1,1000,200,300\n2018-12-01,BOTH,other,500,0,0\n"
    b"2018-12-01,WALK,other,400,0,0\n"
    b"2018-12-01,GOOD,1,800,16,200\n"
    b"2018-12-01,IDLE,1,0,0,0\n"
)
BANDS = (("0", "70", "40"), ("70", "80", "60"), ("80", "90", "80"), ("90", None, "100"))


@pytest.fixture
def people(settings):
    settings.FIXED_TODAY = "2019-01-15"
    open_periods(now=NOW)
    return {role: UserFactory(roles=[role], email=f"{role}@company.test") for role in ("coo", "hr")}


def bring_in(content: bytes, by) -> None:
    """The organisations of the file, and what they reported of three indicators for December."""
    for name in ("nhs_top", "nhs_departments"):
        import_file(content, "departments.departments", json.loads((OURS / f"{name}.json").read_text()), by, now=NOW)
    for name in ("nhs_all", "nhs_major", "nhs_admissions"):
        import_file(content, "kpis.values", json.loads((MAPPINGS / f"{name}.json").read_text()), by, now=NOW)


def rules_of(by, coo):
    """95 % within four hours (ratio), major departments (bands), admissions per attendance (straight lines)."""
    kpis = {kpi.code: kpi for kpi in Kpi.objects.all()}
    aim(kpis["AE-4H"], 95, first=date(2016, 4, 1), now=NOW)
    aim(kpis["AE-ADM"], "0.2", first=date(2016, 4, 1), now=NOW)
    bands = [{"min": low if low != "0" else None, "max": high, "pct": pct} for low, high, pct in BANDS]
    lines = [
        terms(kpis["AE-4H"], 50, cap="1.05", missing="exclude"),
        terms(kpis["AE-T1"], 30, method="interval", basis="actual", bounds="[)", bands=bands, missing="exclude"),
        terms(kpis["AE-ADM"], 20, method="linear", floor="0", stretch="0.4", stretch_pct="110", missing="exclude"),
    ]
    places = Department.objects.exclude(code="ENG")
    scheme = draft(
        by=by, departments=list(places), lines=lines, first="2018-04", limits=Limits(min_coverage=Decimal(60))
    )
    return approved(scheme, by=by, deciders=[coo], now=NOW)


def expected(content: bytes) -> dict[str, Decimal | None]:
    """Organisation → total, reckoned straight from the file; None: not assessed."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in csv.DictReader(io.StringIO(content.decode())):
        found = sums[row["org_code"]]
        if row["period"] != "2018-12-01":
            continue
        for name in ("attendances", "breaches", "admissions"):
            found[name] += int(row[name])
        if row["type"] == "1":
            found["major"] += int(row["attendances"])
            found["late"] += int(row["breaches"])
    return {code: total_of(found) for code, found in sums.items()}


def total_of(found: dict[str, int]) -> Decimal | None:
    """One organisation's total by the three rules."""
    weights, points = 0, Decimal(0)
    if found["attendances"]:
        share = Fraction(found["attendances"] - found["breaches"], found["attendances"]) * 100
        points += round_half_up(50 * max(Fraction(0), min(share / 95, Fraction(105, 100))), 2)
        admitted = Fraction(found["admissions"], found["attendances"])
        target, stretch = Fraction(1, 5), Fraction(2, 5)
        pct = admitted / target * 100 if admitted < target else 100 + (min(admitted, stretch) - target) / target * 10
        points += round_half_up(20 * pct / 100, 2)
        weights += 70
    if found["major"]:
        share = Fraction(found["major"] - found["late"], found["major"]) * 100
        pct = next(int(pct) for low, high, pct in BANDS if share >= int(low) and (high is None or share < int(high)))
        points += round_half_up(Fraction(30 * pct, 100), 2)
        weights += 30
    return round_half_up(Fraction(points) * 100 / weights, 2) if weights >= 60 else None


def leave_out_what_is_awaited(people) -> None:
    """Organisations without attendances, or without a major department, have nothing to judge there: HR says so, and the COO
    confirms it."""
    waiting = services.compute_month(month=DECEMBER, by=people["hr"], now=NOW).run.lines.filter(status="pending")
    for line in waiting.select_related("department", "indicator"):
        not_applicable(
            DECEMBER, line.department, line.indicator.code, by=people["hr"], decided_by=people["coo"], now=NOW
        )


def check_month(content: bytes, people) -> ScoreRun:
    """Bring the file in, assess, approve and publish December; every total is the one reckoned here."""
    bring_in(content, people["coo"])
    rules_of(people["hr"], people["coo"])
    leave_out_what_is_awaited(people)
    run = published(DECEMBER, by=people["hr"], deciders=[people["coo"]], now=NOW).run
    totals = dict(Score.objects.filter(run=run).values_list("department__code", "total"))
    assert totals == expected(content)
    assert run.state == RunState.PUBLISHED
    assert services.recount_run(run).is_sound
    return run


class TestRealMonth:
    def test_a_small_file_says_who_has_no_data(self, people):
        run = check_month(SMALL, people)
        status = dict(run.scores.values_list("department__code", "status"))
        assert status["GONE"] == status["IDLE"] == ScoreStatus.INSUFFICIENT_DATA
        line = ScoreLine.objects.get(run=run, department__code="WALK", indicator__code="AE-T1")
        assert (line.status, line.points, line.presence) == (LineStatus.EXCLUDED, None, "exempt")
        idle = ScoreLine.objects.get(run=run, department__code="IDLE", indicator__code="AE-T1")
        assert (idle.status, idle.presence) == (LineStatus.EXCLUDED, "exempt")

    @pytest.mark.skipif(not REAL.exists(), reason="the published file stands beside the repository only")
    def test_the_published_file_for_every_organisation(self, people):
        run = check_month(REAL.read_bytes(), people)
        assert run.score_count == Department.objects.exclude(code="ENG").count()
        assert 0 < run.scored_count < run.score_count
        assert run.line_count == 3 * run.score_count
