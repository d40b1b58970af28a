"""What a scheme lays down beside its scorecards: written, refused, copied, shown, compared, sent and read."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import make_key
from apps.assessments import services
from apps.assessments.models import Indicator, Scheme
from apps.assessments.services import SchemeNotReady, WrongScheme
from apps.assessments.tests.examples import WHOLE
from apps.assessments.tests.factories import NOW, draft
from apps.assessments.tests.standing_rows import (
    BONUS,
    CALENDAR,
    FATAL,
    FRAUD,
    GRADES,
    LATE,
    LEAK,
    PARTS,
    REWARDS,
    SCHEMES,
    STAFF,
)
from apps.core.month import Month


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def page(name, *args):
    return reverse(f"assessments:{name}", args=args)


def parts_of(scheme):
    scheme.refresh_from_db()
    return {name: getattr(scheme, name) for name in PARTS}


def texts(scheme, where):
    return [one.text for one in services.problems_of(scheme) if one.where == where]


@pytest.fixture
def open_draft(firm):
    return draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)


@pytest.fixture
def laid_down(firm, open_draft):
    """A draft with every part."""
    return services.change_standing(scheme=open_draft, parts=PARTS, by=firm.hr)


@pytest.mark.django_db
class TestDrafts:
    def test_are_copied_with_every_part(self, firm, laid_down):
        made = services.draft_scheme(name="Next", first_month=Month(2026, 7), by=firm.hr, basis=laid_down)
        assert parts_of(made) == PARTS
        assert parts_of(Scheme.objects.get(pk=made.pk)) == PARTS

    def test_changing_one_part_or_the_limits_leaves_the_others(self, firm, laid_down, as_):
        services.change_standing(scheme=laid_down, parts={"calibration_band": Decimal(5)}, by=firm.hr)
        assert parts_of(laid_down) == {**PARTS, "calibration_band": Decimal(5)}
        given = {"name": "N", "first_month": "2026-07", "min_coverage": "60", "min_total": "0", "max_total": "110"}
        as_(firm.hr).post(page("edit_scheme", laid_down.pk), {**given, "grades-0-grade": "A", "grades-0-min": "0"})
        assert parts_of(laid_down) == {**PARTS, "calibration_band": Decimal(5)}
        assert laid_down.max_total == 110

    def test_what_is_no_draft_stays(self, firm, scheme):
        with pytest.raises(services.SchemeNotDraft):
            services.change_standing(scheme=scheme, parts={"calendar": CALENDAR}, by=firm.hr)

    def test_a_refusal_stores_nothing(self, firm, laid_down):
        with pytest.raises(WrongScheme):
            services.change_standing(
                scheme=laid_down, parts={"calendar": {}, "veto_items": [{**FATAL, "action": ""}]}, by=firm.hr
            )
        assert parts_of(laid_down) == PARTS

    def test_what_does_not_fit_the_grades_keeps_it_back(self, firm, laid_down):
        assert services.problems_of(laid_down) == []
        laid_down.grades = [{"grade": "A", "min": "90"}, {"grade": "S", "min": "0"}]
        laid_down.max_total, laid_down.staff_rules = Decimal(50), {}
        laid_down.save()
        assert texts(laid_down, "Vetoes") == [
            "fraud leaves the grade “C”, which is none of A, S.",
            "leak leaves 59.99 points, and no total is above 50: it would do nothing.",
        ]
        assert texts(laid_down, "Personal coefficients") == [
            "Grade S has no coefficient. Write one, 0 for no reward.",
            "There is no grade B, C, D, E any more: take its coefficient out.",
        ]
        assert len(texts(laid_down, "Coefficients of the department")) == 2
        assert texts(laid_down, "Rewards")[0].startswith("Rewards are reckoned from the scores of people")
        with pytest.raises(SchemeNotReady):
            services.submit_scheme(scheme=laid_down, by=firm.hr, now=NOW)


@pytest.mark.django_db
class TestDifficulty:
    def place(self, firm, scheme, difficulty):
        return services.place_departments(
            scorecard=scheme.scorecards.get(), departments={firm.north: Decimal(difficulty)}, by=firm.hr
        )

    @pytest.mark.parametrize("difficulty", ["0.4999", "1.5001", "0", "-1"])
    def test_beyond_reason_is_refused_by_name(self, firm, open_draft, difficulty):
        with pytest.raises(WrongScheme, match=r"The difficulty of North must be from 0\.5 to 1\.5"):
            self.place(firm, open_draft, difficulty)
        assert open_draft.assessed.count() == 3

    @pytest.mark.parametrize(
        ("difficulty", "is_usual"), [("0.9", True), ("1.1", True), ("0.8999", False), ("1.5", False)]
    )
    def test_outside_what_is_usual_is_a_warning(self, firm, open_draft, as_, difficulty, is_usual):
        self.place(firm, open_draft, difficulty)
        found = [one.text for one in services.warnings_of(open_draft)]
        assert found == ([] if is_usual else ["The difficulty of North lies outside what is usual, 0.9 to 1.1."])
        assert ("outside what is usual" in text_of(as_(firm.hr).get(page("scheme", open_draft.pk)))) != is_usual
        assert services.problems_of(open_draft) == []


def rows(name, *lines):
    """The lines of a table as they are typed."""
    return {f"{name}-{n}-{key}": text or "" for n, line in enumerate(lines) for key, text in line.items()}


ITEMS_INPUT = {
    **rows("bonus_items", BONUS),
    **rows("penalty_items", LATE),
    **rows("veto_items", FATAL, FRAUD, LEAK),
}
PEOPLE_INPUT = {
    **{"head": "100", "deputy_head": "60", "member": "30", "min_days": ""},
    **rows(
        "reward_rules",
        *(
            {"grade": grade, "dept_coef": REWARDS["dept_coef"][grade], "personal_coef": REWARDS["personal_coef"][grade]}
            for grade in GRADES
        ),
    ),
}
CALENDAR_INPUT = {**CALENDAR, "calibration_band": "3", "cumulative_pct": "40"}
PAGES = {"edit_items": ITEMS_INPUT, "edit_people": PEOPLE_INPUT, "edit_calendar": CALENDAR_INPUT}


@pytest.mark.django_db
class TestPages:
    def test_write_every_part(self, firm, open_draft, as_):
        browser = as_(firm.hr)
        for name, given in PAGES.items():
            answer = browser.post(page(name, open_draft.pk), given)
            assert answer["Location"] == open_draft.get_absolute_url()
        assert parts_of(open_draft) == PARTS

    def test_show_what_is_written_and_take_it_back(self, firm, laid_down, as_):
        browser = as_(firm.hr)
        for name, given in PAGES.items():
            shown = text_of(browser.get(page(name, laid_down.pk)))
            for text in given.values():
                assert not text or f'value="{text}"' in shown, (name, text)
        nothing = {"edit_items": {}, "edit_people": {}, "edit_calendar": {"calibration_band": "0"}}
        for name, given in nothing.items():
            assert browser.post(page(name, laid_down.pk), given).status_code == 302
        assert set(map(bool, parts_of(laid_down).values())) == {False}

    def test_people_start_with_the_grades_of_the_scheme(self, firm, open_draft, as_):
        browser = as_(firm.hr)
        shown = text_of(browser.get(page("edit_people", open_draft.pk)))
        assert 'name="reward_rules-4-grade"' in shown and 'value="E"' in shown
        # Grades without a coefficient say nothing.
        assert browser.post(page("edit_people", open_draft.pk), rows("reward_rules", {"grade": "A"})).status_code == 302
        assert parts_of(open_draft)["reward_rules"] == {}

    @pytest.mark.parametrize(
        ("name", "changes", "said"),
        [
            ("edit_items", {"bonus_items-0-points_each": "many"}, "Line 1, Points each: “many” is no number."),
            ("edit_items", {"bonus_items-0-points_each": "0"}, "“Points each” must be above 0."),
            ("edit_items", {"veto_items-1-action": "cap"}, "Line 2: “Most points left” is a number"),
            ("edit_items", {"veto_items-1-action": ""}, "Line 2, What it does: Choose one of the list."),
            ("edit_items", {"veto_items-1-code": "fatal"}, "Line 2: “fatal” stands there twice."),
            ("edit_people", {"deputy_head": ""}, "Write it for heads, deputies and members, or leave all three empty."),
            ("edit_people", {"head": "101"}, "less than or equal to 100"),
            ("edit_people", {"reward_rules-1-dept_coef": ""}, "Grade B: write both coefficients."),
            ("edit_people", {"reward_rules-1-dept_coef": "12"}, "The coefficient of grade B is a number from 0 to 10"),
            ("edit_calendar", {"publish": "7"}, "let no step come before the one ahead of it."),
            ("edit_calendar", {"review": ""}, "Write every day of the calendar, or none."),
            ("edit_calendar", {"calibration_band": "101"}, "0 to 100 points at most"),
            ("edit_calendar", {"cumulative_pct": "101"}, "stands on cumulative values is 0 to 100 %"),
            ("edit_calendar", {"cumulative_pct": "-1"}, "stands on cumulative values is 0 to 100 %"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(self, firm, open_draft, as_, name, changes, said):
        given = {**PAGES[name], **changes}
        answer = as_(firm.hr).post(page(name, open_draft.pk), given)
        assert answer.status_code == 422
        shown = text_of(answer)
        assert said in shown
        for key, text in given.items():
            assert not text or f'value="{text}"' in shown, key
        assert not any(parts_of(open_draft).values())

    def test_more_lines_store_nothing(self, firm, open_draft, as_):
        answer = as_(firm.hr).post(page("edit_items", open_draft.pk), {**ITEMS_INPUT, "show": "penalty_items"})
        assert answer.status_code == 200
        assert "Late report" in text_of(answer)
        assert not any(parts_of(open_draft).values())

    @pytest.mark.parametrize("name", PAGES)
    def test_are_for_those_who_write_schemes_and_for_drafts(self, firm, open_draft, scheme, as_, name):
        for user in (firm.coo, firm.mia, firm.auditor):
            assert as_(user).get(page(name, open_draft.pk)).status_code == 403
        assert as_(firm.hr).get(page(name, scheme.pk)).status_code == 409
        assert as_(firm.hr).get(page(name, 10**9)).status_code == 404

    def test_the_page_of_the_scheme_says_every_part(self, firm, laid_down, as_):
        shown = text_of(as_(firm.coo).get(page("scheme", laid_down.pk)))
        for text in (
            "Patent (patent)", "2 points each, at most 6 · Rules, 12", "0.5 points each", "takes every point · Rules, 15",
            "leaves grade C at best", "leaves at most 59.99 points", "department 60 %, personal part 40 %",
            "department × 1.2, person × 1.1", "Published by working day", "3 points up or down",
            "60 % mean of its months, 40 % scorecard on cumulative values",
        ):  # fmt: skip
            assert text in shown, text

    def test_two_versions_are_compared_part_by_part(self, firm, laid_down, as_):
        made = services.draft_scheme(name="Next", first_month=Month(2026, 7), by=firm.hr, basis=laid_down)
        browser = as_(firm.hr)
        assert "The two say the same" in text_of(browser.get(page("compare_schemes", made.pk)))
        changed = {
            "bonus_items": [{**BONUS, "points_each": "3"}],
            "penalty_items": [],
            "veto_items": [FATAL, FRAUD, {**LEAK, "value": "49"}],
            "staff_rules": {**STAFF, "min_days": "10"},
            "reward_rules": {**REWARDS, "dept_coef": {**REWARDS["dept_coef"], "A": "1.3"}},
            "calendar": {**CALENDAR, "publish": "9"},
            "calibration_band": Decimal(0),
            "cumulative_pct": Decimal(100),
        }
        services.change_standing(scheme=made, parts=changed, by=firm.hr)
        shown = text_of(browser.get(page("compare_schemes", made.pk)))
        for text in (
            "2 points each, at most 6", "3 points each, at most 6", "leaves at most 49 points",
            '<tr class="is-removed"><th scope="row">Late report (late)',
            "leaves at most 59.99 points", "Fewest days in the month", "department × 1.3, person",
            "Published by working day", "no calibration", "the scorecard on cumulative values alone",
        ):  # fmt: skip
            assert text in shown, text
        assert "Fatal accident" not in shown, "what is alike is not listed"


def key_of(user):
    client = APIClient()
    roles = tuple(user.role_grants.values_list("role", flat=True))
    _key, text = make_key(user, sorted(capabilities_of(roles)))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


AS_TEXT = {"calibration_band": "3", "cumulative_pct": "40"}


def document(firm, **changes):
    """A scheme as one document, with lines of every kind that judges no single KPI."""
    lines = [
        {"kpi": "REV", "method": "step", "weight": "40", "params": WHOLE["step"]},
        {
            "code": "D",
            "name": "Events",
            "method": "deduction",
            "weight": "20",
            "params": {"items": WHOLE["deduction"]["items"]},
        },
        {"kpi": None, "code": "M", "name": "Plan", "method": "milestone", "weight": "20", "params": WHOLE["milestone"]},
        {
            **{"code": "C", "name": "Both", "method": "composite", "weight": "20"},
            "params": {"children": [{"code": "REV", "weight": 60}, {"kpi": firm.complaints.pk, "weight": 40}]},
        },
    ]
    card = {"name": "All", "departments": [{"department": "NORTH"}], "indicators": lines}
    parts = {**PARTS, **AS_TEXT}
    return {"name": "By the API", "first_month": "2026-07", **parts, "scorecards": [card], **changes}


@pytest.mark.django_db
@pytest.mark.usefixtures("mid_june")
class TestApi:
    def test_takes_every_part_and_sends_it_again(self, firm):
        client = key_of(firm.hr)
        made = client.post(SCHEMES, document(firm), format="json")
        assert made.status_code == 201, made.json()
        scheme = Scheme.objects.get()
        assert parts_of(scheme) == PARTS
        body = client.get(f"{SCHEMES}{scheme.pk}/").json()
        assert {name: body[name] for name in PARTS} == {**PARTS, **AS_TEXT}
        again = client.put(f"{SCHEMES}{scheme.pk}/", body, format="json", headers={"If-Match": made["ETag"]})
        assert again.status_code == 200, again.json()
        assert parts_of(scheme) == PARTS

    def test_lines_without_a_kpi_and_parts_of_a_composite(self, firm):
        client = key_of(firm.hr)
        made = client.post(SCHEMES, document(firm), format="json")
        lines = {row.code: row for row in Indicator.objects.all()}
        assert [lines[code].kpi for code in "DMC"] == [None, None, None]
        assert lines["C"].params["children"] == [
            {"code": "REV", "kpi": firm.revenue.pk, "direction": "higher", "weight": "60"},
            {"code": "COM", "kpi": firm.complaints.pk, "direction": "lower", "weight": "40"},
        ]
        found = client.get(f"{SCHEMES}{made.json()['id']}/problems/").json()
        assert [(one["is_warning"], "cite no clause" in one["message"]) for one in found] == [(True, True)]

    def test_numbers_that_are_no_text_become_text(self, firm):
        given = {
            "bonus_items": [{"code": "p", "name": "Patent", "points_each": 2}],
            "staff_rules": {
                role: {"dept_weight": 50, "personal_weight": 50} for role in ("head", "deputy_head", "member")
            }
            | {"min_days": 15},
            "calendar": {name: int(text) for name, text in CALENDAR.items()},
        }
        made = key_of(firm.hr).post(SCHEMES, document(firm, **given), format="json")
        assert made.status_code == 201, made.json()
        assert made.json()["bonus_items"] == [
            {"code": "p", "name": "Patent", "points_each": "2", "cap": None, "clause": ""}
        ]
        assert made.json()["staff_rules"]["head"] == {"dept_weight": "50", "personal_weight": "50"}
        assert made.json()["calendar"] == CALENDAR

    @pytest.mark.parametrize(
        ("changes", "status", "field"),
        [
            ({"bonus_items": [{**BONUS, "points_each": "0"}]}, 422, "bonus_items"),
            ({"bonus_items": [{**BONUS, "points_each": "x"}]}, 400, "bonus_items"),
            ({"veto_items": [{**FATAL, "action": "cap"}]}, 422, "veto_items"),
            ({"veto_items": [{**FATAL, "action": "forgive"}]}, 400, "veto_items"),
            ({"staff_rules": {**STAFF, "head": {"dept_weight": "60", "personal_weight": "50"}}}, 422, "staff_rules"),
            ({"staff_rules": [1]}, 400, "staff_rules"),
            ({"reward_rules": {"dept_coef": {"A": "99"}}}, 422, "reward_rules"),
            ({"calendar": {**CALENDAR, "publish": "1"}}, 422, "calendar"),
            ({"calibration_band": "101"}, 422, "calibration_band"),
            ({"cumulative_pct": "100.01"}, 422, "cumulative_pct"),
            ({"cumulative_pct": "-0.01"}, 422, "cumulative_pct"),
            ({"cumulative_pct": "33.333"}, 400, "cumulative_pct"),
        ],
    )
    def test_refuses_by_field_and_stores_nothing(self, firm, changes, status, field):
        answer = key_of(firm.hr).post(SCHEMES, document(firm, **changes), format="json")
        assert answer.status_code == status, answer.json()
        assert field in str(answer.json())
        assert not Scheme.objects.exists()

    @pytest.mark.parametrize(
        ("line", "status", "said"),
        [
            ({"kpi": "REV", "method": "deduction"}, 422, "leave it empty"),
            ({"code": "X", "name": "X", "method": "range"}, 422, "judges the value of a KPI: choose which."),
            ({"method": "deduction", "name": "X"}, 422, "needs a code and a name of its own: write “code”."),
            (
                {
                    "code": "X",
                    "name": "X",
                    "method": "composite",
                    "params": {"children": [{"code": "NONE", "weight": "100"}]},
                },
                404,
                "There is no KPI “NONE”",
            ),
        ],
    )
    def test_refuses_a_line_whose_kpi_does_not_fit(self, firm, line, status, said):
        card = {"name": "All", "indicators": [{"weight": "100", **line}]}
        answer = key_of(firm.hr).post(SCHEMES, document(firm, scorecards=[card]), format="json")
        assert answer.status_code == status, answer.json()
        assert said in str(answer.json())
        assert not Scheme.objects.exists()

    def test_tells_what_is_unusual_apart_from_what_keeps_back(self, firm):
        client = key_of(firm.hr)
        card = document(firm)["scorecards"][0]
        card["departments"] = [{"department": "NORTH", "difficulty": "1.3"}]
        card["indicators"][1]["params"] = {"items": []}
        made = client.post(SCHEMES, document(firm, scorecards=[card]), format="json")
        found = client.get(f"{SCHEMES}{made.json()['id']}/problems/").json()
        assert [(one["where"], one["is_warning"]) for one in found] == [
            ("All · Events", False), ("All", True), ("All", True),
        ]  # fmt: skip
