"""Sales in March 2026, the worked month of DOMAIN.md, still to be told: run inside a portal by `manage.py shell`.

The rules, the targets and the figures of the KPIs stand; what is told beside them, people's personal part and all that
follows is done in the browser. January and February, told already, are for the side cases.
"""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import Appraisal, Entry, Indicator
from apps.assessments.services.paying import set_pay_base
from apps.assessments.tests.factories import REWARD_RULES, STAFF_RULES, approved, draft
from apps.assessments.tests.test_worked_month import INTERVALS, MARCH, line
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.choices import AppointmentRole
from apps.staff.tests.factories import PersonFactory

BEFORE_CUT_OFF, AFTER_CUT_OFF = "2026-04-02", "2026-04-08"
"""Figures of March are taken until the third working day of April."""
NOW = datetime(2026, 4, 2, 7, tzinfo=UTC)
JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)
"""The months of the side cases: as March, but in January nobody reports complaints, and in February the margin does not
apply (DOMAIN.md section 2)."""
PASSWORD = "Ninety-one-point-41"
ROLES = {
    "hr": "hr",
    "reviewer": "hr",
    "coo": "coo",
    "manager": "manager",
    "employee": "employee",
    "auditor": "auditor",
}
"""Who signs in, and with which role. The reviewer works in human resources and has no part in the score."""
STANDING = {
    "bonus_cap": Decimal(5),
    "bonus_items": [{"code": "patent", "name": "Patent granted", "points_each": "2", "cap": None, "clause": "§ 8"}],
    "penalty_items": [
        {"code": "late", "name": "Report handed in late", "points_each": "0.5", "cap": "5", "clause": "§ 9"}
    ],
    "veto_items": [
        {"code": "fatal", "name": "Fatal accident", "action": "zero", "value": None, "grade": "", "clause": "§ 10"}
    ],
    "staff_rules": STAFF_RULES,
    "reward_rules": REWARD_RULES,
    "calibration_band": Decimal(3),
}


def load() -> None:
    """Accounts, two departments, their head and a member, KPIs with targets and figures, the rules in force."""
    open_periods(now=NOW)
    people = {name: account(name, role) for name, role in ROLES.items()}
    company = DepartmentFactory(code="ALL", name="Company")
    sales = DepartmentFactory(code="SALES", name="Sales", parent=company)
    PersonFactory(name="Mia Manager", number="M1", department=sales, role=AppointmentRole.HEAD, user=people["manager"])
    seller = PersonFactory(name="Sam Seller", number="S1", department=sales, user=people["employee"])
    scheme = draft(
        by=people["hr"], departments={sales: Decimal("1.02")}, lines=lines_of(figures(company, sales, people))
    )
    scheme = services.change_standing(scheme=scheme, parts=STANDING, by=people["hr"])
    approved(scheme, by=people["hr"], deciders=[people["coo"]], now=NOW)
    tell_side_months(people, sales, seller)
    set_pay_base(person=seller, month=MARCH, amount=Decimal(3000), by=people["hr"], reason="Agreement of this year")


def tell_side_months(people, sales, seller) -> None:
    """What is told of January and February besides the figures: all but the complaints of January."""
    indicators = {one.code: one for one in Indicator.objects.filter(scheme__state="approved")}
    for month, told in ((JANUARY, {}), (FEBRUARY, {"complaints": {"complaint": "4"}})):
        dates = (("plan", "60", 10, 9), ("pilot", "40", 20, 22))
        items = [
            {"code": code, "weight": weight, "due": f"{month}-{due:02}", "done": f"{month}-{done:02}"}
            for code, weight, due, done in dates
        ]
        for code, content in (told | {"milestones": {"items": items}}).items():
            Entry.objects.create(
                month=month.first_day, indicator=indicators[code], department=sales, content=content, version=1,
                said_by=people["manager"], said_at=NOW,
            )  # fmt: skip
        Appraisal.objects.create(
            month=month.first_day, person=seller, points=86, said_by=people["manager"], said_at=NOW
        )


def account(name: str, role: str):
    """An open account; prints how to sign in."""
    user = UserFactory(roles=[role], email=f"{name}@sales.test", name=f"The {name}")
    user.set_password(PASSWORD)
    user.save()
    print(name, user.email, PASSWORD)
    return user


def figures(company, sales, people) -> SimpleNamespace:
    """The three KPIs with their targets and what Sales reached."""
    kpis = SimpleNamespace(
        revenue=make_kpi(company, code="REVENUE", name="Revenue"),
        margin=make_kpi(company, code="MARGIN", name="Gross margin"),
        days=make_kpi(company, code="DAYS", name="Receivable days", direction="lower"),
    )
    aim(kpis.revenue, 1_200_000)
    aim(kpis.margin, 22, floor=18, stretch=25)
    reached = ((kpis.revenue, 1_150_000), (kpis.margin, 21), (kpis.days, 41))
    rows = [entry(kpi, sales, str(month), value) for month in (JANUARY, MARCH) for kpi, value in reached]
    rows += [entry(kpi, sales, str(FEBRUARY), value) for kpi, value in reached if kpi is not kpis.margin]
    rows.append(entry(kpis.margin, sales, str(FEBRUARY), None, kind="no_data"))
    record(rows, by=people["coo"], now=NOW)
    return kpis


def lines_of(kpis: SimpleNamespace) -> list[services.Terms]:
    """The five indicators of Sales."""
    complaint = {"code": "complaint", "name": "Complaint", "points_each": "2", "allowance": "2"}
    return [
        line("revenue", kpis.revenue, "ratio", 30, cap="1.2"),
        line("margin", kpis.margin, "linear", 20, missing="exclude", floor_pct="60", stretch_pct="120"),
        line("days", kpis.days, "interval", 15, basis="actual", bounds="(]", bands=INTERVALS, direction="lower"),
        line("complaints", None, "deduction", 15, items=[complaint]),
        line("milestones", None, "milestone", 20, missing=None, mode="due_only", late="per_day", per_day_pct="10"),
    ]
