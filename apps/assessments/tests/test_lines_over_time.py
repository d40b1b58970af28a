"""The lines of a department month by month: points of weight, value against target, each leading to its receipt."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.selectors.line_histories import lines_over_time
from apps.assessments.tests.factories import NOW, approved, draft, published, rule, terms
from apps.core.month import Month
from apps.kpis.tests.factories import entry, record

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)


def page(client, department, **query):
    return client.get(reverse("assessments:department", args=[department.pk]), query)


def table_of(response):
    """The table of lines as lists of words, a row each."""
    (table,) = re.findall(r'<table class="line-months">.*?</table>', response.content.decode(), flags=re.DOTALL)
    return [
        [
            re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).replace("\xa0", " ").strip()
            for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", row, flags=re.DOTALL)
        ]
        for row in re.findall(r"<tr>.*?</tr>", table, flags=re.DOTALL)
    ]


def publish(firm, *months):
    for month in months:
        published(month, by=firm.hr, deciders=[firm.coo, firm.gm])


def file_of(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


class TestTheTable:
    def test_shows_points_of_weight_and_value_against_target(self, firm, scheme, as_):
        publish(firm, "2026-05")
        heads, may = table_of(page(as_(firm.hr), firm.north))
        assert heads == ["Month", "Revenue REV", "Complaints COM"]
        assert may[0] == "May 2026"
        assert may[1] == "Revenue, May 2026: 66.50 of 70 95.00, target 100.00"
        assert may[2].startswith("Complaints, May 2026: 24.00 of 30 3")

    def test_leads_each_cell_to_its_receipt(self, firm, scheme, as_):
        publish(firm, "2026-05")
        body = page(as_(firm.hr), firm.north).content.decode()
        line = scheme.indicators.get(code="REV")
        where = f"/assessments/2026-05/departments/{firm.north.pk}/"
        assert f'href="{where}#line-{line.pk}"' in body
        assert f'id="line-{line.pk}"' in as_(firm.hr).get(where).content.decode()

    def test_says_in_words_what_is_missing_and_has_the_newest_month_first(self, firm, scheme, as_):
        publish(firm, "2026-04", "2026-05")
        _heads, may, april = table_of(page(as_(firm.hr), firm.works))
        assert (may[0], april[0]) == ("May 2026", "Apr 2026")
        assert may[1] == "Revenue, May 2026: 0.00 of 70 Not reported: scored 0"
        assert april[2] == "Complaints, Apr 2026: 0.00 of 30 Not reported: scored 0"

    def test_shows_the_version_that_is_published_now(self, firm, scheme, as_):
        publish(firm, "2026-05")
        record([entry(firm.revenue, firm.north, "2026-05", 100)], by=firm.coo)
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="North counted again.")
        assert "66.50 of 70" in table_of(page(as_(firm.hr), firm.north))[1][1]
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        rule(case, firm.gm)
        services.publish_month(month=MAY, by=firm.hr, now=NOW)
        _heads, may = table_of(page(as_(firm.hr), firm.north))
        assert "70.00 of 70 100.00, target 100.00" in may[1]

    def test_keeps_an_indicator_in_one_column_over_versions_of_the_rules(self, firm, scheme, as_):
        lines = [terms(firm.complaints, 40, code="COM", name="Complaints now"), terms(firm.revenue, 60, code="NEW")]
        made = draft(by=firm.hr, departments=firm.assessed, lines=lines, first="2026-05", name="Next", note="Asked for")
        # In May, when its figures were still to come.
        approved(made, by=firm.hr, deciders=[firm.coo, firm.gm], now=datetime(2026, 5, 20, 9, tzinfo=UTC))
        publish(firm, "2026-04", "2026-05")
        heads, may, april = table_of(page(as_(firm.hr), firm.north))
        assert heads[1:] == ["Complaints now COM", "Revenue NEW", "Revenue REV"]
        assert [cell.endswith("not in the rules") for cell in may[1:]] == [False, False, True]
        assert [cell.endswith("not in the rules") for cell in april[1:]] == [False, True, False]
        assert "of 40" in may[1] and "of 30" in april[1]

    def test_is_not_there_before_anything_is_published(self, firm, scheme, as_):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        assert "line-months" not in page(as_(firm.hr), firm.north).content.decode()

    def test_stands_in_the_part_for_the_page_of_the_department_too(self, firm, scheme, as_):
        publish(firm, "2026-05")
        url = reverse("assessments:department", args=[firm.north.pk])
        body = as_(firm.hr).get(url, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in body
        assert "66.50 of 70" in body

    def test_is_out_of_reach_for_whoever_may_not_read_the_department(self, firm, scheme, as_):
        publish(firm, "2026-05")
        assert page(as_(firm.mia), firm.works).status_code == 404
        assert page(as_(firm.mia), firm.works, export="csv").status_code == 404
        assert page(as_(UserFactory(roles=["administrator"])), firm.works).status_code == 403
        assert "66.50 of 70" in page(as_(firm.nora), firm.north).content.decode()


class TestTheFile:
    def test_holds_one_line_a_row_with_the_figures_as_they_are_kept(self, firm, scheme, as_):
        publish(firm, "2026-04", "2026-05")
        rows = file_of(page(as_(firm.hr), firm.north, export="csv"))
        facts = ("Month", "Version", "Code", "Weight", "Points", "Value", "Target", "State", "What was reported")
        assert [tuple(row[name] for name in facts) for row in rows[:1]] == [
            ("2026-05-01", "1", "REV", "70.00", "66.50", rows[0]["Value"], rows[0]["Target"], "Scored", "")
        ]
        assert (float(rows[0]["Value"]), float(rows[0]["Target"])) == (95, 100)
        assert [(row["Month"], row["Code"]) for row in rows] == [
            ("2026-05-01", "REV"), ("2026-05-01", "COM"), ("2026-04-01", "REV"), ("2026-04-01", "COM"),
        ]  # fmt: skip
        assert rows[2]["Value"] == ""
        assert rows[2]["What was reported"] == "Not reported: scored 0"

    def test_refuses_a_kind_of_file_there_is_not(self, firm, scheme, as_):
        assert page(as_(firm.hr), firm.north, export="exe").status_code == 404


class TestItsCost:
    def test_is_the_same_for_three_months_and_for_twelve(self, firm, as_, scope_for, django_assert_num_queries):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines, first="2025-06")
        approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])
        months = Month(2025, 6).until(MAY)
        publish(firm, *months[:3])
        client, scope = as_(firm.hr), scope_for(firm.hr)
        counts = []
        for more in ((), months[3:]):
            publish(firm, *more)
            page(client, firm.north)
            with CaptureQueriesContext(connection) as caught:
                assert page(client, firm.north).status_code == 200
            counts.append(len(caught))
            with django_assert_num_queries(3):
                found = lines_over_time(scope, firm.north)
        assert (len(found.history), len(found.lines)) == (12, 24)
        assert counts[0] == counts[1]
