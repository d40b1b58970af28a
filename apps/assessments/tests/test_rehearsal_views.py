"""The pages and the API of rehearsals; the calendar strip, what is awaited beside KPI values, the recommended grades."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import make_key
from apps.assessments import services
from apps.assessments.models import Rating, Rehearsal, Scheme
from apps.assessments.selectors.blocking import What, blockers_of
from apps.assessments.selectors.board import GradeCount, too_many
from apps.assessments.services import Terms
from apps.assessments.tests.factories import NOW, approved, draft, published, terms
from apps.core import clock
from apps.core.month import Month
from apps.jobs.models import JobRun

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)


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
def next_rules(firm, may):
    """A draft: revenue 20, complaints 80."""
    params = {key: value for key, value in firm.lines[1].params.items() if key != "missing"}
    lines = [terms(firm.revenue, 20, cap="1.2"), terms(firm.complaints, 80, method="interval", **params)]
    return draft(by=firm.hr, departments=firm.assessed, lines=lines, first="2026-07", name="Next")


@pytest.fixture
def rehearsal(firm, next_rules):
    """The draft, rehearsed on May."""
    made = services.request_rehearsal(scheme=next_rules, by=firm.hr, now=clock.now())
    list(services.rehearse_steps(rehearsal=made, now=clock.now()))
    return services.finish_rehearsal(rehearsal=made, now=clock.now())


class TestAsking:
    def test_leads_from_the_scheme_to_the_rehearsal(self, firm, next_rules, as_):
        client = as_(firm.hr)
        assert (
            reverse("assessments:rehearse", args=[next_rules.pk])
            in get(client, "scheme", next_rules.pk).content.decode()
        )
        answer = post(client, "rehearse", next_rules.pk, first_month="2026-05", last_month="2026-05")
        made = Rehearsal.objects.get()
        assert answer.url == reverse("assessments:rehearsal", args=[made.pk])
        assert made.job.kind == "assessments.rehearse"
        assert "Being rehearsed" in text_of(get(client, "rehearsal", made.pk))

    def test_a_month_that_is_not_published_cannot_be_chosen_and_what_was_chosen_stays(self, firm, next_rules, as_):
        answer = post(as_(firm.coo), "rehearse", next_rules.pk, first_month="2026-01", last_month="2026-05")
        assert answer.status_code == 422
        assert not Rehearsal.objects.exists()

    def test_a_draft_with_problems_is_refused_by_name(self, firm, next_rules, as_):
        next_rules.indicators.filter(kpi=firm.revenue).delete()
        answer = post(as_(firm.hr), "rehearse", next_rules.pk, first_month="2026-05", last_month="2026-05")
        assert answer.status_code == 422
        assert "All departments: The weights add up to 80" in text_of(answer)

    def test_says_so_where_nothing_is_published(self, firm, scheme, as_):
        answer = post(as_(firm.hr), "rehearse", scheme.pk)
        assert (answer.status_code, "No month is published" in text_of(answer)) == (422, True)

    def test_is_for_human_resources_and_the_chief_operating_officer(self, firm, next_rules, as_):
        for user in (firm.gm, firm.mia, firm.auditor):
            assert get(as_(user), "rehearse", next_rules.pk).status_code == 403
            assert "Rehearse" not in text_of(get(as_(user), "scheme", next_rules.pk)).replace("Rehearsals", "")


class TestReading:
    def test_shows_before_and_after(self, firm, rehearsal, as_):
        body = text_of(get(as_(firm.hr), "rehearsal", rehearsal.pk))
        for word in ("90.50", "83.00", "Better rank", "Month by month", "Nothing in here is a score"):
            assert word in body

    def test_is_read_by_those_who_read_every_draft_and_nobody_else(self, firm, rehearsal, as_):
        for user in (firm.gm, firm.auditor, firm.coo):
            assert get(as_(user), "rehearsal", rehearsal.pk).status_code == 200
        for user in (firm.mia, firm.nora):
            assert get(as_(user), "rehearsal", rehearsal.pk).status_code == 403

    def test_is_sorted_by_difference_filtered_and_exported(self, firm, rehearsal, as_):
        client = as_(firm.hr)
        assert "South" not in text_of(get(client, "rehearsal", rehearsal.pk, moved="grade"))
        assert "North" not in text_of(get(client, "rehearsal", rehearsal.pk, q="sou"))
        file = get(client, "rehearsal", rehearsal.pk, export="csv", sort="difference")
        lines = b"".join(file.streaming_content).decode().splitlines()
        # South loses 10.00, North 7.50, Works nothing.
        assert [line.partition(",")[0] for line in lines[1:]] == ["South", "North", "Works"]

    def test_says_when_the_draft_was_changed_since(self, firm, rehearsal, as_):
        client = as_(firm.hr)
        assert "was changed since" not in text_of(get(client, "rehearsal", rehearsal.pk))
        Scheme.objects.filter(pk=rehearsal.scheme_id).update(max_total=Decimal(100))
        assert "was changed since" in text_of(get(client, "rehearsal", rehearsal.pk))

    def test_a_job_that_was_given_up_is_told_as_failed(self, firm, next_rules, as_):
        made = services.request_rehearsal(scheme=next_rules, by=firm.hr, now=clock.now())
        JobRun.objects.filter(pk=made.job_id).update(state="failed", error="The worker was lost.")
        assert "The worker was lost." in text_of(get(as_(firm.hr), "rehearsal", made.pk))
        answer = get(as_(firm.hr), "rehearsal_progress", made.pk)
        assert answer.headers["HX-Refresh"] == "true"

    def test_stand_in_a_list(self, firm, rehearsal, as_):
        assert "Next, version 2" in text_of(get(as_(firm.gm), "rehearsals"))


class TestApi:
    @pytest.fixture
    def call(self, client, firm):
        """`call(method, path, body)` as HR's system."""
        _key, key = make_key(
            firm.hr, ["assessments.view", "assessments.view_drafts", "assessments.view_schemes", "assessments.rehearse"]
        )

        def ask(method, path, body=None):
            given = {"headers": {"Authorization": f"Bearer {key}"}}
            if body is not None:
                given |= {"data": body, "content_type": "application/json"}
            return getattr(client, method)(f"/api/v1/{path}", **given)

        return ask

    def test_asks_for_one_and_reads_it(self, firm, next_rules, call):
        asked = call("post", "rehearsals/", {"scheme": next_rules.pk})
        assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
        made = Rehearsal.objects.get()
        list(services.rehearse_steps(rehearsal=made, now=NOW))
        found = call("get", f"rehearsals/{made.pk}/").json()
        assert (found["whole"]["compared"], found["is_outdated"], found["months"][0]["month"]) == (3, False, "2026-05")
        rows = call("get", f"rehearsals/{made.pk}/scores/").json()["results"]
        north = next(row for row in rows if row["department"]["code"] == "NORTH")
        assert (north["old_total"], north["new_total"], north["change"]) == ("90.50", "83.00", "-7.50")

    def test_refuses_what_the_page_refuses(self, firm, next_rules, call):
        next_rules.indicators.filter(kpi=firm.revenue).delete()
        answer = call("post", "rehearsals/", {"scheme": next_rules.pk})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "scheme_not_ready")

    def test_gives_quarters_and_the_calendar(self, firm, may, call):
        found = call("get", "period-scores/?kind=quarter&first_month=2026-04").json()
        assert (found["name"], found["published_months"]) == ("Q2 2026", ["2026-05"])
        assert [row["score"] for row in found["scores"]][:2] == ["114.00", "90.50"]
        steps = {row["step"]: row for row in call("get", "month-calendar/?month=2026-05").json()["steps"]}
        assert (steps["publish"]["due_on"], steps["publish"]["state"], steps["publish"]["days_left"]) == (
            "2026-06-12",
            "done",
            -1,
        )

    @pytest.mark.parametrize("month", ["9999-12", "1000-01", "2026-07"])
    def test_months_beyond_what_is_known_are_not_found(self, firm, may, call, month):
        assert call("get", f"period-scores/?kind=year&first_month={month}").status_code == 404
        assert call("get", f"month-calendar/?month={month}").status_code == 404

    @pytest.mark.parametrize("month", ["9999-12", "2026-07"])
    def test_a_rehearsal_of_months_to_come_is_refused(self, firm, may, call, month):
        answer = call("post", "rehearsals/", {"scheme": Scheme.objects.get().pk, "first_month": month})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "nothing_to_rehearse")


