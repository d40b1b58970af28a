"""The second level of an appeal, and when a month is final."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.assessments import services
from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal, AssessedMonth, Score
from apps.assessments.services import AppealMoved, AppealRefused
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.appeals import (
    MAY,
    admitted,
    appeal_of,
    place,
    published_draft,
    restated,
    ruled,
    told,
)
from apps.assessments.tests.factories import NOW
from apps.notifications.models import Notification
from apps.staff.tests.factories import PersonFactory

LATER = NOW + timedelta(days=30)


@pytest.mark.django_db
class TestSecondLevel:
    def test_the_general_manager_rules_on_what_was_dismissed(self, firm, run):
        former = ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
        restated(firm, firm.north, 99)
        found = services.take_to_second_level(appeal=former, reason="The invoice is there.", by=firm.mia, now=NOW)
        assert (found.level, found.former, found.reviewer) == (2, former, firm.gm)
        assert found.state == AppealState.REVIEWING
        assert told(firm.gm, "second level")
        last = ruled(found, "upheld", by=firm.gm)
        assert Score.objects.get(run=last.revision, department=firm.north).total == Decimal("93.30")
        with pytest.raises(AppealMoved, match="can be taken higher"):
            services.take_to_second_level(appeal=last, reason="More.", by=firm.mia, now=NOW)

    def test_refuses_what_was_upheld(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 99)
        ruled(appeal, "upheld")
        with pytest.raises(AppealMoved, match="did not grant all"):
            services.take_to_second_level(appeal=appeal, reason="More.", by=firm.mia, now=NOW)

    def test_refuses_after_the_ruling_days_without_a_reason_twice_and_strangers(self, firm, run):
        former = ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
        with pytest.raises(AppealRefused, match="until 22 June 2026"):
            services.take_to_second_level(appeal=former, reason="More.", by=firm.mia, now=LATER)
        with pytest.raises(AppealRefused, match="what the ruling overlooked"):
            services.take_to_second_level(appeal=former, reason="", by=firm.mia, now=NOW)
        with pytest.raises(NotYourStep):
            services.take_to_second_level(appeal=former, reason="More.", by=firm.nora, now=NOW)
        services.take_to_second_level(appeal=former, reason="More.", by=firm.mia, now=NOW)
        with pytest.raises(AppealMoved, match="taken to the second level already"):
            services.take_to_second_level(appeal=former, reason="More.", by=firm.mia, now=NOW)

    def test_ends_where_the_general_manager_has_ruled(self, firm, run):
        PersonFactory(name="Hanna HR", number="H2", department=firm.north, user=firm.hr)
        former = ruled(admitted(firm, appeal_of(firm, run)), "dismissed", by=firm.gm)
        with pytest.raises(AppealRefused, match="nobody above to ask"):
            services.take_to_second_level(appeal=former, reason="More.", by=firm.mia, now=NOW)


@pytest.mark.django_db
class TestFinishMonths:
    @pytest.fixture
    def over(self, run):
        AssessedMonth.objects.update(appeals_until=NOW - timedelta(hours=1))

    def test_a_month_is_final_when_the_window_is_over_and_stays_as_it_was(self, firm, over):
        assert services.finish_months(now=NOW) == 1
        first = place().final_at
        assert (first, services.finish_months(now=LATER), place().final_at) == (NOW, 0, first)

    def test_not_while_appeals_are_taken(self, firm, run):
        AssessedMonth.objects.update(appeals_until=NOW)
        assert services.finish_months(now=NOW) == 0

    def test_not_while_an_appeal_is_open(self, firm, run):
        appeal_of(firm, run)
        AssessedMonth.objects.update(appeals_until=NOW)
        assert services.finish_months(now=LATER) == 0
        services.withdraw_appeal(appeal=Appeal.objects.get(), by=firm.mia, now=LATER)
        assert services.finish_months(now=LATER) == 1

    def test_not_while_the_second_level_can_be_asked(self, firm, run):
        ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
        AssessedMonth.objects.update(appeals_until=NOW)
        assert services.finish_months(now=NOW + timedelta(days=1)) == 0
        assert services.finish_months(now=LATER) == 1

    def test_not_while_a_corrected_version_is_under_way(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 99)
        ruled(appeal, "upheld")
        AssessedMonth.objects.update(appeals_until=NOW)
        assert services.finish_months(now=LATER) == 0

    def test_not_before_what_was_granted_is_published(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 99)
        ruled(appeal, "upheld")
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="As ruled.")
        AssessedMonth.objects.update(appeals_until=NOW)
        assert services.finish_months(now=LATER) == 0
        published_draft(firm)
        AssessedMonth.objects.update(appeals_until=NOW)
        assert services.finish_months(now=LATER) == 1

    def test_what_is_overdue_climbs_to_the_general_manager_once(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        assert services.climb_overdue(now=NOW) == 0
        assert (services.climb_overdue(now=LATER), services.climb_overdue(now=LATER)) == (1, 1)
        late = Notification.objects.filter(key=f"appeal-{appeal.pk}-overdue")
        assert set(late.values_list("user", flat=True)) == {firm.gm.pk, firm.hr.pk}

    def test_publishing_says_until_when_appeals_are_taken(self, firm, run):
        until = services.appeals_close(published_at=NOW, calendar={"appeal_days": "3"})
        assert until.date() == date(2026, 6, 18)
