"""Calibrating the correction of a published month: nothing else is read again, no score falls below what is published."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Adjustment, Calibration, PersonScore, Score
from apps.assessments.services import CalibrationRefused
from apps.assessments.tests.appeals import (
    MAY,
    admitted,
    appeal_of,
    banded,
    published_draft,
    restated,
    ruled,
    upheld_for_north,
)
from apps.assessments.tests.factories import NOW, published
from apps.assessments.tests.teams import published_may

pytestmark = pytest.mark.django_db


def confirmed(firm, department, kind, **given):
    """Something beside the hundred points of May, confirmed by the COO."""
    row = {"code": kind, "name": kind, "action": "zero" if kind == "veto" else ""} | given
    return Adjustment.objects.create(
        kind=kind, month=MAY.first_day, last_month=MAY.first_day, department=department, happened_on=MAY.first_day,
        evidence="File 7", state="confirmed", proposed_by=firm.hr, proposed_at=NOW, decided_by=firm.coo, decided_at=NOW,
        **row,
    )  # fmt: skip


def moved(firm, points, *, department=None, by=None):
    return services.calibrate_score(
        month=MAY,
        department=department or firm.north,
        points=Decimal(points),
        reason="A flood.",
        by=by or firm.coo,
        now=NOW,
    )


def score(run, department):
    return Score.objects.get(run=run, department=department)


def totals(run):
    return dict(Score.objects.filter(run=run).values_list("department__code", "total"))


@pytest.fixture
def out(firm):
    """May published by rules with a band of five points: North 90.50, South 114.00, Works 0.00."""
    banded(firm)
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run


@pytest.fixture
def granted(firm, out):
    """North's appeal is upheld: version 2 has 93.30."""
    return upheld_for_north(firm, out)


class TestNothingElseIsReadAgain:
    def test_a_veto_of_another_department_waits_for_its_own_correction(self, firm, granted):
        confirmed(firm, firm.south, "veto")
        made = moved(firm, "0.5")
        assert totals(made) == {"NORTH": Decimal("93.80"), "SOUTH": Decimal("114.00"), "WORKS": Decimal("0.00")}

    def test_nor_comes_what_was_confirmed_for_the_department_itself(self, firm, granted):
        confirmed(firm, firm.north, "bonus", points=Decimal(2))
        north = score(moved(firm, "0.5"), firm.north)
        assert (north.total, north.bonus) == (Decimal("93.80"), Decimal(0))

    def test_a_line_that_is_read_again_brings_no_bonus_along(self, firm, out):
        appeal = admitted(firm, appeal_of(firm, out))
        confirmed(firm, firm.north, "bonus", points=Decimal(2))
        restated(firm, firm.north, 99)
        found = ruled(appeal, "upheld")
        assert score(found.revision, firm.north).total == Decimal("93.30")

    def test_a_draft_under_review_comes_back_to_the_deciders_with_that_one_score_moved(self, firm, granted):
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        confirmed(firm, firm.south, "veto")
        before = totals(granted.revision)
        made = moved(firm, "1")
        assert totals(made) == {**before, "NORTH": before["NORTH"] + 1}

    def test_a_month_that_is_not_published_keeps_what_it_was_worked_out_from_too(self, firm):
        banded(firm)
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        confirmed(firm, firm.south, "veto")
        assert totals(moved(firm, "1"))["SOUTH"] == Decimal("114.00")
        with pytest.raises(services.MonthOutdated):
            services.hand_in_month(month=MAY, by=firm.hr, now=NOW)

    def test_a_veto_of_a_head_waits_as_well(self, team):
        published_may(team)
        restated(team, team.south, 50)
        draft = services.revise_departments(
            month=MAY, departments=[team.south.pk], reason="Booked late.", by=team.hr, now=NOW
        )
        confirmed(team, team.north, "veto", scope="head")
        Calibration.objects.create(
            month=MAY.first_day,
            department=team.north,
            run=draft,
            points=Decimal("0.5"),
            reason="A flood.",
            made_by=team.coo,
            made_at=NOW,
        )
        made = services.recalibrate_month(month=MAY, reason="A flood.", by=team.coo, now=NOW)
        head = PersonScore.objects.get(run=made, person=team.head)
        assert (head.total, head.vetoes) == (score(made, team.north).total, [])


