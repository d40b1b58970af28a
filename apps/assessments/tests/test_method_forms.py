"""Every method in the editor: what is typed is what is kept, what is wrong is said, what is earned is drawn."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.choices import OF_ONE_FIGURE, Method
from apps.assessments.forms.methods import METHOD_FORMS, started_from
from apps.assessments.models import Indicator
from apps.assessments.rules.curve import counts_curve, lateness_curve
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.scoring import parse_method
from apps.assessments.services import Terms, WrongScheme, indicator_faults
from apps.assessments.services.method_words import sentence_of
from apps.assessments.tests.examples import CHILDREN, ITEMS, SENTENCE, WHOLE
from apps.assessments.tests.factories import draft, terms
from apps.assessments.views.pictures import picture_of
from apps.kpis.tests.factories import make_kpi


def row_of(method, **changes):
    """An indicator as it would stand in the database."""
    params = {**WHOLE[method], **changes}
    params = {name: value for name, value in params.items() if value is not None}
    kpi = 1 if method in OF_ONE_FIGURE else None
    return Indicator(method=method, params=params, weight=Decimal(20), kpi_id=kpi, name="Line", code="L")


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def page(name, *args):
    return reverse(f"assessments:{name}", args=args)


class TestEveryMethod:
    def test_has_a_form_and_an_example_here(self):
        assert set(METHOD_FORMS) == set(Method.values) == set(WHOLE)

    @pytest.mark.parametrize("method", WHOLE)
    def test_a_whole_rule_has_no_fault(self, method):
        assert indicator_faults(row_of(method)) == []

    @pytest.mark.parametrize("method", SENTENCE)
    def test_is_said_in_one_sentence(self, method):
        assert sentence_of(method, WHOLE[method], Decimal(20)).replace("\xa0", " ") == SENTENCE[method]

    @pytest.mark.parametrize("method", WHOLE)
    def test_a_sentence_is_found_for_nonsense_too(self, method):
        for params in ({}, {"items": "x", "children": [1], "raters": 3, "levels": [], "up": {}, "standards": "y"}):
            assert sentence_of(method, params, Decimal(20))

    @pytest.mark.parametrize("method", WHOLE)
    def test_what_fields_start_from_gives_the_same_parameters(self, method):
        form, params = METHOD_FORMS[method], WHOLE[method]
        started = {name.removeprefix("param_"): value for name, value in started_from(method, params).items()}
        assert form.stored(started) == params

    @pytest.mark.parametrize("method", WHOLE)
    def test_has_landmarks_or_a_picture_of_its_own(self, method):
        read = parse_method(method, plain_params(method, WHOLE[method]))
        picture = picture_of(method, WHOLE[method], read, Decimal(20))
        marks = METHOD_FORMS[method].landmarks(WHOLE[method], Fraction(100))
        assert bool(picture) != bool(marks)


class TestPictures:
    def test_points_over_how_often_it_happened(self):
        read = parse_method("deduction", plain_params("deduction", WHOLE["deduction"]))
        curve = dict(counts_curve(read, "C", Decimal(20)))
        assert [curve[count] for count in (0, 2, 3, 7, 8)] == [Decimal(text) for text in ("20", "20", "18", "10", "10")]
        assert max(curve) == 10, "it stops a little after nothing more is lost"

    def test_points_over_days_late(self):
        curve = dict(lateness_curve(parse_method("milestone", WHOLE["milestone"]), Decimal(20)))
        assert (curve[0], curve[2], curve[10]) == (Decimal("20.00"), Decimal("16.00"), Decimal("0.00"))

    def test_levels_and_raters_are_tables(self):
        read = parse_method("descriptive", WHOLE["descriptive"])
        levels, raters = picture_of("descriptive", WHOLE["descriptive"], read, Decimal(20))["rows"]
        assert levels["rows"] == [["good", "100 %", "20.00"], ["fair", "60 %", "12.00"]]
        assert raters["rows"] == [["coo@example.org", "66.7 %"], ["gm@example.org", "33.3 %"]]

    def test_children_are_a_table(self):
        read = parse_method("composite", plain_params("composite", WHOLE["composite"]))
        (table,) = picture_of("composite", WHOLE["composite"], read, Decimal(20))["rows"]
        assert table["rows"] == [["REV", "12.00", "14.40"], ["COM", "8.00", "9.60"]]

    def test_yes_and_no_have_no_axis(self):
        params = {"op": "is_true"}
        (table,) = picture_of("all_or_nothing", params, parse_method("all_or_nothing", params), Decimal(20))["rows"]
        assert table["rows"] == [["yes", "20.00"], ["no", "0.00"]]


class TestPlainParams:
    def test_leaves_out_what_no_formula_reads(self):
        plain = plain_params("composite", WHOLE["composite"])
        assert plain["children"] == [{"code": "REV", "weight": "60"}, {"code": "COM", "weight": "40"}]
        plain = plain_params("deduction", {"items": [{**ITEMS[0], "clause": "4", "kpi": 3}]})
        assert plain["items"] == [{"code": "C", "points_each": "2", "allowance": "2", "cap": "10"}]

    def test_keeps_a_slip_of_the_pen_to_be_refused(self):
        read = parse_method("deduction", plain_params("deduction", {"items": [{**ITEMS[0], "alowance": "1"}]}))
        assert str(read) == "unknown_key: items[0].alowance"

    @pytest.mark.parametrize("items", [None, 3, "x", [1], [None]])
    def test_leaves_what_is_no_list_of_objects_to_the_rules(self, items):
        assert plain_params("deduction", {"items": items}) == {"items": items}


class TestFaults:
    @pytest.mark.parametrize(
        ("method", "changes", "said"),
        [
            ("step", {"unit": "miles"}, "“A step is measured in” says something that is none of its choices."),
            ("step", {"up": {"per": "0", "points": "1"}}, "“Better than the target, Size of a step” is out of range"),
            ("step", {"down": {"points": "1"}}, "“Worse than the target, Size of a step” is missing."),
            ("step", {"up": None, "down": None}, "No step is worth anything"),
            ("step", {"min_points": "21"}, "“Never less than” is more than what is earned at the target."),
            ("range", {"lo": "103"}, "The ends of the range must rise"),
            ("range", {"hi": "wide"}, "“Full points to” is not a number."),
            ("efficacy", {"standards": ["4", "8", "6"]}, "List the standard values from the poorest to the best."),
            ("efficacy", {"coefs": ["0.2"]}, "Give every standard value its coefficient"),
            ("efficacy", {"coefs": ["0.8", "0.6", "0.2"]}, "“Coefficients”: a better figure would earn less."),
            ("all_or_nothing", {"op": "about"}, "“The actual must be” says something"),
            ("all_or_nothing", {"lo": None, "hi": None}, "Write both ends of the range the actual must lie in."),
            ("all_or_nothing", {"lo": "5"}, "The ends of the range must rise"),
            ("composite", {"children": CHILDREN[:1]}, "The weights of the KPIs must add up to exactly 100."),
            ("composite", {"children": [CHILDREN[0], {**CHILDREN[1], "code": "REV"}]}, "REV stands there twice"),
            ("composite", {"children": [{**CHILDREN[0], "kpi": None}, CHILDREN[1]]}, "Line 1 of the KPIs names no KPI."),
            ("composite", {"children": [CHILDREN[0], {**CHILDREN[1], "rate": "1"}]}, "a share is worked out every month"),
            ("composite", {"children": [CHILDREN[0], {**CHILDREN[1], "direction": "up"}]}, "“higher” or “lower”"),
            ("composite", {"missing": {"policy": "carry"}}, "Only the value of a KPI has a last rate to carry on"),
            ("deduction", {"items": []}, "Name at least one kind of event that takes points off."),
            ("deduction", {"items": [{"code": "C"}]}, "“Events, line 1, Points each” is missing."),
            ("deduction", {"items": [ITEMS[0], ITEMS[0]]}, "“C” stands there twice."),
            ("deduction", {"min_points": "21"}, "“Never less than” is more than the weight."),
            ("milestone", {"per_day_pct": None}, "“Lost for each day, %” is missing."),
            ("milestone", {"items": [], "as_of": "2026-05-31"}, "Milestones are entered for each month"),
            ("milestone", {"missing": {"policy": "never"}}, "“A value that is missing, What it is worth” says something"),
            ("descriptive", {"levels": {"good": "120"}}, "“good” must earn a percentage from 0 to 100."),
            ("descriptive", {"raters": []}, "Name at least one rater."),
            ("descriptive", {"min_raters": "3"}, "3 ratings are needed, but there are only 2 raters."),
            ("descriptive", {"min_raters": "0"}, "At least one rating is needed."),
            ("descriptive", {"raters": [{"id": "a", "weight": "0"}], "min_raters": "1"}, "Every rater weighs 0"),
            ("ratio", {"cap": "0.5", "floor": "0.8"}, "The cap lies below the floor."),
            ("ratio", {"kap": "1"}, "This method does not ask for “kap”."),
            ("interval", {"bands": [{"max": "5", "pct": "1"}, {"min": "6", "pct": "0"}]}, "The bands leave a gap"),
            ("linear", {"floor_pct": "120"}, "“Earned at the floor, %”: a better figure would earn less."),
        ],
    )  # fmt: skip
    def test_is_named_in_a_sentence_with_its_place(self, method, changes, said):
        found = indicator_faults(row_of(method, **changes))
        assert len(found) == 1
        assert said in found[0]

    def test_a_kpi_stands_where_one_is_judged_and_nowhere_else(self):
        for method in Method.values:
            row = row_of(method)
            row.kpi_id = None if row.kpi_id else 1
            (fault,) = indicator_faults(row)
            assert "KPI" in fault or "leave" in fault

    def test_a_floor_that_comes_with_the_target_is_no_fault(self):
        assert indicator_faults(row_of("linear", floor=None)) == []


@pytest.fixture
def open_draft(firm):
    return draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)


@pytest.fixture
def card(open_draft):
    return open_draft.scorecards.get()


def common(method, **changes):
    """The fields every line has."""
    given = {
        "weight": "20",
        "method": method,
        "missing": "pending",
        "name": "Line",
        "code": "LINE",
        "clause": "Rules, 9",
    }
    return {**given, **changes}


def typed(firm, method):
    """What is typed on the page for one whole rule of the method, and what is kept of it."""
    firm.coo.email, firm.gm.email = "coo@example.org", "gm@example.org"
    firm.coo.save()
    firm.gm.save()
    fields = {
        "step": {
            **{"direction": "higher", "unit": "percent", "partial": "floor", "min_points": "4"},
            **{"up_per": "2", "up_points": "1", "up_cap": "3", "down_per": "1", "down_points": "2"},
        },
        "range": WHOLE["range"],
        "efficacy": {
            "direction": "higher",
            **{f"rows-{n}-standard": place for n, place in enumerate(WHOLE["efficacy"]["standards"])},
            **{f"rows-{n}-coef": height for n, height in enumerate(WHOLE["efficacy"]["coefs"])},
        },
        "all_or_nothing": WHOLE["all_or_nothing"],
        "composite": {
            **{
                "children-0-code": "REV",
                "children-0-weight": "60",
                "children-1-code": "COM",
                "children-1-weight": "40",
            },
            **{"child_cap": "1.2", "missing_child": "exclude"},
        },
        "deduction": {
            **{f"items-0-{key}": text for key, text in ITEMS[0].items()},
            **{f"items-3-{key}": text for key, text in ITEMS[1].items()},
            "min_points": "1",
        },
        "milestone": WHOLE["milestone"],
        "descriptive": {
            **{"levels-0-name": "good", "levels-0-pct": "100", "levels-1-name": "fair", "levels-1-pct": "60"},
            **{"raters-0-id": "COO@example.org", "raters-0-weight": "2", "raters-1-id": "gm@example.org"},
            **{"raters-1-weight": "1", "min_raters": "2", "trim": "on"},
        },
    }[method]
    kept = {**WHOLE[method], "missing": {"policy": "pending"}}
    if method == "composite":
        pks = {"REV": firm.revenue.pk, "COM": firm.complaints.pk}
        kept["children"] = [{**child, "kpi": pks[child["code"]]} for child in CHILDREN]
    kpi = {"kpi": firm.revenue.pk} if method in OF_ONE_FIGURE else {}
    return common(method, **kpi, **{f"param_{name}": text for name, text in fields.items()}), kept


@pytest.mark.django_db
class TestEditor:
    @pytest.mark.parametrize("method", SENTENCE)
    def test_what_is_typed_is_what_is_kept_and_shown_again(self, firm, card, as_, method):
        given, kept = typed(firm, method)
        browser = as_(firm.hr)
        answer = browser.post(page("add_indicator", card.pk), given)
        assert answer.status_code == 302, answer.context["form"].errors
        row = Indicator.objects.get(scorecard=card, code="LINE")
        assert row.params == kept
        assert (row.kpi is None) == (method not in OF_ONE_FIGURE)
        assert indicator_faults(row) == []
        opened = browser.get(page("edit_indicator", row.pk))
        shown = text_of(opened).replace("\xa0", " ")
        assert SENTENCE[method] in shown
        form = opened.context["form"]
        again = {name: value for name, value in given.items() if "-" not in name}
        for bound in form.method_fields:
            for cell in [cell for line in getattr(bound, "lines", ()) for cell in line]:
                again[cell["name"]] = cell["value"]
        assert browser.post(page("edit_indicator", row.pk), again).status_code == 302
        row.refresh_from_db()
        assert row.params == kept

    @pytest.mark.parametrize("method", SENTENCE)
    def test_draws_what_is_typed_without_storing_it(self, firm, card, as_, method):
        given, _kept = typed(firm, method)
        shown = text_of(as_(firm.hr).get(page("add_indicator", card.pk), {**given, "part": "curve"}))
        is_table = method in {"composite", "descriptive"}
        assert ("scheme-small" in shown) if is_table else ("chart-line" in shown)
        assert "notice-warning" not in shown or method == "all_or_nothing"
        assert not Indicator.objects.filter(code="LINE").exists()

    def test_says_what_a_figure_earns(self, firm, card, as_):
        given, _kept = typed(firm, "range")
        shown = text_of(as_(firm.hr).get(page("add_indicator", card.pk), {**given, "part": "curve", "try_at": "94"}))
        assert "at 94 you get <strong>10.00</strong>" in shown
        assert "No target is set" not in shown

    def test_offers_kpis_by_code_and_raters_by_account(self, firm, card, as_):
        browser, where = as_(firm.hr), page("add_indicator", card.pk)
        shown = text_of(browser.get(where, {**common("composite"), "part": "method"}))
        assert '<option value="REV">Revenue</option>' in shown
        shown = text_of(browser.get(where, {**common("descriptive"), "part": "method"}))
        assert f'<option value="{firm.coo.email}">Cora Chief</option>' in shown
        assert firm.nora.email not in shown, "an employee may not rate"

    @pytest.mark.parametrize(
        ("method", "changes", "said"),
        [
            ("composite", {"param_children-1-code": "NONE"}, "Line 2: there is no KPI of the code “NONE”"),
            ("composite", {"param_children-1-code": "REV"}, "Line 2: “REV” stands there twice."),
            ("composite", {"param_children-1-weight": "50"}, "The weights of the KPIs must add up to exactly 100."),
            ("composite", {"kpi": "REVENUE"}, "is made of KPIs of its own: leave this one empty"),
            ("deduction", {"param_items-0-points_each": "two"}, "Line 1, Points off: “two” is no number."),
            ("deduction", {"param_items-3-code": ""}, "Line 2, Code: Write something."),
            ("deduction", {"kpi": "REVENUE"}, "judges what is entered or rated, not the value of a KPI: leave it empty."),
            ("deduction", {"name": "", "code": ""}, "Write one: there is no KPI it could be taken from."),
            ("descriptive", {"param_raters-1-id": "who@example.org"}, "Line 2: there is no account of the e-mail"),
            ("descriptive", {"param_levels-1-name": "good"}, "Line 2: “good” stands there twice."),
            ("descriptive", {"param_levels-1-pct": "130"}, "“fair” must earn a percentage from 0 to 100."),
            ("efficacy", {"param_rows-2-standard": "5"}, "List the standard values from the poorest to the best."),
            ("range", {"param_lo": ""}, "This field is required."),
            ("range", {"kpi": ""}, "judges the value of a KPI: choose which."),
            ("step", {"param_up_per": "0"}, "“Better than the target, Size of a step” is out of range"),
            ("all_or_nothing", {"param_hi": "1"}, "The ends of the range must rise"),
            ("milestone", {"param_late": "maybe"}, "Select a valid choice."),
            ("milestone", {"missing": "carry"}, "Select a valid choice."),
            ("milestone", {"missing": ""}, "Say what a missing value is worth."),
        ],
    )  # fmt: skip
    def test_a_refusal_names_the_line_and_keeps_everything_typed(self, firm, card, as_, method, changes, said):
        given, _kept = typed(firm, method)
        given |= {name: firm.revenue.pk if text == "REVENUE" else text for name, text in changes.items()}
        answer = as_(firm.hr).post(page("add_indicator", card.pk), given)
        assert answer.status_code == 422
        shown = text_of(answer)
        assert said in shown
        assert "Rules, 9" in shown
        for name, text in given.items():
            if re.search(r"-\d-", name) and text:
                assert f'value="{text}"' in shown, name
        assert not Indicator.objects.filter(code="LINE").exists()

    def test_more_lines_come_without_a_mouse_and_again(self, firm, card, as_):
        given, _kept = typed(firm, "deduction")
        browser, where = as_(firm.hr), page("add_indicator", card.pk)
        first = text_of(browser.post(where, {**given, "show": "param_items", "param_items-shown": "4"}))
        assert 'name="param_items-6-code"' in first and 'name="param_items-7-code"' not in first
        assert (
            'name="param_items-2-code" id="id_param_items-2-code" value="" maxlength="40" autocomplete="off" autofocus'
            in first
        )
        second = text_of(browser.post(where, {**given, "show": "param_items", "param_items-shown": "7"}))
        assert 'name="param_items-9-code"' in second
        assert 'value="Complaint"' in second

    def test_a_draft_may_be_unfinished_and_is_told_so(self, firm, open_draft, card):
        services.save_indicator(
            scorecard=card,
            terms=Terms(
                code="D", name="Events", kpi=None, method="deduction", weight=Decimal(10), params={"items": []}
            ),
            by=firm.hr,
        )
        found = {(one.where, one.text) for one in services.problems_of(open_draft)}
        assert ("All departments · Events", "Name at least one kind of event that takes points off.") in found

    def test_the_service_refuses_a_kpi_where_none_is_judged(self, firm, card):
        with pytest.raises(WrongScheme, match="leave it empty"):
            services.save_indicator(
                scorecard=card, terms=terms(firm.revenue, 10, method="milestone", code="M"), by=firm.hr
            )


@pytest.mark.django_db
class TestProblems:
    def line(self, firm, card, method, params, kpi=None):
        row = Terms(code="LINE", name="Line", kpi=kpi, method=method, weight=Decimal(10), params=params)
        services.save_indicator(scorecard=card, terms=row, by=firm.hr)
        return [one.text for one in services.problems_of(card.scheme) if one.where.endswith("Line")]

    def test_a_target_that_is_missing_is_named_with_its_departments(self, firm, card):
        made = make_kpi(firm.company, code="NEW", name="Novelty", reporting=firm.assessed)
        for method in ("step", "ratio"):
            (text,) = self.line(firm, card, method, WHOLE[method], made)
            assert text == "There is no target for North, South, Works. Set one, for each or for all."
            card.indicators.get(code="LINE").delete()
        assert self.line(firm, card, "range", WHOLE["range"], made) == []

    def test_a_target_of_a_part_is_needed_too(self, firm, card):
        made = make_kpi(firm.company, code="NEW", name="Novelty", reporting=firm.assessed)
        children = [
            {"code": "REV", "kpi": firm.revenue.pk, "weight": "60"},
            {"code": "NEW", "kpi": made.pk, "weight": "40"},
        ]
        (text,) = self.line(firm, card, "composite", {"children": children})
        assert text == "There is no target of NEW for North, South, Works. Set one, for each or for all."

    def test_raters_must_have_an_open_account_that_may_rate(self, firm, card):
        closed = UserFactory(roles=["coo"], name="Gone", is_active=False)
        names = [firm.coo.email, "who@example.org", closed.email, firm.nora.email]
        found = self.line(firm, card, "descriptive", {"raters": [{"id": name, "weight": "1"} for name in names]})
        assert found == [
            "The rater “who@example.org” has no account of this e-mail. Name another, or have one opened.",
            f"The account of the rater “{closed.email}” is closed. Name another.",
            f"The rater “{firm.nora.email}” has no role that may rate. Name another, or have a role given.",
        ]

    def test_takes_no_more_queries_for_more_lines(self, firm, open_draft, card, django_assert_max_num_queries):
        for number in range(4):
            services.save_indicator(
                scorecard=card, terms=terms(firm.revenue, 10, code=f"L{number}", cap="1.2"), by=firm.hr
            )
        with django_assert_max_num_queries(10):
            services.problems_of(open_draft)
