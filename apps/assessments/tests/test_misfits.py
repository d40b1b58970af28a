"""A month with departments that have no target: named, listed with whose it is, never handed in as if it were nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Adjustment, Indicator, Score, ScoreRun
from apps.assessments.selectors.blocking import What, blockers_of
from apps.assessments.selectors.board import board_of
from apps.assessments.selectors.misfits import fault_of_whole
from apps.assessments.services import MonthNotComplete
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.services.revising import revise_departments
from apps.assessments.tests.factories import NOW, approved, draft, in_force, published, rule, terms
from apps.core.month import Month
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)
TODAY = date(2026, 6, 15)
AWAITED = "/api/v1/awaited/"
LATER = datetime(2026, 6, 16, 9, tzinfo=UTC)


@pytest.fixture
def no_target(firm):
    """Rules in force since January, with no end; orders (20) have targets until the end of April. May is not worked out.

    North and South reported orders, Works did not; Olga answers for them.
    """
    firm.olga = PersonFactory(name="Olga Orders", number="O1", department=firm.sales)
    firm.orders = make_kpi(firm.company, code="ORD", name="Orders", reporting=firm.assessed)
    type(firm.orders).objects.filter(pk=firm.orders.pk).update(owner=firm.olga)
    aim(firm.orders, 10, until=date(2026, 5, 1))
    record([entry(firm.orders, place, "2026-05", 12) for place in (firm.north, firm.south)], by=firm.coo)
    bands = [{"min": None, "max": "100", "pct": "50"}, {"min": "100", "max": None, "pct": "100"}]
    orders = terms(firm.orders, 20, method="interval", basis="rate_pct", bounds="[)", direction="higher", bands=bands)
    lines = [orders, replace(firm.lines[0], weight=50), firm.lines[1]]
    approved(draft(by=firm.hr, departments=firm.assessed, lines=lines), by=firm.hr, deciders=[firm.coo, firm.gm])
    return firm


def compute(firm):
    return services.compute_month(month=MAY, by=firm.hr, now=NOW).run


def hand_in(firm):
    return services.hand_in_month(month=MAY, by=firm.hr, now=NOW)


def statuses(run):
    return dict(Score.objects.filter(run=run).values_list("department__code", "status"))


def set_everywhere(firm, first=date(2026, 5, 1)):
    aim(firm.orders, 10, first=first)


def but_works(firm):
    """North and South have their targets again, Works has none."""
    for place in (firm.north, firm.south):
        aim(firm.orders, 10, department=place, first=date(2026, 5, 1))


def exempt_works(firm, scope_for):
    event = Event("exemption", "ORD", MAY, firm.works, None, "Minutes 5/2026", "Works takes no orders")
    made = propose_adjustment(event=event, scope=scope_for(firm.hr), by=firm.hr, now=NOW)
    return confirm_adjustment(adjustment=made, by=firm.gm, now=NOW)


class TestHandIn:
    def test_names_department_indicator_month_and_remedy(self, no_target):
        run = compute(no_target)
        assert (run.pending_count, set(statuses(run).values())) == (0, {"invalid_config"})
        with pytest.raises(MonthNotComplete) as found:
            hand_in(no_target)
        assert str(found.value) == (
            "North, “Orders”: there is no target for May 2026, so there is no score. Set the target, then work the month "
            "out again. 2 more lines cannot be judged either: see which and whose on the board."
        )
        details = found.value.details
        assert (details["invalid"], details["pending"]) == (3, 0)
        assert [row["department"]["name"] for row in details["lines"]] == ["North", "South", "Works"]
        assert {row["fault"] for row in details["lines"]} == {"There is no target for May 2026."}
        run.refresh_from_db()
        assert (run.state, run.case) == ("calculated", None)

    def test_goes_through_once_the_target_is_set_and_the_month_worked_out_again(self, no_target):
        compute(no_target)
        set_everywhere(no_target)
        with pytest.raises(MonthNotComplete, match="Orders"):
            hand_in(no_target)
        assert compute(no_target).scored_count == 3
        assert hand_in(no_target).pk

    def test_an_exemption_lets_it_through(self, no_target, scope_for):
        but_works(no_target)
        compute(no_target)
        with pytest.raises(
            MonthNotComplete, match="out again; or have it confirmed that the line does not apply"
        ) as found:
            hand_in(no_target)
        assert str(found.value).startswith("Works, “Orders”: there is no target for May 2026")
        exempt_works(no_target, scope_for)
        assert set(statuses(compute(no_target)).values()) == {"ok"}
        assert hand_in(no_target).pk

    def test_says_another_fault_in_its_own_words(self, no_target):
        aim(no_target.orders, 0, first=date(2026, 5, 1))
        compute(no_target)
        with pytest.raises(
            MonthNotComplete, match=r"does not fit in May 2026.*The target is 0.*Mend the target or the"
        ):
            hand_in(no_target)

    def test_publishing_looks_once_more(self, no_target):
        """A case that was opened before anybody looked."""
        run = compute(no_target)
        case = services.reviewing.hand_in_run(run=run, by=no_target.hr, now=NOW, note="")
        for decider in (no_target.coo, no_target.gm):
            rule(case, decider)
        with pytest.raises(MonthNotComplete, match="no target for May 2026"):
            services.publish_month(month=MAY, by=no_target.hr, now=NOW)
        assert not ScoreRun.objects.filter(state="published").exists()

    def test_costs_no_query_where_nothing_is_wrong(self, firm, scheme, django_assert_num_queries):
        run = compute(firm)
        with django_assert_num_queries(0):
            services.misfits.require_fitting(run)


class TestBoard:
    def page(self, browser):
        return browser.get(reverse("assessments:month", args=[MAY])).content.decode()

    def test_lists_what_is_missing_and_whose_it_is(self, no_target, as_):
        found = blockers_of(compute(no_target), TODAY)
        assert (found.count, found.department_count) == (3, 3)
        (north,) = found.lines[0].awaited
        assert (north.what, north.name, north.kpi, north.owner) == (
            *(What.TARGET, "Orders", no_target.orders.pk, "Olga Orders"),
        )
        page = self.page(as_(no_target.coo))
        assert "no target for May 2026" in page and "owner of the KPI: Olga Orders" in page
        targets = reverse("kpis:set_target", args=[no_target.orders.pk])
        assert f"{targets}?department={no_target.north.pk}&amp;month=2026-05" in page
        assert "Waits for targets or rules that fit" in page

    def test_leads_who_sets_no_targets_to_the_kpi_and_offers_no_hand_in(self, no_target, as_):
        compute(no_target)
        page = self.page(as_(no_target.hr))
        assert reverse("kpis:set_target", args=[no_target.orders.pk]) not in page
        assert f"{reverse('kpis:detail', args=[no_target.orders.pk])}?month=2026-05" in page
        hand_in_url = reverse("assessments:hand_in", args=[MAY])
        assert hand_in_url not in page
        set_everywhere(no_target)
        compute(no_target)
        assert hand_in_url in self.page(as_(no_target.hr))

    def test_says_the_coo_sets_it_where_nobody_owns_the_kpi(self, no_target, as_):
        type(no_target.orders).objects.update(owner=None)
        compute(no_target)
        assert "the COO sets it" in self.page(as_(no_target.hr))

    def test_tells_it_before_the_month_is_worked_out(self, no_target, as_):
        assert "no target for May 2026" in self.page(as_(no_target.coo)).split("foreseen-title", 1)[1]

    def test_the_form_of_the_target_begins_with_that_month(self, no_target, as_):
        address = reverse("kpis:set_target", args=[no_target.orders.pk])
        page = as_(no_target.coo).get(address, {"month": "2026-05", "department": no_target.north.pk})
        assert page.context["form"]["first"].value() == "2026-05"

    def test_costs_the_same_for_one_department_and_many(self, no_target, monkeypatch):
        run, counts = compute(no_target), []
        for shown in (1, 3):
            monkeypatch.setattr("apps.assessments.selectors.blocking.MOST_BLOCKED", shown)
            with CaptureQueriesContext(connection) as found:
                assert len(blockers_of(run, TODAY).lines) == shown
            counts.append(len(found))
        assert counts[0] == counts[1] <= 6


class TestApi:
    def rows(self, browser):
        answer = browser.get(AWAITED, {"month": "2026-05"})
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    def test_lists_what_is_missing_and_whose_it_is(self, no_target, as_):
        before = self.rows(as_(no_target.hr))
        compute(no_target)
        rows = self.rows(as_(no_target.hr))
        assert rows == before
        assert {row["department"]["code"] for row in rows} == {"NORTH", "SOUTH", "WORKS"}
        row = rows[0]
        assert (row["what"], row["kpi"], row["missing"], row["raters"]) == ("target", no_target.orders.pk, [], [])
        assert row["owner"] == {"id": no_target.olga.pk, "number": "O1", "name": "Olga Orders"}
        assert row["fault"] == "There is no target for May 2026."
        set_everywhere(no_target)
        compute(no_target)
        assert self.rows(as_(no_target.hr)) == []


class TestCorrections:
    @pytest.fixture
    def published_so(self, no_target, monkeypatch):
        """May was published while Works had no target, as months were before anybody looked."""
        but_works(no_target)
        with monkeypatch.context() as patched:
            for place in ("reviewing", "publishing"):
                patched.setattr(f"apps.assessments.services.{place}.require_complete", lambda run: None)
            published(MAY, by=no_target.hr, deciders=[no_target.coo, no_target.gm])
        return no_target

    def correct(self, firm, place):
        record([entry(firm.revenue, place, "2026-05", 90)], by=firm.coo, reason="Typing error")
        return revise_departments(month=MAY, departments=[place.pk], reason="A typing error", by=firm.hr, now=NOW)

    def test_do_not_wait_for_what_was_published_so(self, published_so, as_):
        run = self.correct(published_so, published_so.north)
        assert statuses(run)["WORKS"] == "invalid_config"
        assert blockers_of(run, TODAY).count == 0
        assert as_(published_so.hr).get(AWAITED, {"month": "2026-05"}).json()["results"] == []
        assert hand_in(published_so).pk

    def test_wait_for_what_no_longer_has_its_target(self, no_target, scope_for):
        """Works was left out; the exemption is lifted, and there is nothing to judge its orders by."""
        but_works(no_target)
        row = exempt_works(no_target, scope_for)
        published(MAY, by=no_target.hr, deciders=[no_target.coo, no_target.gm])
        lift = Lift(MAY, "It takes orders after all", "Invoice 7")
        lift_adjustment(adjustment=row, lift=lift, by=no_target.gm, now=LATER)
        revise_departments(month=MAY, departments=[no_target.works.pk], reason="Lifted", by=no_target.hr, now=NOW)
        with pytest.raises(MonthNotComplete, match=r"Works, “Orders”.*work the whole month out again"):
            hand_in(no_target)


class TestADepartmentAtFaultAsAWhole:
    """No line is at fault, and there is no score all the same."""

    WEIGHTS = "The weights add up to 90 instead of 100: have the rules of the scorecard mended."
    VETO = "The veto “Fatal accident” leaves what these rules do not know (Z): have it lifted and confirmed anew."

    @pytest.fixture
    def light(self, firm):
        """Weights of 90 in force, as an older version of the portal let them be. Nobody told of May's revenue of Works."""
        in_force(draft(by=firm.hr, departments=firm.assessed, lines=[replace(firm.lines[0], weight=60), firm.lines[1]]))
        return firm

    @pytest.fixture
    def vetoed(self, firm, scheme):
        """A veto on North that leaves a grade these rules do not have."""
        Adjustment.objects.create(
            kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=firm.north, code="fatal",
            name="Fatal accident", happened_on=date(2026, 5, 20), evidence="File 13", action="grade_cap", grade="Z",
            scope="department", state="confirmed", proposed_by=firm.hr, proposed_at=NOW, decided_by=firm.gm, decided_at=NOW,
        )  # fmt: skip
        return firm

    def rows(self, browser):
        return browser.get(AWAITED, {"month": "2026-05"}).json()["results"]

    def test_weights_are_named_at_hand_in(self, light):
        compute(light)
        with pytest.raises(MonthNotComplete) as found:
            hand_in(light)
        assert str(found.value) == (
            f"North has no score for May 2026. {self.WEIGHTS} Work the month out again then. 2 more departments have none "
            "either: see the board."
        )
        rows = found.value.details["departments"]
        assert [(row["department"]["name"], row["fault"]) for row in rows] == [
            (name, self.WEIGHTS) for name in ("North", "South", "Works")
        ]

    def test_a_veto_is_named_at_hand_in(self, vetoed):
        compute(vetoed)
        with pytest.raises(MonthNotComplete) as found:
            hand_in(vetoed)
        assert str(found.value) == f"North has no score for May 2026. {self.VETO} Work the month out again then."

    def test_stands_on_the_board(self, vetoed, as_):
        found = blockers_of(compute(vetoed), TODAY)
        assert (found.count, found.department_count, found.misfit_count) == (1, 1, 1)
        ((north, (each,)),) = [(one.department, one.awaited) for one in found.lines]
        assert (north, each.what, each.kpi, each.fault) == (vetoed.north.pk, What.CARD, None, self.VETO)
        page = as_(vetoed.hr).get(reverse("assessments:month", args=[MAY])).content.decode()
        assert self.VETO in page and "The scorecard as a whole" in page
        assert reverse("assessments:hand_in", args=[MAY]) not in page

    def test_stands_on_the_board_before_the_month_is_worked_out(self, vetoed, as_):
        page = as_(vetoed.hr).get(reverse("assessments:month", args=[MAY])).content.decode()
        assert self.VETO in page.split("foreseen-title", 1)[1]

    def test_stands_in_the_api(self, light, as_):
        before = self.rows(as_(light.hr))
        compute(light)
        rows = self.rows(as_(light.hr))
        assert rows == before
        assert [row["department"]["name"] for row in rows] == ["North", "South", "Works"]
        assert {(row["what"], row["indicator"], row["fault"]) for row in rows} == {("card", None, self.WEIGHTS)}

    def test_stands_beside_a_line_of_it_that_waits(self, light, as_, monkeypatch):
        """The first of its lines waits as well."""
        one = Indicator.objects.get(kpi=light.revenue)
        with pgtrigger.ignore():
            Indicator.objects.filter(pk=one.pk).update(params={**one.params, "missing": {"policy": "pending"}})
        before = self.rows(as_(light.hr))
        compute(light)
        rows = self.rows(as_(light.hr))
        assert rows == before
        assert [row["what"] for row in rows if row["department"]["name"] == "Works"] == ["value", "card"]

    def test_lets_the_month_go_once_it_is_mended(self, vetoed, as_):
        compute(vetoed)
        lift = Lift(MAY, "Of rules that are gone", "File 14")
        lift_adjustment(adjustment=Adjustment.objects.get(), lift=lift, by=vetoed.gm, now=LATER)
        assert compute(vetoed).scored_count == 3
        assert self.rows(as_(vetoed.hr)) == []

    def test_a_correction_does_not_wait_for_what_was_published_so(self, vetoed, monkeypatch):
        with monkeypatch.context() as patched:
            for place in ("reviewing", "publishing"):
                patched.setattr(f"apps.assessments.services.{place}.require_complete", lambda run: None)
            published(MAY, by=vetoed.hr, deciders=[vetoed.coo, vetoed.gm])
        run = revise_departments(
            month=MAY, departments=[vetoed.south.pk], reason="A typing error", by=vetoed.hr, now=NOW
        )
        assert statuses(run)["NORTH"] == "invalid_config"
        assert blockers_of(run, TODAY).lines == ()

    def test_a_fault_of_another_kind_still_says_something(self):
        assert fault_of_whole(Decimal(100), [], []) == "The weights, or a veto, do not fit the rules."


class TestTheBoardsQueries:
    def test_departments_that_do_not_fit_are_counted_once(self, no_target, scope_for):
        run = compute(no_target)
        with CaptureQueriesContext(connection) as found:
            reading = board_of(scope_for(no_target.coo), run, today=TODAY)
        counted = [query for query in found if 'COUNT(*) AS "__count" FROM "assessments_score" WHERE' in query["sql"]]
        assert (reading.misfit_count, len(counted)) == (3, 1)

    def test_nothing_is_asked_where_every_department_has_its_score(self, firm, scheme, django_assert_num_queries):
        run = compute(firm)
        with django_assert_num_queries(0):
            assert blockers_of(run, TODAY).lines == ()
