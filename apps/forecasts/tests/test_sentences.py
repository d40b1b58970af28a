"""Sentences of the report: which one a figure deserves, and how it reads."""

import inspect
import re
from decimal import Decimal
from fractions import Fraction

import pytest

from apps.core.month import Month
from apps.forecasts.rules import sentences
from apps.forecasts.rules.bridge import Rated, rate_bridge, sum_bridge
from apps.forecasts.rules.sentences import Counts, Ending, Sentence
from apps.forecasts.services import wording
from apps.forecasts.services.wording import WORDS, written

OCTOBER = Month(2026, 10)
NBSP = "\u00a0"


def plain(text):
    return text.replace(NBSP, " ")


def off(is_open=False, **counts):
    return [plain(written(one)) for one in sentences.off_sentences(OCTOBER, Counts(**counts), is_open=is_open)]


class TestOffSentences:
    def test_counts_what_is_off(self):
        assert off(green=7, amber=1, red=2) == [
            "3 of 10 judged KPIs are off target in October 2026: 2 clearly, 1 slightly."
        ]

    def test_speaks_of_one(self):
        assert off(green=7, red=1, newly_off=1)[:2] == [
            "One of 8 judged KPIs is off target in October 2026: 1 clearly, 0 slightly.",
            "One of them was on target the month before.",
        ]

    def test_says_that_all_is_well(self):
        assert off(green=7) == ["All 7 KPIs that were judged in October 2026 are on target."]
        assert off(green=1) == ["The one KPI that was judged in October 2026 is on target."]

    def test_says_that_nothing_can_be_said(self):
        assert off(grey=4) == ["No KPI could be judged in October 2026: none has both a value and a target."]

    def test_says_what_is_missing_and_still_open(self):
        said = off(is_open=True, green=2, missing=3, recovered=2)
        assert said[0] == "Values of October 2026 are still taken: these figures may change."
        assert said[-2:] == [
            "2 KPIs that were off the month before are on target again.",
            "Of 3 KPIs not everything was reported.",
        ]


class TestEndingSentence:
    def test_tells_expectation_range_target_and_chance(self):
        found = sentences.ending_sentence(Ending("1,198", "1,100", "1,290", "1,250", 0.124))
        assert plain(written(found)) == (
            "Expected 1,198 at the end of the year (80 %: 1,100 to 1,290) against 1,250: the target is reached with a "
            "chance of 12 %."
        )
        assert found.tone == "bad"

    @pytest.mark.parametrize(("chance", "tone"), [(0.2, "bad"), (0.21, "warn"), (0.79, "warn"), (0.8, "good")])
    def test_has_the_tone_of_its_chance(self, chance, tone):
        assert sentences.ending_sentence(Ending("1", "0", "2", "1", chance)).tone == tone

    def test_says_that_there_is_no_target(self):
        assert written(sentences.ending_sentence(Ending("5", "4", "6"))).endswith("there is no target for the year.")

    def test_says_why_there_is_no_forecast(self):
        found = written(sentences.ending_sentence(Ending(why_none="no_history")))
        assert found == "No forecast because nothing was reported yet."
        assert written(sentences.ending_sentence(Ending())) == "No forecast because too little is known."

    def test_says_that_nothing_is_known(self):
        assert written(sentences.ending_sentence(None)) == "Not known: there is no forecast of it."


class TestChanceText:
    @pytest.mark.parametrize(
        ("chance", "shown"),
        [
            (0.0, "< 1 %"),
            (0.004, "< 1 %"),
            (0.005, "1 %"),
            (0.5, "50 %"),
            (0.994, "99 %"),
            (0.996, "> 99 %"),
            (1.0, "> 99 %"),
        ],
    )
    def test_is_never_certain(self, chance, shown):
        assert plain(sentences.chance_text(chance)) == shown


class TestWhoseSentence:
    def test_names_the_owner_before_the_head(self):
        assert written(sentences.whose_sentence(owner="Ann", head="Bob", place="Sales")) == "Ann (Sales)"
        assert written(sentences.whose_sentence(owner="", head="Bob", place="Sales")) == "Bob, head of Sales"

    def test_says_that_it_is_nobodys(self):
        found = sentences.whose_sentence(owner="", head="", place="Sales")
        assert written(found) == "Nobody: Sales has no head and the KPI no owner"
        assert found.tone == "warn"


