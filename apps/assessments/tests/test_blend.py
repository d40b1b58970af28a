"""Years that stand in part on cumulative values: the rule, which version of the rules counts, and what is said of it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.tests.factories import make_key
from apps.assessments import services
from apps.assessments.rules.aggregate import Flow, MonthScore, mean_score, rescore
from apps.assessments.rules.blend import Blend, blended_score, plain_score
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.selectors.cumulative import cumulative_scores
from apps.assessments.selectors.periods import period_scores, periods_of
from apps.assessments.selectors.stretches import stretch_line
from apps.assessments.services import Limits
from apps.assessments.services.year_words import made_words, year_sentences
from apps.assessments.tests.factories import approved, draft, published
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.kpis.tests.factories import entry, record
from apps.staff.selectors import scope_of

JANUARY, APRIL, MAY = Month(2026, 1), Month(2026, 4), Month(2026, 5)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
IN_MAY = datetime(2026, 5, 20, 9, tzinfo=UTC)
EVERYTHING = Scope(
    user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"assessments.view", "assessments.view_drafts"})
)
USUAL = Blend(Decimal(40), Decimal(0), Decimal(120))
POINTS = st.decimals(min_value=0, max_value=120, places=2)
REASON = "The year is to stand on its sums too."


class TestTheRule:
    def test_the_example_of_two_hundred_and_ten_of_two_hundred(self):
        # Months of 90 and 120 of 100, capped at 110 %: 18 and 22 of 20, on average 20.00; 210 of 200 is 21.00.
        method = parse_method("ratio", {"cap": "1.1"})
        months = [score(method, actual, 100, 20).points for actual in (90, 120)]
        mean = mean_score([MonthScore(points) for points in months]).score
        on_sums = rescore(method, [Flow(90, 100), Flow(120, 100)], 20).points
        assert (mean, on_sums) == (Decimal("20.00"), Decimal("21.00"))
        assert blended_score(mean, on_sums, USUAL).score == Decimal("20.40")

    def test_is_rounded_once_and_half_up(self):
        # 60.01 and 60.02 by halves: 60.015.
        half = Blend(Decimal(50), 0, 120)
        assert blended_score(Decimal("60.01"), Decimal("60.02"), half).score == Decimal("60.02")
        # A third and a bit: 66.67 % of 0.03 and 33.33 % of 0.00 are 0.020001.
        assert blended_score(Decimal("0.03"), Decimal(0), Blend(Decimal("33.33"), 0, 120)).score == Decimal("0.02")

    def test_a_part_that_counts_and_is_missing_leaves_no_score(self):
        assert blended_score(Decimal(90), None, USUAL).score is None
        assert blended_score(None, Decimal(90), USUAL).score is None

    def test_a_part_without_a_share_is_not_needed(self):
        assert blended_score(Decimal(90), None, Blend(Decimal(0), 0, 120)).score == Decimal(90)
        assert blended_score(None, Decimal(90), Blend(Decimal(100), 0, 120)).score == Decimal(90)

    def test_no_total_goes_beyond_what_the_rules_allow(self):
        held = blended_score(Decimal(100), Decimal(115), Blend(Decimal(40), 0, 100))
        assert (held.score, held.is_held) == (Decimal("100.00"), True)
        assert made_words(held, Blend(Decimal(40), 0, 100)) == (
            "60 % × 100.00 + 40 % × 115.00, held to 100.00: no total goes beyond"
        )

    @given(POINTS, POINTS, st.decimals(min_value=0, max_value=100, places=2))
    def test_lies_between_its_parts(self, mean, on_sums, share):
        made = blended_score(mean, on_sums, Blend(share, 0, 120))
        assert min(mean, on_sums) <= made.score <= max(mean, on_sums)
        assert (made.months_mean, made.cumulative, made.is_held) == (mean, on_sums, False)

    def test_nothing_is_blended_where_the_rules_do_not_say_so(self):
        assert plain_score(Decimal("85.00")).score == Decimal("85.00")
        assert plain_score(None).score is None


def rules(firm, share, *, first="2026-01", departments=None, note="", name="Assessment"):
    """Approved rules in which SHARE percent of a year stand on cumulative values."""
    limits = Limits(max_total=Decimal(120), cumulative_pct=Decimal(share))
    made = draft(
        by=firm.hr, departments=departments or firm.assessed, lines=firm.lines, first=first, limits=limits, note=note,
        name=name,
    )  # fmt: skip
    # The COO leads Works: without it the GM is not asked. In May, when May's figures were still to come.
    return approved(made, by=firm.hr, deciders=[firm.coo] if departments else [firm.coo, firm.gm], now=IN_MAY)


def publish(firm, *months, deciders=None):
    for month in months:
        published(month, by=firm.hr, deciders=deciders or [firm.coo, firm.gm], now=NOW)


@pytest.fixture
def reported(firm):
    """April too. North: revenue 130 (capped at 1.2), then 95 of 100; complaints 3 both times."""
    record(
        [entry(firm.revenue, firm.north, "2026-04", 130), entry(firm.complaints, firm.north, "2026-04", 3)], by=firm.coo
    )
    return firm


@pytest.fixture
def year(reported):
    """April and May are published by rules that blend 40 %. North: months 99.25, on cumulative values 102.75."""
    rules(reported, 40)
    publish(reported, APRIL, MAY)
    return reported


def the_year():
    return stretch_line(EVERYTHING, "year", JANUARY)


def by_code(scope, line):
    return {one.code: one for one in period_scores(scope, line)}


@pytest.mark.django_db
class TestScores:
    def test_a_year_is_blended_and_keeps_both_bases(self, year, django_assert_max_num_queries):
        line = the_year()
        with django_assert_max_num_queries(5):
            north = by_code(EVERYTHING, line)["NORTH"]
        # 0.6 x 99.25 + 0.4 x 102.75 = 59.55 + 41.10
        assert (north.made_of.months_mean, north.made_of.cumulative) == (Decimal("99.25"), Decimal("102.75"))
        assert (north.score, north.grade, north.rank) == (Decimal("100.65"), "A", 1)
        apart = {one.code: one.score for one in cumulative_scores(EVERYTHING, line)}
        assert {code: one.made_of.cumulative for code, one in by_code(EVERYTHING, line).items()} == apart

    def test_a_quarter_never_is(self, year):
        north = by_code(EVERYTHING, stretch_line(EVERYTHING, "quarter", APRIL))["NORTH"]
        assert (north.score, north.made_of.cumulative) == (Decimal("99.25"), None)
        assert year_sentences(stretch_line(EVERYTHING, "quarter", APRIL)) == []

    def test_a_department_reads_the_same(self, year):
        scope = scope_of(year.nora, NOW.date())
        (own,) = period_scores(scope, stretch_line(scope, "year", JANUARY))
        assert (own.score, own.rank) == (Decimal("100.65"), 1)
        quarter, whole = periods_of(scope, year.north, since=MAY.first_day)
        assert (quarter.score, quarter.is_provisional) == (Decimal("99.25"), False)
        assert (whole.score, whole.is_provisional) == (Decimal("100.65"), True)

    def test_as_many_queries_for_three_years_as_for_one(self, year, settings, django_assert_max_num_queries):
        for first in (1, 5):  # the calendar year; then April and May lie in two fiscal years
            settings.FISCAL_YEAR_FIRST_MONTH = first
            with django_assert_max_num_queries(6):
                found = periods_of(EVERYTHING, year.north, since=APRIL.first_day)
            years = [one for one in found if one.stretch.kind == "year"]
            assert all(one.made_of.cumulative is not None for one in years)
        # May alone: 66.50 + 24.00; April alone 84.00 + 24.00 of months, 70 x 1.2 (the cap) on sums.
        assert [one.score for one in years] == [Decimal("90.50"), Decimal("108.00")]

    def test_who_was_not_judged_at_last_has_no_score_and_is_told_why(self, reported):
        rules(reported, 40)
        publish(reported, APRIL)
        rules(reported, 40, first="2026-05", departments=[reported.north, reported.south], note=REASON)
        publish(reported, MAY, deciders=[reported.coo])
        found = by_code(EVERYTHING, the_year())
        works = found["WORKS"]
        assert (works.score, works.grade, works.rank) == (None, "", None)
        assert works.made_of.months_mean == Decimal("0.00")
        assert made_words(works.made_of, USUAL) == "No score: nothing is known on cumulative values."
        assert [found[code].rank for code in ("NORTH", "SOUTH")] == [1, 2]


@pytest.mark.django_db
class TestWhichRulesCount:
    def test_to_date_it_is_provisional(self, year):
        assert year_sentences(the_year()) == [
            "Score of the year: 60 % mean of its months, 40 % scorecard on cumulative values. Difficulty, bonuses, "
            "deductions and vetoes count in the months; the scorecard on cumulative values stands before them.",
            "So say the rules by which its months were judged: Assessment, version 1.",
            "Where a part is not known, there is no score, and the other part does not stand in for it; so it is with a "
            "department that was not assessed in May 2026.",
            "Provisional: December 2026 is not published yet, so this is the score to date, up to May 2026.",
        ]

    def test_once_its_last_month_is_published_it_is_not(self, year, settings):
        settings.FISCAL_YEAR_FIRST_MONTH = 6
        line = stretch_line(EVERYTHING, "year", Month(2025, 6))
        assert not any(text.startswith("Provisional") for text in year_sentences(line))
        assert periods_of(EVERYTHING, year.north, since=MAY.first_day)[1].is_provisional is False

    def test_a_gap_keeps_it_provisional(self, reported, settings):
        settings.FISCAL_YEAR_FIRST_MONTH = 6
        rules(reported, 40)
        publish(reported, Month(2026, 3), MAY)
        line = stretch_line(EVERYTHING, "year", Month(2025, 6))
        assert year_sentences(line)[-1] == "Provisional: a month of the year before May 2026 is not published."

    @pytest.mark.parametrize(("before", "after"), [(0, 40), (40, 0)])
    def test_the_version_of_the_last_published_month_does(self, reported, before, after):
        rules(reported, before)
        publish(reported, APRIL)
        rules(reported, after, first="2026-05", note=REASON, name="Sharper")
        publish(reported, MAY)
        line = the_year()
        north = by_code(EVERYTHING, line)["NORTH"]
        assert north.score == (Decimal("100.65") if after else Decimal("99.25"))
        said = " ".join(year_sentences(line))
        assert not after or (
            "What counts is the version of its last published month, May 2026: Sharper, version 2. Months before stay as "
            "they were judged: Assessment, version 1, to April 2026." in said
        )

    def test_what_is_approved_for_the_end_of_the_year_is_told_ahead(self, reported):
        rules(reported, 0)
        publish(reported, APRIL, MAY)
        assert year_sentences(the_year()) == []
        rules(reported, 40, first="2026-07", note=REASON, name="Sharper")
        assert year_sentences(the_year())[-1] == (
            "At the end of the year Sharper, version 2 will count: 60 % mean of its months, 40 % scorecard on cumulative "
            "values."
        )
        assert by_code(EVERYTHING, the_year())["NORTH"].score == Decimal("99.25")


@pytest.mark.django_db
class TestDoors:
    def page(self, client, name="period", kind="year", first=JANUARY, **query):
        return client.get(reverse(f"assessments:{name}", args=[kind, first]), query)

    def test_the_page_of_the_year_shows_three_figures_and_how_they_meet(self, year, as_):
        client = as_(year.hr)
        body = self.page(client).content.decode()
        for text in (
            "Score of the year", "100.65", "99.25", "102.75", "60 % × 99.25 + 40 % × 102.75 = 100.65", "provisional",
            "Mean of the months", "On cumulative values",
        ):  # fmt: skip
            assert text in body, text
        assert "How the score" not in self.page(client, kind="quarter", first=APRIL).content.decode()
        assert "40 % of the score of the year" in self.page(client, "cumulative").content.decode()
        assert "only departments" in self.page(client, "period_people").content.decode()

    def test_the_page_of_the_department_says_it_too(self, year, as_):
        body = as_(year.nora).get(reverse("assessments:department", args=[year.north.pk])).content.decode()
        assert "60 % × 99.25 + 40 % × 102.75 = 100.65" in body
        assert body.count(">provisional<") == 1

    def test_files_hold_the_parts(self, year, as_):
        client = as_(year.hr)
        file = self.page(client, export="csv")
        head, north = b"".join(file.streaming_content).decode().lstrip("\ufeff").splitlines()[:2]
        assert head.split(",")[2:8] == [
            "Score of the year", "Grade", "Rank", "Mean of the months", "On cumulative values", "How the score comes about",
        ]  # fmt: skip
        assert north.split(",")[2:9] == [
            "100.65", "A", "1", "99.25", "102.75", "60 % × 99.25 + 40 % × 102.75 = 100.65", "provisional",
        ]  # fmt: skip
        book = self.page(client, export="xlsx")
        assert b"".join(book.streaming_content).startswith(b"PK")
        book.close()

    def test_other_systems_read_the_parts(self, year, client):
        _key, key = make_key(year.mia, ["assessments.view"])

        def asked(kind, first):
            return client.get(
                "/api/v1/period-scores/",
                {"kind": kind, "first_month": first},
                headers={"Authorization": f"Bearer {key}"},
            ).json()

        body = asked("year", "2026-01")
        basis = body["year"]
        assert (basis["cumulative_pct"], basis["scheme"]["version"], basis["is_provisional"]) == ("40.00", 1, True)
        assert len(basis["sentences"]) == 4
        north = body["scores"][0]
        assert (north["score"], north["months_mean"], north["cumulative_score"]) == ("100.65", "99.25", "102.75")
        assert north["made"] == "60 % × 99.25 + 40 % × 102.75 = 100.65"
        body = asked("quarter", "2026-04")
        assert (body["year"], body["scores"][0]["made"], body["scores"][0]["cumulative_score"]) == (None, "", None)

    def test_who_writes_rules_is_refused_a_share_that_is_none(self, firm):
        with pytest.raises(services.WrongScheme, match="0 to 100 %"):
            services.draft_scheme(
                name="X", first_month=JANUARY, by=firm.hr, limits=Limits(cumulative_pct=Decimal("100.01"))
            )