class TestTheBoard:
    def test_shows_the_calendar_with_a_countdown(self, firm, scheme, settings, as_):
        settings.FIXED_TODAY = "2026-06-10"
        body = text_of(get(as_(firm.hr), "month", MAY))
        assert "2 working days to publication." in body
        assert "It is the turn of: Human resources." in body
        assert "2 working days overdue" in body

    def test_says_how_late_a_month_was_published(self, firm, may, as_):
        # Due on Friday 12 June, published on Monday the 15th.
        assert "1 working day late" in text_of(get(as_(firm.hr), "month", MAY))

    def test_follows_the_calendar_of_the_scheme(self, firm, scheme, settings, as_):
        settings.FIXED_TODAY = "2026-06-10"
        rules = draft(
            by=firm.hr, departments=firm.assessed, lines=firm.lines, first="2026-07", name="Faster", note="Asked for"
        )
        Scheme.objects.filter(pk=rules.pk).update(calendar={"publish": "8"})
        approved(rules, by=firm.hr, deciders=[firm.coo, firm.gm])
        settings.FIXED_TODAY = "2026-08-03"
        assert "7 working days to publication." in text_of(get(as_(firm.hr), "month", Month(2026, 7)))

    @pytest.mark.parametrize(
        ("today", "due"),
        [("2026-02-05", "Reports are taken until 6 Feb 2026"), ("2026-02-09", "To be worked out by 9 Feb 2026")],
    )
    def test_the_home_page_says_what_is_due_next(self, firm, scheme, settings, as_, today, due):
        settings.FIXED_TODAY = today
        assert due in text_of(as_(firm.coo).get(reverse("dashboards:scores")))

    def test_the_home_page_says_whose_turn_it_is(self, firm, scheme, settings, as_):
        settings.FIXED_TODAY = "2026-02-09"
        assert "it is the turn of: Human resources" in text_of(as_(firm.coo).get(reverse("dashboards:scores")))


