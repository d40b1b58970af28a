"""People's days, departments and role corrected on the pages and through the API, and what is said of it afterwards."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import AssessedMonth, PersonScore
from apps.assessments.services import Matter
from apps.assessments.tests.appeals import admitted_for_nora, published_draft
from apps.assessments.tests.factories import NOW, published
from apps.assessments.tests.teams import MAY, published_may
from apps.assessments.tests.test_placements import moved_late, revise, rule
from apps.staff.services import leave_person
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
PAGE = "/assessments/2026-05/revise/"
SAID = "31 days in North (NORTH); Member"
NOW_SAID = "10 days in North (NORTH), 21 days in South (SOUTH); Member"


@pytest.fixture
def run(team):
    return published_may(team)


@pytest.fixture
def moved(team, run):
    """Nora went to South on 11 May, which was recorded after May was published."""
    moved_late(team.nora_person, team.south)
    return team


@pytest.fixture
def appeal(team, run):
    """Nora's, admitted."""
    return admitted_for_nora(team, run, "I moved to South on the 11th.")


@pytest.fixture
def call(as_):
    """`call(user, "post", "/score-runs/revise/", {…})` gives status and body."""

    def ask(user, method, path, body=None):
        given = {"data": body, "content_type": "application/json"} if method == "post" else {}
        answer = getattr(as_(user), method)(f"/api/v1{path}", **given)
        return answer.status_code, answer.json()

    return ask


def text_of(answer):
    return answer.content.decode()


def draft_days(person):
    run = AssessedMonth.objects.get(month=MAY.first_day).draft
    row = PersonScore.objects.get(run=run, person=person)
    return [stay["days"] for stay in row.stays]


class TestRevisePage:
    def test_people_are_found_by_name_and_the_one_that_is_found_is_ticked(self, moved, as_):
        answer = as_(moved.hr).post(PAGE, {"word": "nora", "reason": "Recorded late", "show": "people"})
        page = text_of(answer)
        assert answer.status_code == 200
        assert "One person is found for “nora” and ticked." in page
        assert f"Nora North (N1): published {SAID}; in the records now {NOW_SAID}" in page
        assert f'value="{moved.nora_person.pk}"' in page and "checked" in page
        assert "Recorded late" in page and "Tick at least" not in page

    def test_a_word_in_the_field_is_looked_up_before_anything_is_done(self, moved, as_):
        keys = [moved.sam.pk]
        page = text_of(as_(moved.hr).post(PAGE, {"word": "north", "people": keys, "reason": "Recorded late"}))
        assert "people are found for “north”: tick whom you mean." in page
        assert "Sam South (S1): 31 days in South (SOUTH); Member, as published and in the records" in page
        assert AssessedMonth.objects.get(month=MAY.first_day).draft is None

    def test_says_that_nobody_is_found_and_asks_for_a_word(self, moved, as_):
        assert "Nobody is found for “xyz”" in text_of(as_(moved.hr).post(PAGE, {"word": "xyz"}))
        assert "Write a name, a staff number" in text_of(as_(moved.hr).post(PAGE, {"show": "people"}))

    def test_makes_the_draft_for_a_person_alone(self, moved, as_):
        keys = [moved.nora_person.pk]
        page = as_(moved.hr).post(PAGE, {"people": keys, "reason": "Recorded late"}, follow=True)
        assert "The corrected draft is ready" in text_of(page)
        assert draft_days(moved.nora_person) == [10, 21]
        assert "Days, departments and role corrected" in text_of(page)
        assert SAID in text_of(page) and NOW_SAID in text_of(page)

    def test_asks_for_a_department_or_a_person(self, moved, as_):
        answer = as_(moved.hr).post(PAGE, {"reason": "Recorded late"})
        assert answer.status_code == 422
        assert "Tick at least one department, or find and tick a person." in text_of(answer)

    def test_refuses_who_is_not_there(self, moved, as_):
        for key in ("999999", "x"):
            answer = as_(moved.hr).post(PAGE, {"people": [key], "reason": "Recorded late"})
            assert answer.status_code == 422
            assert "One of these people is not there" in text_of(answer)

    def test_says_who_has_no_day(self, moved, as_):
        later = PersonFactory(name="Nele Next", number="X1", department=moved.south, hired_on=date(2026, 6, 1))
        answer = as_(moved.hr).post(PAGE, {"people": [later.pk], "reason": "Recorded late"})
        assert answer.status_code == 422
        assert "Nele Next has no day in May 2026 in the records: correct the movements first." in text_of(answer)

    def test_asks_for_no_people_where_the_rules_score_none(self, firm, scheme, as_):
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        assert 'name="word"' not in text_of(as_(firm.hr).get(PAGE))

    def test_is_reached_from_the_receipt_with_the_person_ticked(self, moved, as_):
        receipt = reverse("assessments:person_score", args=[MAY, moved.nora_person.pk])
        link = f"{PAGE}?person={moved.nora_person.pk}"
        assert f'href="{link}"' in text_of(as_(moved.hr).get(receipt))
        page = text_of(as_(moved.hr).get(link))
        assert f"in the records now {NOW_SAID}" in page and "checked" in page
        assert "?person=" not in text_of(as_(moved.nora).get(receipt))
        assert as_(moved.hr).get(f"{PAGE}?person=x").status_code == 200

    def test_the_first_button_saves(self, moved, as_):
        page = text_of(as_(moved.hr).get(PAGE))
        form = page[page.index('<form method="post" class="card form-card"') :]
        assert form.index(">Make the draft<") < form.index('name="show"')

    def test_costs_the_same_for_one_person_found_and_many(self, moved, as_):
        client = as_(moved.hr)
        client.post(PAGE, {"word": "nora"})
        counts = []
        for word in ("nora", "o"):
            with CaptureQueriesContext(connection) as found:
                client.post(PAGE, {"word": word})
            counts.append(len(found))
        assert counts[0] == counts[1]


