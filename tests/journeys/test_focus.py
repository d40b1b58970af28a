"""By keyboard and on a phone: what has the focus is seen (WCAG 2.2, 2.4.11), what has no headings is sorted all the same."""

import pytest
from playwright.sync_api import expect

from tests.journeys.pages import IN_WORK

STEPS = 40
HIDDEN = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  if (one === document.body || !box.width || !box.height) return "";
  const isSeen = [0.1, 0.5, 0.9].some(right => [0.1, 0.5, 0.9].some(down => {
    const top = document.elementFromPoint(box.left + box.width * right, box.top + box.height * down);
    return top && (one.contains(top) || top.contains(one) || [...(one.labels || [])].some(label => label.contains(top)));
  }));
  return isSeen ? "" : one.outerHTML.slice(0, 160);
}"""
"""What has the focus and lies wholly under something else; nothing where a part of it is seen."""


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("path", ["/staff/", "/kpis/entry/", "/forecasts/", f"/assessments/{IN_WORK}/entries/"])
def test_what_has_the_focus_is_never_covered(open_as, path, width):
    page = open_as("coo", path, width=width, theme="light")
    page.locator("main :is(a[href], button, summary):visible").last.focus()
    covered = []
    for _ in range(STEPS):
        page.keyboard.press("Shift+Tab")
        covered.append(page.evaluate(HIDDEN))
    assert [one for one in covered if one] == []


def test_a_phone_sorts_by_the_button(open_as):
    page = open_as("coo", "/departments/list/", width="narrow", theme="dark")
    expect(page.locator("#list thead")).to_be_hidden()
    page.get_by_role("button", name="Sort", exact=True).click()
    page.locator(".list-sort").get_by_role("link", name="Code").click()
    expect(page.locator(".list-sort [aria-current]")).to_contain_text("upwards")
    codes = page.locator("#list tbody td[data-label=Code]").all_inner_texts()
    assert codes == sorted(codes)
