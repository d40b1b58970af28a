"""The report tells what the scores are expected to come to at the end of the year."""

from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import Publication, Score, ScoreRun
from apps.assessments.tests.factories import approved, draft, published, terms
from apps.core.scope import Reach, Scope
from apps.forecasts import services
from apps.forecasts.selectors.restated import restated_since
from apps.forecasts.services.restating import restated_text
from apps.forecasts.tests.reporting import JUNE, NOW, issued, row, small_firm
from apps.forecasts.tests.reports import MAY, assembled, report_firm
from apps.forecasts.tests.reports import NOW as THEN
from apps.forecasts.tests.test_issue_job import published_scores
from apps.jobs.models import JobRun
from apps.jobs.services import work
from apps.kpis.tests.factories import aim, make_kpi


@pytest.fixture
def firm(settings, db):
    """North has scores of twenty months up to June."""
    found = small_firm(settings)
    found.kpi = make_kpi(found.north)
    published_scores(found, [80 + back % 3 for back in range(20)])
    newest = ScoreRun.objects.order_by("-month").first()
    Publication.objects.create(
        run=newest,
        month=newest.month,
        number=1,
        published_at=NOW,
        published_by=found.coo,
        appeals_until=NOW,
        digest="x",
    )
    return found


def section_of(firm):
    """The section of scores: its sentences, and the columns and only row of its ranking."""
    section = services.assemble_report(month=JUNE, by=firm.coo, now=NOW).report.content["sections"]["scores"]
    table = next(one for one in section["tables"] if one["code"] == "ranking")
    return [one["text"] for one in section["sentences"]], [one["label"] for one in table["columns"]], table["rows"][0]


def test_expects_the_last_month_of_the_year_with_its_range(firm):
    series = row(issued(), firm.north, kind="score")
    said, columns, line = section_of(firm)
    assert columns[-1] == "Expected in December 2026"
    assert line[-1]["text"] == f"{series.mean[5]:.2f}"
    assert line[-1]["note"] == f"{series.lo80[5]:.2f} – {series.hi80[5]:.2f}"
    assert said[-1] == (
        f"For December 2026 a score of {series.mean[5]:.2f} is expected of the one department with a forecast; it has 81.00 "
        "now."
    )


def test_follows_the_business_year(firm, settings):
    settings.FISCAL_YEAR_FIRST_MONTH = 10
    issued()
    assert section_of(firm)[1][-1] == "Expected in September 2026"


def test_says_that_there_is_no_forecast(firm):
    said, columns, _line = section_of(firm)
    assert columns[-1] == "Against the month before"
    assert said[-1].endswith("there is no forecast of them.")


@pytest.mark.django_db
class TestPublished:
    """Scores that are published, and published again, while a report of their month is there."""

    @pytest.fixture
    def scored(self, settings):
        firm = report_firm(settings)
        for kpi in (firm.revenue, firm.scrap):
            aim(kpi, 50, department=firm.north, now=THEN)
        hr = UserFactory(roles=["hr"])
        scheme = draft(by=hr, departments=[firm.north], lines=[terms(firm.revenue, 100)])
        approved(scheme, by=hr, deciders=[firm.coo])
        firm.publish = lambda month: published(month, by=hr, deciders=[firm.coo], now=THEN)
        return firm

    def test_have_the_draft_of_their_month_put_together_anew(self, scored):
        report = assembled(scored)
        services.say(report=report, said={"summary": "Kept"}, by=scored.coo, now=THEN)
        assert not [one for one in report.content["figures"] if one["kind"] == "score"]
        scored.publish(MAY)
        run = JobRun.objects.get(kind=services.ASSEMBLE_KIND)
        assert work(run_id=run.pk).state == "done"
        report.refresh_from_db()
        (score,) = [one for one in report.content["figures"] if one["kind"] == "score"]
        assert (score["place_name"], Decimal(score["value"])) == ("North", Score.objects.get().total)
        assert report.said == {"summary": "Kept"}

    def test_of_the_month_before_too_are_listed_where_a_newer_edition_says_otherwise(self, scored):
        for month in ("2026-04", MAY):
            scored.publish(month)
        report = services.approve_report(report=assembled(scored), by=scored.coo, now=THEN)
        scope = Scope(user_id=scored.coo.pk, reach=Reach.COMPANY, capabilities=frozenset({"forecasts.view"}))
        assert restated_since(scope, report) == []
        was = Score.objects.get(run__month=date(2026, 4, 1)).total
        ScoreRun.objects.filter(month=date(2026, 4, 1)).update(state="superseded")
        old = ScoreRun.objects.get(month=date(2026, 4, 1))
        old.pk, old.version, old.state, old.case = None, 2, "published", None
        old.save()
        score = Score.objects.get(run__month=date(2026, 4, 1), run__version=1)
        score.pk, score.run, score.total = None, old, was - 3
        score.save()
        (one,) = restated_since(scope, report)
        words = f"Score of North in April 2026 was {was:.2f}, now {was - 3:.2f}."
        assert (one.kind, restated_text(one, MAY)) == ("score", words)
