"""The pages of months and scores: who may open them, what they show to whom, what is done through them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.approvals.choices import Verdict
from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import Publication, ScoreRun
from apps.assessments.tests.factories import NOW, published, rule
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.jobs.models import JobRun
from apps.kpis.tests.factories import entry, record
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
MAY, APRIL, JUNE = Month(2026, 5), Month(2026, 4), Month(2026, 6)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def get(client, name, *args, **query):
    return client.get(reverse(f"assessments:{name}", args=args), query)


def post(client, name, *args, **data):
    return client.post(reverse(f"assessments:{name}", args=args), data)


@pytest.fixture
def may(firm, scheme):
    """May is published."""
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])


@pytest.fixture
def draft(firm, scheme):
    """May is calculated."""
    return services.compute_month(month=MAY, by=firm.hr, now=NOW).run


class TestWhoSeesWhat:
    def test_strangers_sign_in_first(self, firm, may, client):
        for name, args in {"list": (), "month": (MAY,), "scores": (MAY,), "score": (MAY, firm.north.pk)}.items():
            assert get(client, name, *args).status_code == 302

    def test_an_administrator_sees_no_scores(self, firm, may, as_):
        administrator = UserFactory(roles=["administrator"])
        assert get(as_(administrator), "list").status_code == 403
        assert get(as_(administrator), "score", MAY, firm.north.pk).status_code == 403

    def test_those_who_work_on_it_see_the_draft(self, firm, draft, as_):
        for user in (firm.coo, firm.gm, firm.hr, firm.auditor):
            assert "Calculated" in text_of(get(as_(user), "month", MAY))
            assert "90.50" in text_of(get(as_(user), "score", MAY, firm.north.pk))

    def test_nobody_else_sees_a_draft(self, firm, draft, as_):
        for user in (firm.mia, firm.nora):
            client = as_(user)
            assert get(client, "month", MAY).status_code == 404
            assert get(client, "score", MAY, firm.north.pk).status_code == 404
            assert "May 2026" not in text_of(get(client, "list"))

    def test_a_manager_sees_the_published_scores_of_what_is_led(self, firm, may, as_):
        body = text_of(get(as_(firm.mia), "month", MAY))
        assert "North" in body and "South" in body and "Works" not in body
        assert get(as_(firm.mia), "score", MAY, firm.south.pk).status_code == 200
        assert get(as_(firm.mia), "score", MAY, firm.works.pk).status_code == 404

    def test_an_employee_sees_the_published_score_of_the_own_department(self, firm, may, as_):
        body = text_of(get(as_(firm.nora), "month", MAY))
        assert "North" in body and "South" not in body
        assert get(as_(firm.nora), "score", MAY, firm.north.pk).status_code == 200
        assert get(as_(firm.nora), "score", MAY, firm.south.pk).status_code == 404

    def test_finance_sees_what_is_published_everywhere(self, firm, may, as_):
        finance = UserFactory(roles=["finance"])
        assert get(as_(finance), "score", MAY, firm.works.pk).status_code == 200

    def test_older_versions_are_for_those_who_work_on_it(self, firm, may, as_):
        record([entry(firm.revenue, firm.works, "2026-05", 50)], by=firm.coo)
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="Works reported late.")
        assert get(as_(firm.hr), "score", MAY, firm.works.pk, version=1).status_code == 200
        assert get(as_(firm.hr), "month", MAY, version=2).status_code == 200
        assert get(as_(firm.nora), "score", MAY, firm.north.pk, version=2).status_code == 404
        assert get(as_(firm.hr), "month", MAY, version=9).status_code == 404
        assert get(as_(firm.hr), "month", MAY, version="x").status_code == 404

    def test_addresses_that_mean_nothing_are_not_found(self, firm, may, as_):
        client = as_(firm.hr)
        for address in ("2026-13/", "2027-01/", "2026-05/departments/0/"):
            assert client.get(f"/assessments/{address}").status_code == 404


class TestMonthsPage:
    def test_tells_state_deadline_mean_and_coverage(self, firm, may, as_):
        body = text_of(get(as_(firm.hr), "list"))
        assert "May 2026 Published 1 working day late" in body
        assert "68.17" in body and "3 of 3" in body and "83&nbsp;%" in body
        assert "April 2026 Not worked out yet" in body and "overdue" in body

    def test_says_how_long_there_is(self, firm, draft, as_, settings):
        settings.FIXED_TODAY = "2026-06-10"
        assert "working days left" in text_of(get(as_(firm.hr), "list"))

    def test_costs_the_same_however_many_months(self, firm, may, as_, django_assert_num_queries):
        client = as_(firm.hr)
        get(client, "list")
        with CaptureQueriesContext(connection) as one:
            get(client, "list")
        services.compute_month(month=APRIL, by=firm.hr, now=NOW)
        with django_assert_num_queries(len(one)):
            get(client, "list")


class TestBoard:
    def test_offers_each_the_steps_that_are_theirs(self, firm, draft, as_):
        assert {"Work out again", "Hand in for approval"} <= buttons(as_(firm.hr))
        assert buttons(as_(firm.coo)) == {"Work out again"}
        assert buttons(as_(firm.gm)) == set()
        assert buttons(as_(firm.auditor)) == set()

    def test_says_whose_turn_it_is(self, firm, draft, as_):
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        body = text_of(get(as_(firm.hr), "month", MAY))
        assert "It is the turn of: Chief operating officer" in body
        assert buttons(as_(firm.hr)) == set()

    def test_names_what_keeps_the_month_back_and_whose_it_is(self, firm, scheme, as_):
        PersonFactory(name="Ned North", number="N9", department=firm.north, role="head")
        services.compute_month(month=JUNE, by=firm.hr, now=NOW)
        body = text_of(get(as_(firm.hr), "month", JUNE))
        assert "6 lines keep the month back" in body
        assert "Ned North" in body and "nobody heads it at present" in body
        assert "Hand in" not in body

    def test_shows_grades_movement_and_who_is_not_assessed(self, firm, may, as_):
        record([entry(firm.revenue, place, "2026-06", 100) for place in firm.assessed], by=firm.coo)
        record([entry(firm.complaints, place, "2026-06", 3) for place in firm.assessed], by=firm.coo)
        services.compute_month(month=JUNE, by=firm.hr, now=NOW)
        body = text_of(get(as_(firm.hr), "month", JUNE))
        assert "against May 2026" in body and "+94.00" in body and "−20.00" in body

    def test_a_month_without_scheme_says_so(self, firm, as_):
        assert "No scheme is in force for this month" in text_of(get(as_(firm.hr), "month", MAY))

    def test_costs_the_same_however_many_departments(self, firm, may, as_):
        first = queries_of(as_(firm.hr), "month", MAY)
        assert first <= 40


def queries_of(client, name, *args, **query):
    with CaptureQueriesContext(connection) as found:
        assert get(client, name, *args, **query).status_code == 200
    return len(found)


def buttons(client, month=MAY):
    body = get(client, "month", month).content.decode()
    start = body.index('class="page-actions"')
    part = body[start : body.index("</header>", start)]
    return {
        re.sub(r"<[^>]+>", "", found).strip() for found in re.findall(r"<a class=\"btn[^>]*>(.*?)</a>", part, re.DOTALL)
    }


class TestActs:
    def test_a_month_is_worked_out_by_a_job_once_however_often_it_is_asked(self, firm, scheme, as_):
        client = as_(firm.coo)
        assert "Work out the scores" in text_of(get(client, "compute", MAY))
        for _ in range(2):
            assert post(client, "compute", MAY).status_code == 302
        assert JobRun.objects.filter(kind=services.COMPUTE_KIND).count() == 1
        assert "Waits for a free worker" in text_of(get(client, "month", MAY))
        assert buttons(client) == set()

    def test_the_progress_asks_for_the_whole_board_once_the_job_is_over(self, firm, scheme, as_):
        client = as_(firm.coo)
        post(client, "compute", MAY)
        assert "HX-Refresh" not in get(client, "progress", MAY)
        JobRun.objects.update(state="done")
        assert get(client, "progress", MAY)["HX-Refresh"] == "true"

    def test_a_published_month_is_not_worked_out_again(self, firm, may, as_):
        for user in (firm.hr, firm.coo):
            answer = post(as_(user), "compute", MAY, text="Works reported late.")
            assert answer.status_code == 409
            assert "only the general manager" in text_of(answer)
            assert buttons(as_(user)) == {"Correct"}

    def test_but_by_the_general_manager_with_a_reason(self, firm, may, as_):
        client = as_(firm.gm)
        assert buttons(client) == {"Work out anew"}
        assert "whole published month" in text_of(get(client, "recompute", MAY))
        answer = post(client, "recompute", MAY)
        assert answer.status_code == 409
        assert "Give the reason for a corrected version" in text_of(answer)
        assert post(client, "recompute", MAY, text="Works reported late.").status_code == 302
        assert get(client, "recompute", APRIL).status_code == 404

    def test_the_way_to_publication(self, firm, draft, as_):
        assert post(as_(firm.hr), "hand_in", MAY, seen=1, text="Ready.").status_code == 302
        case = ScoreRun.objects.get().case
        rule(case, firm.coo)
        rule(case, firm.gm)
        answer = post(as_(firm.hr), "publish", MAY, seen=1)
        assert answer.status_code == 302
        assert ScoreRun.objects.get().state == RunState.PUBLISHED

    def test_a_second_click_on_publish_changes_nothing(self, firm, draft, as_):
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        rule(case, firm.gm)
        for _ in range(2):
            assert post(as_(firm.hr), "publish", MAY, seen=1).status_code == 302
        answer = post(as_(UserFactory(roles=["hr"])), "publish", MAY, seen=1)
        assert answer.status_code == 409
        assert "May 2026 were published by Hanna HR on 15 June 2026" in text_of(answer)
        assert Publication.objects.count() == 1

    def test_a_second_click_on_hand_in_is_told_where_the_month_stands(self, firm, draft, as_):
        post(as_(firm.hr), "hand_in", MAY, seen=1)
        answer = post(as_(firm.hr), "hand_in", MAY, seen=1)
        assert answer.status_code == 409
        assert "Under review" in text_of(answer)

    def test_nobody_decides_on_a_version_they_did_not_see(self, firm, draft, as_):
        record([entry(firm.revenue, firm.works, "2026-05", 50)], by=firm.coo)
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        answer = post(as_(firm.hr), "hand_in", MAY, seen=1)
        assert answer.status_code == 409
        assert "it is version 2 now" in text_of(answer)
        assert ScoreRun.objects.get(version=2).state == RunState.CALCULATED

    def test_a_form_without_the_version_is_refused(self, firm, draft, as_):
        assert post(as_(firm.hr), "hand_in", MAY).status_code == 409

    def test_the_chief_sends_an_approval_back_with_a_reason(self, firm, draft, as_):
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        rule(case, firm.gm)
        assert post(as_(firm.coo), "send_back", MAY, seen=1).status_code == 422
        assert post(as_(firm.coo), "send_back", MAY, seen=1, text="Look at Works again.").status_code == 302
        assert "Look at Works again." in text_of(get(as_(firm.hr), "month", MAY))

    def test_a_returned_month_tells_the_reason_on_the_board(self, firm, draft, as_):
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo, ruling=Verdict.RETURN, reason="Works has not reported.")
        assert "Works has not reported." in text_of(get(as_(firm.hr), "month", MAY))

    def test_each_is_open_to_few(self, firm, draft, as_):
        found = {act: set() for act in ("compute", "recompute", "hand_in", "send_back", "publish")}
        for who in ("coo", "gm", "hr", "mia", "nora", "auditor"):
            client = as_(getattr(firm, who))
            for act, open_to in found.items():
                if get(client, act, MAY).status_code == 200:
                    open_to.add(who)
        assert found == {
            "compute": {"coo", "hr"},
            "recompute": set(),
            "hand_in": {"hr"},
            "send_back": {"coo"},
            "publish": {"hr"},
        }


class TestScoresList:
    def test_is_searched_filtered_sorted_and_exported(self, firm, may, as_):
        client = as_(firm.hr)
        assert rows(client, q="north") == ["North"]
        assert rows(client, grade="A") == ["South", "North"]
        assert rows(client, branch=firm.sales.pk) == ["South", "North"]
        assert rows(client, missing=1) == ["Works"]
        assert rows(client, sort="shown") == ["Works", "North", "South"]
        export = get(client, "scores", MAY, export="csv")
        text = b"".join(export.streaming_content).decode()
        assert "90.50" in text and "Works" in text

    def test_costs_the_same_however_many_there_are(self, firm, may, as_):
        one = queries_of(as_(firm.mia), "scores", MAY)
        assert queries_of(as_(firm.hr), "scores", MAY) <= one + 1


def rows(client, **query):
    body = get(client, "scores", MAY, **query).content.decode()
    return re.findall(r'class="cell-link">([^<]+)</a>', body)


class TestDepartmentTab:
    def test_shows_the_published_months(self, firm, may, as_):
        client = as_(firm.nora)
        tab = client.get(reverse("departments:scores", args=[firm.north.pk]))
        assert reverse("assessments:department", args=[firm.north.pk]) in tab.content.decode()
        assert "90.50" in text_of(get(client, "department", firm.north.pk))

    def test_of_another_department_does_not_exist(self, firm, may, as_):
        assert as_(firm.nora).get(reverse("departments:scores", args=[firm.south.pk])).status_code == 404
        assert get(as_(firm.nora), "department", firm.south.pk).status_code == 404

    def test_of_one_that_was_never_assessed_says_so(self, firm, may, as_):
        place = DepartmentFactory(name="New", parent=firm.company)
        assert "No published score yet" in text_of(get(as_(firm.hr), "department", place.pk))


class TestHomeBlock:
    def test_shows_the_month_in_work_and_what_keeps_it_back(self, firm, may, as_, settings):
        settings.FIXED_TODAY = "2026-07-02"
        services.compute_month(month=JUNE, by=firm.hr, now=NOW)
        for month in (1, 2, 3, 4):
            services.compute_month(month=Month(2026, month), by=firm.hr, now=NOW)
        body = text_of(as_(firm.coo).get(reverse("dashboards:scores")))
        assert "Assessment of Jan 2026" in body and "overdue" in body

    def test_shows_the_own_last_score(self, firm, may, as_):
        body = text_of(as_(firm.nora).get(reverse("dashboards:scores")))
        assert "North" in body and "90.50" in body
        # Mia leads Sales, which has no score of its own.
        assert text_of(as_(firm.mia).get(reverse("dashboards:scores"))).strip() == ""

    def test_is_empty_where_nothing_is_published(self, firm, draft, as_):
        assert text_of(as_(firm.nora).get(reverse("dashboards:scores"))).strip() == ""
