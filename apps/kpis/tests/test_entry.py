"""The entry grid: who may, what it shows, what it reads, doubts, refuses and stores; and what it would change."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.kpis import services
from apps.kpis.models import KpiMonth, KpiSeries, KpiTarget, KpiValue
from apps.kpis.rules.due import is_due
from apps.kpis.rules.typed import NumberProblem, decimal_mark, read_number
from apps.kpis.services import ChangedMeanwhile
from apps.kpis.tests.factories import NOW, aim, company_scope, entry, make_kpi, record

pytestmark = pytest.mark.django_db
MONTH = "2026-06"


def address(department, month=MONTH, **more):
    query = "&".join(f"{name}={value}" for name, value in {"department": department.pk, "month": month, **more}.items())
    return f"{reverse('kpis:entry')}?{query}"


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def sent(kpi, text="", *, shown=None, step="save", **fields):
    """What the browser sends for one row. SHOWN: the version the page was based on."""
    names = {"value": text, "note": "", "kind": "number", "base": shown.pk if shown else "", **fields}
    return {"step": step, **{f"{name}-{kpi.pk}": value for name, value in names.items()}}


def stored(kpi, department, month=MONTH):
    return KpiValue.objects.get(
        series__kpi=kpi, series__department=department, month=date.fromisoformat(f"{month}-01"), state="current"
    )


def mark_in(response, kpi):
    """The tick the page offers for a row."""
    return re.search(rf'name="checked-{kpi.pk}" value="(\w+)"', response.content.decode())[1]


@pytest.fixture
def visits(firm):
    """Visits, reported by North and South, 100 or so a month since January."""
    kpi = make_kpi(firm.sales, code="VISITS", name="Visits", reporting=(firm.north, firm.south))
    values = (101, 98, 103, 99, 102)
    rows = [
        entry(kpi, place, f"2026-0{at}", value)
        for place in (firm.north, firm.south)
        for at, value in enumerate(values, 1)
    ]
    record(rows, by=firm.coo)
    return kpi


class TestAccess:
    def test_strangers_sign_in_and_others_are_refused(self, firm, client, as_):
        assert "login" in client.get(reverse("kpis:entry"))["Location"]
        for user in (firm.employee, firm.auditor):
            assert as_(user).get(reverse("kpis:entry")).status_code == 403
            assert as_(user).post(reverse("kpis:entry")).status_code == 403

    def test_another_department_does_not_exist(self, firm, visits, as_):
        client = as_(firm.mia)
        assert client.get(address(firm.finance)).status_code == 404
        assert client.post(address(firm.finance), sent(visits, "5")).status_code == 404
        assert client.get(reverse("kpis:entry"), {"department": "x"}).status_code == 404

    def test_a_manager_enters_for_what_is_led(self, firm, visits, as_):
        response = as_(firm.mia).post(address(firm.north), sent(visits, "104"))
        assert response.status_code == 302
        assert stored(visits, firm.north).entered_by == firm.mia


class TestGrid:
    def test_shows_what_is_expected_with_last_value_target_and_time_left(self, firm, visits, as_):
        aim(visits, 110)
        make_kpi(firm.sales, code="SUM", name="Doubled", formula="VISITS * 2")
        make_kpi(firm.sales, code="YEAR", name="Yearly thing", frequency="year")
        make_kpi(firm.finance, code="CASH", name="Cash")
        body = text_of(as_(firm.mia).get(address(firm.north)))
        assert "Visits" in body
        assert "102.00" in body
        assert "110.00" in body
        assert "Open until" in body
        for absent in ("Doubled", "Yearly thing", "Cash"):
            assert absent not in body

    def test_offers_inherited_kpis_on_request(self, firm, visits, as_):
        make_kpi(firm.company, code="SAFE", name="Safety walks")
        client = as_(firm.mia)
        assert "Show one more KPI" in text_of(client.get(address(firm.north)))
        assert "Safety walks" in text_of(client.get(address(firm.north, all=1)))

    def test_says_when_the_figures_are_made_of_those_below(self, firm, visits, as_):
        assert "Nothing is expected of Sales itself" in text_of(as_(firm.coo).get(address(firm.sales)))
        assert "Nothing is expected" not in text_of(as_(firm.coo).get(address(firm.north)))

    def test_offers_numerator_and_denominator_of_a_ratio(self, firm, as_):
        share = make_kpi(firm.north, name="Share", over_departments="ratio", over_time="ratio", scale=Decimal(100))
        client = as_(firm.mia)
        body = text_of(client.get(address(firm.north)))
        assert f'name="numerator-{share.pk}"' in body
        assert f'name="value-{share.pk}"' not in body
        client.post(address(firm.north), sent(share, numerator="9", denominator="12"))
        assert stored(share, firm.north).value == 75

    def test_costs_as_many_queries_for_many_rows_as_for_few(self, firm, as_, django_assert_max_num_queries):
        client = as_(firm.coo)
        client.get(address(firm.north))
        for _time in range(2):
            for _number in range(8):
                record([entry(make_kpi(firm.north), firm.north, "2026-05", 5)], by=firm.coo)
            with django_assert_max_num_queries(17):
                client.get(address(firm.north))

    def test_says_when_nobody_may_enter(self, firm, visits, as_):
        client = as_(firm.mia)
        late = client.get(address(firm.north, "2026-03"))
        assert "readonly" in text_of(late)
        assert "Reason for the correction" not in text_of(late)
        assert "has not begun" in text_of(client.get(address(firm.north, "2026-08")))


class TestSaving:
    def test_stores_what_was_typed_and_leaves_the_rest_alone(self, firm, visits, as_):
        other = make_kpi(firm.north, name="Calls")
        client = as_(firm.mia)
        given = {**sent(other, ""), **sent(visits, "1 050,5", note="Fair in May")}
        page = client.post(address(firm.north), given)
        assert page.status_code == 422
        assert "times off the usual size" in text_of(page)
        done = client.post(address(firm.north), {**given, f"checked-{visits.pk}": mark_in(page, visits)})
        assert done.status_code == 302
        assert stored(visits, firm.north).value == Decimal("1050.5")
        assert stored(visits, firm.north).note == "Fair in May"
        assert not KpiSeries.objects.filter(kpi=other).exists()

    def test_a_tick_counts_for_the_value_it_was_given_for(self, firm, visits, as_):
        client = as_(firm.mia)
        tick = mark_in(client.post(address(firm.north), sent(visits, "1000")), visits)
        page = client.post(address(firm.north), sent(visits, "100000", checked=tick))
        assert page.status_code == 422
        assert not KpiValue.objects.filter(month=date(2026, 6, 1)).exists()

    def test_sent_twice_is_stored_once(self, firm, visits, as_):
        client = as_(firm.mia)
        for _time in range(2):
            assert client.post(address(firm.north), sent(visits, "104")).status_code == 302
        assert KpiValue.objects.filter(month=date(2026, 6, 1)).count() == 1

    def test_sent_twice_while_it_waits_is_stored_once(self, firm, as_):
        kpi = make_kpi(firm.north, needs_approval=True)
        client = as_(firm.mia)
        for _time in range(2):
            client.post(address(firm.north), sent(kpi, "104"))
        assert KpiValue.objects.get().state == "waiting"
        assert "Waits for approval" in text_of(client.get(address(firm.north)))

    def test_the_second_of_two_tabs_is_told_and_may_insist(self, firm, visits, as_):
        client = as_(firm.mia)
        client.post(address(firm.north), sent(visits, "104"))
        page = client.post(address(firm.north), sent(visits, "107", note="Mine"))
        body = text_of(page)
        assert page.status_code == 409
        assert "Somebody else entered another value meanwhile" in body
        assert 'value="107"' in body
        assert 'value="Mine"' in body
        assert "104" in body
        now = stored(visits, firm.north)
        assert f'name="base-{visits.pk}" value="{now.pk}"' in body
        assert client.post(address(firm.north), sent(visits, "107", shown=now)).status_code == 302
        assert stored(visits, firm.north).value == 107

    def test_an_old_page_does_not_undo_what_others_entered_in_other_rows(self, firm, visits, as_):
        other = make_kpi(firm.north, name="Calls")
        client = as_(firm.mia)
        client.post(address(firm.north), sent(visits, "104"))
        client.post(address(firm.north), {**sent(visits, ""), **sent(other, "7")})
        assert stored(visits, firm.north).value == 104
        assert stored(other, firm.north).value == 7

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"text": "many"}, "“many” is not a number"),
            ({"text": "n/a"}, "say that there is nothing to measure"),
            ({"text": "5", "kind": "no_data"}, "There is a number as well"),
            ({"text": "5", "kind": "odd"}, "Choose one of the three"),
            ({"text": "", "note": "why?"}, "There is no number"),
            ({"text": "5", "note": "x" * 501}, "longer than 500 signs"),
            ({"text": "-1"}, "below the lowest possible value"),
        ],
    )
    def test_a_refusal_keeps_every_row(self, firm, as_, fields, words):
        kpi = make_kpi(firm.north, name="Calls", minimum=Decimal(0))
        other = make_kpi(firm.north, name="Mails")
        page = as_(firm.mia).post(address(firm.north), {**sent(other, "17", note="kept"), **sent(kpi, **fields)})
        body = text_of(page)
        assert page.status_code == 422
        assert words in body
        assert 'value="17"' in body
        assert 'value="kept"' in body
        assert not KpiValue.objects.exists()

    def test_kinds_of_nothing_stay_apart_and_an_emptied_row_is_withdrawn(self, firm, visits, as_):
        client = as_(firm.mia)
        client.post(address(firm.north), sent(visits, kind="suppressed"))
        assert stored(visits, firm.north).kind == "suppressed"
        shown = stored(visits, firm.north)
        page = client.post(address(firm.north), sent(visits, shown=shown))
        assert "will be withdrawn" in text_of(page)
        client.post(address(firm.north), sent(visits, shown=shown, checked=mark_in(page, visits)))
        assert stored(visits, firm.north).kind == "withdrawn"

    def test_after_the_cut_off_a_correction_needs_a_reason(self, firm, visits, as_):
        client, old = as_(firm.money), stored(visits, firm.north, "2026-03")
        given = sent(visits, "105", shown=old)
        page = client.post(address(firm.north, "2026-03"), given)
        assert page.status_code == 422
        assert "needs a reason" in text_of(page)
        assert 'value="105"' in text_of(page)
        assert client.post(address(firm.north, "2026-03"), {**given, "reason": "Counted again"}).status_code == 302
        assert stored(visits, firm.north, "2026-03").is_restated

    def test_a_manager_is_refused_after_the_cut_off(self, firm, visits, as_):
        old = stored(visits, firm.north, "2026-03")
        page = as_(firm.mia).post(address(firm.north, "2026-03"), sent(visits, "105", shown=old, reason="Please"))
        assert page.status_code == 422
        assert "Record a correction with a reason, if you may correct." in text_of(page)
        assert stored(visits, firm.north, "2026-03").pk == old.pk


class TestPreview:
    def test_tells_every_roll_up_before_and_after_and_stores_nothing(self, firm, visits, as_):
        aim(visits, 200, department=firm.sales)
        make_kpi(firm.sales, code="PAIRS", name="Pairs", formula="VISITS / 2")
        record([entry(visits, firm.south, MONTH, 99)], by=firm.coo)
        found = services.preview_values(
            entries=[entry(visits, firm.north, MONTH, 104)], scope=company_scope(), by=firm.coo, now=NOW
        )
        moved = {
            (row.kpi.name, row.department): (row.before.value, row.after.value, row.after.status)
            for row in found.roll_ups
        }
        assert moved["Visits", "North"] == (None, 104, "grey")
        assert moved["Visits", "Sales"] == (99, 203, "green")
        assert moved["Pairs", "Sales"][:2] == (Decimal("49.5"), Decimal("101.5"))
        assert ("Visits", "South") not in moved
        assert not KpiValue.objects.filter(series__department=firm.north, month=date(2026, 6, 1)).exists()
        assert KpiMonth.objects.get(kpi=visits, department=firm.sales, month=date(2026, 6, 1)).value == 99

    def test_agrees_with_what_saving_does(self, firm, visits):
        given = {
            "entries": [entry(visits, firm.north, "2026-03", 150)],
            "scope": company_scope(),
            "by": firm.coo,
            "now": NOW,
        }
        found = services.preview_values(**given, reason="Why.")
        services.record_values(**given, reason="Why.")
        for row in found.roll_ups:
            month = KpiMonth.objects.get(kpi=row.kpi, department=row.department_id, month=row.month)
            assert (month.value, month.status, month.kind) == (row.after.value, row.after.status, row.after.kind)
        assert {row.department for row in found.roll_ups} == {"North", "Sales"}
        assert found.to_date_count == 2 * 2

    def test_keeps_what_lies_above_the_scope_to_itself(self, firm, as_):
        kpi = make_kpi(firm.company, name="Walks")
        record([entry(kpi, firm.finance, MONTH, 4711)], by=firm.coo)
        body = text_of(as_(firm.mia).post(address(firm.north, all=1), sent(kpi, "5", step="check")))
        assert "4,711" not in body
        assert "4,716" not in body
        assert "One more figure changes above what you may see" in body

    def test_of_values_that_wait_shows_what_follows_after_approval(self, firm):
        kpi = make_kpi(firm.north, needs_approval=True)
        found = services.preview_values(
            entries=[entry(kpi, firm.north, MONTH, 5)], scope=company_scope(), by=firm.coo, now=NOW
        )
        assert (found.waiting_count, [row.after.value for row in found.roll_ups]) == (1, [5])
        assert not KpiValue.objects.exists()

    def test_on_the_page_keeps_what_was_typed(self, firm, visits, as_):
        page = as_(firm.mia).post(address(firm.north), sent(visits, "104", step="check", note="Fair"))
        body = text_of(page)
        assert page.status_code == 200
        assert "What changes when you save" in body
        assert 'value="104"' in body
        assert 'value="Fair"' in body
        assert not KpiValue.objects.filter(month=date(2026, 6, 1)).exists()

    def test_a_formula_follows_an_input_it_borrows(self, firm):
        cost = make_kpi(firm.finance, code="COST")
        twice = make_kpi(firm.sales, code="TWICE", formula="COST * 2")
        for value in (10, 11):
            record([entry(cost, firm.finance, MONTH, value)], by=firm.coo)
        assert KpiMonth.objects.get(kpi=twice, department=firm.sales, month=date(2026, 6, 1)).value == 22


class TestEnterValues:
    def test_refuses_when_another_version_stands_there(self, firm, visits):
        record([entry(visits, firm.north, MONTH, 104)], by=firm.coo)
        mine = [entry(visits, firm.north, MONTH, 105, line=7)]
        given = {"scope": company_scope(), "by": firm.coo, "now": NOW}
        with pytest.raises(ChangedMeanwhile) as caught:
            services.enter_values(entries=mine, based_on={7: None}, **given)
        assert [row["row"] for row in caught.value.details["rows"]] == [7]
        done = services.enter_values(entries=mine, based_on={7: stored(visits, firm.north).pk}, **given)
        assert done.changed == 1


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "others", "value"),
        [
            ("12.5", ".", "12.5"),
            ("12,5", ".", "12.5"),
            ("1.234,5", ".", "1234.5"),
            ("1,234.5", ",", "1234.5"),
            ("1,234", ".", "1234"),
            ("1,234", ",", "1.234"),
            ("1.234", ",", "1.234"),
            ("1.234.567", ".", "1234567"),
            ("0,125", ".", "0.125"),
            ("(1 200)", ".", "-1200"),
            ("−3", ".", "-3"),
            ("12 %", ".", "12"),
            ("", ".", None),
        ],
    )
    def test_are_read_by_their_own_marks_else_by_the_others(self, text, others, value):
        assert read_number(text, others=others) == (None if value is None else Decimal(value))

    @pytest.mark.parametrize(
        ("text", "code"), [("1,234", "ambiguous"), ("n/a", "word"), ("x", "not_a_number"), ("9" * 30, "too_large")]
    )
    def test_are_refused_rather_than_guessed(self, text, code):
        with pytest.raises(NumberProblem) as caught:
            read_number(text, others=None)
        assert caught.value.code == code

    def test_marks_that_contradict_each_other_tell_nothing(self):
        assert decimal_mark(["1,5", "2.5"]) is None
        assert decimal_mark(["1,5", "1,234"]) == ","
        assert decimal_mark(["1,234"]) == "."

    @pytest.mark.parametrize(
        ("frequency", "month", "fiscal", "due"),
        [
            ("month", 2, 1, True),
            ("quarter", 3, 1, True),
            ("quarter", 4, 1, False),
            ("year", 12, 1, True),
            ("year", 3, 4, True),
            ("quarter", 6, 4, True),
        ],
    )
    def test_of_months_a_frequency_is_due_in(self, frequency, month, fiscal, due):
        assert is_due(frequency, date(2026, month, 1), fiscal_first_month=fiscal) is due


def test_a_target_for_a_department_goes_before_that_for_everybody(firm, visits, as_):
    aim(visits, 110)
    aim(visits, 95, department=firm.north)
    body = text_of(as_(firm.mia).get(address(firm.north)))
    assert KpiTarget.objects.count() == 2
    assert "95.00" in body
    assert "110.00" not in body
