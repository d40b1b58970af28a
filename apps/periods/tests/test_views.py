"""Who opens the calendar's pages, and what they show and do."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags

from apps.accounts.tests.factories import UserFactory
from apps.core.month import Month
from apps.periods.choices import FactKind, PeriodKind, PeriodState
from apps.periods.models import CalendarDay, CutOff, CutOffRule, Period
from apps.periods.selectors import period_of
from apps.periods.tests.factories import CalendarDayFactory, laid_out_calendar

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def calendar():
    return laid_out_calendar(NOW)


@pytest.fixture
def sign_in(client):
    def as_role(*roles):
        user = UserFactory(roles=list(roles))
        client.force_login(user)
        return user

    return as_role


def november(kind=FactKind.REPORTS):
    return CutOff.objects.get(period=period_of(Month(2026, 11)), kind=kind)


def pages(period):
    """Every page with the roles that open it."""
    everyone = {"coo", "gm", "manager", "hr", "finance", "employee", "auditor", "administrator", "integration"}
    return {
        reverse("periods:list"): everyone,
        reverse("periods:detail", args=[period.pk]): everyone,
        reverse("periods:calendar"): everyone,
        reverse("periods:rules"): everyone,
        reverse("periods:reopen", args=[period.pk]): {"coo"},
        reverse("periods:move_cut_off", args=[november().pk]): {"coo"},
        reverse("periods:declare_days"): {"administrator"},
        reverse("periods:change_rule", args=["reports"]): {"administrator"},
        reverse("periods:lay_out_year"): {"administrator"},
    }


class TestAccess:
    @pytest.mark.parametrize(
        "role", ["coo", "gm", "manager", "hr", "finance", "employee", "auditor", "administrator", "integration"]
    )
    def test_each_page_opens_for_its_roles_only(self, client, calendar, sign_in, role):
        sign_in(role)
        found = {url: client.get(url).status_code for url in pages(Period.objects.first())}
        expected = {url: 200 if role in roles else 403 for url, roles in pages(Period.objects.first()).items()}
        assert found == expected

    def test_strangers_are_sent_to_the_sign_in_page(self, client, calendar):
        for url in pages(Period.objects.first()):
            response = client.get(url)
            assert response.status_code == 302
            assert response.url.startswith(reverse("account_login"))


class TestListPage:
    def test_begins_with_the_present_month_and_shows_the_next_cut_offs(self, client, calendar, sign_in):
        sign_in("employee")
        response = client.get(reverse("periods:list"))
        html = response.content.decode()
        labels = [strip_tags(row.partition("</td>")[0]).strip() for row in response.context["table"]["rows"]]
        assert labels[:2] == ["November 2026", "October 2026"]
        assert labels[-1] == "December 2026"
        assert "working days left" in html

    def test_filters_by_year_and_kind(self, client, calendar, sign_in):
        sign_in("employee")
        html = client.get(reverse("periods:list"), {"year": "2026-01-01", "kind": "quarter"}).content.decode()
        assert "Q4 2026" in html
        assert "Q1 2027" not in html
        assert "November 2026</a>" not in html.split("core-list")[-1].split("<table")[-1]

    def test_an_unknown_year_is_not_found(self, client, calendar, sign_in):
        sign_in("employee")
        assert client.get(reverse("periods:list"), {"year": "1900-01-01"}).status_code == 404

    def test_costs_the_same_queries_for_one_year_and_for_many(self, client, sign_in, django_assert_max_num_queries):
        sign_in("employee")
        laid_out_calendar(datetime(2020, 6, 1, tzinfo=UTC))
        laid_out_calendar(NOW)
        client.get(reverse("periods:list"))
        with django_assert_max_num_queries(15):
            client.get(reverse("periods:list"), {"kind": "month"})

    def test_exports_the_cut_offs(self, client, calendar, sign_in):
        sign_in("auditor")
        response = client.get(reverse("periods:list"), {"export": "csv", "kind": "month", "year": "2026-01-01"})
        text = b"".join(response.streaming_content).decode()
        assert response.status_code == 200
        assert text.count("\n") == 13
        assert "2026-11-30" in text

    def test_says_so_when_nothing_is_laid_out(self, client, sign_in):
        sign_in("employee")
        assert "No periods here" in client.get(reverse("periods:list")).content.decode()


class TestDetailPage:
    def test_shows_the_cut_offs_of_a_month(self, client, calendar, sign_in):
        sign_in("manager")
        html = client.get(november().period.get_absolute_url()).content.decode()
        assert "KPI values" in html
        assert "7 Dec 2026, 18:00" in html
        assert reverse("periods:move_cut_off", args=[november().pk]) not in html

    def test_shows_the_months_of_a_quarter(self, client, calendar, sign_in):
        sign_in("manager")
        quarter = period_of(Month(2026, 11), kind=PeriodKind.QUARTER)
        html = client.get(quarter.get_absolute_url()).content.decode()
        assert all(name in html for name in ("October 2026", "November 2026", "December 2026"))

    def test_shows_who_moved_a_cut_off_and_why(self, client, calendar, sign_in):
        user = sign_in("coo")
        client.post(
            reverse("periods:reopen", args=[period_of(Month(2026, 10)).pk]),
            {"closes_at": "2026-11-25T18:00", "kinds": ["ledger"], "reason": "A supplier invoiced late"},
        )
        html = client.get(period_of(Month(2026, 10)).get_absolute_url()).content.decode()
        assert "A supplier invoiced late" in html
        assert user.name in html

    def test_a_missing_period_is_not_found(self, client, sign_in):
        sign_in("coo")
        assert client.get(reverse("periods:detail", args=[404])).status_code == 404


class TestMoveCutOff:
    def test_moves_it(self, client, calendar, sign_in):
        sign_in("coo")
        url = reverse("periods:move_cut_off", args=[november().pk])
        response = client.post(url, {"closes_at": "2026-12-10T12:00", "reason": "Server move"})
        assert response.status_code == 302
        assert november().closes_at == datetime(2026, 12, 10, 12, tzinfo=UTC)

    def test_keeps_what_was_typed_when_refused(self, client, calendar, sign_in):
        sign_in("coo")
        url = reverse("periods:move_cut_off", args=[november().pk])
        response = client.post(url, {"closes_at": "2026-11-01T12:00", "reason": "Server move"})
        html = response.content.decode()
        assert response.status_code == 422
        assert "has passed. Choose a moment after now." in html
        assert "Server move" in html
        assert "2026-11-01T12:00" in html

    def test_is_closed_to_others_also_by_post(self, client, calendar, sign_in):
        sign_in("administrator", "manager")
        url = reverse("periods:move_cut_off", args=[november().pk])
        assert client.post(url, {"closes_at": "2026-12-10T12:00", "reason": "x"}).status_code == 403
        assert not november().is_moved


class TestReopen:
    def test_opens_the_month_again(self, client, calendar, sign_in):
        sign_in("coo")
        october = period_of(Month(2026, 10))
        sent = {"closes_at": "2026-11-25T18:00", "kinds": ["ledger"], "reason": "Late invoice"}
        assert client.post(reverse("periods:reopen", args=[october.pk]), sent).status_code == 302
        assert period_of(Month(2026, 10)).state == PeriodState.OPEN

    def test_says_that_an_open_month_is_open(self, client, calendar, sign_in):
        sign_in("coo")
        sent = {"closes_at": "2026-12-25T18:00", "kinds": ["ledger"], "reason": "Late invoice"}
        response = client.post(reverse("periods:reopen", args=[november().period_id]), sent)
        assert response.status_code == 422
        assert "November 2026 is not closed" in response.content.decode()


class TestCalendarPage:
    def test_names_holidays_and_cut_offs(self, client, calendar, sign_in):
        CalendarDayFactory()
        sign_in("employee")
        html = client.get(reverse("periods:calendar")).content.decode()
        assert "Christmas Day" in html
        assert "Work reports, November 2026" in html
        assert reverse("periods:declare_days") not in html

    @pytest.mark.parametrize("year", ["x", "-1", "99999", "٢٠٢٦", ""])
    def test_answers_odd_years_without_failing(self, client, sign_in, year):
        sign_in("employee")
        assert client.get(reverse("periods:calendar"), {"year": year}).status_code == (404 if year else 200)

    def test_declares_and_removes_a_stretch(self, client, calendar, sign_in):
        sign_in("administrator")
        sent = {"kind": "holiday", "first_day": "2026-12-24", "last_day": "2026-12-25", "name": "Christmas"}
        response = client.post(reverse("periods:declare_days"), sent, follow=True)
        assert "The calendar was changed." in response.content.decode()
        assert list(CalendarDay.objects.values_list("day", flat=True)) == [date(2026, 12, 24), date(2026, 12, 25)]
        client.post(reverse("periods:withdraw_day", args=[CalendarDay.objects.first().pk]))
        assert CalendarDay.objects.count() == 1

    def test_tells_how_many_cut_offs_moved(self, client, calendar, sign_in):
        sign_in("administrator")
        sent = {"kind": "holiday", "first_day": "2026-12-02", "last_day": "", "name": "Founders' day"}
        html = client.post(reverse("periods:declare_days"), sent, follow=True).content.decode()
        assert "3 cut-offs moved with it." in html

    def test_puts_a_refusal_beside_the_field(self, client, calendar, sign_in):
        sign_in("administrator")
        sent = {"kind": "workday", "first_day": "2026-12-02", "last_day": "", "name": "Stocktaking"}
        response = client.post(reverse("periods:declare_days"), sent)
        assert response.status_code == 422
        assert "2 December 2026 is a working day anyway" in response.content.decode()
        assert "Stocktaking" in response.content.decode()

    def test_removing_takes_a_post(self, client, calendar, sign_in):
        sign_in("administrator")
        row = CalendarDayFactory()
        assert client.get(reverse("periods:withdraw_day", args=[row.pk])).status_code == 405


class TestRulesPage:
    def test_changes_a_rule(self, client, calendar, sign_in):
        sign_in("administrator")
        sent = {"working_day": 8, "closes_time": "12:00", "reason": "More time for reports"}
        assert client.post(reverse("periods:change_rule", args=["reports"]), sent).status_code == 302
        assert CutOffRule.objects.get(kind="reports").working_day == 8
        assert november().closes_at == datetime(2026, 12, 10, 12, tzinfo=UTC)

    def test_an_unknown_kind_is_not_found(self, client, calendar, sign_in):
        sign_in("administrator")
        assert client.get(reverse("periods:change_rule", args=["nonsense"])).status_code == 404

    def test_lays_out_an_earlier_year(self, client, calendar, sign_in):
        sign_in("administrator")
        assert client.post(reverse("periods:lay_out_year"), {"year": 2024}).status_code == 302
        assert Period.objects.filter(first_day=date(2024, 3, 1)).exists()

    def test_refuses_a_year_far_away(self, client, calendar, sign_in):
        sign_in("administrator")
        response = client.post(reverse("periods:lay_out_year"), {"year": 1950})
        assert response.status_code == 422
        assert "more than 20 years away" in response.content.decode()
