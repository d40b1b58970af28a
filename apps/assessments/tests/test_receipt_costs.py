"""What a receipt costs the database at worst: one month with everything that a score can have."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Adjustment, AssessedMonth, Scheme
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.services.entries import enter_facts
from apps.assessments.services.lateness import with_lateness
from apps.assessments.services.rating import Said, rate_departments
from apps.assessments.tests.appeals import admitted, appeal_of, published_draft, restated, ruled
from apps.assessments.tests.factories import NOW, approved, for_people, terms
from apps.assessments.tests.registers import register_draft, with_raters
from apps.assessments.tests.rewards import base, decide, propose
from apps.assessments.tests.teams import give
from apps.core.month import Month
from apps.kpis.tests.factories import aim, make_kpi
from apps.staff.selectors import own_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
MAY = Month(2026, 5)
IN_TIME = datetime(2026, 6, 2, 9, tzinfo=UTC)
MOST = 15


@pytest.fixture
def whole(firm, scope_for):
    """May of North, the second edition: a figure, a formula, a mean of parts, events, milestones, two ratings; a bonus, a
    deduction, a calibration; an upheld appeal; a value restated since; Nora rated and rewarded; other rules from June."""
    rules_of_may(with_raters(firm))
    reported(firm, scope_for)
    for kind, code in (("bonus", "patent"), ("penalty", "late")):
        beside(firm, scope_for(firm.mia), kind, code)
    firm.nora_person = own_person(scope=scope_for(firm.nora))
    base(firm, firm.nora_person, 3000)
    give(firm.mia, (firm.nora_person, 86), (own_person(scope=scope_for(firm.rita)), 80))
    published_with_calibration(firm)
    ruled(admitted(firm, appeal_of(firm, AssessedMonth.objects.get().published)), "upheld")
    published_draft(firm)
    propose(firm)
    decide(firm, firm.nora_person)
    restated(firm, firm.north, 94)
    for place, scope in ((firm.north, "line"), (firm.north, "head"), (firm.south, "line")):
        vetoed_since(firm, place, scope)
    later = services.draft_scheme(
        name="Sharper", first_month=MAY.plus(1), by=firm.hr, basis=Scheme.objects.get(), note="Fewer complaints."
    )
    approved(later, by=firm.hr, deciders=[firm.coo, firm.gm])
    return firm


def rules_of_may(firm):
    """The rules of the registers, with a formula and a mean of parts, people and a band of calibration."""
    both = make_kpi(firm.company, code="SUM", name="Both", formula="REV + COM")
    aim(both, 110)
    made = register_draft(firm)
    card = made.scorecards.get()
    children = [
        {"code": kpi.code, "kpi": kpi.pk, "direction": "higher", "weight": "50"}
        for kpi in (firm.revenue, firm.complaints)
    ]
    parts = {"children": children, "child_cap": "1.2", "missing_child": "exclude"}
    first = card.indicators.get(code="REV")
    for line, former in (
        (terms(firm.revenue, 20, cap="1.2"), first),
        (terms(both, 10, method="linear", floor="0", stretch="200", stretch_pct="100"), None),
        (terms(None, 10, code="MEAN", name="Mean", method="composite", **parts), None),
    ):
        services.save_indicator(scorecard=card, indicator=former, terms=line, by=firm.hr)
    Scheme.objects.filter(pk=made.pk).update(calibration_band=Decimal(5))
    approved(for_people(made), by=firm.hr, deciders=[firm.coo, firm.gm])


def reported(firm, scope_for):
    """What Mia enters and Rita says of North."""
    card = Scheme.objects.get().scorecards.get()
    about = {"month": MAY, "department": firm.north, "scope": scope_for(firm.mia), "by": firm.mia, "now": IN_TIME}
    enter_facts(indicator=card.indicators.get(code="SAFE"), content={"accident": 1, "complaint": 3}, **about)
    item = {"code": "M1", "weight": "60", "due": "2026-05-10", "done": "2026-05-12"}
    enter_facts(indicator=card.indicators.get(code="PLAN"), content={"items": [item]}, **about)
    said = [Said(firm.north, card.indicators.get(code=code), level) for code, level in (("HELP", "A"), ("ORDER", "80"))]
    rate_departments(month=MAY, ratings=said, scope=scope_for(firm.rita), by=firm.rita, now=NOW)


def beside(firm, scope, kind, code):
    """Something beside the hundred points of North, confirmed."""
    event = Event(kind, code, MAY, firm.north, date(2026, 5, 20), "File 12")
    due, came = (datetime(2026, 5, day, 16, tzinfo=UTC) for day in (8, 12))
    event = with_lateness(event, due_at=due, submitted_at=came, now=NOW) if kind == "penalty" else event
    made = propose_adjustment(event=event, scope=scope, by=firm.mia, now=NOW)
    confirm_adjustment(adjustment=made, by=firm.coo, now=NOW)


def vetoed_since(firm, place, scope):
    """A veto of PLACE that was confirmed after the publication: the scores do not know it."""
    Adjustment.objects.create(
        kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=place, code="fatal", name=f"Veto {scope}",
        happened_on=date(2026, 5, 20), evidence="File 13", action="zero", scope=scope, state="confirmed",
        proposed_by=firm.hr, proposed_at=NOW, decided_by=firm.gm, decided_at=NOW,
    )  # fmt: skip


def published_with_calibration(firm):
    """Work May out, move North by a point, approve, publish."""
    services.compute_month(month=MAY, by=firm.hr, now=NOW)
    services.calibrate_score(
        month=MAY, department=firm.north, points=Decimal(1), reason="A flood hit the shop.", by=firm.coo, now=NOW
    )
    published_draft(firm)


class TestTheReceiptOfADepartment:
    @pytest.mark.parametrize("who", ["mia", "hr"])
    def test_takes_fifteen_queries_at_worst(self, whole, as_, who, django_assert_max_num_queries):
        client, path = as_(getattr(whole, who)), reverse("assessments:score", args=[MAY, whole.north.pk])
        client.get(path)
        with django_assert_max_num_queries(MOST):
            page = client.get(path).content.decode()
        for said in (
            "Restated since",
            "Patent",
            "Late report",
            "A flood hit the shop.",
            "Upheld",
            "Fewer complaints.",
            "Veto line",
            "Values behind “Complaints”",
        ):
            assert said in page


class TestTheReceiptOfAPerson:
    @pytest.mark.parametrize("who", ["nora", "mia", "hr"])
    def test_takes_fifteen_queries_at_worst(self, whole, as_, who, django_assert_max_num_queries):
        client, path = as_(getattr(whole, who)), reverse("assessments:person_score", args=[MAY, whole.nora_person.pk])
        client.get(path)
        with django_assert_max_num_queries(MOST):
            page = client.get(path).content.decode()
        for said in ("Mia Manager", "Hanna HR", "Fewer complaints."):
            assert said in page