class TestComparedSentence:
    def said(self, verdict, pct=Fraction(32, 10), base="year", adjusted=None):
        sentence = sentences.compared_sentence(
            "Revenue", base=base, former="1,000", pct=pct, verdict=verdict, adjusted=adjusted
        )
        return plain(written(sentence))

    def test_says_improved_and_worsened(self):
        assert self.said("improved") == "Revenue improved against the same month last year: +3.2 % (it was 1,000)."
        assert (
            self.said("worsened", Fraction(-4))
            == "Revenue worsened against the same month last year: −4.0 % (it was 1,000)."
        )

    def test_calls_noise_no_clear_change(self):
        assert self.said("no_clear_change", base="before") == (
            "Revenue shows no clear change against the month before: +3.2 % is within what is usual (it was 1,000)."
        )

    def test_tells_the_figure_that_the_verdict_goes_by(self):
        """A month with more working days: more was sold, less a day."""
        assert self.said("worsened", Fraction(2), "before", adjusted=Fraction(-5)) == (
            "Revenue worsened against the month before: −5.0 % with the calendar taken out, +2.0 % as it stands "
            "(it was 1,000)."
        )
        assert "−1.0 % with the calendar taken out is within" in self.said("no_clear_change", adjusted=Fraction(-1))

    def test_tells_it_once_where_both_read_alike(self):
        assert self.said("improved", adjusted=Fraction(321, 100)) == self.said("improved")

    def test_judges_nothing_where_neither_way_is_better(self):
        assert self.said("") == "Revenue is +3.2 % against the same month last year (it was 1,000)."

    def test_says_where_there_are_too_few_months(self):
        assert self.said("too_few", base="before") == (
            "Revenue is +3.2 % against the month before (it was 1,000): too few months to tell whether that is a change."
        )

    def test_says_that_there_is_no_base(self):
        assert self.said("no_base", None).startswith("Revenue cannot be compared with")

    def test_knows_no_sign_for_zero(self):
        assert "±0 %" in self.said("no_clear_change", Fraction(0))


class TestDistanceSentence:
    def said(self, share, *, is_best):
        return plain(written(sentences.distance_sentence("Revenue", "North", Decimal(share), is_best=is_best)))

    def test_tells_of_the_best_and_the_worst(self):
        assert self.said("-12.34", is_best=True) == "Best against its target: Revenue of North, better by 12.3 %."
        assert self.said("40", is_best=False) == "Furthest from its target: Revenue of North, off by 40.0 %."

    def test_knows_what_is_exactly_met(self):
        assert self.said("0", is_best=True) == "Revenue of North is exactly on its target."


class TestBridgeSentence:
    def said(self, start, end, then, now):
        bridge = None
        if start is not None:
            numbers = [{key: Decimal(value) for key, value in part.items()} for part in (then, now)]
            bridge = sum_bridge(Decimal(start), Decimal(end), then=numbers[0], now=numbers[1])
        names = {1: "North", 2: "South"}
        found = sentences.bridge_sentence("Sales", bridge, names=names, then=Month(2026, 9), decimals=0, unit="t")
        return plain(written(found))

    def test_names_who_moved_it_and_who_went_the_other_way(self):
        assert self.said(100, 115, {1: 50, 2: 50}, {1: 70, 2: 45}) == (
            "Sales rose from 100 t in September 2026 to 115 t (+15 t). Most of it came from North (+20 t); South went the "
            "other way (−5 t)."
        )
        assert self.said(100, 90, {1: 50, 2: 50}, {1: 40, 2: 50}) == (
            "Sales fell from 100 t in September 2026 to 90 t (−10 t). Most of it came from North (−10 t)."
        )

    def test_says_when_nobody_explains_it(self):
        assert self.said(100, 90, {}, {}).endswith("no department below explains it.")

    def test_says_when_nothing_moved_or_a_figure_is_missing(self):
        assert self.said(5, 5, {}, {}) == "Sales is what it was in September 2026: 5 t."
        assert "cannot be told" in self.said(None, None, {}, {})


class TestRateSentence:
    def said(self, then, now):
        parts = [
            {key: Rated(Decimal(rate), Decimal(weight)) for key, (rate, weight) in one.items()} for one in (then, now)
        ]
        whole = []
        for part in parts:
            weight = sum(one.weight for one in part.values())
            whole.append(Rated(sum(one.rate * one.weight for one in part.values()) / weight, weight))
        bridge = rate_bridge(*whole, then=parts[0], now=parts[1])
        found = sentences.bridge_sentence("On time", bridge, names={1: "North", 2: "South"}, then=Month(2026, 9),
                                          decimals=1, unit="%", rate_unit="points")  # fmt: skip
        return plain(written(found))

    def test_tells_points_and_how_much_is_rate_and_how_much_is_weight(self):
        assert self.said({1: (90, 100), 2: (60, 100)}, {1: (80, 100), 2: (60, 100)}) == (
            "On time fell from 75.0 % in September 2026 to 70.0 % (−5.00 points): −5.00 points by the departments’ own "
            "rates, ±0 points by their weight in the whole. Most of it came from North (−5.00 points)."
        )
        assert self.said({1: (90, 100), 2: (60, 100)}, {1: (98, 100), 2: (56, 100)}).endswith(
            "Most of it came from North (+4.00 points); South went the other way (−2.00 points)."
        )

    def test_says_that_a_weight_is_missing(self):
        found = sentences.bridge_sentence(
            "On time", None, names={}, then=Month(2026, 9), decimals=1, unit="%", rate_unit="points"
        )
        assert written(found).endswith("one of the two figures is missing, or what it weighs.")


