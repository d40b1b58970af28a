"""Rules with everything that people report or rate, and what stands beside the hundred points."""

from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import Adjustment
from apps.assessments.tests.factories import draft, terms
from apps.staff.tests.factories import PersonFactory

LEVELS = {"A": "100", "B": "90", "C": "75"}


def with_raters(firm):
    """Rita rates with the COO and Mia; Rita belongs to South."""
    firm.rita = UserFactory(roles=["manager"], name="Rita Rater", email="rita@example.com")
    PersonFactory(name="Rita Rater", number="R1", department=firm.south, user=firm.rita)
    firm.coo.email, firm.mia.email = "cora@example.com", "mia@example.com"
    for user in (firm.coo, firm.mia):
        user.save(update_fields=["email"])
    return firm


def register_draft(firm):
    """The rules of the registers as a draft. "Late" costs 0.5 a working day, at most 5."""
    raters = [{"id": f"{name}@example.com", "weight": "50"} for name in ("rita", "cora", "mia")]
    made = draft(
        by=firm.hr,
        departments=firm.assessed,
        lines=[
            terms(firm.revenue, 40, cap="1.2"),
            terms(None, 20, code="SAFE", name="Safety", method="deduction", items=[
                {"code": "accident", "name": "Accident", "points_each": "5", "cap": None},
                {"code": "complaint", "name": "Complaint", "points_each": "2", "allowance": "1"},
            ]),
            terms(None, 20, code="PLAN", name="Plan", method="milestone", mode="all", late="per_day", per_day_pct="10"),
            terms(None, 10, code="HELP", name="Helpfulness", method="descriptive", levels=LEVELS, raters=raters,
                  min_raters="1"),
            terms(None, 10, code="ORDER", name="Order", method="descriptive", levels={}, raters=raters),
        ],
    )  # fmt: skip
    made.bonus_items = [{"code": "patent", "name": "Patent", "points_each": "2", "cap": "5", "clause": "Rules, 7"}]
    made.penalty_items = [
        {"code": "late", "name": "Late report", "points_each": "0.5", "cap": "5", "clause": "Rules, 8"}
    ]
    made.veto_items = [
        {"code": "fatal", "name": "Fatal accident", "action": "zero", "value": None, "grade": "", "clause": "Rules, 9"},
        {"code": "fraud", "name": "Fraud", "action": "cap", "value": "59.99", "grade": "", "clause": "Rules, 9"},
    ]
    made.save()
    return made


def not_applicable(month, department, code, *, by, decided_by, now):
    """A line of the department's month, confirmed as not applicable."""
    return Adjustment.objects.create(
        kind="exemption", code=code, month=month.first_day, last_month=month.first_day, department=department,
        name="The site was closed", happened_on=month.first_day, evidence="Minutes", state="confirmed", proposed_by=by,
        proposed_at=now, decided_by=decided_by, decided_at=now,
    )  # fmt: skip
