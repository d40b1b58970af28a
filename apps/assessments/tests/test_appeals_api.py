"""The API on appeals and calibrations: scope, shapes, every act of the pages, one error shape."""

import pytest
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import make_key
from apps.assessments import services
from apps.assessments.models import Appeal, Calibration
from apps.assessments.tests.appeals import MAY, admitted, appeal_of, banded, line_of, restated, ruled
from apps.assessments.tests.factories import NOW, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
APPEALS, CALIBRATIONS = "/api/v1/appeals/", "/api/v1/calibrations/"


@pytest.fixture
def key():
    """A client with a key of this account, for all that its role holds."""

    def client(user):
        held = APIClient()
        roles = tuple(user.role_grants.values_list("role", flat=True))
        _key, text = make_key(user, sorted(capabilities_of(roles)))
        held.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return held

    return client


@pytest.fixture
def run(firm, scheme):
    return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run


def body(firm, run, **changes):
    line = line_of(run, firm.north, "REV").pk
    return {"month": "2026-05", "department": firm.north.pk, "indicator": line, "reason": "99, not 95.", **changes}


class TestAppeals:
    def test_an_appeal_is_filed_once_under_one_key(self, firm, run, key):
        client = key(firm.mia)
        first = client.post(APPEALS, body(firm, run), format="json", headers={"Idempotency-Key": "a1"})
        again = client.post(APPEALS, body(firm, run), format="json", headers={"Idempotency-Key": "a1"})
        assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (201, 201, "true")
        made = first.json()
        assert (made["state"], made["indicator"]["code"], made["version"]) == ("filed", "REV", 1)
        assert Appeal.objects.count() == 1

    def test_refusals_say_what_is_wrong(self, firm, run, key):
        mia = key(firm.mia)
        assert mia.post(APPEALS, body(firm, run, department=firm.works.pk), format="json").status_code == 404
        assert mia.post(APPEALS, body(firm, run, indicator=987654321), format="json").status_code == 404
        assert mia.post(APPEALS, body(firm, run, is_own_score=True), format="json").status_code == 400
        assert mia.post(APPEALS, body(firm, run, month="2026-04"), format="json").status_code == 404
        assert key(firm.hr).post(APPEALS, body(firm, run), format="json").status_code == 403
        mia.post(APPEALS, body(firm, run), format="json")
        twice = mia.post(APPEALS, body(firm, run), format="json")
        assert (twice.status_code, twice.json()["error"]["code"]) == (409, "appeal_not_there")

    def test_rows_are_those_of_the_reach(self, firm, run, key):
        north, works = appeal_of(firm, run), appeal_of(firm, run, department=firm.works, by=firm.coo)
        ids = {
            user.name: [row["id"] for row in key(user).get(APPEALS).json()["results"]]
            for user in (firm.hr, firm.mia, firm.nora)
        }
        assert ids == {"Hanna HR": [north.pk, works.pk], "Mia Manager": [north.pk], "Nora North": []}
        assert key(firm.mia).get(f"{APPEALS}{works.pk}/").status_code == 404
        few = key(firm.hr).get(APPEALS, {"department": firm.works.pk, "state": "filed", "month": "2026-05"})
        assert [row["id"] for row in few.json()["results"]] == [works.pk]
        assert key(firm.hr).get(APPEALS, {"sate": "filed"}).status_code == 400

    def test_goes_the_whole_way(self, firm, run, key):
        appeal = appeal_of(firm, run)
        hr = key(firm.hr)
        taken = hr.post(f"{APPEALS}{appeal.pk}/admit/").json()
        assert (taken["state"], taken["reviewer"]) == ("reviewing", "Hanna HR")
        assert hr.post(f"{APPEALS}{appeal.pk}/admit/").status_code == 409
        restated(firm, firm.north, 99)
        found = hr.post(f"{APPEALS}{appeal.pk}/rule/", {"ruling": "upheld", "reason": "It was 99."}, format="json")
        assert (found.status_code, found.json()["state"]) == (200, "upheld")
        assert found.json()["revision"] is not None

    def test_only_the_reviewer_rules_and_nobody_lowers_a_score(self, firm, run, key):
        appeal = admitted(firm, appeal_of(firm, run))
        given = {"ruling": "upheld", "reason": "So it is."}
        assert key(firm.gm).post(f"{APPEALS}{appeal.pk}/rule/", given, format="json").status_code == 403
        restated(firm, firm.north, 50)
        refused = key(firm.hr).post(f"{APPEALS}{appeal.pk}/rule/", given, format="json")
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "appeal_refused")
        handed = key(firm.hr).post(f"{APPEALS}{appeal.pk}/hand-up/", {"reason": "It would fall."}, format="json")
        assert handed.json()["reviewer"] == "Gus General"
        assert key(firm.gm).post(f"{APPEALS}{appeal.pk}/rule/", given, format="json").status_code == 200

    def test_is_rejected_withdrawn_and_taken_higher(self, firm, run, key):
        hr, mia = key(firm.hr), key(firm.mia)
        first = appeal_of(firm, run)
        assert hr.post(f"{APPEALS}{first.pk}/reject/", {}, format="json").status_code == 400
        assert hr.post(f"{APPEALS}{first.pk}/reject/", {"reason": "No."}, format="json").json()["state"] == "rejected"
        second = appeal_of(firm, run)
        assert mia.post(f"{APPEALS}{second.pk}/withdraw/").json()["state"] == "withdrawn"
        third = ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
        higher = mia.post(f"{APPEALS}{third.pk}/second-level/", {"reason": "Look again."}, format="json")
        assert (higher.status_code, higher.json()["level"], higher.json()["former"]) == (201, 2, third.pk)


class TestCalibrations:
    @pytest.fixture
    def draft(self, firm):
        banded(firm)
        return services.compute_month(month=MAY, by=firm.hr, now=NOW).run

    def given(self, firm, **changes):
        return {
            "month": "2026-05", "department": firm.north.pk, "points": "-1.50", "reason": "A flood.", "version": 1,
            **changes,
        }  # fmt: skip

    def test_a_score_is_moved_and_the_move_is_listed(self, firm, draft, key):
        made = key(firm.coo).post(CALIBRATIONS, self.given(firm), format="json")
        assert (made.status_code, made.json()["points"], made.json()["made_by"]) == (201, "-1.50", "Cora Chief")
        rows = key(firm.auditor).get(CALIBRATIONS, {"month": "2026-05"}).json()["results"]
        assert [row["id"] for row in rows] == [made.json()["id"]]
        assert key(firm.auditor).get(CALIBRATIONS, {"department": firm.south.pk}).json()["results"] == []

    def test_refusals_say_what_is_wrong(self, firm, draft, key):
        coo = key(firm.coo)
        assert coo.post(CALIBRATIONS, self.given(firm, points="6"), format="json").status_code == 422
        assert coo.post(CALIBRATIONS, self.given(firm, version=2), format="json").status_code == 409
        assert coo.post(CALIBRATIONS, self.given(firm, month="2026-04"), format="json").status_code == 404
        assert coo.post(CALIBRATIONS, self.given(firm, department=firm.works.pk), format="json").status_code == 403
        assert coo.post(CALIBRATIONS, {}, format="json").status_code == 400
        for user in (firm.hr, firm.auditor, firm.mia):
            assert key(user).post(CALIBRATIONS, self.given(firm), format="json").status_code == 403
        assert key(firm.mia).get(CALIBRATIONS).status_code == 403
        assert not Calibration.objects.exists()
