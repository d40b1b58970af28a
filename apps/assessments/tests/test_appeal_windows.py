"""A later edition of a month opens appeals against what it changed, and nothing else; a ruling stands for a month."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal
from apps.assessments.rules.appeals import last_change
from apps.assessments.services import AppealMoved, AppealRefused, Matter
from apps.assessments.tests.appeals import MAY, admitted, appeal_of, line_of, place, published_draft, restated, ruled
from apps.assessments.tests.factories import NOW
from apps.assessments.tests.teams import give, published_may
from apps.assessments.tests.test_appeals_api import APPEALS, body, key
from apps.assessments.tests.test_appeals_views import get, post, text_of

pytestmark = pytest.mark.django_db
JULY = datetime(2026, 7, 6, 9, tzinfo=UTC)
"""The window of the first edition closed on 22 June."""
__all__ = ["key"]


def corrected(firm, department, value, *, now=NOW):
    """The next edition of May, in which this department's revenue is another one."""
    restated(firm, department, value)
    services.revise_departments(month=MAY, departments=[department.pk], reason="Booked late.", by=firm.hr, now=now)
    return published_draft(firm, now=now).run


def dismissed_twice(firm, run):
    """North's appeal, dismissed by the reviewer and by the general manager."""
    first = ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
    higher = services.take_to_second_level(appeal=first, reason="Look again.", by=firm.mia, now=NOW)
    return ruled(higher, "dismissed", by=firm.gm)


@pytest.mark.parametrize(
    ("stands", "place"),
    [([1], 0), ([1, 1, 1], 0), ([1, 2, 2], 1), ([1, 2, 1], 2), ([None, 1], 1), ([1, 2, 2, 3, 3], 3)],
)
def test_the_last_change(stands, place):
    assert last_change(stands) == place


class TestRuledOnOnce:
    def test_a_matter_dismissed_at_both_levels_does_not_come_again_by_somebody_elses_correction(self, firm, run):
        last = dismissed_twice(firm, run)
        south = admitted(firm, appeal_of(firm, run, department=firm.south, code="COM"))
        restated(firm, firm.south, 5, firm.complaints)
        services.hand_up_appeal(appeal=south, reason="It falls.", by=south.reviewer, now=NOW)
        ruled(south, "upheld", by=firm.gm)
        second = published_draft(firm).run
        with pytest.raises(AppealMoved, match="general manager, and the line stands as it did then") as refused:
            appeal_of(firm, second)
        assert "HR can still correct" in str(refused.value)
        assert refused.value.details["appeal"] == last.pk
        assert Appeal.objects.filter(department=firm.north).count() == 2

    def test_one_open_against_an_earlier_edition_is_the_same(self, firm, run):
        first = appeal_of(firm, run)
        second = corrected(firm, firm.works, 50)
        with pytest.raises(AppealMoved, match="is open already") as refused:
            appeal_of(firm, second)
        assert refused.value.details["appeal"] == first.pk

    def test_a_first_ruling_is_taken_to_the_second_level_while_there_is_time(self, firm, run):
        ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
        second = corrected(firm, firm.works, 50)
        with pytest.raises(AppealMoved, match="general manager decides further: take that ruling to the second level"):
            appeal_of(firm, second)
        with pytest.raises(AppealMoved, match="days to ask the general manager are over"):
            appeal_of(firm, second, now=JULY)

    def test_what_was_upheld_waits_for_its_correction(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 99)
        ruled(appeal, "upheld")
        with pytest.raises(AppealMoved, match="was upheld: wait for the corrected version"):
            appeal_of(firm, run)

    def test_a_line_that_changed_since_the_ruling_can_be_appealed_against(self, firm, run):
        dismissed_twice(firm, run)
        second = corrected(firm, firm.north, 97)
        assert appeal_of(firm, second).state == AppealState.FILED

    def test_and_not_once_it_is_again_what_was_ruled_on(self, firm, run):
        dismissed_twice(firm, run)
        corrected(firm, firm.north, 97)
        third = corrected(firm, firm.north, 95)
        with pytest.raises(AppealMoved, match="stands as it did then"):
            appeal_of(firm, third)

    def test_what_was_withdrawn_or_sent_back_was_not_ruled_on(self, firm, run):
        services.withdraw_appeal(appeal=appeal_of(firm, run), by=firm.mia, now=NOW)
        second = corrected(firm, firm.works, 50)
        services.reject_appeal(appeal=appeal_of(firm, second), reason="Name it.", by=firm.hr, now=NOW)
        assert appeal_of(firm, second).state == AppealState.FILED


