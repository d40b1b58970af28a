"""What looks wrong is told before it is stored, wherever values come in, at the cost of two statements."""

import random
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.tests.factories import UserFactory
from apps.departments.models import Department
from apps.departments.tests.factories import DepartmentFactory
from apps.imports.services.checking import map_import
from apps.imports.services.committing import WarningsOpen, request_commit
from apps.imports.services.runs import scope_at
from apps.imports.services.uploading import start_import
from apps.kpis.management.commands import import_kpi_values
from apps.kpis.models import Kpi, KpiValue
from apps.kpis.rules.checks import oddities
from apps.kpis.rules.screening import MONTHS_BACK, suspects
from apps.kpis.services import Definition, change_definition
from apps.kpis.services.doubting import odd_words, part_words
from apps.kpis.services.importing import VALUE_TARGET
from apps.kpis.tests.factories import entry, make_kpi, record
from apps.periods.services import open_periods

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
HEAD = "department,kpi,month,value\n"
ODD = (
    "NORTH,SALES,2026-08,10700\n"  # a hundred times too large
    "NORTH,SALES,2026-09,-108\n"  # the sign none had
    "NORTH,SALES,2026-10,109\n"
    "NORTH,COST,2026-08,57\n"  # as in July
)


SIZES = [number * 10**power for number in (-3, -1, 1, 3) for power in range(5)]


