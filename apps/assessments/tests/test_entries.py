"""What departments report for a month: versions, the cut-off, and everything that cannot be reported."""

from datetime import UTC, date, datetime

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import Entry
from apps.assessments.selectors.assessed import is_of_department
from apps.assessments.selectors.entries import entry_lines, place_to_report
from apps.assessments.services.entries import enter_facts
from apps.assessments.tests.factories import NOW
from apps.core.errors import NotFound, Refusal
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.tests.factories import DepartmentFactory
from apps.periods.services import PeriodClosed
from apps.staff.models import Appointment

pytestmark = pytest.mark.django_db
MAY, JUNE = Month(2026, 5), Month(2026, 6)
IN_TIME = datetime(2026, 6, 2, 9, tzinfo=UTC)
ITEM = {"code": "M1", "name": "Contract", "weight": "60", "due": "2026-05-10", "done": "2026-05-12"}


@pytest.fixture
def enter(firm, rules, indicator, scope_for):
    def act(content, *, code="SAFE", by=None, place=None, month=MAY, now=IN_TIME, **more):
        by = by or firm.mia
        return enter_facts(
            month=month,
            department=place or firm.north,
            indicator=indicator(code),
            content=content,
            scope=scope_for(by),
            by=by,
            now=now,
            **more,
        )

    return act


def refused(act, *words):
    with pytest.raises(Refusal) as caught:
        act()
    text = str(caught.value)
    assert all(word in text for word in words), text
    return caught.value


class TestCounts:
    def test_nothing_happened_is_a_report_and_silence_is_none(self, firm, enter, scope_for):
        lines = entry_lines(scope_for(firm.mia), MAY).filter(indicator_code="SAFE", department=firm.north)
        assert lines.get().version is None
        enter({})
        assert lines.get().version == 1
        assert Entry.objects.get().content == {}

    def test_versions_follow_each_other_and_the_same_again_is_none(self, firm, enter):
        first = enter({"accident": 1, "complaint": "3"})
        again = enter(
            {
                "complaint": 3,
                "accident": "1",
            }
        )
        second = enter({"accident": 0})
        assert (first.entry.version, again.entry.pk, again.is_new) == (1, first.entry.pk, False)
        assert (second.entry.version, second.entry.content, second.is_new) == (2, {}, True)
        assert Entry.objects.count() == 2

    @pytest.mark.parametrize("count", [-1, "1.5", "many", None, True, "1e30", "NaN"])
    def test_refuses_what_is_no_count(self, enter, count):
        refused(lambda: enter({"accident": count}), "is no count for “accident”")
        assert not Entry.objects.exists()

    def test_refuses_a_code_the_indicator_does_not_count(self, enter):
        refused(lambda: enter({"fire": 1}), "“fire”", "accident, complaint")

    def test_refuses_what_is_no_object(self, enter):
        refused(lambda: enter(["accident"]), "Counts are an object")


class TestMilestones:
    def test_keeps_what_was_reported_in_one_form(self, enter):
        kept = enter({"items": [{**ITEM, "weight": 60.0, "name": " Contract  signed "}]}, code="PLAN").entry
        assert kept.content == {"items": [{**ITEM, "name": "Contract signed"}]}
        assert not enter({"items": [{**ITEM, "name": "Contract signed", "weight": "60.00"}]}, code="PLAN").is_new

    def test_one_may_be_open(self, enter):
        assert enter({"items": [{**ITEM, "done": None}]}, code="PLAN").entry.content["items"][0]["done"] is None

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"code": " "}, "give it a code"),
            ({"weight": "0"}, "above 0"),
            ({"weight": "x"}, "above 0"),
            ({"weight": "1.001"}, "two decimals"),
            ({"due": "10 May"}, "the day it is due"),
            ({"due": None}, "the day it is due"),
            ({"done": "2026-05-32"}, "the day it was done"),
            ({"done": "2026-06-03"}, "a day to come"),
            ({"colour": "red"}, "nothing else"),
        ],
    )
    def test_refuses_a_line_and_names_it(self, enter, change, words):
        refused(
            lambda: enter({"items": [{**ITEM, "code": "M0"}, {**ITEM, **change}]}, code="PLAN"), "Milestone 2", words
        )
        assert not Entry.objects.exists()

    def test_refuses_a_code_twice(self, enter):
        refused(lambda: enter({"items": [ITEM, ITEM]}, code="PLAN"), "“M1” stands there twice")

    def test_none_at_all_needs_a_word(self, enter):
        refused(lambda: enter({"items": []}, code="PLAN"), "why there are no milestones")
        assert enter({"items": []}, code="PLAN", note="The plan begins in July.").entry.content == {"items": []}

    def test_those_left_open_come_back_the_month_after(self, firm, enter, scope_for):
        enter({"items": [{**ITEM, "code": "M2", "done": None}, ITEM]}, code="PLAN")
        place = place_to_report(scope_for(firm.mia), JUNE, firm.north.pk)
        line = next(one for one in place.lines if one.indicator.code == "PLAN")
        assert line.last is None
        assert [row["code"] for row in line.former.content["items"]] == ["M2", "M1"]


