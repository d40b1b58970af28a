"""A file's whole way, in a browser: sent, matched, looked at, imported by the worker, taken back."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.journeys.acting import judge

HEADINGS = ("Personnel no", "Full name", "Dept", "Start date")


def people(department):
    """Two people to be taken and one whose day cannot be read."""
    rows = [
        HEADINGS,
        ("J-0001", "Journey One", department, "2026-09-01"),
        ("J-0002", "Journey Two", department, "01.10.2026"),
        ("J-0003", "Journey Three", department, "some day"),
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return {"name": "joiners.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def first_department(page):
    """The name of some department, as the list shows it."""
    page.goto("/departments/list/")
    return page.locator("#list tbody tr td a").first.inner_text().strip()


@pytest.mark.parametrize(("width", "theme"), [("wide", "light"), ("narrow", "dark")])
class TestImport:
    def test_goes_in_and_out_again(self, open_as, shoot, width, theme):
        page = open_as("hr", "/imports/", width=width, theme=theme)
        department = first_department(page)

        page.goto("/imports/new/")
        page.select_option("#id_target", "staff.people")
        page.set_input_files("#id_file", people(department))
        self.look(page, shoot, f"import-1-file-{width}")
        page.get_by_role("button", name="Continue").click()

        expect(page.get_by_role("heading", level=1)).to_contain_text("Match the columns")
        assert page.locator("#id_how_hired_on option:checked").inner_text() == "Start date"
        assert page.locator("#id_how_number option:checked").inner_text() == "Personnel no"
        self.look(page, shoot, f"import-2-columns-{width}")
        page.get_by_role("button", name="Check the rows").click()

        expect(page.locator("main")).to_contain_text("“some day” is not a date")
        self.look(page, shoot, f"import-3-check-{width}")
        page.get_by_role("button", name="Import the 2 right rows").click()

        take_back = page.get_by_role("link", name="Take it back")
        take_back.wait_for(timeout=60_000)
        self.look(page, shoot, f"import-4-done-{width}")
        page.goto("/staff/?q=Journey")
        expect(page.locator("main")).to_contain_text("Journey One")

        page.goto("/imports/")
        self.look(page, shoot, f"import-5-list-{width}")
        page.get_by_role("link", name="joiners.csv").first.click()
        take_back.click()
        page.fill("#id_reason", "Only a journey")
        page.get_by_role("button", name="Take it back").click()
        expect(page.locator("h1")).to_contain_text("Undone", timeout=60_000)
        page.goto("/staff/?q=Journey")
        expect(page.locator("main")).not_to_contain_text("Journey One")

        page.goto("/history/?q=Only a journey")
        self.look(page, shoot, f"import-6-history-{width}")

    def look(self, page, shoot, name):
        shoot(page, name)
        judge(page, name)
