"""Rules that change inside a running year: a day and a reason, and the old basis beside the new one wherever it counts."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.approvals.rules import brief_problems
from apps.assessments import services
from apps.assessments.selectors.bases import turn_of, turns_around
from apps.assessments.services.changes import changes_for
from apps.assessments.tests.factories import NOW, approved, published, terms
from apps.core.month import Month

pytestmark = pytest.mark.django_db
REASON = "The board asks for more weight on complaints."


def changed(firm, scheme, *, first="2026-06", note=REASON):
    """A copy of SCHEME in which revenue weighs 60 and complaints 40."""
    made = services.draft_scheme(name="Sharper", first_month=Month.parse(first), by=firm.hr, basis=scheme, note=note)
    card = made.scorecards.get()
    for line in (terms(firm.revenue, 60, cap="1.2"), terms(firm.complaints, 40, method="all_or_nothing", op="<=")):
        services.save_indicator(scorecard=card, indicator=card.indicators.get(code=line.code), terms=line, by=firm.hr)
    return made


@pytest.fixture
def later(firm, scheme):
    """May is published by the old rules; from June on the new ones are in force."""
    published("2026-05", by=firm.hr, deciders=[firm.coo, firm.gm])
    return approved(changed(firm, scheme), by=firm.hr, deciders=[firm.coo, firm.gm])


class TestAChangeInsideAYear:
    def test_is_refused_without_a_reason_in_one_sentence(self, firm, scheme):
        made = changed(firm, scheme, note="  ")
        with pytest.raises(services.SchemeNotReady) as refused:
            services.submit_scheme(scheme=made, by=firm.hr, now=NOW)
        (problem,) = refused.value.details["problems"]
        assert problem["where"] == "Why it changes"
        assert problem["message"] == (
            "Sharper, version 2 takes effect on 1 June 2026, inside the running year 2026: write under “Why it changes” the "
            "reason that departments read beside the old basis, or let it begin with the next year."
        )

    @pytest.mark.parametrize("first", ["2027-01", "2026-06"])
    def test_is_taken_with_the_next_year_or_with_a_reason(self, firm, scheme, first):
        note = "" if first == "2027-01" else REASON
        assert services.submit_scheme(scheme=changed(firm, scheme, first=first, note=note), by=firm.hr, now=NOW)

    def test_the_first_rules_of_all_need_none(self, firm, scheme):
        assert turn_of(scheme) is None

    def test_goes_by_the_fiscal_year(self, firm, scheme, settings):
        settings.FISCAL_YEAR_FIRST_MONTH = 6
        assert turn_of(changed(firm, scheme)) is None

    def test_names_the_quarter_that_has_begun(self, firm, scheme):
        assert turn_of(changed(firm, scheme)).quarter == 2
        assert turn_of(changed(firm, scheme, first="2026-07")).quarter is None

    def test_tells_the_deciders_day_reason_and_both_bases(self, firm, scheme):
        case = services.submit_scheme(scheme=changed(firm, scheme), by=firm.hr, now=NOW)
        assert brief_problems(case.brief) == []
        facts = {row["label"]: row["value"] for row in case.brief["facts"]}
        assert facts["Takes effect"] == "1 June 2026, inside the running year 2026"
        assert facts["Reason"] == REASON
        assert facts["Old basis"] == "Assessment, version 1, to May 2026"
        assert facts["New basis"] == "Sharper, version 2, from June 2026 on"

    def test_is_told_against_what_is_in_force_not_against_what_it_was_copied_from(self, firm, scheme):
        aside = changed(firm, scheme, first="2026-07")
        made = services.draft_scheme(name="Copy", first_month=Month(2026, 7), by=firm.hr, basis=aside, note=REASON)
        case = services.submit_scheme(scheme=made, by=firm.hr, now=NOW)
        assert [row["label"] for row in case.brief["changes"]] == ["All departments · COM", "All departments · REV"]


class TestPages:
    def test_the_version_shows_both_bases_side_by_side(self, firm, later, as_):
        page = as_(firm.coo).get(later.get_absolute_url())
        (basis,) = page.context["basis"]
        assert basis["when"] == "Takes effect on 1 June 2026, inside the running year 2026 and its quarter 2."
        (row,) = [row for row in basis["rows"] if row["label"].endswith("REV")]
        assert row["before"].startswith("Revenue: 70 points")
        assert row["after"].startswith("Revenue: 60 points")
        assert REASON in page.content.decode()

    def test_the_list_marks_the_version(self, firm, later, as_):
        text = as_(firm.coo).get(reverse("assessments:schemes")).content.decode()
        assert text.count("changed inside a running year") == 1

    def test_a_receipt_before_it_says_that_the_old_basis_counted(self, firm, later, as_):
        address = reverse("assessments:score", args=[Month(2026, 5), firm.north.pk])
        page = as_(firm.mia).get(address)
        (basis,) = page.context["basis"]
        assert basis["counted"] == (
            "For May 2026 the old basis counted: Assessment, version 1. "
            "From June 2026 on the new one does: Sharper, version 2."
        )
        assert {row["label"] for row in basis["rows"]} == {"Revenue (REV)", "Complaints (COM)"}
        assert "Old basis" in page.content.decode()

    def test_a_receipt_after_it_says_that_the_new_basis_counted(self, firm, later, as_):
        services.compute_month(month=Month(2026, 6), by=firm.hr, now=NOW)
        page = as_(firm.hr).get(reverse("assessments:score", args=[Month(2026, 6), firm.north.pk]))
        (basis,) = page.context["basis"]
        assert (
            basis["counted"] == "For June 2026 the new basis counted: Sharper, version 2, in force from June 2026 on."
        )

    def test_a_year_without_a_change_says_nothing(self, firm, scheme, as_):
        published("2026-05", by=firm.hr, deciders=[firm.coo, firm.gm])
        page = as_(firm.mia).get(reverse("assessments:score", args=[Month(2026, 5), firm.north.pk]))
        assert page.context["basis"] == []

    def test_a_change_with_the_year_is_none_inside_it(self, firm, scheme):
        new = approved(changed(firm, scheme, first="2027-01", note=""), by=firm.hr, deciders=[firm.coo, firm.gm])
        assert turns_around(new, Month(2027, 3)) == []
        assert turns_around(scheme, Month(2026, 3)) == []

    def test_difficulty_that_changed_is_shown_to_whom_it_concerns(self, firm, scheme):
        made = changed(firm, scheme)
        places = {firm.north: Decimal("1.05"), firm.south: Decimal(1), firm.works: Decimal(1)}
        services.place_departments(scorecard=made.scorecards.get(), departments=places, by=firm.hr)
        new = approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])
        (turn,) = turns_around(new, Month(2026, 6))
        labels = {
            place: [row["label"] for row in changes_for([turn], place.pk)[0]] for place in (firm.north, firm.south)
        }
        assert "Difficulty" in labels[firm.north]
        assert "Difficulty" not in labels[firm.south]