class TestWhoAndWhat:
    def test_managers_report_for_what_they_lead_and_below(self, firm, enter):
        assert enter({}, place=firm.south).is_new
        with pytest.raises(NotFound):
            enter({}, place=firm.works)

    def test_the_coo_reports_for_all(self, firm, enter):
        assert enter({}, by=firm.coo, place=firm.works).is_new

    def test_others_do_not(self, firm, enter):
        for user in (firm.nora, firm.auditor, firm.gm):
            refused(lambda user=user: enter({}, by=user), "may not report")

    def test_an_indicator_of_another_method_is_not_reported_here(self, enter):
        refused(lambda: enter({}, code="REV"), "is not reported here", "Share of target")
        refused(lambda: enter({}, code="HELP"), "is not reported here")

    def test_a_department_that_is_not_assessed(self, firm, enter):
        refused(
            lambda: enter({}, place=DepartmentFactory(name="New", parent=firm.sales)), "New is not assessed in May 2026"
        )

    def test_a_month_without_scheme(self, enter):
        refused(lambda: enter({}, month=Month(2025, 12)), "No approved scheme is in force for December 2025")

    def test_a_month_to_come(self, enter):
        refused(lambda: enter({}, month=Month(2026, 7)), "has not begun")


class TestEvidence:
    def test_is_given_by_whoever_is_not_of_the_department(self, firm, enter):
        for user in (firm.hr, firm.coo):
            refusal = refused(lambda user=user: enter({}, by=user), "You are not of North", "“Evidence”", "May 2026")
            assert refusal.field == "evidence"
        refused(lambda: enter({}, by=firm.hr, evidence="  "), "You are not of North")
        assert not Entry.objects.exists()
        kept = enter({}, by=firm.hr, evidence=" Accident book, page 3. ").entry
        assert (kept.evidence, kept.said_by) == ("Accident book, page 3.", firm.hr)

    def test_may_stay_empty_for_whoever_is_of_it_or_leads_what_stands_above(self, firm, enter):
        assert enter({}, by=firm.coo, place=firm.works).entry.evidence == ""
        assert enter({}, by=firm.mia).entry.evidence == ""
        assert is_of_department(firm.rita, firm.south.pk, MAY, NOW.date()), "a place in it is enough"
        assert not is_of_department(firm.rita, firm.north.pk, MAY, NOW.date())

    def test_of_somebody_who_left_it_before_the_month_is_asked_for(self, firm, enter):
        Appointment.objects.filter(person__user=firm.coo).update(starts_on=date(2020, 1, 1), ends_on=date(2026, 4, 30))
        refused(lambda: enter({}, by=firm.coo, place=firm.works), "You are not of Works")
        Appointment.objects.filter(person__user=firm.coo).update(ends_on=date(2026, 5, 1))
        assert enter({}, by=firm.coo, place=firm.works).is_new

    def test_has_its_length(self, enter):
        assert refused(lambda: enter({}, evidence="x" * 2001), "at most 2,000 signs").field == "evidence"

    def test_stays_with_the_version_it_was_given_for(self, firm, enter):
        enter({}, by=firm.hr, evidence="File 12")
        enter({"accident": 1})
        assert list(Entry.objects.order_by("version").values_list("evidence", flat=True)) == ["File 12", ""]

    def test_is_listed(self, firm, enter, scope_for):
        enter({}, by=firm.hr, evidence="File 12")
        lines = entry_lines(scope_for(firm.mia), MAY).filter(indicator_code="SAFE", department=firm.north)
        assert lines.get().evidence == "File 12"


