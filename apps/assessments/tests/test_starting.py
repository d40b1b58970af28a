"""Rules never come into force for a month whose figures are known, whatever happens while they wait for their ruling."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.approvals.choices import CaseState, Verdict
from apps.assessments import services
from apps.assessments.choices import SchemeState
from apps.assessments.models import Adjustment, Scheme
from apps.assessments.services import SchemeNotReady
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.services.registers import WrongAdjustment
from apps.assessments.tests.factories import NOW, approved, draft, in_force, published, rule, terms
from apps.core.month import Month
from apps.periods.choices import FactKind
from apps.periods.models import CutOff

pytestmark = pytest.mark.django_db
IN_MAY = datetime(2026, 5, 20, 9, tzinfo=UTC)
MAY = Month(2026, 5)


def sharper(firm, *, first="2026-05"):
    lines = [terms(firm.revenue, 40), terms(firm.complaints, 60)]
    given = {"by": firm.hr, "departments": firm.assessed, "lines": lines}
    return draft(**given, first=first, name="Sharper", note="The board asks for it.")


def first_month_faults(scheme, at=NOW):
    return [one.text for one in services.start_problems(scheme, at=at) if one.where == "First month"]


def is_in_force(scheme):
    scheme.refresh_from_db()
    return scheme.state == SchemeState.APPROVED


@pytest.fixture
def waiting(firm, scheme):
    """A change from May on, handed in on 20 May; the COO has approved it, the GM is asked."""
    made = sharper(firm)
    case = services.submit_scheme(scheme=made, by=firm.hr, now=IN_MAY)
    rule(case, firm.coo, now=IN_MAY)
    made.refresh_from_db()
    return made


class TestAFirstMonth:
    @pytest.mark.parametrize(
        ("moment", "first", "is_taken"),
        [
            (IN_MAY, "2026-05", True),
            # The cut-off of May: the third working day of June, 18:00; the moment itself is in time.
            ("cut-off", "2026-05", True),
            ("after it", "2026-05", False),
            (NOW, "2026-06", True),
            (NOW, "2026-04", False),
            (NOW, "1999-04", False),
            (NOW, "2099-04", True),
        ],
    )
    def test_is_one_whose_figures_are_still_to_come(self, firm, scheme, moment, first, is_taken):
        edge = CutOff.objects.get(kind=FactKind.KPI_VALUES, period__kind="month", period__first_day=MAY.first_day)
        at = {"cut-off": edge.closes_at, "after it": edge.closes_at + timedelta(seconds=1)}.get(moment, moment)
        Scheme.objects.filter(pk=scheme.pk).update(valid=(date(1990, 1, 1), None)) if first < "2000" else None
        found = [text for text in first_month_faults(sharper(firm, first=first), at) if "cut-off" in text]
        assert bool(found) != is_taken

    def test_that_is_over_is_refused_with_the_next_that_is_not(self, firm, scheme):
        with pytest.raises(SchemeNotReady) as refused:
            services.submit_scheme(scheme=sharper(firm), by=firm.hr, now=NOW)
        assert refused.value.details["problems"] == [
            {
                "where": "First month",
                "message": "The cut-off for the values of May 2026 has passed, so its figures are known: let the scheme "
                "begin with June 2026 or later. Back to May 2026 only the general manager can have scores revised.",
            }
        ]

    def test_of_the_first_rules_of_all_may_be_over(self, firm):
        assert first_month_faults(sharper(firm, first="2026-01")) == []
        assert approved(sharper(firm, first="2026-01"), by=firm.hr, deciders=[firm.coo, firm.gm])

    def test_that_is_handed_in_is_refused_although_its_cut_off_was_moved(self, firm, scheme):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        CutOff.objects.filter(period__first_day=MAY.first_day).update(closes_at=datetime(2026, 7, 30, tzinfo=UTC))
        assert first_month_faults(sharper(firm)) == [
            "The scores of May 2026 are handed in: let the scheme begin later, with June 2026, or have them sent back first."
        ]

    def test_before_a_published_one_is_refused(self, firm, scheme):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        assert first_month_faults(sharper(firm, first="2026-03")) == [
            "May 2026 is published: let the scheme begin later, with June 2026. What is published is not assessed anew."
        ]


class TestWhatWaitsForItsRuling:
    def refused(self, waiting, by, *, now=NOW):
        with pytest.raises(SchemeNotReady) as refusal:
            rule(waiting.case, by, now=now)
        waiting.case.refresh_from_db()
        assert (is_in_force(waiting), waiting.case.state) == (False, CaseState.OPEN)
        assert str(refusal.value).startswith("Sharper, version 2 cannot come into force as it was submitted. ")
        assert str(refusal.value).endswith("Return it, so that it is mended and handed in again.")
        return str(refusal.value)

    def test_comes_into_force_in_time(self, firm, waiting):
        rule(waiting.case, firm.gm, now=IN_MAY)
        assert is_in_force(waiting)

    def test_is_refused_once_the_figures_of_its_first_month_are_known(self, firm, waiting):
        assert "The cut-off for the values of May 2026 has passed" in self.refused(waiting, firm.gm)

    def test_is_refused_once_its_first_month_is_handed_in(self, firm, waiting):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        assert "The scores of May 2026 are handed in" in self.refused(waiting, firm.gm)

    @pytest.mark.parametrize("month", ["2026-05", "2026-06"])
    def test_is_refused_once_its_first_month_or_a_later_one_is_published(self, firm, waiting, month):
        now = NOW if month == "2026-05" else datetime(2026, 7, 15, 9, tzinfo=UTC)
        run = published(month, by=firm.hr, deciders=[firm.coo, firm.gm], now=now).run
        assert " is published: let the scheme begin later" in self.refused(waiting, firm.gm, now=now)
        assert run.scheme.name == "Assessment"

    def test_is_refused_once_something_in_it_does_not_hold_any_more(self, firm, waiting):
        Scheme.objects.filter(pk=waiting.pk).update(grades=[])
        assert "Name at least one grade" in self.refused(waiting, firm.gm, now=IN_MAY)

    def test_can_be_returned_and_begin_later(self, firm, waiting):
        self.refused(waiting, firm.gm)
        rule(waiting.case, firm.gm, ruling=Verdict.RETURN, reason="Let it begin with June.")
        waiting.refresh_from_db()
        services.change_scheme(
            scheme=waiting, name="Sharper", first_month=Month(2026, 6), limits={}, note=waiting.note, by=firm.hr
        )
        assert is_in_force(approved(waiting, by=firm.hr, deciders=[firm.coo, firm.gm]))
        assert services.compute_month(month=MAY, by=firm.hr, now=NOW).run.scheme.name == "Assessment"

    def test_holds_its_months_before_it_looks_at_them(self, firm, waiting):
        services.compute_month(month=Month(2026, 6), by=firm.hr, now=IN_MAY)
        with CaptureQueriesContext(connection) as caught:
            rule(waiting.case, firm.gm, now=IN_MAY)
        texts = [query["sql"] for query in caught]
        held = [n for n, sql in enumerate(texts) if 'FROM "assessments_assessedmonth"' in sql and "FOR UPDATE" in sql]
        looked = [
            n for n, sql in enumerate(texts) if 'FROM "assessments_assessedmonth"' in sql and "FOR UPDATE" not in sql
        ]
        assert len(held) == 1
        assert looked[-1] > max(held)

    def test_tells_the_approver_on_the_page(self, firm, waiting, as_, time_machine):
        time_machine.move_to(NOW, tick=False)
        step = waiting.case.steps.get(decided_at=None)
        page = as_(firm.gm).post(
            reverse("approvals:rule", args=[waiting.case.pk, step.pk]),
            {"ruling": "approve", "version": waiting.case.version},
        )
        assert page.status_code == 422
        assert "let the scheme begin with June 2026 or later" in page.content.decode()
        assert not is_in_force(waiting)


class TestGradesThatVetoesName:
    GRADES = [{"grade": "S", "min": "90"}, {"grade": "1", "min": "0"}]

    @pytest.fixture
    def veto(self, firm):
        """Grade C at best from May to August."""
        return Adjustment.objects.create(
            kind="veto", action="grade_cap", grade="C", state="confirmed", month=date(2026, 5, 1),
            last_month=date(2026, 8, 1), department=firm.north, code="spill", name="Spill",
            happened_on=date(2026, 5, 5), evidence="File 7",
            proposed_by=firm.mia, proposed_at=NOW, decided_by=firm.gm, decided_at=NOW,
        )  # fmt: skip

    def regraded(self, firm, first):
        made = sharper(firm, first=first)
        Scheme.objects.filter(pk=made.pk).update(grades=self.GRADES)
        made.refresh_from_db()
        return made

    @pytest.mark.parametrize(("first", "is_refused"), [("2026-06", True), ("2026-08", True), ("2026-09", False)])
    def test_are_kept_while_a_veto_runs(self, firm, scheme, veto, first, is_refused):
        problems = services.start_problems(self.regraded(firm, first), at=NOW)
        assert [(one.where, one.field) for one in problems if one.where == "Grades"] == [
            ("Grades", "grades")
        ] * is_refused
        if is_refused:
            assert any("“Spill” on North leaves grade C at best until August 2026" in one.text for one in problems)

    def test_are_nobodys_business_once_it_is_lifted(self, firm, scheme, veto):
        lift_adjustment(adjustment=veto, lift=Lift(Month(2026, 6), "Another site.", "Letter 1"), by=firm.coo, now=NOW)
        assert not [
            one for one in services.start_problems(self.regraded(firm, "2026-06"), at=NOW) if one.where == "Grades"
        ]

    def test_refuse_a_rehearsal_on_its_months_in_a_sentence(self, firm, scheme, veto):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        with pytest.raises(SchemeNotReady, match="“Spill” on North"):
            services.request_rehearsal(scheme=self.regraded(firm, "2026-06"), by=firm.hr, now=NOW)


class TestAVetoProposedBeforeOtherGrades:
    """Grade C at best from May to August, proposed by rules that know C; from July on there are S and 1 only."""

    SPILL = {"code": "spill", "name": "Spill", "action": "grade_cap", "value": None, "grade": "C", "clause": "10.2"}

    @pytest.fixture
    def scheme(self, firm):
        """The rules in force know the item."""
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        Scheme.objects.filter(pk=made.pk).update(veto_items=[self.SPILL])
        return in_force(made)

    @pytest.fixture
    def propose(self, firm, scheme, scope_for):
        def act(last):
            event = Event("veto", "spill", MAY, firm.north, date(2026, 5, 5), "File 7", last_month=Month.parse(last))
            return propose_adjustment(event=event, scope=scope_for(firm.hr), by=firm.hr, now=NOW)

        return act

    def regraded(self, firm, *, grades=TestGradesThatVetoesName.GRADES):
        """Other grades from July on, approved."""
        made = sharper(firm, first="2026-07")
        Scheme.objects.filter(pk=made.pk).update(grades=grades)
        made.refresh_from_db()
        return approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])

    def test_is_not_confirmed_for_months_whose_rules_do_not_have_its_grade(self, firm, propose):
        veto = propose("2026-08")
        self.regraded(firm)
        with pytest.raises(WrongAdjustment) as caught:
            confirm_adjustment(adjustment=veto, by=firm.gm, now=NOW)
        assert str(caught.value) == (
            "The veto leaves grade C at best until August 2026, and Sharper, version 2, which judges July 2026, has no such "
            "grade, only S, 1: refuse it, and have it proposed anew with a last month before July 2026, or by another item."
        )
        assert caught.value.field == "last_month"
        veto.refresh_from_db()
        assert veto.state == "proposed"

    def test_is_told_so_on_the_page_and_through_rest(self, firm, propose, as_):
        veto = propose("2026-08")
        self.regraded(firm)
        browser = as_(firm.gm)
        page = browser.post(reverse("assessments:confirm_adjustment", args=[veto.pk]), {"ruling": ""})
        assert page.status_code == 422 and "has no such grade, only S, 1" in page.content.decode()
        answer = browser.post(f"/api/v1/adjustments/{veto.pk}/confirm/", {}, content_type="application/json")
        assert answer.status_code == 422 and "has no such grade, only S, 1" in answer.content.decode()

    def test_is_confirmed_where_it_ends_before_them(self, firm, propose):
        before = propose("2026-06")
        self.regraded(firm)
        assert confirm_adjustment(adjustment=before, by=firm.gm, now=NOW).state == "confirmed"

    def test_is_confirmed_where_they_keep_the_grade(self, firm, propose):
        veto = propose("2026-08")
        self.regraded(firm, grades=[{"grade": "S", "min": "90"}, {"grade": "C", "min": "0"}])
        assert confirm_adjustment(adjustment=veto, by=firm.gm, now=NOW).state == "confirmed"

    def test_either_holds_the_rules_in_force_before_it_looks(self, firm, propose):
        """So one of two at once waits, and sees what the other did."""
        veto = propose("2026-08")
        with CaptureQueriesContext(connection) as confirming:
            confirm_adjustment(adjustment=veto, by=firm.gm, now=NOW)
        held = [n for n, sql in schemes_in(confirming) if "FOR NO KEY UPDATE" in sql]
        assert held and max(n for n, _sql in schemes_in(confirming)) > held[0]
        made = sharper(firm, first="2026-07")
        case = services.submit_scheme(scheme=made, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        with CaptureQueriesContext(connection) as approving:
            rule(case, firm.gm)
        held = [n for n, sql in schemes_in(approving) if "FOR UPDATE" in sql and "@>" in sql]
        looked = [n for n, one in enumerate(approving) if 'FROM "assessments_adjustment"' in one["sql"]]
        assert held and looked and held[0] < looked[0]


def schemes_in(caught):
    """(number, text) of the queries of schemes."""
    return [(n, one["sql"]) for n, one in enumerate(caught) if 'FROM "assessments_scheme"' in one["sql"]]