class TestScreen:
    def test_misses_nothing_that_the_exact_look_finds(self):
        chance = random.Random(5)
        rows = []
        for place in range(300):
            kind, month = chance.choice(("flat", "signed", "small", "wild")), 0
            for _step in range(chance.randint(1, 40)):
                month += chance.choice((1, 1, 1, 2, 9))
                usual = {"flat": 7, "signed": -40, "small": 0, "wild": chance.choice((1, 5, 30))}[kind]
                number = usual + chance.randint(-2, 2)
                rows.append((place, month, Decimal(number * chance.choice((1,) * 12 + (-1, 10, 100, 1000)))))
        places, months, values = (np.array(column) for column in zip(*rows, strict=True))
        found, known = suspects(places, months, values.astype(float))
        assert 0 < found.sum() < len(rows) / 2
        seen = set()
        for index, (place, month, value) in enumerate(rows):
            near = [
                (v, month - m)
                for p, m, v in rows[max(0, index - MONTHS_BACK) : index]
                if p == place and month - m <= MONTHS_BACK
            ]
            before, ago = [v for v, _back in near], [back for _v, back in near]
            assert known[index] == len(before)
            codes = oddities(value, before, ago)
            assert set(codes) <= set(oddities(value, before)) | {"limits"}, "a season takes doubts away"
            seen |= set(codes)
            assert found[index] or not codes, (index, codes)
        assert seen == {"scale", "outlier", "sign", "copied", "limits"}

    @settings(max_examples=300)
    @given(st.lists(st.one_of(st.just(0), st.sampled_from(SIZES), st.integers(-20, 20)), min_size=5, max_size=30))
    def test_misses_nothing_among_zeros_and_both_signs(self, numbers):
        values = [Decimal(number) / 10 for number in numbers]
        floats = np.array([float(value) for value in values])
        found, known = suspects(np.zeros(len(values), dtype=np.int64), np.arange(len(values)), floats)
        for index, value in enumerate(values):
            codes = oddities(value, values[index - known[index] : index])
            assert found[index] or not codes, (index, codes)

    def test_leaves_most_of_a_gappy_column_alone(self):
        chance = random.Random(3)
        values = np.array([chance.choice((0, 0, 3, 4, 5)) for _month in range(5000)], dtype=float)
        found, _known = suspects(np.arange(5000) // 50, np.arange(5000) % 50, values)
        assert found.mean() < 0.02


@pytest.fixture
def house(settings, db):
    settings.FIXED_TODAY = "2026-11-20"
    open_periods(now=NOW)
    coo = UserFactory(roles=["coo"], email="coo@company.test")
    north = DepartmentFactory(code="NORTH", name="North")
    kpis = [make_kpi(north, code=code) for code in ("SALES", "COST")]
    record(
        [
            entry(kpi, north, f"2026-0{month}", base + month)
            for kpi, base in zip(kpis, (100, 50), strict=True)
            for month in range(1, 8)
        ],
        by=coo,
        now=NOW,
    )
    return coo


def sent(by, text, name="values.csv"):
    who = {"by": by, "scope": scope_at(by, NOW), "now": NOW}
    run = start_import(target=VALUE_TARGET.name, upload=SimpleUploadedFile(name, text.encode()), **who)
    return map_import(run=run, mapping=run.mapping, **who)


@pytest.mark.django_db
class TestImport:
    def test_names_row_column_and_reason_and_refuses_none(self, house):
        run = sent(house, HEAD + ODD)
        assert (run.state, run.bad_row_count, run.problem_count, run.warning_count) == ("checked", 0, 0, 3)
        assert (run.is_rehearsed, run.created_count) == (True, 4)
        told = [(row.line, row.column, row.value, row.message) for row in run.problems.filter(is_warning=True)]
        assert [line[:3] for line in told] == [(2, "value", "10700"), (3, "value", "-108"), (5, "value", "57")]
        assert "100 or 1,000 times off" in told[0][3]
        assert "a sign that none" in told[1][3]
        assert "never repeated itself" in told[2][3]

    def test_waits_until_somebody_confirms(self, house, client):
        run = sent(house, HEAD + ODD)
        given = {"run": run, "mode": "all_or_nothing", "by": house, "scope": scope_at(house, NOW), "now": NOW}
        with pytest.raises(WarningsOpen, match="3 values look wrong"):
            request_commit(**given)
        client.force_login(house)
        page = client.get(reverse("imports:detail", args=[run.pk])).content.decode()
        assert "3 values look wrong. I have looked at them: they are right." in page
        assert "100 or 1,000 times off" in page
        shown = client.get(reverse("imports:detail", args=[run.pk]), {"kind": "problem"}).content.decode()
        assert "100 or 1,000 times off" not in shown
        client.post(reverse("imports:commit", args=[run.pk]), {"mode": "all_or_nothing", "confirmed": "1"})
        run.refresh_from_db()
        assert run.state == "committing"

    def test_what_is_stored_already_is_not_doubted_again(self, house):
        record([entry(KpiValue.objects.first().series.kpi, KpiValue.objects.first().series.department, "2026-08", 10700)],
               by=house, now=NOW)  # fmt: skip
        assert sent(house, HEAD + "NORTH,SALES,2026-08,10700\n").warning_count == 0

    def test_months_measured_otherwise_are_no_months_before(self, house):
        for code, other in (("SALES", {"unit": "kg"}), ("COST", {"name": "What it costs"})):
            kpi = Kpi.objects.get(code=code)
            now_is = {"name": kpi.name, "unit": kpi.definition.unit, "direction": kpi.definition.direction}
            change_definition(
                kpi=kpi, definition=Definition(**{**now_is, **other}), valid_from=date(2026, 8, 1), reason="So agreed.",
                by=house, now=NOW,
            )  # fmt: skip
        run = sent(house, HEAD + ODD)
        assert list(run.problems.values_list("line", "value")) == [(5, "57")]
        assert sent(house, HEAD + "NORTH,SALES,2026-07,10700\n").warning_count == 1

    def test_costs_as_many_statements_for_few_rows_as_for_many(self, house):
        def reads(text):
            with CaptureQueriesContext(connection) as found:
                sent(house, text)
            return sum("kpis_judged" in query["sql"] and "COPY" in query["sql"] for query in found), len(found)

        many = "".join(
            f"NORTH,{kpi},2025-{month:02d},{month * 7}\n" for kpi in ("SALES", "COST") for month in range(1, 13)
        )
        few, more = reads(HEAD + ODD), reads(HEAD + many)
        assert abs(few[1] - more[1]) <= 2, (few, more)

    def test_lines_of_one_file_are_months_before_one_another(self, house):
        rows = "".join(f"NORTH,NEW,2025-{month:02d},{20 + month},higher\n" for month in range(1, 12))
        text = "department,kpi,month,value,direction\n" + rows + "NORTH,NEW,2025-12,3200,higher\n"
        run = sent(house, text)
        assert list(run.problems.values_list("line", "is_warning")) == [(13, True)]


@pytest.mark.django_db
class TestLimits:
    YEAR = (100, 104, 98, 103, 99, 101, 105, 97, 102, 100, 104, 99)
    WORDS = (
        "120 lies outside the usual range of the 12 months before, 89 to 113 (last: 99). If it is right, say in a note what "
        "changed."
    )

    @pytest.fixture
    def year(self, house):
        self.north = Department.objects.get(code="NORTH")
        self.hours = make_kpi(self.north, code="HOURS")
        record(
            [entry(self.hours, self.north, f"2025-{month:02d}", value) for month, value in enumerate(self.YEAR, start=1)],
            by=house, now=NOW,
        )  # fmt: skip
        return house

    def test_are_told_by_the_import(self, year):
        run = sent(year, HEAD + "NORTH,HOURS,2026-01,120\nNORTH,HOURS,2026-02,102\n")
        told = [(row.line, row.column, row.message) for row in run.problems.filter(is_warning=True)]
        assert told == [(2, "value", self.WORDS)]
        assert (run.bad_row_count, run.created_count) == (0, 2), "a warning, no refusal"

    def test_are_told_by_the_api_and_by_the_grid_in_the_same_words(self, year, client):
        client.force_login(year)
        row = {"department": "NORTH", "kpi": "HOURS", "month": "2026-01", "value": "120"}
        answer = client.post(
            "/api/v1/kpi-values/", {"rows": [row], "reason": "Late."}, content_type="application/json"
        ).json()
        assert (answer["created"], answer["rows"][0]["warnings"]) == (1, [{"code": "limits", "message": self.WORDS}])
        assert list(odd_words(Decimal(120), [Decimal(value) for value in self.YEAR])) == ["limits"]


@pytest.mark.django_db
class TestSeason:
    USUAL = (100, 103, 98, 102, 99, 101, 104, 97, 102, 100, 103)
    FILE = HEAD + "NORTH,GIFTS,2025-12,201\n"

    @pytest.fixture
    def years(self, house):
        north = Department.objects.get(code="NORTH")
        gifts = make_kpi(north, code="GIFTS")
        months = [(year, month) for year in (2023, 2024, 2025) for month in range(1, 13) if (year, month) < (2025, 12)]
        record(
            [
                entry(gifts, north, f"{year}-{month:02d}", 202 if month == 12 else self.USUAL[month - 1])
                for year, month in months
            ],
            by=house, now=NOW,
        )  # fmt: skip
        return house

    def test_the_december_of_every_year_is_not_doubted_by_the_import(self, years):
        assert sent(years, self.FILE).warning_count == 0
        far = sent(years, HEAD + "NORTH,GIFTS,2025-12,260\n")
        assert ["outside the usual range" in row.message for row in far.problems.all()] == [True]

    def test_another_month_at_the_height_of_december_is(self, years):
        run = sent(years, HEAD + "NORTH,GIFTS,2025-12,201\nNORTH,GIFTS,2026-01,99\nNORTH,GIFTS,2026-02,201\n")
        assert list(run.problems.values_list("line", flat=True)) == [4]

    def test_the_api_turns_no_right_december_away(self, years, client):
        client.force_login(years)
        row = {"department": "NORTH", "kpi": "GIFTS", "month": "2025-12", "value": "201"}
        body = {"rows": [row], "reason": "Late.", "warnings": "refuse"}
        answer = client.post("/api/v1/kpi-values/", body, content_type="application/json")
        assert (answer.status_code, answer.json()["created"], answer.json()["warned"]) == (200, 1, 0), answer.json()

    def test_the_grid_and_the_page_of_waiting_values_know_the_season(self, years, client):
        client.force_login(years)
        gifts, north = Kpi.objects.get(code="GIFTS"), Department.objects.get(code="NORTH")
        Kpi.objects.filter(code="GIFTS").update(needs_approval=True)
        address = f"{reverse('kpis:entry')}?department={north.pk}&month=2025-12"
        body = {"step": "save", "reason": "Late.", f"value-{gifts.pk}": "201", f"kind-{gifts.pk}": "number"}
        assert client.post(address, body).status_code == 302
        page = client.get(reverse("kpis:waiting")).content.decode()
        assert ("GIFTS" in page, "outside the usual range" in page) == (True, False)

    def test_months_that_are_missing_move_no_december(self, years):
        KpiValue.objects.filter(series__kpi__code="GIFTS", month=date(2025, 3, 1)).update(state="superseded")
        assert sent(years, self.FILE).warning_count == 0


@pytest.mark.django_db
class TestParts:
    HEAD = "department,kpi,month,value,numerator,denominator\n"
    LARGE = "NORTH,TIMELY,2026-08,,1140000,1200000\n"
    WORDS = (
        "The denominator 1200000 is about 10, 100 or 1,000 times off the usual size (last: 1207): the rate would count by "
        "it where several are put together. Is the unit right?"
    )

    @pytest.fixture
    def parts(self, house):
        north = Department.objects.get(code="NORTH")
        timely = make_kpi(north, code="TIMELY", over_time="ratio", over_departments="ratio", scale=Decimal(100))
        wage = make_kpi(north, code="WAGE", over_time="weighted", over_departments="weighted")
        months = [(f"2026-0{month}", month) for month in range(1, 8)]
        rates = [
            entry(timely, north, name, numerator=1130 + 3 * month, denominator=1200 + month) for name, month in months
        ]
        wages = [entry(wage, north, name, 30 + month, denominator=80 + month) for name, month in months]
        record([*rates, *wages], by=house, now=NOW)
        return house

    def told(self, by, rows):
        run = sent(by, self.HEAD + rows)
        assert run.bad_row_count == 0
        return [(row.line, row.is_warning, row.message) for row in run.problems.all()]

    def test_both_parts_a_thousand_times_too_large_are_told_by_the_import(self, parts):
        assert self.told(parts, self.LARGE) == [(2, True, self.WORDS)]
        assert self.told(parts, "NORTH,TIMELY,2026-08,,1150,1200\nNORTH,TIMELY,2026-09,,114,120\n") == [
            (3, True, self.WORDS.replace("1200000", "120").replace("1207", "1200"))
        ]
        assert self.told(parts, "NORTH,TIMELY,2026-08,,1900,2000\n") == [], "a denominator may grow"

    def test_a_weight_is_called_a_weight(self, parts):
        ((_line, _is_warning, message),) = self.told(parts, "NORTH,WAGE,2026-08,38,,85000\n")
        assert message.startswith("The weight 85000 is about 10, 100 or 1,000 times off the usual size (last: 87):")

    def test_only_news_is_doubted_the_denominator_apart_from_the_value(self, parts):
        north, wage = Department.objects.get(code="NORTH"), Kpi.objects.get(code="WAGE")
        record([entry(wage, north, "2026-08", 38, denominator=85)], by=parts, now=NOW)
        assert len(self.told(parts, "NORTH,WAGE,2026-08,38,,85000\n")) == 1, "the value is as it was"
        record([entry(wage, north, "2026-08", 38, denominator=85000)], by=parts, now=NOW)
        assert self.told(parts, "NORTH,WAGE,2026-08,39,,85000\n") == []

    def test_the_api_refuses_it_until_it_is_confirmed(self, parts, client):
        client.force_login(parts)
        row = {
            "department": "NORTH",
            "kpi": "TIMELY",
            "month": "2026-08",
            "numerator": "1140000",
            "denominator": "1200000",
        }

        def answer(**more):
            body = {"rows": [row | more], "reason": "Late.", "warnings": "refuse"}
            return client.post("/api/v1/kpi-values/", body, content_type="application/json")

        refused = answer()
        assert (refused.status_code, self.WORDS in refused.content.decode()) == (422, True)
        taken = answer(confirmed=True).json()
        assert (taken["created"], taken["rows"][0]["warnings"]) == (1, [{"code": "scale", "message": self.WORDS}])

    def test_months_measured_otherwise_are_no_months_before(self, parts):
        timely = Kpi.objects.get(code="TIMELY")
        was = timely.definition
        change_definition(
            kpi=timely, valid_from=date(2026, 8, 1), reason="So agreed.", by=parts, now=NOW,
            definition=Definition(
                name=was.name, unit="kg", direction=was.direction, over_time="ratio", over_departments="ratio",
                scale=was.scale,
            ),
        )  # fmt: skip
        assert self.told(parts, self.LARGE) == []

    def test_a_file_without_denominators_costs_no_statement_more(self, parts):
        def reads(rows):
            with CaptureQueriesContext(connection) as found:
                self.told(parts, rows)
            return sum("'weighted' IN" in query["sql"] for query in found)

        assert (reads("NORTH,SALES,2026-08,10700,,\n"), reads(self.LARGE)) == (0, 1)

    def test_the_grid_and_the_page_of_waiting_values_tell_it_too(self, parts, client):
        client.force_login(parts)
        timely, north = Kpi.objects.get(code="TIMELY"), Department.objects.get(code="NORTH")
        Kpi.objects.filter(code="TIMELY").update(needs_approval=True)
        typed = {"numerator": "1140000", "denominator": "1200000", "kind": "number", "note": "", "base": ""}
        body = {"step": "save", "reason": "Late.", **{f"{name}-{timely.pk}": text for name, text in typed.items()}}
        address = f"{reverse('kpis:entry')}?department={north.pk}&month=2026-08"
        page = client.post(address, body)
        assert (page.status_code, self.WORDS in page.content.decode()) == (422, True)
        mark = re.search(rf'name="checked-{timely.pk}" value="(\w+)"', page.content.decode())[1]
        assert client.post(address, {**body, f"checked-{timely.pk}": mark}).status_code == 302
        assert self.WORDS in client.get(reverse("kpis:waiting")).content.decode()

    def test_words_name_the_field(self):
        earlier = [Decimal(1200)] * 4
        assert list(part_words(Decimal(-1200), earlier, is_weight=True)) == ["sign"]
        assert part_words(Decimal(1200), earlier, is_weight=False) == {}, "a denominator may repeat itself"


@pytest.mark.django_db
class TestCommand:
    @pytest.mark.parametrize("bulk_bytes", [0, 10**9])
    def test_tells_what_looks_wrong_and_refuses_it_when_asked(self, house, capsys, tmp_path, monkeypatch, bulk_bytes):
        monkeypatch.setattr(import_kpi_values, "BULK_BYTES", bulk_bytes)
        path = tmp_path / "values.csv"
        path.write_text(HEAD + ODD)
        call_command("import_kpi_values", str(path), "--dry-run")
        told = capsys.readouterr().out
        assert "4 rows, 0 with problems, 3 values that look wrong." in told
        assert "row 3, value: looks wrong: -108 has a sign" in told
        with pytest.raises(CommandError):
            call_command("import_kpi_values", str(path), "--refuse-odd")
        assert not KpiValue.objects.filter(month=date(2026, 8, 1)).exists()
        capsys.readouterr()
        call_command("import_kpi_values", str(path))
        assert "4 created" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_api_of_imports_waits_for_a_word(house, client):
    client.force_login(house)
    key = reverse("api:import-list")
    answer = client.post(key, {"target": VALUE_TARGET.name, "file": SimpleUploadedFile("v.csv", (HEAD + ODD).encode())})
    run = answer.json()
    assert (answer.status_code, run["state"], run["warning_count"]) == (202, "checked", 3)
    commit = f"{key}{run['id']}/commit/"
    refused = client.post(commit, {}, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "warnings_unconfirmed")
    told = client.get(f"{key}{run['id']}/problems/").json()["results"]
    assert [(row["row"], row["is_warning"]) for row in told] == [(2, True), (3, True), (5, True)]
    assert client.post(commit, {"confirmed": True}, content_type="application/json").json()["state"] == "committing"
