"""A rater whose address is corrected stays the rater: of months to come, half-way, published. Who takes the old address over
is none."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from apps.accounts.services import change_account
from apps.accounts.tests.factories import UserFactory
from apps.approvals.choices import Verdict
from apps.assessments import services
from apps.assessments.models import IndicatorRater, RehearsedScore, Scheme, Score, ScoreLine
from apps.assessments.selectors.blocking import blockers_of
from apps.assessments.selectors.owing import ratings_owed
from apps.assessments.selectors.rating import departments_to_rate
from apps.assessments.services.changes import changes_of
from apps.assessments.services.rating import Said, rate_departments
from apps.assessments.services.registers import OwnDepartment
from apps.assessments.services.rehearsing import content_of
from apps.assessments.tasks import rehearse_job
from apps.assessments.tests.factories import NOW, approved, draft, published, rule, terms
from apps.assessments.tests.registers import LEVELS, register_draft, with_raters
from apps.core.errors import NotAllowed
from apps.core.month import Month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
MAY, JUNE = Month(2026, 5), Month(2026, 6)
TODAY = date(2026, 6, 15)
OLD, NEW = "rita@example.com", "rita.rater@example.com"


def text_of(response):
    return " ".join(response.content.decode().split())


def rename(firm, email=NEW, name="Rita Rater"):
    """What an administrator does who corrects the address."""
    return change_account(user=firm.rita, name=name, email=email, by=firm.hr)


def taken_over():
    """Somebody else who may rate, under the old address."""
    return UserFactory(roles=["manager"], name="Otto Other", email=OLD)


def lines_of(firm, raters=None):
    """One figure, and helpfulness as raters see it."""
    raters = raters or [{"id": OLD, "weight": "50"}, {"id": firm.gm.email, "weight": "50"}]
    rated = terms(None, 40, code="HELP", name="Helpfulness", method="descriptive", levels=LEVELS, raters=raters,
                  min_raters="1")  # fmt: skip
    return [terms(firm.revenue, 60, cap="1.2"), rated]


@pytest.fixture
def may_rules(firm):
    """Rules in force that name Rita and the GM."""
    made = draft(by=firm.hr, departments=firm.assessed, lines=lines_of(with_raters(firm)))
    return approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])


@pytest.fixture
def say(firm, may_rules, scope_for):
    def act(by, *pairs, month=MAY):
        helpful = may_rules.indicators.get(code="HELP")
        said = [Said(place, helpful, level) for place, level in pairs]
        return rate_departments(month=month, ratings=said, scope=scope_for(by), by=by, now=NOW)

    return act


def points(department, run=None):
    """What helpfulness earned, of 40."""
    rows = ScoreLine.objects.filter(department=department, indicator__code="HELP").order_by("-run__version")
    return (rows.filter(run=run) if run else rows).first().points


class TestRenamed:
    def test_between_approval_and_rating_they_rate_and_nobody_else_does(self, firm, may_rules, say):
        rename(firm)
        other = taken_over()
        assert say(firm.rita, (firm.north, "A")).new == 1
        with pytest.raises(NotAllowed, match="not named as a rater of “Helpfulness”"):
            say(other, (firm.north, "C"))
        assert [row.place.department.name for row in departments_to_rate(firm.rita, MAY, today=TODAY)] == [
            "North",
            "Works",
        ]
        assert departments_to_rate(other, MAY, today=TODAY) == []

    def test_between_rating_and_calculation_the_answer_counts(self, firm, say):
        say(firm.rita, (firm.north, "B"))
        rename(firm)
        taken_over()
        run = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        line = ScoreLine.objects.get(run=run, department=firm.north, indicator__code="HELP")
        # 40 x 90 %; as it was said, so that what is stored is judged again to the digit.
        assert (line.points, line.reported) == (Decimal("36.00"), {OLD: "B"})

    def test_between_publishing_and_correction_the_answer_still_counts(self, firm, say):
        say(firm.rita, (firm.north, "B"), (firm.works, "C"))
        first = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        rename(firm)
        run = services.revise_departments(
            month=MAY, departments=[firm.north.pk], reason="Read again.", by=firm.hr, now=NOW
        )
        assert points(firm.north, run) == points(firm.north, first) == Decimal("36.00")
        score = Score.objects.select_related("run__scheme").get(run=first, department=firm.north)
        lines = list(ScoreLine.objects.filter(run=first, department=firm.north).select_related("indicator"))
        assert services.prove_score(score, lines).is_sound

    def test_who_was_renamed_still_does_not_rate_what_they_belong_to(self, firm, say):
        rename(firm)
        with pytest.raises(OwnDepartment, match="You lead or belong to South"):
            say(firm.rita, (firm.south, "A"))

    def test_between_handing_in_and_approval_too(self, firm):
        made = draft(by=firm.hr, departments=firm.assessed, lines=lines_of(with_raters(firm)))
        case = services.submit_scheme(scheme=made, by=firm.hr, now=NOW)
        rename(firm)
        taken_over()
        for decider in (firm.coo, firm.gm):
            rule(case, decider)
        assert Scheme.objects.get(pk=made.pk).state == "approved"
        assert set(IndicatorRater.objects.values_list("name", "user")) == {
            (OLD, firm.rita.pk),
            (firm.gm.email, firm.gm.pk),
        }

    def test_what_is_fixed_is_kept_by_the_database(self, may_rules):
        for act in (lambda rows: rows.delete(), lambda rows: rows.update(name="x")):
            with pytest.raises(DatabaseError, match="only a draft can be changed"), transaction.atomic():
                act(IndicatorRater.objects.all())


class TestOwed:
    def test_is_asked_of_the_account_whatever_its_address(self, firm, may_rules, say):
        say(firm.gm, *((place, "A") for place in (firm.north, firm.south, firm.works)))
        rename(firm)
        other = taken_over()
        owed = ratings_owed(may_rules, MAY, TODAY)
        assert owed == {firm.rita.pk: 2} and other.pk not in owed

    def test_what_waits_names_them_as_they_are_today(self, firm, may_rules, as_):
        """June is not over: all of it is waited for."""
        rename(firm, name="Rita Renamed")
        taken_over()
        run = services.compute_month(month=JUNE, by=firm.hr, now=NOW).run
        found = {one.department: one.awaited for one in blockers_of(run, TODAY).lines}
        assert [one.missing for one in found[firm.south.pk] if one.name == "Helpfulness"] == [
            ("Rita Renamed", "Gus General")
        ]
        browser = as_(firm.hr)
        answer = browser.get("/api/v1/awaited/", {"month": "2026-06"})
        rated = [row for row in answer.json()["results"] if row["indicator"]["code"] == "HELP"]
        assert rated[0]["raters"][0] == {"id": firm.rita.pk, "name": "Rita Renamed", "email": NEW}
        board = text_of(browser.get(reverse("assessments:month", args=[JUNE])))
        assert "not rated yet by Rita Renamed, Gus General" in board and "Otto Other" not in board

    def test_who_has_answered_is_waited_for_no_longer(self, firm, may_rules, say):
        """The GM has not: min_raters is one, so the line waits only where nobody has."""
        say(firm.rita, (firm.north, "A"), (firm.works, "A"), month=JUNE)
        rename(firm)
        run = services.compute_month(month=JUNE, by=firm.hr, now=NOW).run
        assert ratings_owed(may_rules, JUNE, TODAY) == {firm.gm.pk: 3}
        found = {one.department: one.awaited for one in blockers_of(run, TODAY).lines}
        waiting = {place for place, rows in found.items() if "Helpfulness" in {one.name for one in rows}}
        assert waiting == {firm.south.pk}


class TestShown:
    def test_a_receipt_says_whose_answer_it_was(self, firm, may_rules, say, as_):
        say(firm.rita, (firm.north, "B"))
        published_run = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        rename(firm, name="Rita Renamed")
        taken_over()
        browser = as_(firm.hr)
        page = browser.get(reverse("assessments:score", args=[MAY, firm.north.pk]))
        assert f"Rita Renamed &lt;{NEW}&gt; (weight 50): 90 %" in text_of(page)
        assert OLD not in text_of(page) and "Otto Other" not in text_of(page)
        score = Score.objects.get(run=published_run, department=firm.north)
        receipt = browser.get(f"/api/v1/scores/{score.pk}/receipt/").json()
        [line] = [one for one in receipt["lines"] if one["indicator"]["code"] == "HELP"]
        assert line["raters"][0] == {"named": OLD, "id": firm.rita.pk, "name": "Rita Renamed", "email": NEW}

    def test_rules_through_rest_say_whose_accounts_the_raters_are(self, firm, may_rules, as_):
        rename(firm)
        taken_over()
        found = as_(firm.hr).get(f"/api/v1/schemes/{may_rules.pk}/").json()
        [line] = [one for card in found["scorecards"] for one in card["indicators"] if one["code"] == "HELP"]
        assert [one["id"] for one in line["params"]["raters"]] == [OLD, firm.gm.email]
        assert [(one["named"], one["id"], one["email"]) for one in line["raters"]] == [
            (OLD, firm.rita.pk, NEW),
            (firm.gm.email, firm.gm.pk, firm.gm.email),
        ]


class TestDrafts:
    def copied(self, firm, basis):
        return services.draft_scheme(
            name="Next", first_month=Month(2026, 7), by=firm.hr, basis=basis, note="As before."
        )

    def test_a_copy_means_the_same_account_by_its_present_address(self, firm, may_rules):
        rename(firm)
        taken_over()
        copy = self.copied(firm, may_rules)
        line = copy.indicators.get(code="HELP")
        assert [row["id"] for row in line.params["raters"]] == [NEW, firm.gm.email]
        assert changes_of(copy) == [], "the same person under another address is no difference"
        approved(copy, by=firm.hr, deciders=[firm.coo, firm.gm])
        assert IndicatorRater.objects.get(indicator=line, name=NEW).user == firm.rita

    def test_what_is_returned_names_the_present_address_and_fixes_nothing(self, firm, may_rules):
        copy = self.copied(firm, may_rules)
        case = services.submit_scheme(scheme=copy, by=firm.hr, now=NOW)
        rename(firm)
        rule(case, firm.coo, ruling=Verdict.RETURN, reason="Look at the weights again.")
        line = copy.indicators.get(code="HELP")
        assert [row["id"] for row in line.params["raters"]] == [NEW, firm.gm.email]
        assert not IndicatorRater.objects.filter(scheme=copy).exists()
        assert not services.problems_of(Scheme.objects.get(pk=copy.pk))

    def test_a_draft_that_still_names_the_old_address_says_so(self, firm, may_rules):
        copy = self.copied(firm, may_rules)
        rename(firm)
        assert [one.text for one in services.problems_of(copy)] == [
            f"The rater “{OLD}” has no account of this e-mail. Name another, or have one opened."
        ]

    def test_a_closed_account_is_named_by_its_present_address(self, firm, may_rules):
        copy = self.copied(firm, may_rules)
        services.submit_scheme(scheme=copy, by=firm.hr, now=NOW)
        rename(firm)
        type(firm.rita).objects.filter(pk=firm.rita.pk).update(is_active=False, closed_at=NOW)
        [problem] = services.problems_of(Scheme.objects.get(pk=copy.pk))
        assert problem.text == f"The account of the rater “{NEW}” is closed. Name another."

    def test_a_rehearsal_takes_what_they_said_under_the_old_address(self, firm, may_rules, say):
        say(firm.rita, (firm.north, "B"), (firm.works, "B"))
        say(firm.gm, (firm.north, "A"), (firm.south, "A"))
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        rename(firm)
        taken_over()
        for scheme in (may_rules, self.copied(firm, may_rules)):
            rehearsal = services.request_rehearsal(scheme=scheme, by=firm.hr, now=NOW)
            rehearse_job(run_id=rehearsal.job_id)
            rows = RehearsedScore.objects.filter(rehearsal=rehearsal)
            assert rows.count() == 3
            assert [one.new_total for one in rows] == [one.old_total for one in rows]

    def test_a_rehearsal_is_of_other_rules_once_an_address_means_somebody_else(self, firm, may_rules):
        copy = self.copied(firm, may_rules)
        before, in_force = content_of(copy), content_of(may_rules)
        rename(firm)
        taken_over()
        assert (content_of(copy) == before, content_of(may_rules) == in_force) == (False, True)


def test_the_page_of_ratings_is_theirs_after_the_correction(firm, as_):
    made = register_draft(with_raters(firm))
    approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])
    rename(firm)
    page = as_(firm.rita).get(reverse("assessments:ratings", args=[MAY]))
    assert "North" in text_of(page)
    assert "North" not in text_of(as_(taken_over()).get(reverse("assessments:ratings", args=[MAY])))