class TestWhatIsPublishedIsTheLeast:
    def test_the_coo_does_not_take_a_granted_score_below_it(self, firm, granted):
        with pytest.raises(
            CalibrationRefused, match=r"published score of North is 90\.50; this would leave 89\.30"
        ) as no:
            moved(firm, "-4")
        assert (no.value.field, no.value.details) == ("points", {"published": "90.50", "total": "89.30"})
        assert not Calibration.objects.exists()

    def test_down_to_it_is_allowed_and_the_general_manager_goes_further(self, firm, granted):
        assert score(moved(firm, "-2.80"), firm.north).total == Decimal("90.50")
        assert score(moved(firm, "-4", by=firm.gm), firm.north).total == Decimal("89.30")

    def test_nor_another_department_in_the_same_draft(self, firm, granted):
        with pytest.raises(CalibrationRefused, match="published score of South"):
            moved(firm, "-1", department=firm.south)

    def test_nor_in_a_month_that_is_worked_out_anew(self, firm, granted):
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="As ruled.")
        with pytest.raises(CalibrationRefused, match="published score of North"):
            moved(firm, "-4")

    def test_what_a_correction_took_down_may_be_moved_up(self, firm, out):
        restated(firm, firm.north, 50)
        services.revise_departments(month=MAY, departments=[firm.north.pk], reason="Wrong.", by=firm.hr, now=NOW)
        assert score(moved(firm, "3"), firm.north).total == Decimal("62.00")
        with pytest.raises(CalibrationRefused, match="published score"):
            moved(firm, "1")

    def test_the_form_says_so_before(self, firm, granted, as_):
        address = reverse("assessments:calibration_preview", args=[MAY, firm.north.pk])
        low = as_(firm.coo).get(address, {"points": "-4"}).content.decode()
        assert "only the general manager goes below it" in low and "90.50" in low
        assert "goes below it" not in as_(firm.coo).get(address, {"points": "-1"}).content.decode()


class TestTheOwnLineOfVersions:
    def test_a_calibration_goes_with_the_draft_that_was_put_aside(self, firm, out, as_):
        services.revise_departments(month=MAY, departments=[firm.north.pk], reason="One.", by=firm.hr, now=NOW)
        moved(firm, "2")
        services.discard_draft(month=MAY, reason="Not needed.", by=firm.hr, now=NOW)
        again = services.revise_departments(month=MAY, departments=[firm.north.pk], reason="Two.", by=firm.hr, now=NOW)
        assert (score(again, firm.north).total, score(again, firm.north).calibration) == (Decimal("90.50"), 0)
        moved(firm, "1", department=firm.south)
        assert score(firm_draft(), firm.north).calibration == 0
        listed = as_(firm.coo).get(reverse("assessments:calibrations", args=[MAY]), {"export": "csv"})
        assert b"".join(listed.streaming_content).decode().count("A flood.") == 1

    def test_one_that_was_published_is_kept_by_every_correction(self, firm):
        banded(firm)
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        moved(firm, "2")
        published_draft(firm)
        restated(firm, firm.north, 99)
        again = services.revise_departments(month=MAY, departments=[firm.north.pk], reason="Two.", by=firm.hr, now=NOW)
        assert (score(again, firm.north).total, score(again, firm.north).calibration) == (Decimal("95.30"), Decimal(2))

    def test_a_month_that_is_worked_out_again_keeps_its_calibrations(self, firm):
        banded(firm)
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        moved(firm, "2")
        restated(firm, firm.south, 100)
        again = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        assert score(again, firm.north).total == Decimal("92.50")


def firm_draft():
    return Score.objects.latest("run__version").run