class TestCutOff:
    """KPI values of May close on 3 June at 18:00, what is reported on 5 June at 18:00."""

    def test_reports_are_taken_after_the_values_have_closed(self, enter):
        assert not enter({"accident": 1}, now=datetime(2026, 6, 4, 9, tzinfo=UTC)).entry.is_restated
        assert not enter({"accident": 2}, now=datetime(2026, 6, 5, 18, tzinfo=UTC)).entry.is_restated

    def test_afterwards_they_are_corrections(self, firm, enter):
        late = datetime(2026, 6, 5, 18, 1, tzinfo=UTC)
        with pytest.raises(PeriodClosed, match="5 June 2026, 18:00"):
            enter({"accident": 1}, now=late)
        assert enter({"accident": 1}, now=late, by=firm.coo, note="Found later.", evidence="File 12").entry.is_restated

    def test_managers_are_refused_after_it(self, enter):
        with pytest.raises(PeriodClosed):
            enter({}, now=NOW)

    def test_the_coo_corrects_with_a_reason(self, firm, enter):
        refused(lambda: enter({}, by=firm.coo, now=NOW), "write the reason")
        done = enter({}, by=firm.coo, now=NOW, note="Two were reported by mistake.", evidence="File 12")
        assert done.entry.is_restated and done.entry.note == "Two were reported by mistake."
        assert not done.needs_revision

    def test_what_is_restated_for_a_published_month_says_that_a_revision_is_needed(self, firm, published_may, enter):
        assert enter({}, by=firm.coo, now=NOW, note="Late.", evidence="File 12").needs_revision


class TestTogether:
    def test_refuses_to_replace_a_version_nobody_looked_at(self, firm, enter):
        enter({"accident": 1}, based_on=0)
        found = refused(
            lambda: enter({"accident": 2}, by=firm.coo, based_on=0), "Mia Manager has reported something else"
        )
        assert (found.status, found.details) == (409, {"version": 1})
        assert enter({"accident": 2}, by=firm.coo, based_on=1, evidence="File 12").entry.version == 2

    def test_the_same_content_is_no_conflict(self, firm, enter):
        enter({"accident": 1})
        assert not enter({"accident": 1}, by=firm.coo, based_on=0).is_new

    def test_what_was_reported_is_never_changed(self, enter):
        made = enter({}).entry
        with pytest.raises(Exception, match=r"(?i)cannot (delete or )?update"):
            Entry.objects.filter(pk=made.pk).update(content={"accident": 9})


class TestLines:
    def test_one_for_each_department_and_indicator(self, firm, rules, scope_for):
        rows = entry_lines(scope_for(firm.mia), MAY)
        assert {(row.department.name, row.indicator_code) for row in rows} == {
            (place, code) for place in ("North", "South") for code in ("SAFE", "PLAN")
        }
        assert entry_lines(scope_for(firm.coo), MAY).count() == 6

    def test_cost_the_same_however_many(self, firm, enter, scope_for, django_assert_num_queries):
        enter({})
        enter({"items": [ITEM]}, code="PLAN")
        scope = scope_for(firm.coo)
        with django_assert_num_queries(2):
            rows = list(entry_lines(scope, MAY))
        assert sorted(row.said_by_name or "" for row in rows) == ["", "", "", "", "Mia Manager", "Mia Manager"]

    def test_nobody_else_has_any(self, firm, rules):
        stranger = Scope(user_id=UserFactory().pk, reach=Reach.COMPANY)
        assert not entry_lines(stranger, MAY).exists()
