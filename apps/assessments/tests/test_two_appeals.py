"""Two appeals in one edition: the second ruling goes on from the first one's draft, and where it cannot its clock stands."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from apps.assessments import services
from apps.assessments.choices import AppealState, RunState
from apps.assessments.models import Appeal, Score, ScoreRun
from apps.assessments.rules.appeals import held_over
from apps.assessments.selectors.appeals import correcting_run
from apps.assessments.selectors.descent import appeals_carried
from apps.assessments.services import AppealRefused, MonthBusy
from apps.assessments.services.owing import appeal_debts
from apps.assessments.tests.appeals import (
    MAY,
    admitted,
    appeal_of,
    place,
    published_draft,
    restated,
    ruled,
    told,
    upheld_for_north,
)
from apps.assessments.tests.factories import NOW, rule
from apps.assessments.tests.test_appeals_api import APPEALS, key
from apps.assessments.tests.test_appeals_views import get, text_of
from apps.periods.rules import WorkDays

__all__ = ["key"]
DUE = datetime(2026, 6, 22, 18, tzinfo=UTC)
"""By when an appeal of Monday 15 June is answered: 18:00 in the company's time zone."""


def day(number, hour=9):
    return datetime(2026, 6, number, hour, tzinfo=UTC)


@pytest.fixture
def second(firm, run):
    """South's appeal under review, while North's was upheld into the draft of version 2."""
    appeal = admitted(firm, appeal_of(firm, run, department=firm.south, code="COM"))
    upheld_for_north(firm, run)
    return appeal


def total(run, department):
    return Score.objects.get(run=run, department=department).total


def due(appeal):
    return Appeal.objects.get(pk=appeal.pk).due_at


def handed_in(firm, now):
    return services.hand_in_month(month=MAY, by=firm.hr, now=now)


@pytest.mark.parametrize(
    ("held", "freed", "until"),
    [
        (date(2026, 6, 16), date(2026, 6, 18), date(2026, 6, 24)),
        (date(2026, 6, 16), date(2026, 6, 16), date(2026, 6, 22)),
        (date(2026, 6, 22), date(2026, 6, 22), date(2026, 6, 23)),
        (date(2026, 6, 19), date(2026, 6, 22), date(2026, 6, 23)),
        (date(2026, 6, 20), date(2026, 6, 21), date(2026, 6, 22)),
    ],
)
def test_working_days_lost_are_added_and_one_is_always_left(held, freed, until):
    assert held_over(date(2026, 6, 22), held_on=held, freed_on=freed, work_calendar=WorkDays()) == until


@pytest.mark.django_db
class TestTheSecondRuling:
    def test_goes_on_from_the_draft_of_the_first_and_one_edition_corrects_both(self, firm, run, second):
        restated(firm, firm.south, 2, firm.complaints)
        services.hand_up_appeal(appeal=second, reason="It falls.", by=second.reviewer, now=NOW)
        found = ruled(second, "upheld", by=firm.gm)
        first = Appeal.objects.get(department=firm.north)
        assert (found.revision.version, found.revision.former, found.revision.revises) == (3, first.revision, run)
        assert ScoreRun.objects.get(pk=first.revision_id).state == RunState.SUPERSEDED
        assert [one.pk for one in appeals_carried(place().draft)] == sorted([first.pk, found.pk])
        edition = published_draft(firm).run
        assert (correcting_run(first), correcting_run(found)) == (edition, edition)
        assert total(edition, firm.north) == Decimal("93.30")
        assert total(edition, firm.south) == Decimal("108.00")

    def test_neither_can_be_put_aside(self, firm, run, second):
        found = ruled(second, "upheld")
        with pytest.raises(MonthBusy, match="cannot be put aside") as refused:
            services.discard_draft(month=MAY, reason="No.", by=firm.hr, now=NOW)
        assert found.pk in refused.value.details["appeals"]
        assert len(refused.value.details["appeals"]) == 2

    def test_about_the_same_department_does_not_lower_what_the_first_one_gave(self, firm, run):
        line = admitted(firm, appeal_of(firm, run, code="COM"))
        upheld_for_north(firm, run)
        restated(firm, firm.north, 4, firm.complaints)
        with pytest.raises(AppealRefused, match=r"would fall from 93\.30 to 69\.30"):
            ruled(line, "upheld")

    def test_dismissing_needs_no_draft(self, firm, run, second):
        handed_in(firm, NOW)
        assert ruled(second, "dismissed").state == AppealState.DISMISSED


