"""The pages: who may open them, what they show to whom, that every kind of nothing looks its own way, what they cost."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.departments import services as departments
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis import services
from apps.kpis.choices import Absence
from apps.kpis.selectors.months import all_lines
from apps.kpis.selectors.page import dated_versions
from apps.kpis.selectors.today import lines_today
from apps.kpis.services import Definition
from apps.kpis.tests.factories import NOW, aim, entry, make_kpi, record
from apps.kpis.tests.halls import MAY, TODAY, halls

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(settings):
    """The company of halls.py on 15 June 2026."""
    settings.FIXED_TODAY = TODAY.isoformat()
    return halls()


def page(client, name, *args, **query):
    response = client.get(reverse(f"kpis:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def text_of(body):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def detail(client, kpi, **query):
    return page(client, "detail", kpi.pk, **query)


class TestAccess:
    def test_strangers_sign_in_first(self, firm, client):
        for address in (reverse("kpis:list"), reverse("kpis:heat_map"), reverse("kpis:detail", args=[firm.own.pk])):
            assert client.get(address).status_code == 302

    @pytest.mark.parametrize("role", ["employee", "administrator"])
    def test_some_see_no_indicators(self, role, firm, as_):
        client = as_(UserFactory(roles=[role]))
        for address in (reverse("kpis:list"), reverse("kpis:heat_map"), reverse("kpis:detail", args=[firm.own.pk])):
            assert client.get(address).status_code == 403

    def test_a_manager_sees_nothing_of_other_departments(self, firm, as_):
        client = as_(firm.manager)
        pages = [page(client, "list"), page(client, "heat_map"), page(client, "heat_map", department=firm.north.pk)]
        pages += [detail(client, firm.shared, tab=tab) for tab in ("overview", "values", "below", "targets", "history")]
        for body in pages:
            assert "Zzother" not in body
            assert "ZZKPI" not in body
            assert "7,777" not in body
            assert "7777" not in body

    def test_other_indicators_and_departments_do_not_exist_for_a_manager(self, firm, as_):
        client = as_(firm.manager)
        assert client.get(reverse("kpis:detail", args=[firm.other.pk])).status_code == 404
        for place in (firm.top, firm.south):
            address = reverse("kpis:detail", args=[firm.shared.pk])
            assert client.get(address, {"department": place.pk}).status_code == 404
            assert client.get(reverse("kpis:list"), {"department": place.pk}).status_code == 404
            assert client.get(reverse("kpis:heat_map"), {"department": place.pk}).status_code == 404

    def test_the_export_is_cut_the_same(self, firm, as_):
        response = as_(firm.manager).get(reverse("kpis:list"), {"export": "csv"})
        body = b"".join(response.streaming_content).decode()
        assert "Scrap" in body
        assert "Zzother" not in body
        assert "7777" not in body

    @pytest.mark.parametrize(
        "query",
        [{"month": "soon"}, {"tab": "secrets"}, {"tree": "never"}, {"department": "x"}, {"span": "7"},
         {"department": "999999"}],
    )  # fmt: skip
    def test_addresses_that_mean_nothing_are_not_found(self, query, firm, as_):
        assert as_(firm.coo).get(reverse("kpis:detail", args=[firm.own.pk]), query).status_code == 404

    def test_finance_has_no_history_tab(self, firm, as_):
        client = as_(UserFactory(roles=["finance"]))
        assert "tab=history" not in detail(client, firm.own)
        assert client.get(reverse("kpis:detail", args=[firm.own.pk]), {"tab": "history"}).status_code == 404


class TestList:
    def test_shows_the_last_closed_month_at_the_owner(self, firm, as_):
        text = text_of(page(as_(firm.coo), "list"))
        assert "May 2026" in text
        assert "56.0 kEUR" in text
        assert "1 of 2 reported" in text
        assert "Off target since Mar 2026" in text

    def test_shows_a_manager_what_is_owned_above_at_the_department_led(self, firm, as_):
        text = text_of(page(as_(firm.manager), "list", month="2026-04"))
        assert "55.0 kEUR" in text
        assert "North Hall" in text

    def test_of_a_department_shows_its_own_part(self, firm, as_):
        text = text_of(page(as_(firm.coo), "list", department=firm.depot.pk, month="2026-04"))
        assert "55.0 kEUR" in text
        assert "Scrap" not in text

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ({"status": "red"}, {"Sales", "Scrap"}),
            ({"status": "green"}, set()),
            ({"status": "off", "q": "scr"}, {"Scrap"}),
            ({"family": "Quality"}, {"Scrap"}),
            ({"tag": "board"}, {"Scrap"}),
            ({"direction": "lower"}, {"Scrap"}),
            ({"missing": "1"}, {"Sales"}),
            ({"missing": "1", "month": "2026-04"}, set()),
            ({"q": "zzk"}, {"Zzother figure"}),
        ],
    )
    def test_is_narrowed(self, query, shown, firm, as_):
        services.change_identity(
            kpi=firm.own,
            identity=services.Identity(department=firm.north, code="SCRAP", family="Quality", tags=("board",)),
            by=None,
            now=NOW,
        )
        body = page(as_(firm.coo), "list", **query)
        assert {name for name in ("Sales", "Scrap", "Zzother figure") if f">{name}</a>" in body} == shown

    def test_exports_numbers_and_kinds_of_nothing(self, firm, as_):
        make_kpi(
            firm.north, code="NONE", name="Nothing yet", reporting=(firm.north,), now=datetime(2026, 1, 5, tzinfo=UTC)
        )
        response = as_(firm.coo).get(reverse("kpis:list"), {"export": "csv"})
        lines = b"".join(response.streaming_content).decode().splitlines()
        assert len(lines) == 5
        assert any("Scrap" in line and "3.0000000000" in line and "Off target" in line for line in lines)
        assert any("Nothing yet" in line and "Not reported" in line and "<" not in line for line in lines)

    def test_says_what_waits_instead_of_calling_it_not_reported(self, firm, as_):
        kpi = make_kpi(firm.north, code="WAIT", name="Waits", needs_approval=True, reporting=(firm.north,))
        record([entry(kpi, firm.north, MAY, 3)], by=firm.coo, now=NOW)
        text = text_of(page(as_(firm.coo), "list", q="WAIT", month=MAY))
        assert "Waits for approval" in text
        assert "Not reported" not in text
        response = as_(firm.coo).get(reverse("kpis:list"), {"export": "csv", "q": "WAIT", "month": MAY})
        assert "Waits for approval" in b"".join(response.streaming_content).decode()

    def test_costs_the_same_however_many_there_are(self, firm, as_):
        client = as_(firm.coo)
        page(client, "list")
        few = queries_of(client, "list")
        for number in range(25):
            kpi = make_kpi(firm.north, name=f"More {number:02d}")
            record([entry(kpi, firm.north, MAY, number)], by=firm.coo, now=NOW)
        assert queries_of(client, "list") == few <= 15
        assert queries_of(as_(firm.manager), "list") <= 15


def queries_of(client, name, *args, **query):
    with CaptureQueriesContext(connection) as caught:
        page(client, name, *args, **query)
    return len(caught)


class TestKindsOfNothing:
    """Each is told apart on the list, on the page of the indicator and on the heat map."""

    def kinds(self, firm):
        """(indicator, month) of each kind."""
        early = datetime(2026, 1, 5, tzinfo=UTC)
        quarterly = make_kpi(
            firm.north, code="Q", name="Quarterly", frequency="quarter", reporting=(firm.north,), now=early
        )
        quiet = make_kpi(firm.north, code="N", name="Quiet", reporting=(firm.north,), now=NOW)
        secret = make_kpi(firm.north, code="S", name="Kept back", reporting=(firm.north,), now=NOW)
        late = make_kpi(firm.north, code="M", name="Overdue", reporting=(firm.north,), now=early)
        share = make_kpi(firm.north, code="F", name="Share", formula="SCRAP / N", now=NOW)
        record(
            [entry(quiet, firm.north, MAY, kind="no_data"), entry(secret, firm.north, MAY, kind="suppressed")],
            by=firm.coo,
            now=NOW,
        )
        return {
            "missing": (late, MAY),
            "not_due": (quarterly, MAY),
            "no_data": (quiet, MAY),
            "suppressed": (secret, MAY),
            "no_result": (share, MAY),
            "unexpected": (secret, "2025-09"),
        }

    def test_each_has_its_own_sign_and_word(self, firm, as_):
        client, kinds = as_(firm.coo), self.kinds(firm)
        listed = page(client, "list")
        mapped = page(client, "heat_map", department=firm.north.pk)
        for kind, (kpi, month) in kinds.items():
            mark, label = f"nothing-{kind.replace('_', '-')}", str(Absence(kind).label)
            body = detail(client, kpi, month=month)
            assert mark in body, kind
            assert label in text_of(body), kind
            if month == MAY:
                assert mark in listed, kind
                assert f"heat-{kind.replace('_', '-')}" in mapped, kind

    def test_a_closed_department_says_so(self, firm, as_):
        gone = DepartmentFactory(code="GONE", name="Gone", parent=firm.top)
        kpi = make_kpi(gone, name="Last one", reporting=(gone,), now=datetime(2026, 1, 5, tzinfo=UTC))
        departments.close_department(department=gone, on=date(2026, 5, 1), reason="x", by=None, now=NOW)
        assert "nothing-closed" in detail(as_(firm.coo), kpi, month=MAY)

    def test_nothing_is_due_before_the_cut_off(self, firm, as_):
        kpi = make_kpi(firm.north, name="Running", reporting=(firm.north,), now=NOW)
        assert "nothing-not-due" in detail(as_(firm.coo), kpi, month="2026-06")

    def test_zero_and_no_target_are_not_taken_for_each_other(self, firm, as_):
        kpi = make_kpi(firm.north, name="Accidents", direction="lower", decimals=0)
        record([entry(kpi, firm.north, MAY, 0)], by=firm.coo, now=NOW)
        client = as_(firm.coo)
        body = text_of(detail(client, kpi))
        assert "No target" in body
        assert "Not judged" in body
        aim(kpi, 0)
        body = text_of(detail(client, kpi))
        assert "No target" not in body
        assert "On target" in body


class TestPage:
    def test_tells_value_target_status_and_coverage(self, firm, as_):
        text = text_of(detail(as_(firm.coo), firm.shared, month=MAY))
        assert "56.0 kEUR" in text
        assert "Reported by 1 of 2 departments" in text
        assert "Against Apr 2026" in text
        assert "a year before" in text
        assert "100.0 kEUR" in text

    def test_draws_the_usual_range_from_twelve_points_on(self, firm, as_):
        client = as_(firm.manager)
        assert "Provisional" not in detail(client, firm.shared, month=MAY)
        assert "Provisional" in detail(client, firm.shared, month="2025-06")

    @pytest.mark.parametrize(
        ("month", "told", "untold"),
        [
            ("2025-03", ["Too few months to tell", "3 months so far, 4 are needed"], ["provisional"]),
            ("2025-04", ["No clear change (provisional)", "provisional: 4 months so far"], ["Too few"]),
            ("2025-11", ["(provisional)", "provisional: 11 months so far"], ["Too few"]),
            ("2025-12", ["No clear change"], ["provisional", "Too few"]),
        ],
    )
    def test_says_how_sure_a_verdict_is(self, month, told, untold, firm, as_):
        text = text_of(detail(as_(firm.coo), firm.shared, month=month))
        assert [word for word in told if word not in text] == []
        assert [word for word in untold if word in text] == []

    def test_lists_every_version_of_every_value(self, firm, as_):
        record([entry(firm.own, firm.north, "2026-04", 4)], by=firm.coo, now=NOW, reason="Counted again.")
        text = text_of(detail(as_(firm.manager), firm.own, tab="values"))
        assert "Counted again." in text
        assert "Replaced" in text
        assert "restated" in text
        assert "Cora Chief" in text

    def test_the_values_of_a_month_are_found_without_leaving_the_tab(self, firm, as_):
        body = detail(as_(firm.coo), firm.shared, tab="values", of=MAY, department=firm.top.pk)
        assert 'name="tab" value="values"' in body
        assert text_of(body).count("North Depot") == 1

    def test_shows_definitions_with_reason_and_linked_formula(self, firm, as_):
        made = make_kpi(firm.north, code="DOUBLE", formula="SCRAP * 2")
        services.change_definition(
            kpi=made,
            definition=Definition(name="Thrice", direction="lower", formula="SCRAP * 3"),
            valid_from=date(2026, 4, 1),
            reason="Because it is three.",
            by=None,
            now=NOW,
        )
        body = detail(as_(firm.coo), made, tab="definitions")
        assert "SCRAP * 2" in body
        assert "Because it is three." in body
        assert f'href="{firm.own.get_absolute_url()}"' in body

    def test_a_manager_reads_common_targets_and_those_below_only(self, firm, as_):
        aim(firm.shared, "55.5", department=firm.depot)
        aim(firm.shared, "44.4", department=firm.south)
        text = text_of(detail(as_(firm.manager), firm.shared, tab="targets"))
        assert "Everybody who reports" in text
        assert "55.5" in text
        assert "44.4" not in text

    def test_goes_down_the_tree_of_the_month(self, firm, as_):
        text = text_of(detail(as_(firm.coo), firm.shared, tab="below", month=MAY))
        assert "North Hall" in text
        assert "Not reported" in text
        assert "1 of 2" in text

    def test_the_tree_of_today_moves_the_past(self, firm, as_):
        departments.move_department(
            department=firm.depot, parent=firm.south, on=date(2026, 5, 1), reason="x", by=None, now=NOW
        )
        services.refresh_months(kpis=[firm.shared.pk], first=date(2026, 4, 1), last=date(2026, 5, 1))
        client = as_(firm.coo)
        query = {"department": firm.south.pk, "month": "2026-04"}
        assert "7,777.7 kEUR" in text_of(detail(client, firm.shared, **query))
        assert "7,832.7 kEUR" in text_of(detail(client, firm.shared, tree="today", **query))

    def test_costs_the_same_however_much_was_reported(self, firm, as_):
        client = as_(firm.coo)
        detail(client, firm.shared)
        tabs = ("overview", "values", "below", "targets", "definitions", "history")
        few = [queries_of(client, "detail", firm.shared.pk, tab=tab) for tab in tabs]
        more = [DepartmentFactory(parent=firm.south) for _number in range(6)]
        record([entry(firm.shared, place, MAY, 3) for place in more], by=firm.coo, now=NOW)
        assert [queries_of(client, "detail", firm.shared.pk, tab=tab) for tab in tabs] == few
        assert max(few) <= 15
        assert queries_of(client, "detail", firm.shared.pk, tree="today") <= 15


class TestTreeOfToday:
    @pytest.mark.parametrize("method", ["sum", "mean", "ratio", "weighted", "max", "min", "none"])
    def test_is_what_is_stored_while_the_tree_stays_as_it_was(self, method, firm):
        over_time = "last" if method == "none" else method
        kpi = make_kpi(firm.top, over_departments=method, over_time=over_time, direction="range", scale=Decimal(100))
        aim(kpi, 3, upper=9)
        aim(kpi, 4, upper=8, department=firm.south)
        record(
            [
                entry(kpi, firm.depot, "2026-01", 3, numerator=3, denominator=7),
                entry(kpi, firm.south, "2026-01", 9, numerator=1, denominator=2),
                entry(kpi, firm.north, "2026-02", 5, numerator=5, denominator=9),
                entry(kpi, firm.depot, "2026-02", kind="suppressed"),
                entry(kpi, firm.depot, "2026-03", kind="no_data"),
            ],
            by=firm.coo,
            now=NOW,
        )
        versions = dated_versions(kpi)
        for place in (firm.top, firm.north, firm.depot, firm.south):
            assert lines_today(kpi, place.pk, versions) == all_lines(kpi, place.pk), place.name


class TestHeatMap:
    def test_holds_departments_against_indicators(self, firm, as_):
        body = page(as_(firm.coo), "heat_map", month="2026-04")
        text = text_of(body)
        for words in ("North Hall", "SALES", "SCRAP", "Zzother Hall"):
            assert words in text
        assert re.search(r'heat-red"[^>]*title="North Hall, Scrap: 3.00, Off target"', body)
        address = f"{firm.own.get_absolute_url()}?month=2026-04&amp;department={firm.north.pk}"
        assert address in body

    def test_says_not_reported_where_a_report_is_missing(self, firm, as_):
        body = page(as_(firm.coo), "heat_map")
        assert re.search(r'heat-missing"[^>]*title="Zzother Hall, Sales: Not reported"', body)

    def test_never_shows_by_colour_alone(self, firm, as_):
        body = page(as_(firm.coo), "heat_map")
        cells = re.findall(r'<a class="heat-cell.*?</a>', body, re.DOTALL)
        assert cells
        assert all("<svg" in cell and 'class="visually-hidden">' in cell for cell in cells)

    def test_is_narrowed_by_family_and_tag_that_exist(self, firm, as_):
        client = as_(firm.coo)
        assert client.get(reverse("kpis:heat_map"), {"family": "Nowhere"}).status_code == 404
        assert "No KPIs to show" not in page(client, "heat_map")

    def test_costs_the_same_however_many_there_are(self, firm, as_):
        client = as_(firm.coo)
        page(client, "heat_map")
        few = queries_of(client, "heat_map")
        for number in range(8):
            place = DepartmentFactory(parent=firm.top)
            kpi = make_kpi(place, name=f"More {number}")
            record([entry(kpi, place, MAY, 1)], by=firm.coo, now=NOW)
        assert queries_of(client, "heat_map") == few <= 15
