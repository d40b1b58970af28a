"""The worked month of DOMAIN.md in a browser: 91.41 A, after an appeal 93.05 beside it, after a veto 0.00 E; and beside it a
target that changes in April, complaints that nobody reported, a margin that does not apply."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.core.http.cells import MINUS
from tests.journeys import sales_march
from tests.journeys.acting import act, approve, look, press, signing_in
from tests.journeys.conftest import NARROW, WIDE
from tests.journeys.server import RunningPortal

BOARD = "/assessments/2026-03/"
POINTS = ["28.75", "18.00", "12.00", "11.00", "18.40"]
FIRST = [*("88.15", "89.91", "2.00", "-0.50"), "91.41"]
SECOND = [*("89.75", "91.55", "2.00", "-0.50"), "93.05"]
THIRD = [*SECOND[:-1], "0.00", "0.00"]
EVIDENCE = "File 7 of the safety officer"


@pytest.fixture(scope="module")
def sales_portal():
    running = RunningPortal(loaded_by="tests.journeys.sales_march.load", today=sales_march.BEFORE_CUT_OFF)
    try:
        yield running.start()
    finally:
        running.stop()


@dataclass
class People:
    """Pages of those who take part, opened anew when another day has begun."""

    sign_in: Any

    def __post_init__(self) -> None:
        self.hr, self.coo, self.manager = (self.sign_in(role) for role in ("hr", "coo", "manager"))


def digits(page: Page, cells: str) -> list[str]:
    """What stands in cells of the receipt, with a plain minus."""
    return [text.strip().replace("\N{MINUS SIGN}", "-") for text in page.locator(cells).all_inner_texts()]


def points_on(page: Page) -> list[str]:
    """The points of the lines."""
    return digits(page, ".receipt-table tbody td[data-label=Points]")


def sums_on(page: Page) -> list[str]:
    """From the sum of points down to the score."""
    return digits(page, ".receipt-table tfoot td.cell-number")


def card_of(page: Page, name: str) -> Any:
    """The part of the page in which an indicator is reported."""
    return page.locator(".register-card").filter(has=page.get_by_role("heading", name=name, exact=True))


def open_reports(page: Page) -> None:
    """What Sales reports for March."""
    page.goto(f"{BOARD}entries/")
    page.locator("#list .cell-link").first.click()


def report_complaints(page: Page) -> None:
    """Four complaints, two of them free."""
    open_reports(page)
    card = card_of(page, "Complaints")
    card.get_by_label("Yes, as often as written here").check()
    card.get_by_label("Complaint", exact=True).fill("4")
    card.get_by_role("button", name="Report").click()
    expect(card_of(page, "Complaints")).to_contain_text("Complaint: 4")


def report_milestones(page: Page, *, pilot: str, note: str = "") -> None:
    """The plan in time; the pilot, due on the 20th, on the day PILOT."""
    open_reports(page)
    card = card_of(page, "Milestones")
    rows = (("plan", "60", "2026-03-10", "2026-03-09"), ("pilot", "40", "2026-03-20", pilot))
    for number, row in enumerate(rows):
        for name, value in zip(("code", "weight", "due", "done"), row, strict=True):
            card.locator(f"[name=row-{number}-{name}]").fill(value)
        card.locator(f"[name=row-{number}-name]").fill(row[0].title())
    if note:
        card.locator("[name=note]").fill(note)
        card.locator("[name=evidence]").fill(f"{note} Sheet 7.")
    card.get_by_role("button", name="Report").click()
    expect(card_of(page, "Milestones")).to_contain_text("2 of 2 milestones done")
    expect(card_of(page, "Milestones")).to_contain_text(note)


def give_personal_part(page: Page, points: str) -> None:
    """The head says how Sam worked."""
    page.goto(f"{BOARD}appraise/")
    page.get_by_label("Sam Seller, points of 100").fill(points)
    press(page, "Save")
    expect(page.locator("main")).to_contain_text("1 of 1 given")


def add_event(people: People, item: str, day: str, *, month: str = "2026-03", name: str = "") -> None:
    """HR proposes it with evidence; it counts once the COO has confirmed it."""
    page = people.hr
    page.goto(f"/assessments/register/new/?month={month}")
    page.select_option("[name=item]", item)
    page.select_option("[name=department]", label="Sales (SALES)")
    page.fill("[name=happened_on]", day)
    page.fill("[name=name]", name)
    page.fill("[name=evidence]", EVIDENCE)
    press(page, "Propose")
    expect(page.locator("main")).to_contain_text("The hr")
    expect(page.get_by_role("link", name="Confirm")).to_have_count(0)
    look(page, f"worked-event-{item.partition(':')[2]}")
    people.coo.goto(page.url)
    expect(people.coo.locator("main")).to_contain_text(EVIDENCE)
    people.coo.get_by_role("link", name="Confirm", exact=True).click()
    people.coo.fill("[name=ruling]", "Evidence seen.")
    press(people.coo, "Confirm")
    expect(people.coo.locator("main")).to_contain_text("Confirmed")


def publish(people: People, version: int, board: str = BOARD, month: str = "March 2026") -> None:
    """The draft of the board: handed in by HR, approved by the COO, published by HR."""
    people.hr.goto(board)
    expect(people.hr.get_by_role("link", name="Hand in for approval")).to_be_visible(timeout=60_000)
    look(people.hr, f"worked-board-draft-{board[-3:-1]}-{version}")
    act(people.hr, board, "Hand in for approval")
    approve(people.coo, f"Scores of {month}, version {version}")
    act(people.hr, board, "Publish")
    expect(people.hr.locator("main")).to_contain_text(f"edition {version}")


def receipt_of(page: Page, version: int | None = None, board: str = BOARD) -> None:
    """The receipt of Sales; of a VERSION where one is named."""
    page.goto(f"{board}scores/")
    address = page.locator("#list tbody a").first.get_attribute("href")
    page.goto(f"{address}?version={version}" if version else str(address))


def disagree(page: Page) -> str:
    """The head appeals against the line of the milestones; the address of the appeal."""
    receipt_of(page)
    part = page.locator(".receipt-line").filter(has=page.get_by_role("heading", name="Milestones", exact=True))
    part.get_by_role("link", name="I disagree").click()
    look(page, "worked-appeal-form")
    page.fill("[name=reason]", "The pilot ran on the 20th. The 22nd is the day it was written down.")
    page.fill("[name=wish]", "Full points for the pilot.")
    press(page, "File the appeal")
    expect(page.locator("main")).to_contain_text("Waits for HR to admit it")
    return page.url


def admit(page: Page, appeal: str) -> None:
    """HR takes it up; the portal names who reviews it."""
    page.goto(appeal)
    page.get_by_role("link", name="Admit", exact=True).click()
    press(page, "Admit it")
    expect(page.locator("main")).to_contain_text("Waits for the ruling of The reviewer")


def uphold(page: Page, appeal: str) -> None:
    """The reviewer rules; the line is read afresh."""
    page.goto(appeal)
    page.get_by_role("link", name="Rule", exact=True).click()
    page.get_by_label("Upheld", exact=True).check()
    page.fill("[name=reason]", "The log of the test bench shows the 20th.")
    look(page, "worked-appeal-ruling")
    press(page, "Rule")
    expect(page.locator("main")).to_contain_text("93.05")


def revise(page: Page) -> None:
    """HR has what stands beside the lines of Sales counted again."""
    page.goto(BOARD)
    page.get_by_role("link", name="Correct", exact=True).first.click()
    page.get_by_label("Sales").check()
    page.fill("[name=reason]", "A fatal accident was confirmed after publication.")
    look(page, "worked-revise")
    press(page, "Make the draft")


def settle_rewards(people: People, amount: str, to_be_paid: str) -> None:
    """HR proposes what follows for Sam from the published score, the COO approves it."""
    act(people.hr, f"{BOARD}rewards/", "Propose")
    people.hr.goto(f"{BOARD}rewards/?state=proposed")
    row = people.hr.locator("#list tbody tr")
    expect(row.locator("td[data-label=Amount]")).to_have_text(amount)
    expect(row.locator("td[data-label='To be paid']")).to_have_text(to_be_paid)
    people.coo.goto(f"{BOARD}rewards/decide/")
    people.coo.check("[name=all]")
    look(people.coo, "worked-rewards")
    press(people.coo, "Approve")
    expect(people.coo.locator("main")).to_contain_text("Approved, to be paid")


def read_receipts(sign_in: Any, version: int, points: list[str], sums: list[str], grade: str) -> None:
    """The published receipt as everybody concerned reads it, wide and on a phone."""
    for role, size in (("manager", WIDE), ("manager", NARROW), ("hr", WIDE), ("coo", WIDE), ("auditor", NARROW)):
        page = sign_in(role, size)
        receipt_of(page)
        expect(page.locator("main")).to_contain_text(f"edition {version}")
        assert (points_on(page), sums_on(page)) == (points, sums), role
        expect(page.locator(".receipt-total")).to_contain_text(f"grade {grade}")
        look(page, f"worked-receipt-{version}-{role}")
        page.get_by_role("button", name="Recompute").click()
        expect(page.locator("#proof")).to_contain_text("Proved.")


def read_own_score(sign_in: Any, total: str, grade: str) -> None:
    """What Sam reads of his own month."""
    for size in (WIDE, NARROW):
        page = sign_in("employee", size)
        page.goto(f"{BOARD}people/me/")
        expect(page.locator(".score-stats")).to_contain_text(total)
        expect(page.locator(".score-stats")).to_contain_text(grade)
        look(page, f"worked-own-score-{total}")


def read_former(page: Page, version: int, points: list[str], sums: list[str]) -> None:
    """A version that was superseded stays readable, says so and still proves itself."""
    receipt_of(page, version)
    expect(page.locator("main")).to_contain_text("An older version, kept as it was.")
    assert (points_on(page), sums_on(page)) == (points, sums)
    page.get_by_role("button", name="Recompute").click()
    expect(page.locator("#proof")).to_contain_text("Proved.")


def tell(people: People) -> None:
    """All that is said of March besides the figures, before the cut-off."""
    report_complaints(people.manager)
    report_milestones(people.manager, pilot="2026-03-22")
    look(people.manager, "worked-entries")
    give_personal_part(people.manager, "86")
    look(people.manager, "worked-appraise")
    add_event(people, "bonus:patent", "2026-03-12")
    add_event(people, "penalty:late", "2026-03-09")


def aim_at(page: Page, kpi: str, target: str, first: str) -> None:
    """The COO sets another target of a KPI from a month on."""
    page.goto("/kpis/")
    page.get_by_role("main").get_by_role("link", name=kpi, exact=True).first.click()
    page.get_by_role("heading", name=kpi, level=1).wait_for()
    page.goto(f"{page.url.partition('?')[0]}targets/")
    for name, text in (("first", first), ("target", target), ("reason", "The market has shrunk.")):
        page.fill(f"[name={name}]", text)
    page.locator("main form:has([name=target]) button[type=submit]").click()
    expect(page.locator("body")).to_contain_text("The target is set.")


def line_of(page: Page, name: str) -> Any:
    """The part of the receipt that tells of an indicator."""
    return page.locator(".receipt-line").filter(has=page.get_by_role("heading", name=name, exact=True))


def publish_side_month(people: People, number: int, month: str) -> Page:
    """An earlier month worked out and published through its board; HR's page, with the receipt of Sales."""
    board = f"/assessments/2026-{number:02}/"
    act(people.hr, board, "Work out")
    publish(people, 1, board, month)
    receipt_of(people.hr, board=board)
    return people.hr


