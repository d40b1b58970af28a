"""Values of a month, in a browser: pasted from a spreadsheet, doubted, looked at beforehand, saved, approved by another."""

import json

import pytest
from playwright.sync_api import expect

from tests.journeys.acting import judge

PASTE = """([selector, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const field = document.querySelector(selector);
  field.focus();
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def define(page, **fields):
    """A KPI through its form; gives its code."""
    page.goto("/kpis/new/")
    page.select_option("#id_department", index=1)
    for name, value in {"over_departments": "sum", "over_time": "sum", "direction": "higher", **fields}.items():
        field = page.locator(f"#id_{name}")
        if field.evaluate("field => field.type") == "checkbox":
            field.check()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Define it").click()
    expect(page.locator(".toast-success")).to_contain_text("The KPI is defined")


def grid_of(page, department):
    """The grid of the present month, with everything the department may report."""
    page.goto(f"/kpis/entry/?department={department}&month=2026-11&all=1")


def field(page, code, name):
    """The field of a KPI in the grid."""
    return page.locator(f'[data-entry-row][data-code="{code}"] [name^="{name}-"]')


@pytest.mark.parametrize(("width", "theme"), [("wide", "light"), ("narrow", "dark")])
class TestEntryGrid:
    def test_takes_a_paste_and_tells_what_changes(self, open_as, shoot, width, theme):
        page = open_as("coo", "/kpis/new/", width=width, theme=theme)
        self.look(page, shoot, f"kpi-new-{width}")
        mark = width.upper()
        plain, share, watched = f"J-PLAIN-{mark}", f"J-SHARE-{mark}", f"J-WATCH-{mark}"
        define(page, code=plain, name=f"Journey plain {width}")
        define(
            page, code=share, name=f"Journey share {width}", over_departments="ratio", over_time="ratio", scale="100"
        )
        define(page, code=watched, name=f"Journey watched {width}", needs_approval=True)
        page.goto("/kpis/new/")
        department = page.locator("#id_department option").nth(1).get_attribute("value")

        grid_of(page, department)
        expect(page.locator("main")).to_contain_text("Open until")
        self.look(page, shoot, f"kpi-entry-1-empty-{width}")
        first = f"#main [name={json.dumps(field(page, plain, 'value').get_attribute('name'))}]"
        rows = f"{share}\t91\t104\t\n{plain}\t1.234,5\t\tA fair in May\n{watched}\t7,25\n"
        page.evaluate(PASTE, [first, rows])
        expect(page.locator("[data-entry-said]")).to_contain_text("Rows were found by their code or name")
        expect(field(page, plain, "value")).to_have_value("1234.5")
        expect(field(page, watched, "value")).to_have_value("7.25")
        expect(field(page, plain, "note")).to_have_value("A fair in May")
        expect(field(page, share, "denominator")).to_have_value("104")
        expect(page.locator(f'[data-code="{share}"] [data-result]')).to_have_text("= 87.50")
        page.get_by_role("button", name="Take the paste back").click()
        expect(field(page, plain, "value")).to_have_value("")
        page.evaluate(PASTE, [first, rows])

        page.get_by_role("button", name="See what changes").click()
        expect(page.get_by_role("heading", name="What changes when you save")).to_be_visible()
        expect(page.locator(".entry-preview")).to_contain_text("1,234.50")
        self.look(page, shoot, f"kpi-entry-2-preview-{width}")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".toast-success")).to_contain_text("1 value waits for approval")
        expect(field(page, plain, "value")).to_have_value("1234.5")
        expect(field(page, share, "numerator")).to_have_value("91")
        self.look(page, shoot, f"kpi-entry-3-saved-{width}")

        field(page, plain, "value").fill("many")
        field(page, share, "numerator").fill("92")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("main")).to_contain_text("“many” is not a number")
        expect(field(page, share, "numerator")).to_have_value("92")
        self.look(page, shoot, f"kpi-entry-4-refused-{width}")

        page.goto("/kpis/waiting/")
        expect(page.locator("main")).to_contain_text("your own: somebody else must approve it")
        self.look(page, shoot, f"kpi-waiting-own-{width}")

    def look(self, page, shoot, name):
        shoot(page, name)
        judge(page, name)


class TestKeyboard:
    def test_enter_goes_down_the_column_and_saves_nothing(self, open_as):
        page = open_as("coo", "/kpis/new/")
        define(page, code="J-KEY-1", name="Journey key 1")
        define(page, code="J-KEY-2", name="Journey key 2")
        page.goto("/kpis/new/")
        grid_of(page, page.locator("#id_department option").nth(1).get_attribute("value"))
        field(page, "J-KEY-1", "value").fill("5")
        field(page, "J-KEY-1", "value").press("Enter")
        expect(field(page, "J-KEY-2", "value")).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(field(page, "J-KEY-1", "value")).to_be_focused()
        page.reload()
        expect(field(page, "J-KEY-1", "value")).to_have_value("5")
        expect(page.get_by_text("What you typed before has been put back")).to_be_visible()