class TestWhatAnEditionOpens:
    def test_what_it_left_as_it_was_has_the_days_of_the_edition_before(self, firm, run):
        second = corrected(firm, firm.works, 50, now=JULY)
        with pytest.raises(
            AppealRefused, match="Edition 2 of May 2026 left this as it stands since edition 1"
        ) as refused:
            appeal_of(firm, second, now=JULY)
        assert "taken until 22 June 2026" in str(refused.value)
        assert "HR can still correct" in str(refused.value)

    def test_its_own_department_has_new_days_for_the_line_that_moved_and_for_the_whole(self, firm, run):
        second = corrected(firm, firm.north, 97, now=JULY)
        assert appeal_of(firm, second, now=JULY).indicator.code == "REV"
        assert appeal_of(firm, second, code=None, now=JULY).indicator is None
        with pytest.raises(AppealRefused, match="since edition 1"):
            appeal_of(firm, second, code="COM", now=JULY)

    def test_while_the_first_window_is_open_everything_can_be_appealed_against(self, firm, run):
        second = corrected(firm, firm.works, 50, now=NOW)
        assert appeal_of(firm, second, now=NOW + timedelta(days=2)).run == second

    def test_the_days_of_a_second_edition_outlast_a_third_that_changed_somebody_else(self, firm, run):
        corrected(firm, firm.north, 97, now=JULY)
        third = corrected(firm, firm.works, 50, now=JULY + timedelta(days=2))
        until = datetime(2026, 7, 13, 16, tzinfo=UTC)
        with pytest.raises(AppealRefused, match="left this as it stands since edition 2"):
            appeal_of(firm, third, now=until + timedelta(hours=12))
        assert appeal_of(firm, third, now=until - timedelta(hours=12)).run == third

    def test_of_a_person_whose_score_it_left(self, team, time_machine):
        time_machine.move_to("2026-06-15 09:00:00+00:00", tick=False)
        run = published_may(team)
        matter = Matter(run, team.north, person=team.nora_person)
        made = services.file_appeal(matter=matter, reason="Night shifts.", by=team.nora, now=NOW)
        services.admit_appeal(appeal=made, by=team.hr, now=NOW)
        give(team.ned, (team.nora_person, 90))
        ruled(made, "upheld")
        second = published_draft(team).run
        again = Matter(second, team.north, person=team.nora_person)
        assert services.file_appeal(matter=again, reason="Still.", by=team.nora, now=NOW).run == second
        third = corrected(team, team.works, 50, now=JULY)
        with pytest.raises(AppealMoved, match="is open already"):
            services.file_appeal(
                matter=Matter(third, team.north, person=team.nora_person), reason="x", by=team.nora, now=JULY
            )
        services.withdraw_appeal(appeal=Appeal.objects.latest("pk"), by=team.nora, now=JULY)
        with pytest.raises(AppealRefused, match="since edition 2"):
            services.file_appeal(
                matter=Matter(third, team.north, person=team.nora_person), reason="x", by=team.nora, now=JULY
            )


class TestPages:
    @pytest.fixture
    def july(self, time_machine, settings):
        settings.FIXED_TODAY = "2026-07-06"
        time_machine.move_to("2026-07-06 09:00:00+00:00", tick=False)

    def test_the_receipt_offers_the_line_that_moved_alone(self, firm, run, as_, july):
        second = corrected(firm, firm.north, 97, now=JULY)
        page = get(as_(firm.mia), "score", MAY, firm.north.pk).content.decode()
        address = reverse("assessments:file_appeal", args=[MAY, firm.north.pk])
        offered = [f"?line={line_of(second, firm.north, code).pk}" in page for code in ("REV", "COM")]
        assert (f'href="{address}"' in page, offered) == (True, [True, False])
        form = get(as_(firm.mia), "file_appeal", MAY, firm.north.pk)
        assert "Revenue" in text_of(form) and "Complaints" not in text_of(form)
        assert "Lines that are not offered" in text_of(form)
        assert "Appeals are taken until 13 Jul 2026" in text_of(form)

    def test_the_receipt_of_a_department_it_left_offers_nothing(self, firm, run, as_, july):
        second = corrected(firm, firm.works, 50, now=JULY)
        page = text_of(get(as_(firm.mia), "score", MAY, firm.north.pk))
        assert "I disagree" not in page and "Appeals are taken" not in page
        line = line_of(second, firm.north, "REV").pk
        answer = post(as_(firm.mia), "file_appeal", MAY, firm.north.pk, indicator=line, reason="99.", wish="")
        assert answer.status_code == 422
        assert "left this as it stands since edition 1" in text_of(answer)

    def test_a_line_that_was_ruled_on_is_not_offered_again(self, firm, run, as_, mid_june):
        dismissed_twice(firm, run)
        second = corrected(firm, firm.works, 50)
        page = get(as_(firm.mia), "score", MAY, firm.north.pk).content.decode()
        offered = [f"?line={line_of(second, firm.north, code).pk}" in page for code in ("REV", "COM")]
        assert offered == [False, True]

    def test_the_api_refuses_the_same(self, firm, run, key, july):
        second = corrected(firm, firm.works, 50, now=JULY)
        answer = key(firm.mia).post(APPEALS, body(firm, second), format="json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "appeal_refused")
        assert "since edition 1" in answer.json()["error"]["message"]

    def test_the_api_refuses_what_was_ruled_on(self, firm, run, key, mid_june):
        dismissed_twice(firm, run)
        second = corrected(firm, firm.works, 50)
        answer = key(firm.mia).post(APPEALS, body(firm, second), format="json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "appeal_not_there")
        assert place().published == second
