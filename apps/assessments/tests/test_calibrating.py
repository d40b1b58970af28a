"""Calibration: who may move which score, how far, why, and what is kept of it."""

from decimal import Decimal

import pytest
from django.db import InternalError, connection, transaction
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.choices import RunState
from apps.assessments.models import Calibration, Score, ScoreRun
from apps.assessments.services import CalibrationRefused, MonthBusy
from apps.assessments.services.calibrating import moved_by
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.appeals import MAY, banded
from apps.assessments.tests.factories import NOW, rule
from apps.staff.choices import AppointmentRole
from apps.staff.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(firm):
    """May calculated by rules that let a score be moved by five points: North 90.50, South 114.00, Works 0.00."""
    banded(firm)
    return services.compute_month(month=MAY, by=firm.hr, now=NOW).run


def moved(firm, points, *, department=None, by=None, reason="A flood hit the shop.", **given):
    return services.calibrate_score(
        month=MAY,
        department=department or firm.north,
        points=Decimal(points),
        reason=reason,
        by=by or firm.coo,
        now=NOW,
        **given,
    )


def score(department):
    return Score.objects.filter(department=department).latest("run__version")


class TestCalibrateScore:
    def test_moves_one_score_and_keeps_the_computed_one_beside_it(self, firm, run):
        made = moved(firm, "-1.50")
        north = score(firm.north)
        assert (north.uncalibrated, north.calibration, north.total, north.grade) == (
            Decimal("90.50"),
            Decimal("-1.50"),
            Decimal("89.00"),
            "B",
        )
        assert (made.version, made.state, score(firm.south).total) == (2, RunState.CALCULATED, Decimal("114.00"))
        assert Score.objects.get(run=run, department=firm.north).total == Decimal("90.50")
        kept = Calibration.objects.get()
        assert (kept.run, kept.points, kept.made_by) == (run, Decimal("-1.50"), firm.coo)

    def test_another_one_takes_its_place_and_nothing_takes_it_back(self, firm, run):
        moved(firm, "2")
        moved(firm, "3")
        assert score(firm.north).total == Decimal("93.50")
        moved(firm, "0", reason="It was counted already.")
        assert (score(firm.north).total, score(firm.north).calibration) == (Decimal("90.50"), Decimal(0))
        assert Calibration.objects.count() == 3

    def test_a_draft_under_review_stays_under_review(self, firm, run):
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        made = moved(firm, "1")
        assert (made.state, made.case is not None) == (RunState.UNDER_REVIEW, True)

    def test_stays_within_the_limits_of_the_scheme(self, firm):
        banded(firm, band="10")
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        moved(firm, "10", department=firm.south)
        assert (score(firm.south).uncalibrated, score(firm.south).total) == (Decimal("114.00"), Decimal("120.00"))

    @pytest.mark.parametrize("points", ["5.01", "-5.01", "100"])
    def test_refuses_more_than_the_band(self, firm, run, points):
        with pytest.raises(CalibrationRefused, match=r"at most 5\.00 points either way") as refused:
            moved(firm, points)
        assert refused.value.field == "points"
        assert not Calibration.objects.exists()

    @pytest.mark.parametrize("points", ["5", "-5"])
    def test_the_band_itself_is_allowed(self, firm, run, points):
        assert moved(firm, points).version == 2

    def test_refuses_where_the_scheme_allows_none(self, firm, scheme):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        with pytest.raises(CalibrationRefused, match="allows no calibration"):
            moved(firm, "1")

    def test_refuses_without_a_reason_parts_of_a_hundredth_and_what_changes_nothing(self, firm, run):
        with pytest.raises(CalibrationRefused, match="Say why"):
            moved(firm, "1", reason="  ")
        with pytest.raises(CalibrationRefused, match="two places"):
            moved(firm, "1.005")
        with pytest.raises(CalibrationRefused, match="nothing to take back"):
            moved(firm, "0")
        moved(firm, "1")
        with pytest.raises(CalibrationRefused, match=r"moved by 1\.00 points already"):
            moved(firm, "1.00")

    def test_human_resources_have_no_way_not_even_with_another_role(self, firm, run):
        both = UserFactory(roles=["hr", "coo"], name="Both")
        for user in (firm.hr, both):
            with pytest.raises(NotYourStep, match="HR hands scores in and publishes them, and moves none"):
                moved(firm, "1", by=user)

    def test_the_own_line_of_the_chief_operating_officer_is_the_general_managers(self, firm, run):
        with pytest.raises(NotYourStep):
            moved(firm, "1", department=firm.works)
        deputy = UserFactory(roles=["coo"], name="Carl Chief")
        with pytest.raises(NotYourStep, match="only the general manager"):
            moved(firm, "1", department=firm.works, by=deputy)
        assert moved(firm, "1", department=firm.works, by=firm.gm).version == 2

    def test_nobody_moves_the_score_of_what_they_lead(self, firm, run):
        PersonFactory(name="Gus", number="G1", department=firm.south, role=AppointmentRole.HEAD, user=firm.gm)
        with pytest.raises(NotYourStep, match="You lead this department"):
            moved(firm, "1", department=firm.south, by=firm.gm)

    def test_refuses_a_version_that_was_not_looked_at(self, firm, run):
        moved(firm, "1", version=1)
        with pytest.raises(MonthBusy, match="version 2 now"):
            moved(firm, "2", version=1)

    def test_refuses_what_is_approved_or_published(self, firm, run):
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        rule(case, firm.coo)
        rule(case, firm.gm)
        with pytest.raises(MonthBusy, match="Approved"):
            moved(firm, "1")
        services.publish_month(month=MAY, by=firm.hr, now=NOW)
        with pytest.raises(MonthBusy, match="Published"):
            moved(firm, "1")
        assert ScoreRun.objects.count() == 1

    def test_refuses_a_department_without_a_score(self, firm, run):
        with pytest.raises(CalibrationRefused, match="no score"):
            moved(firm, "1", department=firm.company)

    def test_is_kept_by_the_database(self, firm, run):
        moved(firm, "1")
        with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE assessments_calibration SET points = 2")

    @pytest.mark.parametrize("points", ["-5", "-0.51", "0", "0.01", "4.99"])
    def test_what_is_shown_before_is_what_is_stored_after(self, firm, run, points):
        before = score(firm.north)
        lines = list(before.run.lines.filter(department=firm.north).select_related("indicator__kpi"))
        seen = moved_by(before, sorted(lines, key=lambda line: line.indicator.position), Decimal(points))
        if Decimal(points):
            moved(firm, points)
        after = score(firm.north)
        assert (seen.computed, seen.total, seen.grade) == (after.uncalibrated, after.total, after.grade)


