"""What was typed is never lost: reload, expired session, a second look. And the keyboard reaches everything."""

import re

import pytest
from playwright.sync_api import Page, expect

FORM = "/staff/hire/"
NAME = "input[name=name]"
NOTE = "What you typed before has been put back"


def type_name(page: Page, text: str) -> None:
    page.fill(NAME, text)
    expect(page.locator(NAME)).to_have_value(text)


class TestDraft:
    def test_comes_back_after_a_reload_and_can_be_dropped(self, open_as):
        page = open_as("hr", FORM)
        type_name(page, "Ada Draft")
        page.reload()
        expect(page.get_by_text(NOTE)).to_be_visible()
        expect(page.locator(NAME)).to_have_value("Ada Draft")
        page.get_by_role("button", name="Start afresh").click()
        expect(page.locator(NAME)).to_have_value("")
        page.reload()
        expect(page.get_by_text(NOTE)).to_have_count(0)

    def test_survives_a_session_that_ended_while_typing(self, open_as, portal):
        page = open_as("hr", FORM)
        type_name(page, "Bea Expired")
        page.context.clear_cookies(name=re.compile("session"))
        page.locator("main form button[type=submit]").click()
        page.wait_for_url("**/login/**")
        entry = portal.sign_ins["hr"]
        page.fill("input[name=login]", entry["email"])
        page.fill("input[name=password]", entry["password"])
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(f"**{FORM}")
        expect(page.locator(NAME)).to_have_value("Bea Expired")
        expect(page.get_by_text(NOTE)).to_be_visible()

    def test_stands_beside_the_refusal_when_the_server_sends_it_back(self, open_as):
        page = open_as("hr", FORM)
        type_name(page, "Cy Refused")
        page.locator("main form button[type=submit]").click()
        expect(page.locator(".invalid-feedback").first).to_be_visible()
        expect(page.locator(NAME)).to_have_value("Cy Refused")
        expect(page.get_by_text(NOTE)).to_have_count(0)

    def test_is_forgotten_when_the_person_cancels(self, open_as):
        page = open_as("hr", FORM)
        type_name(page, "Di Cancelled")
        page.locator("[data-draft-discard]").click()
        page.goto(FORM)
        expect(page.locator(NAME)).to_have_value("")


class TestKeyboard:
    def test_slash_opens_the_search_and_arrows_lead_to_the_page(self, open_as):
        page = open_as("coo", "/")
        page.keyboard.press("/")
        expect(page.locator("#global-search")).to_be_focused()
        page.keyboard.type("peo")
        expect(page.locator("#search-results [role=option]").first).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/staff/**")

    def test_first_tab_stop_skips_to_the_content(self, open_as):
        page = open_as("coo", "/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip-link")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()

    def test_the_menu_of_a_phone_opens_and_closes(self, open_as):
        page = open_as("coo", "/", width="narrow")
        expect(page.locator(".sidebar-link").first).not_to_be_in_viewport()
        page.locator("[data-bs-toggle=offcanvas]").press("Enter")
        expect(page.locator(".sidebar-link").first).to_be_in_viewport()
        page.keyboard.press("Escape")
        expect(page.locator(".sidebar-link").first).not_to_be_in_viewport()


class TestTheme:
    @pytest.mark.parametrize(("system", "other"), [("light", "dark"), ("dark", "light")])
    def test_follows_the_system_until_the_person_chooses(self, open_as, system, other):
        page = open_as("coo", "/", theme=system)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", system)
        page.locator("[data-theme-toggle]").click()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", other)
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", other)


class TestList:
    def test_narrows_while_typing_and_keeps_it_in_the_address(self, open_as):
        page = open_as("coo", "/staff/")
        rows = page.locator("#list tbody tr")
        before = rows.count()
        name = page.locator("#list tbody tr .cell-link").first.inner_text()
        page.locator("#list-search").press_sequentially(name)
        expect(page).to_have_url(re.compile(r"q="))
        expect(page.locator("#list-search")).to_be_focused()
        expect(page.locator("#list-search")).to_have_value(name)
        assert 1 <= rows.count() < before
        page.reload()
        expect(page.locator("#list-search")).to_have_value(name)
        page.get_by_role("link", name="Clear all").click()
        expect(rows).to_have_count(before)