class TestScoresAndPeople:
    def test_tell_how_the_mean_moved(self):
        found = sentences.mean_sentence(OCTOBER, mean=Decimal("84.25"), former=Decimal("85.00"), scored=12)
        assert written(found) == (
            "The mean score of 12 departments in October 2026 is 84.25, −0.75 against the month before."
        )
        assert found.tone == "bad"
        same = sentences.mean_sentence(OCTOBER, mean=Decimal(80), former=Decimal(80), scored=1)
        assert (
            written(same) == "The score of the one department assessed in October 2026 is 80.00, as the month before."
        )
        assert written(sentences.mean_sentence(OCTOBER, mean=None, former=None, scored=0)).startswith("No scores")

    def test_tell_headcount_and_who_moved(self):
        assert written(sentences.headcount_sentence(OCTOBER, opening=10, closing=12)) == (
            "12 people were employed at the end of October 2026, 2 more than at its beginning."
        )
        said = [written(one) for one in sentences.movement_sentences(joined=1, left=0, resigned=0)]
        assert said == ["One person joined.", "Nobody left."]
        assert (
            written(sentences.movement_sentences(joined=0, left=0, resigned=0)[0]) == "Nobody joined and nobody left."
        )

    def test_tell_the_plan(self):
        assert written(sentences.plan_sentence(heads=9, planned=10)) == "That is one person below the plan of 10."
        assert written(sentences.plan_sentence(heads=12, planned=10)) == "That is 2 people above the plan of 10."
        assert written(sentences.plan_sentence(heads=10, planned=10)) == "That is the plan: 10."
        assert written(sentences.plan_sentence(heads=10, planned=None)).startswith("There is no headcount plan")

    def test_give_no_rate_of_few_people(self):
        few = sentences.turnover_sentence(leavers=2, rate=Decimal(40), is_small=True)
        assert "40" not in written(few)
        assert plain(written(sentences.turnover_sentence(leavers=24, rate=Decimal(24), is_small=False))) == (
            "Turnover of twelve months is 24.0 %: 24 left."
        )


class TestForecastSentences:
    def test_say_which_issue_they_rest_on(self):
        assert "October 2026" in written(sentences.issue_sentence(OCTOBER, OCTOBER))
        assert "September 2026" in written(sentences.issue_sentence(OCTOBER, Month(2026, 9)))
        assert "not known" in written(sentences.issue_sentence(OCTOBER, None))

    def test_count_what_is_likely(self):
        found = written(sentences.chances_sentence([0.95, 0.8, 0.5, 0.2, 0.1]))
        assert found == "Of 5 KPIs with a target for the year: 2 likely to reach it, 1 open, 2 unlikely."

    def test_warn_with_month_and_chance(self):
        given = {"name": "Scrap", "place": "North", "target": "5"}
        found = sentences.warning_sentence("leaves", month=OCTOBER, chance=0.9, **given)
        assert plain(written(found)) == "Scrap of North is expected to leave its target by October 2026 (chance 90 %)."
        some_time = sentences.warning_sentence("stays_off", month=None, chance=None, **given)
        assert written(some_time) == "Scrap of North is expected to stay off its target."


class TestRestatedSentence:
    def test_tells_both_figures_and_the_day(self):
        found = sentences.restated_sentence("Revenue of Plant North", was="1,204.00", now="1,198.00", on="3 Nov 2026")
        assert written(found) == "Revenue of Plant North was 1,204.00, now 1,198.00, restated on 3 Nov 2026."

    def test_tells_what_went_and_what_came(self):
        assert (
            written(sentences.restated_sentence("R of P", was="1", now="", on="")) == "R of P was 1; now there is none."
        )
        assert (
            written(sentences.restated_sentence("R of P", was="", now="1", on="")) == "R of P: there was none, now 1."
        )


class TestWords:
    def test_hold_every_code_the_rules_can_choose(self):
        source = inspect.getsource(sentences)
        codes = set(re.findall(r'Sentence\(\s*"([a-z_]+)"', source))
        codes |= {
            f"warned_{kind}{end}"
            for kind in ("leaves", "stays_off", "returns", "below_plan")
            for end in ("", "_some_time")
        }
        codes |= {f"bridge_{way}{end}" for way in ("rose", "fell") for end in ("", "_alone", "_against")}
        codes |= {f"rate_{way}{end}" for way in ("rose", "fell") for end in ("", "_against")}
        codes |= {f"{kind}_none" for kind in ("bridge", "rate")}
        assert codes <= set(WORDS)

    def test_do_not_break_on_a_percent_sign_in_a_name(self):
        assert "50 % club" in written(Sentence("score_best", {"name": "50 % club", "total": "1"}))

    def test_are_translatable(self):
        assert all(hasattr(words, "_proxy____args") or hasattr(words, "__reduce__") for words in WORDS.values())
        assert wording.month_text(OCTOBER) == "October 2026"

    @pytest.mark.parametrize("code", ["short", "short_per_head", "short_per_head_chance"])
    def test_tell_one_person_as_one(self, code):
        values = {"place": "North", "heads": "1", "month": OCTOBER, "planned": "2", "chance": "5 %"}
        values |= {"name": "Sold", "then": "1", "expected": "2"}
        assert "have 1 person in October" in written(Sentence(code, values, count=1))
        assert "have 3 people in October" in written(Sentence(code, {**values, "heads": "3"}, count=2))