class TestCalibrationPages:
    def address(self, name, *args):
        return reverse(f"assessments:{name}", args=[MAY, *args])

    def test_lists_the_scores_of_the_draft_with_what_they_were_moved_by(self, firm, run, as_):
        moved(firm, "-1.50")
        body = as_(firm.coo).get(self.address("calibrations")).content.decode()
        assert "90.50" in body and "89.00" in body and "A flood hit the shop." in body
        only = as_(firm.coo).get(self.address("calibrations"), {"moved": "1"}).content.decode()
        assert "North" in only and "South" not in only
        file = as_(firm.coo).get(self.address("calibrations"), {"export": "csv"})
        assert "A flood hit the shop." in b"".join(file.streaming_content).decode()

    def test_the_form_shows_what_comes_of_it_and_moves_the_score(self, firm, run, as_):
        client = as_(firm.coo)
        part = client.get(self.address("calibration_preview", firm.north.pk), {"points": "-1.5"}).content.decode()
        assert "90.50" in part and "89.00" in part and ">B<" in part
        assert not Calibration.objects.exists()
        answer = client.post(
            self.address("calibrate", firm.north.pk), {"points": "-1.5", "reason": "A flood.", "seen": "1"}
        )
        assert answer.status_code == 302
        assert score(firm.north).total == Decimal("89.00")
        assert "A flood." in client.get(self.address("calibrate", firm.north.pk)).content.decode()

    @pytest.mark.parametrize("typed", ["", "x", "1.005", "NaN", "Infinity", "9" * 30])
    def test_the_preview_survives_whatever_is_typed(self, firm, run, as_, typed):
        answer = as_(firm.coo).get(self.address("calibration_preview", firm.north.pk), {"points": typed})
        assert answer.status_code == 200

    def test_a_refusal_keeps_what_was_typed(self, firm, run, as_):
        answer = as_(firm.coo).post(
            self.address("calibrate", firm.north.pk), {"points": "6", "reason": "A flood.", "seen": "1"}
        )
        body = answer.content.decode()
        assert answer.status_code == 422
        assert "at most 5.00 points either way" in body and 'value="6"' in body and "A flood." in body

    def test_an_older_version_is_a_conflict(self, firm, run, as_):
        moved(firm, "1")
        answer = as_(firm.coo).post(
            self.address("calibrate", firm.north.pk), {"points": "2", "reason": "A flood.", "seen": "1"}
        )
        assert answer.status_code == 409

    def test_others_read_it_and_have_no_form(self, firm, run, as_):
        for user in (firm.hr, firm.auditor):
            client = as_(user)
            assert client.get(self.address("calibrations")).status_code == 200
            body = client.get(self.address("calibrate", firm.north.pk)).content.decode()
            assert 'name="points"' not in body and "Only the COO moves scores" in body
            sent = client.post(self.address("calibrate", firm.north.pk), {"points": "1", "reason": "x", "seen": "1"})
            assert sent.status_code == 403
        assert not Calibration.objects.exists()

    def test_managers_and_members_do_not_see_it(self, firm, run, as_):
        for user in (firm.mia, firm.nora):
            assert as_(user).get(self.address("calibrations")).status_code == 403
            assert as_(user).get(self.address("calibrate", firm.north.pk)).status_code == 403