def read_what_was_not_reported(people: People) -> None:
    """Nobody reported the complaints of January: nothing for them, and the receipt says why."""
    page = publish_side_month(people, 1, "January 2026")
    expect(line_of(page, "Complaints")).to_contain_text("Missing, scored 0")
    assert points_on(page) == ["28.75", "18.00", "12.00", "0.00", "18.40"]
    assert (sums_on(page)[0], sums_on(page)[-1]) == ("77.15", "78.69")
    look(page, "worked-receipt-not-reported")


def read_what_does_not_apply(people: People) -> None:
    """The margin does not apply to February, so HR proposes and the COO confirms: (28.75 + 12 + 11 + 18.40) x 100/80."""
    reason = "No goods were sold: the warehouse was moved."
    add_event(people, "exemption:margin", "", month="2026-02", name=reason)
    page = publish_side_month(people, 2, "February 2026")
    expect(line_of(page, "Margin")).to_contain_text("Left out")
    expect(line_of(page, "Margin")).to_contain_text(reason)
    expect(line_of(page, "Margin")).to_contain_text("proposed by The hr, confirmed by The coo")
    assert [points for points in points_on(page) if points[0].isdigit()] == ["28.75", "12.00", "11.00", "18.40"]
    assert "87.69" in sums_on(page) and sums_on(page)[-1] == "89.44"
    look(page, "worked-receipt-left-out")


