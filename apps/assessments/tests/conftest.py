"""A small company that is assessed: what it should reach, what it reported for May 2026, and who rules on it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import AssessedMonth, ScoreRun
from apps.assessments.tests.factories import NOW, approved, draft, in_force, published, terms
from apps.assessments.tests.registers import register_draft, with_raters
from apps.assessments.tests.rewards import paid_firm
from apps.assessments.tests.teams import MAY, team_of
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import scope_of
from apps.staff.tests.factories import PersonFactory


@pytest.fixture
def firm(settings, db):
    """15 June 2026. North and South below Sales, which Mia leads; the COO leads Works, so the GM rules on its scores.

    May: revenue 95 of 100 in North, 120 of 100 in South, nothing from Works; complaints 3, 0 and 5 (target 4).
    """
    settings.FIXED_TODAY = "2026-06-15"
    open_periods(now=NOW)
    company = DepartmentFactory(code="ALL", name="Company")
    sales = DepartmentFactory(code="SALES", name="Sales", parent=company)
    people = {
        "hr": UserFactory(roles=["hr"], name="Hanna HR"),
        "coo": UserFactory(roles=["coo"], name="Cora Chief"),
        "gm": UserFactory(roles=["gm"], name="Gus General"),
        "mia": UserFactory(roles=["manager"], name="Mia Manager"),
        "nora": UserFactory(roles=["employee"], name="Nora North"),
        "auditor": UserFactory(roles=["auditor"], name="Alf Auditor"),
    }
    firm = SimpleNamespace(
        company=company,
        sales=sales,
        north=DepartmentFactory(code="NORTH", name="North", parent=sales),
        south=DepartmentFactory(code="SOUTH", name="South", parent=sales),
        works=DepartmentFactory(code="WORKS", name="Works", parent=company),
        **people,
    )
    PersonFactory(name="Mia Manager", number="M1", department=sales, role=AppointmentRole.HEAD, user=firm.mia)
    PersonFactory(name="Cora Chief", number="C1", department=firm.works, role=AppointmentRole.HEAD, user=firm.coo)
    PersonFactory(name="Nora North", number="N1", department=firm.north, user=firm.nora)
    firm.assessed = [firm.north, firm.south, firm.works]
    firm.revenue = make_kpi(company, code="REV", name="Revenue", reporting=firm.assessed)
    firm.complaints = make_kpi(company, code="COM", name="Complaints", reporting=firm.assessed, direction="lower")
    aim(firm.revenue, 100)
    aim(firm.complaints, 4)
    record(
        [
            entry(firm.revenue, firm.north, "2026-05", 95),
            entry(firm.revenue, firm.south, "2026-05", 120),
            entry(firm.complaints, firm.north, "2026-05", 3),
            entry(firm.complaints, firm.south, "2026-05", 0),
            entry(firm.complaints, firm.works, "2026-05", 5),
        ],
        by=firm.coo,
    )
    firm.lines = [
        terms(firm.revenue, 70, cap="1.2"),
        terms(firm.complaints, 30, method="interval", basis="actual", bounds="[)", bands=[
            {"min": None, "max": "1", "pct": "100"},
            {"min": "1", "max": "4", "pct": "80"},
            {"min": "4", "max": None, "pct": "0"},
        ]),
    ]  # fmt: skip
    return firm


@pytest.fixture
def scheme(firm):
    """The rules in force since January."""
    return approved(
        draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), by=firm.hr, deciders=[firm.coo, firm.gm]
    )


@pytest.fixture
def run(firm, scheme):
    """May, published on Monday 15 June: North 90.50, South 114.00, Works 0.00."""
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run


@pytest.fixture
def mid_june(time_machine):
    """Every clock stands at 15 June 2026."""
    time_machine.move_to("2026-06-15 09:00:00+00:00", tick=False)


@pytest.fixture
def team(firm):
    """The company with rules that score people (teams.py)."""
    return team_of(firm)


@pytest.fixture
def as_(client):
    """`as_(user)` gives a signed-in browser."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


# --- registers: what is reported, rated, and stands beside the hundred points ---


@pytest.fixture
def rules(firm):
    """Rules in force since January with events, milestones, raters, bonuses, deductions and vetoes (registers.py)."""
    return in_force(register_draft(with_raters(firm)))


WORKED_OUT = datetime(2026, 6, 14, 12, tzinfo=UTC)


@pytest.fixture
def published_may(rules):
    """May is published, worked out on 14 June at noon; nothing of it is looked at."""
    counts = dict.fromkeys(("score_count", "scored_count", "pending_count", "line_count", "with_data_count"), 0)
    run = ScoreRun.objects.create(
        month=Month(2026, 5).first_day, version=1, scheme=rules, state="published", gathered_at=WORKED_OUT,
        is_past_cut_off=True, is_past_reports=True, fingerprint="x", digest="x", **counts,
    )  # fmt: skip
    return AssessedMonth.objects.create(month=run.month, published=run)


@pytest.fixture
def scope_for():
    """`scope_for(user)`: how far the account sees on 15 June 2026."""
    return lambda user: scope_of(user, NOW.date())


@pytest.fixture
def indicator(rules):
    """`indicator("SAFE")`: one of the rules."""
    return lambda code: rules.indicators.get(code=code)


@pytest.fixture
def paid(firm):
    """May is published by rules with rewards; Nora, Cora and Sam have scores, the first two pay bases (rewards.py)."""
    return paid_firm(firm)