@pytest.mark.django_db
class TestWhileItCannot:
    def test_the_refusal_says_whose_turn_it_is(self, firm, run, second):
        case = handed_in(firm, NOW)
        with pytest.raises(MonthBusy, match=r"under review: Cora Chief decides on it next\. Rule then: the clock"):
            ruled(second, "upheld")
        for decider in (firm.coo, firm.gm):
            rule(case, decider)
        with pytest.raises(MonthBusy, match="It is approved: HR publishes it next"):
            ruled(second, "upheld")

    def test_beside_a_correction_without_an_appeal_too(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        services.revise_departments(month=MAY, departments=[firm.south.pk], reason="Late.", by=firm.hr, now=day(16))
        with pytest.raises(MonthBusy, match="HR hands it in next, or puts it aside"):
            ruled(appeal, "upheld")
        services.discard_draft(month=MAY, reason="Not needed.", by=firm.hr, now=day(18))
        assert due(appeal) == datetime(2026, 6, 24, 18, tzinfo=UTC)
        assert ruled(appeal, "upheld").revision is not None

    def test_the_clock_goes_on_after_the_publication_by_the_days_lost(self, firm, run, second):
        case = handed_in(firm, day(16))
        for decider in (firm.coo, firm.gm):
            rule(case, decider, now=day(17))
        assert due(second) == DUE
        services.publish_month(month=MAY, by=firm.hr, now=day(19))
        assert due(second) == datetime(2026, 6, 25, 18, tzinfo=UTC)
        assert ruled(second, "upheld", now=day(24)).revision.former == place().published

    def test_and_after_it_is_sent_back(self, firm, run, second):
        case = handed_in(firm, day(16))
        rule(case, firm.coo, ruling="return", reason="Look again.", now=day(17))
        assert due(second) == datetime(2026, 6, 23, 18, tzinfo=UTC)
        case = handed_in(firm, day(18))
        for decider in (firm.coo, firm.gm):
            rule(case, decider, now=day(18))
        services.send_back_month(month=MAY, reason="One more.", by=firm.coo, now=day(19))
        assert due(second) == datetime(2026, 6, 24, 18, tzinfo=UTC)
        assert ruled(second, "upheld", now=day(19)).revision.version == 3

    def test_what_a_correction_without_an_appeal_holds_up_is_counted_once(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        services.revise_departments(month=MAY, departments=[firm.south.pk], reason="Late.", by=firm.hr, now=day(16))
        rule(handed_in(firm, day(17)), firm.coo, ruling="return", reason="Look again.", now=day(18))
        assert due(appeal) == DUE
        case = handed_in(firm, day(18))
        for decider in (firm.coo, firm.gm):
            rule(case, decider, now=day(18))
        services.publish_month(month=MAY, by=firm.hr, now=day(19))
        assert due(appeal) == datetime(2026, 6, 25, 18, tzinfo=UTC)

    def test_it_is_not_overdue_nor_reminded_of_meanwhile(self, firm, run, second):
        handed_in(firm, day(16))
        assert appeal_debts(date(2026, 6, 22)) == []
        assert services.climb_overdue(now=day(24)) == 0
        assert not told(firm.gm, "overdue")

    def test_what_was_overdue_before_stays_overdue(self, firm, run, second):
        handed_in(firm, day(24))
        assert services.climb_overdue(now=day(25)) == 1
        case = place().draft.case
        for decider in (firm.coo, firm.gm):
            rule(case, decider, now=day(25))
        services.publish_month(month=MAY, by=firm.hr, now=day(25))
        assert due(second) == DUE

    def test_the_pages_and_the_api_say_so(self, firm, run, second, as_, key, mid_june):
        assert key(firm.hr).get(f"{APPEALS}{second.pk}/").json()["held_since"] is None
        handed_in(firm, NOW + timedelta(minutes=1))
        page = text_of(get(as_(firm.mia), "appeal", second.pk))
        assert "Clock stands still" in page
        assert "The clock of this appeal stands still since" in page
        assert "Cora Chief decides on it next" in page
        assert "Clock stands still" in text_of(get(as_(firm.hr), "all_appeals"))
        shown = key(firm.hr).get(f"{APPEALS}{second.pk}/").json()
        rows = key(firm.hr).get(APPEALS, {"state": "reviewing"}).json()["results"]
        assert shown["held_since"] == rows[0]["held_since"] == (NOW + timedelta(minutes=1)).isoformat()
        given = {"ruling": "upheld", "reason": "So it is."}
        refused = key(second.reviewer).post(f"{APPEALS}{second.pk}/rule/", given, format="json")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "month_not_there")
        assert "Cora Chief decides on it next" in refused.json()["error"]["message"]