class TestRulePage:
    def url(self, appeal):
        return reverse("assessments:rule_appeal", args=[appeal.pk])

    def test_shows_both_accounts_and_reads_the_days_where_it_is_ticked(self, moved, appeal, as_):
        page = text_of(as_(appeal.reviewer).get(self.url(appeal)))
        assert "Days, departments and role too" in page
        assert f"Counted: {SAID}. In the records now: {NOW_SAID}." in page
        given = {"ruling": "upheld", "reason": "So it was.", "is_placement": "on"}
        assert as_(appeal.reviewer).post(self.url(appeal), given).status_code == 302
        assert draft_days(moved.nora_person) == [10, 21]

    def test_leaves_the_days_where_it_is_not(self, moved, appeal, as_):
        as_(appeal.reviewer).post(self.url(appeal), {"ruling": "upheld", "reason": "So it was."})
        assert draft_days(moved.nora_person) == [31]

    def test_says_where_the_records_say_what_was_counted(self, team, appeal, as_):
        assert f"The records say what was counted: {SAID}." in text_of(as_(appeal.reviewer).get(self.url(appeal)))
        given = {"ruling": "upheld", "reason": "So it was.", "is_placement": "on"}
        answer = as_(appeal.reviewer).post(self.url(appeal), given)
        assert answer.status_code == 422
        assert "correct the movements first" in text_of(answer)

    def test_is_not_asked_of_a_department(self, moved, run, as_):
        made = services.file_appeal(matter=Matter(run, moved.north), reason="Why?", by=moved.ned, now=NOW)
        made = services.admit_appeal(appeal=made, by=moved.hr, now=NOW)
        assert 'name="is_placement"' not in text_of(as_(made.reviewer).get(self.url(made)))


