"""The rules on their pages: who may, what is shown, a draft written whole, a refusal that keeps what was typed."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.approvals.choices import Verdict
from apps.assessments import services
from apps.assessments.choices import SchemeState
from apps.assessments.models import AssessedDepartment, Indicator, Scheme, Scorecard
from apps.assessments.tests.factories import NOW, draft, rule, terms
from apps.core.month import Month
from apps.kpis.tests.factories import aim, make_kpi

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def page(name, *args):
    return reverse(f"assessments:{name}", args=args)


@pytest.fixture
def open_draft(firm):
    """A whole draft that could be submitted."""
    return draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)


@pytest.fixture
def card(open_draft):
    return open_draft.scorecards.get()


def ratio_input(firm, **changes):
    given = {
        "kpi": firm.revenue.pk,
        "weight": "70",
        "method": "ratio",
        "missing": "zero",
        "target_policy": "period_end",
        "param_direction": "higher",
        "param_cap": "1.2",
    }
    return {**given, **changes}


def limits_input(**changes):
    given = {
        "name": "Assessment",
        "first_month": "2026-07",
        "min_coverage": "60",
        "min_total": "0",
        "max_total": "120",
        "grades-0-grade": "A",
        "grades-0-min": "90",
        "grades-1-grade": "B",
        "grades-1-min": "0",
    }
    return {**given, **changes}


class TestAccess:
    def test_of_the_list_and_a_scheme(self, firm, scheme, client, as_):
        for where in (page("schemes"), page("scheme", scheme.pk), page("compare_schemes", scheme.pk)):
            assert "login" in client.get(where)["Location"]
            for user in (firm.hr, firm.coo, firm.gm, firm.mia, firm.auditor):
                assert as_(user).get(where).status_code == 200
            assert as_(firm.nora).get(where).status_code == 403
            client.logout()

    @pytest.mark.parametrize(
        "name",
        ["edit_scheme", "submit_scheme", "discard_scheme", "add_scorecard", "place_departments", "add_indicator"],
    )
    def test_only_hr_writes(self, firm, open_draft, card, as_, name):
        where = page(name, card.pk if name in {"place_departments", "add_indicator"} else open_draft.pk)
        for user in (firm.coo, firm.mia, firm.auditor):
            assert as_(user).get(where).status_code == 403
            assert as_(user).post(where).status_code == 403
        assert as_(firm.hr).get(where).status_code == 200

    @pytest.mark.parametrize("name", ["edit_scheme", "submit_scheme", "discard_scheme", "add_scorecard"])
    def test_what_is_no_draft_is_told_where_it_stands(self, firm, scheme, as_, name):
        answer = as_(firm.hr).get(page(name, scheme.pk))
        assert answer.status_code == 409
        assert "“Approved”: only a draft can be changed" in text_of(answer)

    def test_a_manager_reads_the_rules_and_the_names_of_the_own_departments_only(self, firm, scheme, as_):
        shown = text_of(as_(firm.mia).get(page("scheme", scheme.pk)))
        assert "North" in shown
        assert "Works" not in shown
        assert "One department outside your reach is not named here" in shown


class TestTheList:
    def test_says_what_each_version_is(self, firm, scheme, as_):
        shown = text_of(as_(firm.hr).get(page("schemes")))
        assert "from Jan 2026 on" in shown
        assert "Approved" in shown

    def test_is_narrowed_searched_and_exported(self, firm, scheme, as_):
        services.draft_scheme(name="Quite other", first_month=Month(2027, 1), by=firm.hr)
        browser = as_(firm.hr)
        assert "Quite other" not in text_of(browser.get(page("schemes") + "?state=approved"))
        assert "Quite other" not in text_of(browser.get(page("schemes") + "?month=2026-05"))
        assert "Quite other" in text_of(browser.get(page("schemes") + "?q=other"))
        answer = browser.get(page("schemes") + "?export=csv&sort=-departments")
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert len(lines) == 3
        assert "Assessment" in lines[1]


class TestOneScheme:
    def test_says_every_method_in_a_sentence(self, firm, scheme, as_):
        shown = text_of(as_(firm.coo).get(page("scheme", scheme.pk)))
        assert "70 points × share of target reached, at most 120 %" in shown
        assert "30 points by bands of the actual: below 1: 100 %, 1 to 4: 80 %, from 4 on: 0 %" in shown
        assert "Rules of assessment, 4" in shown

    def test_says_who_rules_on_it_and_what_they_said(self, firm, open_draft, as_):
        case = services.submit_scheme(scheme=open_draft, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        shown = text_of(as_(firm.hr).get(page("scheme", open_draft.pk)))
        assert "Cora Chief" in shown
        assert "Waiting for approval" in shown
        assert "General manager" in shown

    def test_lists_what_is_still_to_mend_with_the_way_to_it(self, firm, open_draft, card, as_):
        made = make_kpi(firm.company, code="NEW", name="Novelty", reporting=firm.assessed)
        row = services.save_indicator(scorecard=card, terms=terms(made, 10), by=firm.hr)
        shown = text_of(as_(firm.hr).get(page("scheme", open_draft.pk)))
        assert "The weights add up to 110. Make them exactly 100." in shown
        assert "There is no target for North, South, Works." in shown
        assert page("edit_indicator", row.pk) in shown
        assert 'Weights <strong class="num">110</strong> / 100' in shown

    def test_takes_a_fixed_number_of_queries(self, firm, scheme, as_, django_assert_max_num_queries):
        browser = as_(firm.coo)
        browser.get(page("scheme", scheme.pk))
        with django_assert_max_num_queries(22):
            browser.get(page("scheme", scheme.pk))


class TestDrafting:
    def test_copies_the_one_in_force(self, firm, scheme, as_):
        browser = as_(firm.hr)
        assert browser.get(page("new_scheme")).context["form"].initial["basis"] == scheme.pk
        answer = browser.post(page("new_scheme"), {"basis": scheme.pk, "name": "Next", "first_month": "2026-07"})
        made = Scheme.objects.latest("version")
        assert answer["Location"] == made.get_absolute_url()
        assert (made.basis, made.indicators.count(), made.assessed.count()) == (scheme, 2, 3)

    def test_changes_limits_and_grades(self, firm, open_draft, as_):
        as_(firm.hr).post(page("edit_scheme", open_draft.pk), limits_input(bonus_cap="5", is_gated="on"))
        open_draft.refresh_from_db()
        assert open_draft.grades == [{"grade": "A", "min": "90"}, {"grade": "B", "min": "0"}]
        assert (open_draft.bonus_cap, open_draft.is_gated) == (Decimal(5), True)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"max_total": "0"}, "The highest total must be above the lowest."),
            ({"min_coverage": "101"}, "The least weight with data is a percentage: 0 to 100."),
            ({"grades-1-min": "low"}, "Line 2, From a total of: “low” is no number."),
            ({"first_month": "July"}, "Write the month as YYYY-MM."),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(self, firm, open_draft, as_, changes, said):
        answer = as_(firm.hr).post(page("edit_scheme", open_draft.pk), limits_input(name="Kept name", **changes))
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert "Kept name" in text_of(answer)
        assert f'value="{next(iter(changes.values()))}"' in text_of(answer)

    def test_more_lines_store_nothing(self, firm, open_draft, as_):
        answer = as_(firm.hr).post(page("edit_scheme", open_draft.pk), limits_input(name="Typed", show="rows"))
        assert answer.status_code == 200
        assert 'name="grades-3-grade"' in text_of(answer)
        open_draft.refresh_from_db()
        assert open_draft.name == "Assessment"

    def test_adds_renames_and_removes_a_scorecard(self, firm, open_draft, as_):
        browser = as_(firm.hr)
        browser.post(page("add_scorecard", open_draft.pk), {"name": "Plants"})
        made = Scorecard.objects.get(name="Plants")
        browser.post(page("rename_scorecard", made.pk), {"name": "Works"})
        made.refresh_from_db()
        assert made.name == "Works"
        taken = browser.post(page("rename_scorecard", made.pk), {"name": "All departments"})
        assert taken.status_code == 422
        assert "has a scorecard called All departments already" in text_of(taken)
        browser.post(page("remove_scorecard", made.pk))
        assert not Scorecard.objects.filter(pk=made.pk).exists()
        assert browser.get(page("rename_scorecard", made.pk)).status_code == 404

    def test_submits_and_says_what_is_missing(self, firm, open_draft, card, as_):
        browser = as_(firm.hr)
        services.place_departments(scorecard=card, departments={}, by=firm.hr)
        refused = browser.post(page("submit_scheme", open_draft.pk))
        assert refused.status_code == 422
        assert "No department is judged by it" in text_of(refused)
        services.place_departments(scorecard=card, departments={firm.north: Decimal(1)}, by=firm.hr)
        browser.post(page("submit_scheme", open_draft.pk))
        open_draft.refresh_from_db()
        assert open_draft.state == SchemeState.SUBMITTED
        again = browser.post(page("submit_scheme", open_draft.pk))
        assert again.status_code == 409
        assert "“Waiting for approval”" in text_of(again)

    def test_discards_with_a_reason(self, firm, open_draft, as_):
        browser = as_(firm.hr)
        assert browser.post(page("discard_scheme", open_draft.pk)).status_code == 422
        browser.post(page("discard_scheme", open_draft.pk), {"reason": "Begun twice."})
        open_draft.refresh_from_db()
        assert open_draft.state == SchemeState.DISCARDED


class TestDepartments:
    def test_takes_a_pasted_list_ticks_and_a_branch(self, firm, open_draft, card, as_):
        rows = "WORKS\t1.05\tWorks\n"
        given = {"rows": rows, "pick": [firm.company.pk], "branch": firm.sales.pk, "difficulty": "0.9"}
        as_(firm.hr).post(page("place_departments", card.pk), given)
        held = dict(AssessedDepartment.objects.filter(scorecard=card).values_list("department__code", "coefficient"))
        assert held == {
            "WORKS": Decimal("1.05"),
            "ALL": Decimal("0.9"),
            "SALES": Decimal("0.9"),
            "NORTH": Decimal("0.9"),
            "SOUTH": Decimal("0.9"),
        }

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ("NORTH 1\nNOWHERE 1", "Line 2: there is no department “NOWHERE”."),
            ("NORTH hard", "Line 1: “hard” is no difficulty."),
            ("NORTH 0", "Line 1: “0” is no difficulty."),
            ("NORTH;1\nNORTH;1.2", "Line 2: NORTH stands there twice."),
        ],
    )
    def test_names_the_line_that_cannot_be_read_and_keeps_the_list(self, firm, card, as_, rows, said):
        answer = as_(firm.hr).post(page("place_departments", card.pk), {"rows": rows})
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert rows in answer.content.decode()
        assert card.assessed.count() == 3

    def test_searching_stores_nothing_and_keeps_ticks(self, firm, card, as_):
        given = {"rows": "NORTH 2", "q": "sou", "search": "1", "pick": [firm.works.pk]}
        answer = as_(firm.hr).post(page("place_departments", card.pk), given)
        assert answer.status_code == 200
        shown = text_of(answer)
        assert f'value="{firm.works.pk}" checked' in shown
        assert f'name="pick" value="{firm.south.pk}"' in shown
        assert "NORTH 2" in shown
        assert card.assessed.count() == 3


class TestIndicators:
    def test_writes_a_ratio(self, firm, open_draft, card, as_):
        other = make_kpi(firm.company, code="OTH", name="Other", reporting=firm.assessed)
        given = ratio_input(firm, kpi=other.pk, weight="10", clause="Rules, 7", missing="carry", carry_months="3")
        answer = as_(firm.hr).post(page("add_indicator", card.pk), given)
        assert answer.status_code == 302
        row = Indicator.objects.get(scorecard=card, code="OTH")
        assert row.params == {
            "direction": "higher",
            "cap": "1.2",
            "missing": {"policy": "carry", "max_periods": "3"},
        }
        assert (row.name, row.weight, row.clause) == ("Other", Decimal(10), "Rules, 7")

    def test_writes_bands_without_a_script(self, firm, card, as_):
        row = card.indicators.get(code="COM")
        given = {
            **ratio_input(firm, kpi=firm.complaints.pk, weight="30", method="interval", code="COM"),
            **{"param_basis": "actual", "param_direction": "lower", "param_bounds": ""},
            **{
                "param_bands-0-max": "2",
                "param_bands-0-pct": "100",
                "param_bands-4-min": "2",
                "param_bands-4-pct": "0",
            },
        }
        as_(firm.hr).post(page("edit_indicator", row.pk), given)
        row.refresh_from_db()
        assert row.params["bands"] == [{"min": None, "max": "2", "pct": "100"}, {"min": "2", "max": None, "pct": "0"}]

    def test_floor_and_stretch_may_come_from_the_target(self, firm, card, as_):
        aim(firm.revenue, 100, floor=80, stretch=120)
        given = ratio_input(firm, code="LIN", method="linear", param_stretch_pct="120")
        assert as_(firm.hr).post(page("add_indicator", card.pk), given).status_code == 302
        row = Indicator.objects.get(code="LIN")
        assert "floor" not in row.params
        shown = text_of(as_(firm.hr).get(page("edit_indicator", row.pk)))
        assert "from the floor 80 (0 %)" in shown
        assert "at 80 you get <strong>0.00</strong>" in shown

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"param_cap": "0.5", "param_floor": "0.8"}, "The cap lies below the floor."),
            ({"weight": "0"}, "A weight is above 0 and at most 100."),
            ({"weight": "101"}, "less than or equal to 100"),
            ({"code": "COM"}, "has an indicator with the code COM already"),
            ({"kpi": ""}, "“Share of target reached” judges the value of a KPI: choose which."),
        ],
    )
    def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(self, firm, card, as_, changes, said):
        given = ratio_input(firm, clause="Typed clause", **{"code": "X1", "weight": "10", **changes})
        answer = as_(firm.hr).post(page("add_indicator", card.pk), given)
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert "Typed clause" in text_of(answer)

    def test_says_in_a_worked_sentence_what_an_actual_earns(self, firm, card, as_):
        given = {**ratio_input(firm, weight="20"), "part": "curve", "try_at": "95"}
        shown = text_of(as_(firm.hr).get(page("add_indicator", card.pk), given))
        assert "at 95 you get <strong>19.00</strong>" in shown
        assert "20 points × share of target reached, at most 120 %" in shown
        assert '<path class="chart-line' in shown
        # 100 of the two others and these 20.
        assert '<strong class="num">120</strong> / 100' in shown

    def test_a_curve_of_nonsense_is_a_sentence(self, firm, card, as_):
        for changes in (
            {"weight": "much"},
            {"param_cap": "-"},
            {"kpi": "9" * 30},
            {"method": "magic"},
            {"try_at": "x"},
        ):
            given = {**ratio_input(firm), "part": "curve", **changes}
            assert as_(firm.hr).get(page("add_indicator", card.pk), given).status_code == 200
        given = {**ratio_input(firm), "part": "curve", "method": "interval"}
        assert "“Bands” is missing." in text_of(as_(firm.hr).get(page("add_indicator", card.pk), given))

    def test_another_method_brings_its_own_fields(self, firm, card, as_):
        browser, where = as_(firm.hr), page("add_indicator", card.pk)
        assert "param_floor_pct" in text_of(
            browser.get(where, {**ratio_input(firm, method="linear"), "part": "method"})
        )
        shown = browser.post(where, {**ratio_input(firm, method="interval", clause="Kept"), "show": "method"})
        assert shown.status_code == 200
        assert 'name="param_bands-0-min"' in text_of(shown)
        assert 'value="Kept"' in text_of(shown)

    def test_removes(self, firm, card, as_):
        row = card.indicators.get(code="COM")
        as_(firm.hr).post(page("remove_indicator", row.pk))
        assert not Indicator.objects.filter(pk=row.pk).exists()


class TestComparing:
    def test_shows_what_is_otherwise_side_by_side(self, firm, scheme, as_):
        made = services.draft_scheme(name="Next", first_month=Month(2026, 7), by=firm.hr, basis=scheme)
        browser = as_(firm.hr)
        assert "The two say the same" in text_of(browser.get(page("compare_schemes", made.pk)))
        card = made.scorecards.get()
        row = card.indicators.get(code="REV")
        services.save_indicator(scorecard=card, terms=terms(firm.revenue, 60), by=firm.hr, indicator=row)
        services.remove_indicator(indicator=card.indicators.get(code="COM"), by=firm.hr)
        services.place_departments(scorecard=card, departments={firm.north: Decimal("1.1")}, by=firm.hr)
        shown = text_of(browser.get(page("compare_schemes", made.pk)))
        assert "60 points × share of target reached" in shown
        assert "70 points × share of target reached, at most 120 %" in shown
        assert 'class="is-removed"><th scope="row">COM · Complaints' in shown
        assert "All departments, difficulty 1.1" in shown

    def test_with_any_other_version_and_with_none(self, firm, scheme, as_):
        browser = as_(firm.hr)
        assert "There is no other version yet" in text_of(browser.get(page("compare_schemes", scheme.pk)))
        made = services.draft_scheme(name="Empty", first_month=Month(2026, 7), by=firm.hr)
        assert browser.get(page("compare_schemes", scheme.pk) + f"?with={made.pk}").status_code == 200
        assert browser.get(page("compare_schemes", scheme.pk) + "?with=999999").status_code == 404
        assert browser.get(page("compare_schemes", scheme.pk) + "?with=x").status_code == 404


class TestReturned:
    def test_a_returned_scheme_is_a_draft_again(self, firm, open_draft, as_):
        case = services.submit_scheme(scheme=open_draft, by=firm.hr, now=NOW)
        assert as_(firm.hr).get(page("edit_scheme", open_draft.pk)).status_code == 409
        rule(case, firm.coo, ruling=Verdict.RETURN, reason="Too heavy.")
        assert as_(firm.hr).get(page("edit_scheme", open_draft.pk)).status_code == 200
