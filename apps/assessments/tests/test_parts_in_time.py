"""Composites in time: what may still come is waited for, and what is not due in the month is left out."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Indicator, Score
from apps.assessments.selectors.blocking import What, blockers_of
from apps.assessments.selectors.facts import reported
from apps.assessments.selectors.parts import parts_awaited, shares_in
from apps.assessments.selectors.scores import lines_of
from apps.assessments.services.since import moved_since
from apps.assessments.tests.composites import (
    FIRST,
    MAY,
    TODAY,
    by_quarter,
    composed,
    compute,
    correct,
    line_of,
    publish,
    tell,
    with_parts,
)
from apps.assessments.tests.factories import NOW
from apps.assessments.tests.test_recounting import forge
from apps.kpis.tests.factories import aim, entry, make_kpi, record

pytestmark = pytest.mark.django_db
IN_TIME = datetime(2026, 6, 2, 9, tzinfo=UTC)


@pytest.fixture
def quality(firm):
    return with_parts(firm)


class TestBeforeTheCutOff:
    @pytest.fixture
    def early(self, quality):
        """Scrap may still come in time."""

        def work_out(missing_child):
            composed(quality, missing_child)
            return line_of(services.compute_month(month=MAY, by=quality.hr, now=IN_TIME).run)

        return work_out

    @pytest.mark.parametrize(
        ("missing_child", "points"), [("pending", None), ("exclude", Decimal("48.00")), ("zero", Decimal("19.20"))]
    )
    def test_a_part_without_a_value_is_waited_for_whatever_the_rule_says(self, quality, early, missing_child, points):
        aim(quality.scrap, 10, first=FIRST)
        line = early(missing_child)
        assert (line.status, line.points, line.presence) == ("pending", None, "reported")
        ((each,),) = [one.awaited for one in blockers_of(line.run, TODAY).lines]
        assert (each.what, each.missing) == (What.PARTS, ("SCR",))
        assert line_of(compute(quality)).points == points

    @pytest.mark.parametrize("missing_child", ["exclude", "zero"])
    def test_what_waits_is_proven_from_what_is_stored(self, early, missing_child):
        run = early(missing_child).run
        score = Score.objects.select_related("run__scheme").get(run=run)
        proof = services.prove_score(score, lines_of(score))
        assert (score.status, proof.is_sound, proof.again.found) == ("pending", True, ())

    def test_one_without_a_target_is_waited_for_too(self, early):
        """Until its value comes it may yet be one that is no longer measured."""
        assert early("zero").status == "pending"

    def test_points_come_at_once_where_all_is_there(self, quality, early):
        aim(quality.scrap, 10, first=FIRST)
        tell(quality, quality.scrap, 12)
        assert early("zero").points == Decimal("38.40")

    def test_the_receipt_says_for_which_part_it_waits(self, quality, early, as_):
        aim(quality.scrap, 10, first=FIRST)
        run = early("zero").run
        address = reverse("assessments:score", args=[MAY, quality.north.pk])
        assert "Scrap has no value yet: the line waits for it" in as_(quality.hr).get(address).content.decode()
        body = as_(quality.hr).get(f"/api/v1/scores/{run.scores.get().pk}/receipt/").json()
        (line,) = [line for line in body["lines"] if line["parts"]]
        assert line["is_proven"]
        assert line["steps"] == [{"code": "composite.child_missing", "numbers": {"child": "SCR"}}]


class TestAPartThatIsNotDue:
    """May ends no quarter: nobody reports a quarterly KPI for it."""

    @pytest.fixture
    def quarterly(self, quality):
        """Scrap is quarterly, and has no target in May."""
        quality.scrap = by_quarter(quality, "QSCR", "Scrap of the quarter")
        return quality

    @pytest.mark.parametrize("missing_child", ["pending", "exclude", "zero"])
    def test_is_left_out_whatever_the_rule_says_of_missing_ones(self, quarterly, missing_child):
        composed(quarterly, missing_child)
        for now in (IN_TIME, NOW):
            run = services.compute_month(month=MAY, by=quarterly.hr, now=now).run
            line = line_of(run)
            # Returns alone: 40 x 1.2
            assert (line.status, line.points, line.presence) == ("scored", Decimal("48.00"), "reported")
            assert line.reported["QSCR"] == {"presence": "not_due"}
        assert services.hand_in_month(month=MAY, by=quarterly.hr, now=NOW).pk

    @pytest.mark.parametrize("missing_child", ["pending", "exclude", "zero"])
    def test_where_none_is_due_the_line_is_not_due(self, quarterly, missing_child):
        quarterly.returns = by_quarter(quarterly, "QRET", "Returns of the quarter")
        composed(quarterly, missing_child)
        run = publish(quarterly)
        line = line_of(run)
        assert (line.status, line.points, line.presence) == ("excluded", None, "not_due")
        assert line.reported == {"QSCR": {"presence": "not_due"}, "QRET": {"presence": "not_due"}}
        # Revenue, 57 of 60, has all of the weight.
        assert run.scores.get().total == Decimal("95.00")
        assert [proof.is_sound for proof in services.recounts()] == [True]
        assert moved_since(run) == []

    def test_is_not_waited_for(self, quarterly):
        quarterly.returns = make_kpi(quarterly.company, code="BACK", name="Sent back", reporting=[quarterly.north])
        aim(quarterly.returns, 10)
        composed(quarterly, "zero")
        line = line_of(services.compute_month(month=MAY, by=quarterly.hr, now=IN_TIME).run)
        assert line.status == "pending"
        ((each,),) = [one.awaited for one in blockers_of(line.run, TODAY).lines]
        assert (each.what, each.missing) == (What.PARTS, ("BACK",))
        assert line_of(compute(quarterly)).status == "missing_zero"

    def test_is_named_on_the_receipt(self, quarterly, as_):
        composed(quarterly, "pending")
        publish(quarterly)
        page = as_(quarterly.hr).get(reverse("assessments:score", args=[MAY, quarterly.north.pk]))
        (line,) = [line for line in page.context["lines"] if line["children"]]
        assert [row["absence"] for row in line["children"]] == ["Not due this month", ""]
        said = "Scrap of the quarter (weight 60): not due this month, left out; the others share its weight"
        assert said in page.content.decode()
        assert line["absence"] == "1 part"
        body = as_(quarterly.hr).get(f"/api/v1/scores/{Score.objects.get().pk}/receipt/").json()
        (parts,) = [line["parts"] for line in body["lines"] if line["parts"]]
        assert [part["presence"] for part in parts] == ["not_due", "number"]

    def test_a_line_of_none_that_is_due_says_so_on_its_receipt(self, quarterly, as_):
        quarterly.returns = by_quarter(quarterly, "QRET", "Returns of the quarter")
        composed(quarterly, "zero")
        publish(quarterly)
        page = as_(quarterly.hr).get(reverse("assessments:score", args=[MAY, quarterly.north.pk]), {"proof": 1})
        assert "Not due in this month: left out; the other indicators share its weight" in page.content.decode()

    def test_is_proven_and_corrected_with_the_same_digits(self, quarterly):
        composed(quarterly, "zero")
        before = line_of(publish(quarterly))
        after = line_of(correct(quarterly))
        assert (after.points, after.reported) == (before.points, before.reported)
        assert [proof.is_sound for proof in services.recounts()] == [True]

    def test_a_line_kept_as_not_due_is_proven_by_its_parts(self, quality):
        composed(quality, "zero")
        run = publish(quality)
        forge(
            run,
            "UPDATE assessments_scoreline SET presence = 'not_due', status = 'excluded', points = NULL "
            "WHERE reported IS NOT NULL",
        )
        assert services.recount_run(run).otherwise == (quality.north.pk,)

    def test_counts_in_the_month_that_ends_its_quarter(self, quarterly):
        aim(quarterly.scrap, 10, first=FIRST)
        record([entry(quarterly.scrap, quarterly.north, "2026-06", 12)], by=quarterly.coo)
        composed(quarterly, "zero")
        one = Indicator.objects.get(code="QUAL")
        told = reported([(one, quarterly.north.pk)], MAY.plus(1))[one.pk, quarterly.north.pk]
        assert shares_in(one, told) == {"QSCR": "0.80000000000000", "RET": None}
        assert [part["code"] for part in parts_awaited(one, told)] == ["RET"]
