"""KPI values from files, in a browser: wrong rows named, the mended file stored and taken back; months side by side."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.journeys.acting import judge
from tests.journeys.test_import import first_department

HEADINGS = ("Department", "KPI", "Better", "Month", "Value", "Comment")


def as_file(name, rows):
    """The rows as a CSV file to be sent."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return {"name": name, "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def bad_rows(department, code):
    """One right row and three that cannot stand."""
    return [
        HEADINGS,
        (department, code, "higher", "2026-11", "12.50", "A fair"),
        (department, code, "higher", "2026-10", "many", ""),
        (department, code, "higher", "2027-05", "13", ""),
        ("Nowhere", code, "higher", "2026-10", "14", ""),
    ]


def mended_rows(department, code):
    """The same, put right."""
    return [
        HEADINGS,
        (department, code, "higher", "2026-11", "12.50", "A fair"),
        (department, code, "higher", "2026-10", "11.75", ""),
    ]


def send(page, file):
    """The first step: what it holds, and the file."""
    page.goto("/imports/new/")
    page.select_option("#id_target", "kpis.values")
    page.set_input_files("#id_file", file)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Match the columns")


def figures(page, code):
    """The KPI in the list, as it stands in October."""
    page.goto(f"/kpis/?q={code}&month=2026-10")
    return page.locator("#list tbody")


def take_back(page):
    """Undo what was just imported, and wait for the end."""
    page.get_by_role("link", name="Take it back").click()
    page.fill("#id_reason", "Only a journey")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("h1")).to_contain_text("Undone", timeout=60_000)


def look(page, shoot, name):
    """A picture, no violation of what axe knows, nothing wider than the window."""
    shoot(page, name)
    judge(page, name)


@pytest.mark.parametrize(("width", "theme"), [("wide", "light"), ("narrow", "dark")])
class TestBadFile:
    def test_is_named_row_by_row_then_mended_stored_and_taken_back(self, open_as, shoot, width, theme):
        page = open_as("coo", "/imports/", width=width, theme=theme)
        department, code = first_department(page), f"J-IMP-{width.upper()}"
        send(page, as_file("values.csv", bad_rows(department, code)))
        assert page.locator("#id_how_direction option:checked").inner_text() == "Better"
        page.get_by_role("button", name="Check the rows").click()

        main = page.locator("main")
        expect(main).to_contain_text("“many” is not a number")
        expect(main).to_contain_text("May 2027 has not begun")
        expect(main).to_contain_text("There is no such department")
        expect(page.get_by_role("button", name="Import the 1 right row")).to_be_visible()
        look(page, shoot, f"kpi-import-1-bad-{width}")

        send(page, as_file("values mended.csv", mended_rows(department, code)))
        page.get_by_role("button", name="Check the rows").click()
        expect(main).to_contain_text("All 2 rows are right")
        look(page, shoot, f"kpi-import-2-mended-{width}")
        page.get_by_role("button", name="Import 2 rows").click()
        page.get_by_role("link", name="Take it back").wait_for(timeout=60_000)
        look(page, shoot, f"kpi-import-3-done-{width}")
        done = page.url
        expect(figures(page, code)).to_contain_text("11.75")

        page.goto(done)
        take_back(page)
        expect(figures(page, code)).not_to_contain_text("11.75")


@pytest.mark.parametrize(("width", "theme"), [("wide", "light"), ("narrow", "dark")])
class TestMonthsSideBySide:
    def test_become_rows_and_two_columns_make_a_month(self, open_as, shoot, width, theme):
        page = open_as("coo", "/imports/", width=width, theme=theme)
        department, code = first_department(page), f"J-SIDE-{width.upper()}"
        rows = [("Department", "KPI", "Better", "Sep 2026", "Oct 2026"), (department, code, "higher", "1.25", "2.75")]
        send(page, as_file("side by side.csv", rows))
        page.fill("#id_side", "{month} {year}")
        page.get_by_role("button", name="Read it again").click()
        expect(page.locator("#id_how_value option", has_text="amount")).to_be_attached()

        page.select_option("#id_how_value", label="amount")
        page.select_option("#id_how_month", label="a year and a month")
        page.select_option("#id_year_month", label="year")
        page.select_option("#id_month_month", label="month")
        look(page, shoot, f"kpi-import-4-side-{width}")
        page.get_by_role("button", name="Check the rows").click()
        expect(page.locator("main")).to_contain_text("All 2 rows are right")
        look(page, shoot, f"kpi-import-5-side-checked-{width}")
        page.get_by_role("button", name="Import 2 rows").click()
        page.get_by_role("link", name="Take it back").wait_for(timeout=60_000)
        done = page.url
        expect(figures(page, code)).to_contain_text("2.75")
        page.goto(done)
        take_back(page)
