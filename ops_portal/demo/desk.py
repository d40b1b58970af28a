"""What lies on the desks when the story ends: cases that were ruled on, and cases that wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.approvals.choices import Ask, CaseKind, Verdict
from apps.approvals.services import AskFor, open_case, rule_on
from ops_portal.demo.sign_ins import SIGN_INS

COO_THEN_GM = (
    AskFor(ask=Ask.ENDORSE, role=Role.COO, working_days=3, climb_role=Role.GM),
    AskFor(ask=Ask.DECIDE, role=Role.GM, working_days=5),
)
GM_ONLY = (AskFor(ask=Ask.DECIDE, role=Role.GM, working_days=5),)


@dataclass(frozen=True, slots=True)
class Matter:
    """Something submitted for a ruling. RULINGS: (role, verdict, reason, conditions) given so far, a day apart."""

    kind: CaseKind
    title: str
    by: Role
    days_ago: int
    brief: dict[str, Any]
    steps: tuple[AskFor, ...] = COO_THEN_GM
    rulings: tuple[tuple[Role, Verdict, str, str], ...] = ()


MATTERS = (
    Matter(
        CaseKind.HEADCOUNT,
        "Headcount plan for next year",
        Role.HR,
        6,
        {
            "summary": "Eight more posts: three in Production for the second shift, two engineers, two service "
            "technicians and one data analyst. Everything else stays at this year's level.",
            "effect": "From January the company plans for eight more people; hiring starts after the ruling.",
            "facts": [
                {"label": "Posts to be added", "value": "8"},
                {"label": "First start", "value": "January"},
                {"label": "Departments that grow", "value": "4 of 19"},
            ],
            "changes": [
                {"label": "Production", "before": "27", "after": "30"},
                {"label": "Product Engineering", "before": "17", "after": "19"},
                {"label": "Customer Service", "before": "11", "after": "13"},
                {"label": "Data and Analytics", "before": "5", "after": "6"},
            ],
            "amounts": [{"label": "Personnel cost a year", "amount": "412000.00", "currency": "EUR"}],
        },
        rulings=((Role.COO, Verdict.APPROVE, "Needed for the second shift.", ""),),
    ),
    Matter(
        CaseKind.REQUEST,
        "Second calibration bench for the laboratory",
        Role.MANAGER,
        2,
        {
            "summary": "Customers of Sales wait nine working days for a calibration certificate. A second bench brings "
            "this down to four and lets the laboratory take outside work.",
            "effect": "Delivery of certificates within four working days from next quarter.",
            "options": [
                {
                    "label": "Buy a bench",
                    "pros": "Lasting, own control",
                    "cons": "Ten weeks to deliver",
                    "mark": "best",
                },
                {"label": "Send work out", "pros": "At once", "cons": "Dearer from the 300th piece a year"},
                {"label": "Leave it", "pros": "Costs nothing", "cons": "Two large customers have asked twice"},
            ],
            "amounts": [{"label": "Price with installation", "amount": "68500.00", "currency": "EUR"}],
        },
    ),
    Matter(
        CaseKind.REQUEST,
        "Stand at the spring trade fair",
        Role.MANAGER,
        34,
        {
            "summary": "A stand of 24 square metres, four people for three days, two demonstration meters.",
            "amounts": [{"label": "Stand, travel, material", "amount": "31900.00", "currency": "EUR"}],
        },
        rulings=(
            (Role.COO, Verdict.APPROVE, "Last year's stand brought eleven orders.", ""),
            (Role.GM, Verdict.CONDITIONS, "", "At most 28,000 EUR, and a count of contacts within a week after."),
        ),
    ),
    Matter(
        CaseKind.REQUEST,
        "Move of the spare parts store to the north hall",
        Role.COO,
        75,
        {
            "summary": "The north hall is half empty since the regions were joined. The store would move within a month.",
            "effect": "Shorter ways for service, one lease less.",
            "amounts": [{"label": "Rent saved a year", "amount": "18600.00", "currency": "EUR"}],
        },
        steps=GM_ONLY,
        rulings=((Role.GM, Verdict.RETURN, "Say first what happens to the four people of the old store.", ""),),
    ),
)


def fill_desks(accounts: dict[str, User], *, now: datetime) -> int:
    """Submit every matter and give its rulings, each at its own moment. How many there are."""
    of_role = {known.role: accounts[known.email] for known in SIGN_INS if known.email in accounts}
    for number, matter in enumerate(MATTERS, start=1):
        submitted_at = now - timedelta(days=matter.days_ago)
        case = open_case(
            kind=matter.kind,
            title=matter.title,
            subject_ref=f"demo.matter/{number}",
            brief=matter.brief,
            steps=matter.steps,
            submitted_by=of_role[matter.by],
            now=submitted_at,
        )
        steps = case.steps.order_by("position")
        for day, (step, (role, verdict, reason, conditions)) in enumerate(
            zip(steps, matter.rulings, strict=False), start=1
        ):
            case = rule_on(
                case=case,
                step=step,
                ruling=verdict,
                reason=reason,
                conditions=conditions,
                by=of_role[role],
                now=submitted_at + timedelta(days=day),
                expected_version=case.version,
            )
    return len(MATTERS)