def test_the_worked_month_once_through_the_browser(chromium, sales_portal):
    with signing_in(chromium, sales_portal) as sign_in:
        tell(People(sign_in))
    sales_portal.turn_to(sales_march.AFTER_CUT_OFF)
    with signing_in(chromium, sales_portal) as sign_in:
        people = People(sign_in)
        act(people.hr, BOARD, "Work out")
        publish(people, 1)
        read_receipts(sign_in, 1, POINTS, FIRST, "A")
        read_own_score(sign_in, "87.62", "B")
        settle_rewards(people, "3,960.00", "3,960.00")

        appeal = disagree(people.manager)
        admit(people.hr, appeal)
        report_milestones(people.coo, pilot="2026-03-20", note="The log of the test bench shows the 20th.")
        uphold(sign_in("reviewer"), appeal)
        publish(people, 2)
        aim_at(people.coo, "Revenue", "900000", "2026-04")
        corrected = [*POINTS[:-1], "20.00"]
        read_receipts(sign_in, 2, corrected, SECOND, "A")
        read_former(people.hr, 1, POINTS, FIRST)
        people.manager.goto(appeal)
        expect(people.manager.locator("main")).to_contain_text("corrected by version 2")
        look(people.manager, "worked-appeal")
        act(people.hr, f"{BOARD}rewards/", "Propose")
        expect(people.hr.locator(".toast-success")).to_contain_text("1 unchanged")

        add_event(people, "veto:fatal", "2026-03-27")
        revise(people.hr)
        publish(people, 3)
        read_receipts(sign_in, 3, corrected, THIRD, "E")
        read_own_score(sign_in, "60.20", "D")
        read_former(people.coo, 2, corrected, SECOND)
        read_former(people.hr, 1, POINTS, FIRST)
        settle_rewards(people, "0.00", f"{MINUS}3,960.00")

        read_what_was_not_reported(people)
        read_what_does_not_apply(people)