class TestWhatIsSaid:
    def test_on_the_appeal_day_by_day(self, moved, appeal, as_):
        rule(appeal)
        page = text_of(as_(moved.hr).get(appeal.get_absolute_url()))
        assert "Days in North (NORTH)" in page and "Days in South (SOUTH)" in page

    def test_on_the_receipt_of_the_corrected_version_for_the_person(self, moved, appeal, as_):
        rule(appeal)
        published_draft(moved)
        url = reverse("assessments:person_score", args=[MAY, moved.nora_person.pk])
        page = text_of(as_(moved.nora).get(url))
        assert "Days, departments and role were corrected" in page
        assert f"Version 1 counted {SAID}. Now it is {NOW_SAID}." in page
        assert "were corrected" not in text_of(as_(moved.nora).get(f"{url}?version=1"))

    def test_on_no_receipt_of_anybody_else(self, moved, appeal, as_):
        rule(appeal)
        published_draft(moved)
        url = reverse("assessments:person_score", args=[MAY, moved.sam.pk])
        assert "were corrected" not in text_of(as_(moved.hr).get(url))

    def test_costs_the_receipt_no_query_where_nothing_was_corrected(self, moved, appeal, as_):
        url = reverse("assessments:person_score", args=[MAY, moved.sam.pk])
        with CaptureQueriesContext(connection) as before:
            as_(moved.hr).get(url)
        rule(appeal)
        published_draft(moved)
        with CaptureQueriesContext(connection) as after:
            as_(moved.hr).get(url)
        assert len(after) <= len(before)

    def test_who_was_not_there_is_named_on_the_board_of_the_draft(self, team, run, as_):
        leave_person(person=team.sam, last_day=date(2026, 4, 30), leave_kind="voluntary", by=None, now=NOW)
        revise(team, team.sam)
        page = text_of(as_(team.hr).get("/assessments/2026-05/"))
        assert "Sam South (S1)" in page and "no day" in page


class TestApi:
    def test_corrects_the_days_of_a_person(self, moved, call):
        body = {"month": "2026-05", "departments": [], "people": [moved.nora_person.pk], "reason": "Recorded late"}
        status, run = call(moved.hr, "post", "/score-runs/revise/", body)
        assert (status, run["version"]) == (201, 2)
        assert draft_days(moved.nora_person) == [10, 21]

    def test_refuses_people_out_of_reach_and_without_a_day(self, moved, call):
        body = {"month": "2026-05", "departments": [], "reason": "Recorded late"}
        status, said = call(moved.hr, "post", "/score-runs/revise/", {**body, "people": [999_999]})
        assert (status, said["error"]["field"]) == (404, "people")
        later = PersonFactory(name="Nele Next", number="X1", department=moved.south, hired_on=date(2026, 6, 1))
        status, said = call(moved.hr, "post", "/score-runs/revise/", {**body, "people": [later.pk]})
        assert (status, said["error"]["field"]) == (422, "people")

    def test_rules_on_an_appeal_with_days(self, moved, appeal, call):
        body = {"ruling": "upheld", "reason": "So it was.", "is_placement": True}
        status, said = call(appeal.reviewer, "post", f"/appeals/{appeal.pk}/rule/", body)
        assert (status, said["state"]) == (200, "upheld")
        assert draft_days(moved.nora_person) == [10, 21]

    def test_tells_both_versions_and_what_is_otherwise(self, moved, appeal, call):
        rule(appeal)
        published_draft(moved)
        score = PersonScore.objects.get(run__state="published", person=moved.nora_person)
        status, said = call(moved.nora, "get", f"/person-scores/{score.pk}/receipt/")
        assert (status, said["placement"]["version"]) == (200, 1)
        assert (said["placement"]["before"], said["placement"]["after"]) == (SAID, NOW_SAID)
        assert said["placement"]["rows"][0] == {"label": "Days in North (NORTH)", "before": "31", "after": "10"}
        _status, said = call(moved.nora, "get", f"/person-scores/{score.pk}/compare/")
        days = [
            (one["name"], one["before"], one["after"]) for one in said["differences"] if one["field"] == "stay_days"
        ]
        assert days == [("North (NORTH)", "31", "10"), ("South (SOUTH)", None, "21")]

    def test_tells_nothing_where_nothing_was_corrected(self, team, run, call):
        score = PersonScore.objects.get(run=run, person=team.nora_person)
        assert call(team.nora, "get", f"/person-scores/{score.pk}/receipt/")[1]["placement"] is None