class TestWhatIsAwaited:
    @pytest.fixture
    def waiting(self, firm):
        """Accidents are entered, order is rated by the COO and by the GM; neither was done, and missing blocks."""
        lines = [
            terms(firm.revenue, 60, cap="1.2"),
            Terms(code="ACC", name="Accidents", kpi=None, method="deduction", weight=Decimal(20), params={
                "items": [{"code": "fire", "name": "Fire", "points_each": "5"}], "missing": {"policy": "pending"},
            }),
            Terms(code="ORD", name="Order", kpi=None, method="descriptive", weight=Decimal(20), params={
                "levels": {"good": "100", "bad": "0"}, "min_raters": 2, "missing": {"policy": "pending"},
                "raters": [{"id": firm.coo.email, "weight": "1"}, {"id": firm.gm.email, "weight": "1"}],
            }),
        ]  # fmt: skip
        rules = draft(by=firm.hr, departments=firm.assessed, lines=lines)
        return approved(rules, by=firm.hr, deciders=[firm.coo, firm.gm])

    def test_names_entries_and_the_raters_who_have_said_nothing(self, firm, waiting, as_):
        order = waiting.indicators.get(code="ORD")
        Rating.objects.create(
            month=MAY.first_day, indicator=order, department=firm.north, level="good", said_by=firm.coo, said_at=NOW
        )
        run = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        found = {one.department: one for one in blockers_of(run, date(2026, 6, 15)).lines}
        north = {one.name: one for one in found[firm.north.pk].awaited}
        assert north["Accidents"].what == What.ENTRY
        assert (north["Order"].what, north["Order"].missing) == (What.RATINGS, ("Gus General",))
        body = text_of(get(as_(firm.hr), "month", MAY))
        assert "not entered yet" in body and "not rated yet by Gus General" in body

    def test_blocks_publication(self, firm, waiting):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        with pytest.raises(services.MonthNotComplete):
            services.hand_in_month(month=MAY, by=firm.hr, now=NOW)


class TestTooMany:
    def grades(self, *counts):
        return [GradeCount(grade, count, is_grade=True) for grade, count in zip("ABCDE", counts, strict=True)]

    def test_warns_above_a_fifth_and_not_at_it(self, may):
        assert too_many(may.run, self.grades(2, 8, 0, 0, 0)) == ()
        (found,) = too_many(may.run, self.grades(3, 7, 0, 0, 0))
        assert (found.grade, found.count, found.most) == ("A", 3, 2)

    def test_says_nothing_of_groups_under_five(self, may):
        assert too_many(may.run, self.grades(4, 0, 0, 0, 0)) == ()
