"""The worked month of DOMAIN.md, through the services: 91.41 A, 93.05 after an appeal, 0.00 after a veto, the side cases."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import InternalError, connection, transaction

from apps.assessments import services
from apps.assessments.choices import AdjustmentKind, AdjustmentState, LineStatus, PersonStatus, Presence, RunState
from apps.assessments.models import (
    Adjustment,
    Appraisal,
    Calibration,
    Entry,
    Indicator,
    PersonScore,
    Score,
    ScoreLine,
)
from apps.assessments.selectors.receipts import receipt_of
from apps.assessments.services import Terms
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.tests.factories import approved, draft, rule
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.choices import AppointmentRole
from apps.staff.models import Person
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
MARCH = Month(2026, 3)
NOW = datetime(2026, 4, 15, 9, tzinfo=UTC)
MILESTONES = [
    {"code": "plan", "weight": "60", "due": "2026-03-10", "done": "2026-03-09"},
    {"code": "pilot", "weight": "40", "due": "2026-03-20", "done": "2026-03-22"},
]
INTERVALS = [
    {"min": None, "max": "30", "pct": "100"},
    {"min": "30", "max": "45", "pct": "80"},
    {"min": "45", "max": "60", "pct": "50"},
    {"min": "60", "max": None, "pct": "0"},
]


def line(code, kpi, method, weight, *, missing="zero", **params):
    return Terms(
        code=code,
        name=code.title(),
        kpi=kpi,
        method=method,
        weight=Decimal(weight),
        params={**params, **({"missing": {"policy": missing}} if missing else {})},
    )


@pytest.fixture
def sales(firm, settings):
    """Sales in March 2026 with everything the worked month names; head, one member, and the scheme in force."""
    settings.FIXED_TODAY = "2026-04-15"
    open_periods(now=NOW)
    kpis = {
        "revenue": make_kpi(firm.company, code="REVENUE", name="Revenue"),
        "margin": make_kpi(firm.company, code="MARGIN", name="Margin"),
        "days": make_kpi(firm.company, code="DAYS", name="Receivables", direction="lower"),
    }
    aim(kpis["revenue"], 1_200_000)
    aim(kpis["margin"], 22, floor=18, stretch=25)
    record(
        [
            entry(kpis["revenue"], firm.sales, "2026-03", 1_150_000),
            entry(kpis["margin"], firm.sales, "2026-03", 21),
            entry(kpis["days"], firm.sales, "2026-03", 41),
        ],
        by=firm.coo,
    )
    lines = [
        line("revenue", kpis["revenue"], "ratio", 30, cap="1.2"),
        line("margin", kpis["margin"], "linear", 20, missing="exclude", floor_pct="60", stretch_pct="120"),
        line("days", kpis["days"], "interval", 15, basis="actual", bounds="(]", bands=INTERVALS, direction="lower"),
        line(
            "complaints", None, "deduction", 15,
            items=[{"code": "complaint", "name": "Complaint", "points_each": "2", "allowance": "2"}],
        ),
        line("milestones", None, "milestone", 20, missing=None, mode="due_only", late="per_day", per_day_pct="10"),
    ]  # fmt: skip
    scheme = draft(by=firm.hr, departments={firm.sales: Decimal("1.02")}, lines=lines)
    scheme.bonus_cap = Decimal(5)
    scheme.bonus_items = [{"code": "patent", "name": "Patent", "points_each": "2", "cap": None}]
    scheme.penalty_items = [{"code": "late", "name": "Late report", "points_each": "0.5", "cap": "5"}]
    scheme.veto_items = [{"code": "fatal", "name": "Fatal accident", "action": "zero", "value": None, "grade": ""}]
    scheme.staff_rules = {
        "head": {"dept_weight": "100", "personal_weight": "0"},
        "member": {"dept_weight": "30", "personal_weight": "70"},
        "min_days": "15",
    }
    scheme.calibration_band = Decimal(3)
    scheme.save()
    scheme = approved(scheme, by=firm.hr, deciders=[firm.coo], now=NOW)
    member = PersonFactory(name="Sam Seller", number="S1", department=firm.sales, role=AppointmentRole.MEMBER)
    scene = SimpleNamespace(firm=firm, scheme=scheme, kpis=kpis, member=member, department=firm.sales)
    scene.indicators = {one.code: one for one in Indicator.objects.filter(scheme=scheme)}
    enter(scene, "milestones", {"items": MILESTONES})
    nora = Person.objects.get(number="N1")
    for person, points in ((member, 86), (nora, 90)):
        Appraisal.objects.create(month=MARCH.first_day, person=person, points=points, said_by=firm.mia, said_at=NOW)
    adjust(scene, AdjustmentKind.BONUS, "patent", 2)
    adjust(scene, AdjustmentKind.PENALTY, "late", Decimal("0.5"))
    return scene


def enter(scene, code, content, version=1):
    return Entry.objects.create(
        month=MARCH.first_day,
        indicator=scene.indicators[code],
        department=scene.department,
        content=content,
        version=version,
        said_by=scene.firm.mia,
        said_at=NOW,
    )


def adjust(scene, kind, code, points=None, **given):
    return Adjustment.objects.create(
        kind=kind,
        code=code,
        month=MARCH.first_day,
        last_month=MARCH.first_day,
        department=scene.department,
        name=code.title(),
        happened_on=date(2026, 3, 5),
        evidence="File 7",
        points=points,
        state=AdjustmentState.CONFIRMED,
        proposed_by=scene.firm.hr,
        proposed_at=NOW,
        decided_by=scene.firm.coo,
        decided_at=NOW,
        **given,
    )


def approve_absence(scene):
    """HR proposes that the margin does not apply, the COO confirms it."""
    reason = "No goods were sold: the warehouse was moved."
    event = Event("exemption", "margin", MARCH, scene.department, None, "Minutes of 2 March", reason)
    hr = scene.firm.hr
    scope = Scope(user_id=hr.pk, reach=Reach.COMPANY, capabilities=frozenset({"assessments.propose"}))
    made = propose_adjustment(event=event, scope=scope, by=hr, now=NOW)
    return confirm_adjustment(adjustment=made, by=scene.firm.coo, now=NOW)


def publish(scene, run=None):
    """The month, or a revision of it, through review and approval to publication."""
    if run is None:
        run = services.compute_month(month=MARCH, by=scene.firm.hr, now=NOW).run
    case = services.hand_in_month(month=MARCH, by=scene.firm.hr, now=NOW)
    # Cora is scored as the head of Works: the GM approves as well.
    for decider in (scene.firm.coo, scene.firm.gm):
        rule(case, decider, now=NOW)
    services.publish_month(month=MARCH, by=scene.firm.hr, now=NOW)
    run.refresh_from_db()
    return run


def of(run, scene):
    return Score.objects.select_related("run__scheme").get(run=run, department=scene.department)


def points_of(run, scene):
    rows = ScoreLine.objects.filter(run=run, department=scene.department)
    return {row.indicator.code: row.points for row in rows.select_related("indicator")}


def is_proven(run, scene):
    score = of(run, scene)
    lines = list(ScoreLine.objects.filter(run=run, department=scene.department).select_related("indicator"))
    return services.prove_score(score, lines).is_sound


class TestTheWorkedMonth:
    def test_every_figure_of_version_one(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        run = publish(sales)
        score = of(run, sales)
        assert points_of(run, sales) == {
            "revenue": Decimal("28.75"),
            "margin": Decimal("18.00"),
            "days": Decimal("12.00"),
            "complaints": Decimal("11.00"),
            "milestones": Decimal("18.40"),
        }
        assert (score.base, score.bonus, score.deduction) == (Decimal("88.15"), Decimal("2.00"), Decimal("0.50"))
        assert (score.total, score.grade) == (Decimal("91.41"), "A")
        assert is_proven(run, sales)

    def test_head_and_member_follow_from_the_department(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        run = publish(sales)
        head = PersonScore.objects.get(run=run, person__number="M1")
        member = PersonScore.objects.get(run=run, person=sales.member)
        assert (head.total, head.grade) == (Decimal("91.41"), "A")
        assert (member.total, member.grade) == (Decimal("87.62"), "B")
        assert services.is_same_person(member)

    def test_an_appeal_upheld_gives_version_two_and_keeps_version_one(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        first = publish(sales)
        on_time = [MILESTONES[0], {**MILESTONES[1], "done": "2026-03-20"}]
        enter(sales, "milestones", {"items": on_time}, version=2)
        key = (sales.department.pk, sales.indicators["milestones"].pk)
        draft_run = services.revise_month(month=MARCH, afresh=[key], reason="Appeal 1", by=sales.firm.hr, now=NOW)
        second = publish(sales, draft_run)
        first.refresh_from_db()
        assert points_of(second, sales)["milestones"] == Decimal("20.00")
        assert (of(second, sales).base, of(second, sales).total) == (Decimal("89.75"), Decimal("93.05"))
        assert (first.state, of(first, sales).total) == (RunState.SUPERSEDED, Decimal("91.41"))
        assert (second.version, second.revises) == (2, first)
        assert is_proven(first, sales)
        assert is_proven(second, sales)

    def test_the_receipt_of_each_version_names_the_report_it_was_judged_by(self, sales, scope_for):
        enter(sales, "complaints", {"complaint": "4"})
        first = publish(sales)
        enter(sales, "milestones", {"items": [MILESTONES[0], {**MILESTONES[1], "done": "2026-03-20"}]}, version=2)
        key = (sales.department.pk, sales.indicators["milestones"].pk)
        run = services.revise_month(month=MARCH, afresh=[key], reason="Appeal 1", by=sales.firm.hr, now=NOW)
        for judged, version in ((first, 1), (run, 2)):
            lines = receipt_of(of(judged, sales), scope_for(sales.firm.hr))
            told = {one.line.indicator.code: one.told and (one.told.version, one.told.said_by.name) for one in lines}
            assert told == {
                "revenue": None,
                "margin": None,
                "days": None,
                "complaints": (1, "Mia Manager"),
                "milestones": (version, "Mia Manager"),
            }

    def test_a_veto_on_version_two_takes_everything(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        publish(sales)
        adjust(sales, AdjustmentKind.VETO, "fatal", action="zero")
        run = services.revise_month(
            month=MARCH, departments=[sales.department.pk], reason="Fatal accident", by=sales.firm.hr, now=NOW
        )
        third = publish(sales, run)
        score = of(third, sales)
        assert (score.total, score.grade) == (Decimal("0.00"), "E")
        assert PersonScore.objects.get(run=third, person__number="M1").total == Decimal("0.00")
        assert is_proven(third, sales)

    def test_a_veto_lifted_gives_version_four_with_the_digits_of_version_two(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        first = publish(sales)
        enter(sales, "milestones", {"items": [MILESTONES[0], {**MILESTONES[1], "done": "2026-03-20"}]}, version=2)
        key = (sales.department.pk, sales.indicators["milestones"].pk)
        second = publish(
            sales, services.revise_month(month=MARCH, afresh=[key], reason="Appeal 1", by=sales.firm.hr, now=NOW)
        )
        veto = adjust(sales, AdjustmentKind.VETO, "fatal", action="zero")
        beside = {"month": MARCH, "departments": [sales.department.pk], "by": sales.firm.hr, "now": NOW}
        third = publish(sales, services.revise_month(reason="Fatal accident", **beside))
        lift = Lift(MARCH, "It was another site.", "Inspector's letter 12/2026")
        lift_adjustment(adjustment=veto, lift=lift, by=sales.firm.coo, now=NOW)
        fourth = publish(sales, services.revise_month(reason="The veto was lifted", **beside))
        assert [run.version for run in (first, second, third, fourth)] == [1, 2, 3, 4]
        kept = ("total", "base", "bonus", "deduction", "coverage_pct", "grade", "extras")
        totals = [of(run, sales).total for run in (second, third, fourth)]
        assert totals == [Decimal("93.05"), Decimal("0.00"), Decimal("93.05")]
        assert [getattr(of(second, sales), name) for name in kept] == [
            getattr(of(fourth, sales), name) for name in kept
        ]
        people = [
            list(run.people.order_by("person").values_list("person", "total", "grade")) for run in (second, fourth)
        ]
        assert people[0] == people[1]
        assert points_of(second, sales) == points_of(fourth, sales)
        assert all(is_proven(run, sales) for run in (first, second, third, fourth))
        veto.refresh_from_db()
        assert veto.state == AdjustmentState.CONFIRMED

    def test_a_later_target_leaves_the_revised_month_where_it_was(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        publish(sales)
        aim(sales.kpis["revenue"], 900_000, first=date(2026, 1, 1))
        key = (sales.department.pk, sales.indicators["revenue"].pk)
        run = services.revise_month(month=MARCH, afresh=[key], reason="Checked again", by=sales.firm.hr, now=NOW)
        assert points_of(run, sales)["revenue"] == Decimal("28.75")
        assert of(run, sales).total == Decimal("91.41")

    def test_complaints_that_were_not_reported_score_nothing_and_say_so(self, sales):
        run = publish(sales)
        row = ScoreLine.objects.get(run=run, indicator=sales.indicators["complaints"])
        assert (row.status, row.points, row.reported) == (LineStatus.MISSING_ZERO, Decimal("0.00"), None)

    def test_no_complaint_at_all_is_a_full_score(self, sales):
        enter(sales, "complaints", {})
        run = publish(sales)
        assert points_of(run, sales)["complaints"] == Decimal("15.00")

    def test_a_margin_that_does_not_apply_leaves_the_hundred(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        record([entry(sales.kpis["margin"], sales.department, "2026-03", None, kind="no_data")], by=sales.firm.coo)
        approve_absence(sales)
        run = publish(sales)
        # (28.75 + 12 + 11 + 18.40) x 100 / 80
        assert of(run, sales).base == Decimal("87.69")
        row = ScoreLine.objects.get(run=run, indicator=sales.indicators["margin"])
        assert (row.status, row.points, row.presence) == (LineStatus.EXCLUDED, None, Presence.EXEMPT)
        assert is_proven(run, sales)

    def test_a_margin_that_nobody_approved_as_not_applicable_is_waited_for(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        record([entry(sales.kpis["margin"], sales.department, "2026-03", None, kind="no_data")], by=sales.firm.coo)
        run = services.compute_month(month=MARCH, by=sales.firm.hr, now=NOW).run
        row = ScoreLine.objects.get(run=run, indicator=sales.indicators["margin"])
        assert (row.status, row.presence, of(run, sales).total) == (LineStatus.PENDING, "no_data", None)
        with pytest.raises(services.MonthNotComplete, match="entered, or approved as not applicable"):
            services.hand_in_month(month=MARCH, by=sales.firm.hr, now=NOW)


class TestCalibration:
    def calibrate(self, sales, run, points):
        return Calibration.objects.create(
            month=MARCH.first_day,
            department=sales.department,
            run=run,
            points=points,
            reason="Harder month than the figures show",
            made_by=sales.firm.coo,
            made_at=NOW,
        )

    def test_stands_beside_the_computed_score(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        run = services.compute_month(month=MARCH, by=sales.firm.hr, now=NOW).run
        self.calibrate(sales, run, Decimal("-1.50"))
        moved = services.recalibrate_month(month=MARCH, reason="Calibrated", by=sales.firm.coo, now=NOW)
        score = of(moved, sales)
        assert (score.total, score.uncalibrated, score.calibration) == (
            Decimal("89.91"),
            Decimal("91.41"),
            Decimal("-1.50"),
        )
        assert is_proven(publish(sales, moved), sales)

    def test_a_month_under_review_stays_there_with_the_new_version_on_the_desk(self, sales):
        enter(sales, "complaints", {"complaint": "4"})
        run = services.compute_month(month=MARCH, by=sales.firm.hr, now=NOW).run
        services.hand_in_month(month=MARCH, by=sales.firm.hr, now=NOW)
        self.calibrate(sales, run, Decimal(1))
        moved = services.recalibrate_month(month=MARCH, reason="Calibrated", by=sales.firm.coo, now=NOW)
        moved.refresh_from_db()
        assert (moved.state, moved.case.subject_version, of(moved, sales).total) == (
            RunState.UNDER_REVIEW,
            2,
            Decimal("92.41"),
        )


class TestPeople:
    def test_a_missing_appraisal_waits_and_blocks_the_hand_in(self, sales):
        enter(sales, "complaints", {})
        other = PersonFactory(name="Una Unrated", number="U1", department=sales.department)
        run = services.compute_month(month=MARCH, by=sales.firm.hr, now=NOW).run
        assert PersonScore.objects.get(run=run, person=other).status == PersonStatus.PENDING
        with pytest.raises(services.MonthNotComplete, match="One person still has no score"):
            services.hand_in_month(month=MARCH, by=sales.firm.hr, now=NOW)

    def test_a_score_changed_behind_the_portal_is_found(self, sales):
        enter(sales, "complaints", {})
        run = publish(sales)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE assessments_personscore DISABLE TRIGGER USER")
            cursor.execute("UPDATE assessments_personscore SET total = 99 WHERE person_id = %s", [sales.member.pk])
        (proof,) = services.prove_published()
        assert (proof.run, proof.changed, proof.changed_people) == (run, (), (sales.member.pk,))
        assert services.words_of(proof) == "Not as stored: the scores of 1 people."

    def test_a_published_score_of_a_person_cannot_be_changed_or_removed(self, sales):
        enter(sales, "complaints", {})
        publish(sales)
        for change in (lambda rows: rows.update(total=99), lambda rows: rows.delete()):
            with pytest.raises(InternalError), transaction.atomic():
                change(PersonScore.objects.filter(person=sales.member))
