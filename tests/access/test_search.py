"""The search over months, rules, appeals, plans and reports: found by those who may read them, named to nobody else."""

from unittest import mock

import pytest
from django.db import transaction
from django.urls import reverse

from tests.access.things import issued_report, made_appeal
from tests.access.world import BELOW, MARKS, OTHER, OWN

pytestmark = pytest.mark.django_db
KINDS = ("Assessed months", "Assessment rules", "Appeals", "Improvement plans", "Situation reports")


def found(asker, role, text):
    """What the search answers to somebody of this role: (label of the group, name of the thing)."""
    asker.show_session(role)
    response = asker.clients[role].get(reverse("dashboards:search"), {"q": text})
    assert response.status_code == 200
    return [(str(group.label), hit.label) for group in response.context["groups"] for hit in group.hits]


def named(asker, role, text, kind):
    return [label for group, label in found(asker, role, text) if group == kind]


class TestMonths:
    @pytest.mark.parametrize("text", ["September", "sep", "september 2026", "2026-09"])
    def test_are_found_by_name_and_number(self, asker, text):
        for role in ("coo", "manager", "employee"):
            assert named(asker, role, text, "Assessed months") == ["September 2026"]

    def test_that_are_only_worked_on_are_found_by_those_who_work_on_them(self, asker):
        assert named(asker, "coo", "2026", "Assessed months") == ["October 2026", "September 2026"]
        assert named(asker, "hr", "october", "Assessed months") == ["October 2026"]
        assert named(asker, "manager", "2026", "Assessed months") == ["September 2026"]
        assert named(asker, "manager", "2026-10", "Assessed months") == []

    def test_lead_to_their_page(self, asker):
        asker.show_session("manager")
        response = asker.clients["manager"].get(reverse("dashboards:search"), {"q": "2026-09"})
        assert reverse("assessments:month", args=["2026-09"]) in response.content.decode()

    @pytest.mark.parametrize(
        "text", ["2025", "march", "september 2025", "2026-13", "0000-00", "9999-12", "septembre x"]
    )
    def test_that_are_not_there_are_not_found(self, asker, text):
        assert named(asker, "coo", text, "Assessed months") == []


class TestRules:
    def test_are_found_by_name(self, asker):
        assert named(asker, "coo", "assessm", "Assessment rules") == ["Assessment"]
        assert named(asker, "hr", "next", "Assessment rules") == ["Next"]
        assert named(asker, "administrator", "next", "Assessment rules") == []
        assert named(asker, "hr", "next scheme", "Assessment rules") == ["Next"]
        assert named(asker, "administrator", "scheme", "Assessment rules") == []


class TestAppeals:
    def test_are_found_by_department_reason_and_number_within_reach(self, asker):
        with transaction.atomic():
            own = made_appeal(asker.world, OWN, reason="Counted twice.")
            made_appeal(asker.world, OTHER, reason=f"{MARKS[OTHER]} counted twice.")
            for text in ("counted", "works", f"works {own.pk}"):
                assert "Works" in named(asker, "manager", text, "Appeals")
            for text in (f"appeal {own.pk}", f"Appeal {own.pk} works"):
                assert named(asker, "coo", text, "Appeals") == ["Works"]
            assert len(named(asker, "coo", "appeals", "Appeals")) > len(named(asker, "manager", "appeals", "Appeals"))
            assert named(asker, "employee", "appeals", "Appeals") == []
            assert named(asker, "manager", "twice", "Appeals") == ["Works"]
            assert sorted(named(asker, "coo", "twice", "Appeals")) == ["Works", f"{MARKS[OTHER]} Office"]
            assert named(asker, "employee", "twice", "Appeals") == []
            transaction.set_rollback(True)


class TestPlans:
    def test_are_found_by_goals_and_person_within_reach(self, asker):
        everybody = {"Worker", f"{MARKS[BELOW]} Worker", f"{MARKS[OTHER]} Worker"}
        assert set(named(asker, "coo", "goals", "Improvement plans")) == everybody
        assert set(named(asker, "manager", "goals", "Improvement plans")) == {"Worker", f"{MARKS[BELOW]} Worker"}
        assert set(named(asker, "manager", "improvement plan", "Improvement plans")) == everybody - {
            f"{MARKS[OTHER]} Worker"
        }
        assert named(asker, "employee", "worker", "Improvement plans") == ["Worker"]


class TestReports:
    def test_are_found_by_month_by_their_writers_and_by_those_they_were_issued_to(self, asker):
        with transaction.atomic():
            issued_report(asker.world, asker.world.users["manager"], OWN)
            assert named(asker, "coo", "report", "Situation reports") == [
                f"Situation report of {month} 2026" for month in ("October", "September", "August")
            ]
            assert named(asker, "coo", "situation report august", "Situation reports") == [
                "Situation report of August 2026"
            ]
            assert named(asker, "manager", "2026", "Situation reports") == [
                "Situation report of September 2026",
                "Situation report of August 2026",
            ]
            transaction.set_rollback(True)

    def test_are_not_found_by_those_who_were_not_named(self, asker):
        with transaction.atomic():
            issued_report(asker.world, asker.world.users["manager"], OTHER)
            assert named(asker, "manager", "report", "Situation reports") == []
            transaction.set_rollback(True)


class TestNobodyElse:
    def test_an_administrator_finds_none_of_them(self, asker):
        for text in ("2026", "next", "goals", "report", "works"):
            assert {group for group, _label in found(asker, "administrator", text)}.isdisjoint(KINDS)

    @pytest.mark.parametrize("text", ["goals", "worker", "2026", "report", "next"])
    def test_nothing_of_elsewhere_is_named(self, asker, text):
        for role, hidden in (("manager", (OTHER,)), ("employee", (BELOW, OTHER))):
            labels = " ".join(label for _group, label in found(asker, role, text))
            assert not [place for place in hidden if MARKS[place] in labels], role

    def test_fails_where_everybody_reads_like_those_who_work_on_the_months(self, asker):
        with mock.patch("apps.assessments.selectors.improving.sees_drafts", return_value=True):
            labels = " ".join(named(asker, "manager", "goals", "Improvement plans"))
        assert MARKS[OTHER] in labels
