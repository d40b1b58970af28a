"""The register beside the hundred points: proposed by one, decided by another, never changed afterwards."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import Adjustment
from apps.assessments.selectors.adjustments import months_to_revise, visible_adjustments
from apps.assessments.services.adjusting import (
    Event,
    confirm_adjustment,
    propose_adjustment,
    refuse_adjustment,
    withdraw_adjustment,
)
from apps.assessments.services.lateness import with_lateness
from apps.assessments.services.registers import Decided, OwnDepartment
from apps.core.errors import NotAllowed, NotFound, Refusal
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.notifications.models import Notification
from apps.periods.tests.factories import CalendarDayFactory

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def refused(act, *words, field=None):
    with pytest.raises(Refusal) as caught:
        act()
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert field is None or caught.value.field == field
    return caught.value


@pytest.fixture
def event(firm, rules):
    return Event("bonus", "patent", MAY, firm.north, date(2026, 5, 20), "File 12/2026, page 3", "Patent on the hinge")


@pytest.fixture
def propose(firm, event, scope_for):
    def act(given=None, *, by=None, **changes):
        by = by or firm.mia
        return propose_adjustment(event=replace(given or event, **changes), scope=scope_for(by), by=by, now=NOW)

    return act


@pytest.fixture
def works_late(firm, event, propose):
    """Proposed by HR for Works, which the COO heads."""
    return propose(replace(event, kind="penalty", code="late", department=firm.works), by=firm.hr)


class TestPropose:
    def test_counts_for_nothing_yet(self, firm, propose):
        made = propose(count=Decimal(3))
        assert (made.state, made.points, made.last_month, made.proposed_by) == (
            "proposed",
            None,
            MAY.first_day,
            firm.mia,
        )

    def test_takes_the_name_of_the_item_where_none_is_given(self, propose):
        assert propose(name=" ").name == "Patent"

    def test_a_veto_does_what_its_item_says_for_several_months(self, propose):
        made = propose(kind="veto", code="fraud", last_month=Month(2026, 7))
        assert (made.action, made.value, made.last_month) == ("cap", Decimal("59.99"), date(2026, 7, 1))
        assert propose(kind="veto", code="fatal").action == "zero"

    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"code": "prize"}, "code", "has no “prize” under “Bonus”. It has: patent"),
            ({"kind": "gift"}, "kind", "a bonus, a deduction or a veto"),
            ({"evidence": "  "}, "evidence", "Write the evidence"),
            ({"evidence": "x" * 2001}, "evidence", "at most 2,000"),
            ({"happened_on": date(2026, 4, 30)}, "happened_on", "30 April 2026 does not lie in May 2026"),
            ({"month": Month(2026, 6), "happened_on": date(2026, 6, 16)}, "happened_on", "a day to come"),
            ({"count": Decimal(0)}, "count", "above 0"),
            ({"count": Decimal("1.001")}, "count", "two decimals"),
            ({"count": Decimal("NaN")}, "count", "above 0"),
            ({"last_month": Month(2026, 6)}, "last_month", "Only a veto"),
            ({"kind": "veto", "code": "fatal", "count": Decimal(2)}, "count", "one veto"),
            ({"kind": "veto", "code": "fatal", "last_month": Month(2026, 4)}, "last_month", "before the first"),
            ({"kind": "veto", "code": "fatal", "last_month": Month(2027, 5)}, "last_month", "twelve months"),
            ({"month": Month(2025, 12), "happened_on": date(2025, 12, 1)}, "month", "No approved scheme is in force"),
            ({"month": Month(2026, 7), "happened_on": date(2026, 7, 1)}, "month", "has not begun"),
        ],
    )
    def test_refuses_in_a_sentence(self, propose, changes, field, words):
        refused(lambda: propose(**changes), words, field=field)
        assert not Adjustment.objects.exists()

    def test_refuses_a_department_that_is_not_assessed(self, firm, propose):
        new = DepartmentFactory(name="New", parent=firm.sales)
        refused(lambda: propose(department=new), "New is not assessed in May 2026", field="department")

    def test_managers_propose_for_what_they_lead(self, firm, propose):
        with pytest.raises(NotFound):
            propose(department=firm.works)

    def test_others_propose_nothing(self, firm, propose):
        for user in (firm.gm, firm.auditor, firm.nora):
            refused(lambda user=user: propose(by=user), "may not propose")

    def test_refuses_the_same_event_twice(self, firm, propose):
        first = propose()
        found = refused(lambda: propose(name="patent on the HINGE", by=firm.hr), "stands in the register already")
        assert found.details == {"id": first.pk}
        withdraw_adjustment(adjustment=first, by=firm.mia, now=NOW)
        assert propose().pk != first.pk

    def test_tells_those_who_may_decide(self, firm, propose, works_late):
        made = propose()
        told = Notification.objects.filter(url=made.get_absolute_url())
        assert {row.user for row in told} == {firm.coo, firm.gm}
        assert {row.user for row in Notification.objects.filter(url=works_late.get_absolute_url())} == {firm.gm}


class TestConfirm:
    def test_sets_the_points_by_the_item_and_leaves_its_cap_to_the_score(self, firm, propose):
        made = confirm_adjustment(adjustment=propose(count=Decimal(3)), by=firm.coo, now=NOW, ruling="Seen.")
        made.refresh_from_db()
        assert (made.state, made.points, made.decided_by, made.ruling) == ("confirmed", Decimal(6), firm.coo, "Seen.")
        told = Notification.objects.get(user=firm.mia)
        assert "Patent on the hinge, North: Confirmed" in told.subject and told.body == "Seen."

    def test_rounds_half_up_once(self, firm, propose):
        made = propose(kind="penalty", code="late", count=Decimal("0.01"))
        assert confirm_adjustment(adjustment=made, by=firm.coo, now=NOW).points == Decimal("0.01")

    def test_a_veto_has_no_points(self, firm, propose):
        assert confirm_adjustment(adjustment=propose(kind="veto", code="fatal"), by=firm.coo, now=NOW).points is None

    def test_not_by_the_proposer(self, firm, propose):
        made = propose(by=firm.coo)
        refused(lambda: confirm_adjustment(adjustment=made, by=firm.coo, now=NOW), "You proposed this yourself")
        assert confirm_adjustment(adjustment=made, by=firm.gm, now=NOW).state == "confirmed"

    def test_not_by_whoever_leads_or_belongs_to_it(self, firm, works_late):
        with pytest.raises(OwnDepartment, match="You lead or belong to Works"):
            confirm_adjustment(adjustment=works_late, by=firm.coo, now=NOW)

    def test_the_line_of_the_coo_is_the_general_managers(self, firm, works_late):
        other = UserFactory(roles=["coo"], name="Second Chief")
        refused(lambda: confirm_adjustment(adjustment=works_late, by=other, now=NOW), "the general manager decides")
        assert confirm_adjustment(adjustment=works_late, by=firm.gm, now=NOW).points == Decimal("0.50")

    def test_not_without_the_capability(self, firm, propose):
        made = propose()
        for user in (firm.hr, firm.auditor):
            with pytest.raises(NotAllowed):
                confirm_adjustment(adjustment=made, by=user, now=NOW)

    def test_once(self, firm, propose):
        made = propose()
        confirm_adjustment(adjustment=made, by=firm.coo, now=NOW)
        for act in (confirm_adjustment, withdraw_adjustment):
            with pytest.raises(Decided, match="“Confirmed” already"):
                act(adjustment=made, by=firm.mia, now=NOW)

    def test_what_was_decided_is_never_changed(self, firm, propose):
        made = confirm_adjustment(adjustment=propose(), by=firm.coo, now=NOW)
        with pytest.raises(Exception, match=r"(?i)cannot update"):
            Adjustment.objects.filter(pk=made.pk).update(points=99)


class TestRefuseAndWithdraw:
    def test_a_refusal_needs_a_reason_and_tells_it(self, firm, propose):
        made = propose()
        refused(lambda: refuse_adjustment(adjustment=made, ruling=" ", by=firm.coo, now=NOW), "Write why")
        assert refuse_adjustment(adjustment=made, ruling="No patent yet.", by=firm.coo, now=NOW).state == "refused"
        assert Notification.objects.get(user=firm.mia).body == "No patent yet."

    def test_only_the_proposer_takes_it_back(self, firm, propose):
        made = propose()
        refused(lambda: withdraw_adjustment(adjustment=made, by=firm.hr, now=NOW), "Mia Manager proposed this")
        assert withdraw_adjustment(adjustment=made, by=firm.mia, now=NOW).state == "withdrawn"
        assert not Notification.objects.filter(user=firm.mia).exists()


class TestPublishedMonth:
    def test_one_worked_out_before_needs_a_revision(self, firm, published_may, propose):
        made = propose()
        assert months_to_revise(made) == [MAY]
        later = datetime(2026, 6, 16, 9, tzinfo=UTC)
        assert months_to_revise(confirm_adjustment(adjustment=made, by=firm.coo, now=later)) == [MAY]

    def test_one_worked_out_after_has_it(self, firm, published_may, propose):
        earlier = datetime(2026, 6, 14, 9, tzinfo=UTC)
        assert months_to_revise(confirm_adjustment(adjustment=propose(), by=firm.coo, now=earlier)) == []

    def test_a_veto_names_every_month(self, published_may, propose):
        assert months_to_revise(propose(kind="veto", code="fatal", last_month=Month(2026, 6))) == [MAY]


class TestLateness:
    DUE = datetime(2026, 5, 8, 16, tzinfo=UTC)

    def late(self, event, submitted_at, **changes):
        given = replace(event, kind="penalty", code="late", **changes)
        return with_lateness(given, due_at=self.DUE, submitted_at=submitted_at, now=NOW)

    def test_counts_working_days_only(self, event):
        """Due on a Friday, came on the Tuesday after."""
        found = self.late(event, datetime(2026, 5, 12, 8, tzinfo=UTC))
        assert found.count == 2
        assert (
            found.evidence.startswith("File 12/2026, page 3\nDue 8 May 2026")
            and "2 working days late" in found.evidence
        )

    def test_skips_a_holiday(self, event):
        CalendarDayFactory(day=date(2026, 5, 11))
        assert self.late(event, datetime(2026, 5, 12, 8, tzinfo=UTC)).count == 1

    def test_an_hour_is_a_day(self, event):
        assert self.late(event, datetime(2026, 5, 8, 17, tzinfo=UTC)).count == 1

    def test_not_come_yet_is_late_until_now(self, event):
        assert self.late(event, None).count == 26

    def test_refuses_one_in_time_and_one_to_come(self, event):
        refused(lambda: self.late(event, self.DUE), "came in time", field="submitted_at")
        refused(lambda: self.late(event, datetime(2026, 7, 1, tzinfo=UTC)), "to come", field="submitted_at")

    def test_leaves_other_events_alone(self, event):
        assert with_lateness(event, due_at=self.DUE, submitted_at=None, now=NOW) is event

    def test_leaves_the_evidence_to_the_proposer(self, event, propose):
        refused(lambda: propose(self.late(event, None, evidence="")), "Write the evidence")


class TestWhoReads:
    def test_company_wide_readers_all_managers_theirs_others_none(self, firm, propose, works_late, scope_for):
        made = propose()
        assert set(visible_adjustments(scope_for(firm.gm))) == {made, works_late}
        assert set(visible_adjustments(scope_for(firm.auditor))) == {made, works_late}
        assert set(visible_adjustments(scope_for(firm.mia))) == {made}
        assert set(visible_adjustments(scope_for(firm.rita))) == set()
        assert set(visible_adjustments(scope_for(firm.nora))) == set()
