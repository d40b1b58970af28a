"""What is changed behind the portal's back is found, named, and told once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import AssessedMonth, Score
from apps.assessments.tests.factories import published
from apps.core import clock
from apps.jobs.services import enqueue, work
from apps.notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def may(firm, scheme):
    """May, published."""
    return published("2026-05", by=firm.hr, deciders=[firm.coo, firm.gm]).run


def tamper(table, change):
    """Change rows as the owner with triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(change)


def told():
    return sorted(Notification.objects.filter(kind="assessments.unsound").values_list("user__name", flat=True))


class TestProof:
    def test_what_stands_as_it_was_stored_is_sound(self, may):
        (proof,) = services.prove_published()
        assert (proof.is_sound, services.words_of(proof)) == (True, "")

    def test_a_changed_line_names_its_department_and_no_other(self, firm, may):
        tamper(
            "assessments_scoreline",
            f"UPDATE assessments_scoreline SET value = value + 0.000001 WHERE department_id = {firm.north.pk}"
            f" AND indicator_id = (SELECT min(indicator_id) FROM assessments_scoreline)",
        )
        (proof,) = services.prove_published()
        assert (proof.changed, proof.is_whole, proof.is_chained) == ((firm.north.pk,), True, True)
        assert services.words_of(proof) == "Not as stored: the figures of North (NORTH)."

    def test_a_line_moved_to_another_month_is_found(self, firm, may):
        tamper(
            "assessments_scoreline",
            f"UPDATE assessments_scoreline SET month = '2026-04-01' WHERE department_id = {firm.south.pk}",
        )
        assert services.prove_run(may).changed == (firm.south.pk,)

    def test_a_changed_mean_is_found(self, may):
        tamper("assessments_scorerun", "UPDATE assessments_scorerun SET mean_total = mean_total + 1")
        may.refresh_from_db()
        assert not services.prove_run(may).is_whole

    def test_a_score_without_its_lines_that_vanished_is_found(self, firm, may):
        tamper("assessments_score", f"DELETE FROM assessments_score WHERE department_id = {firm.works.pk}")
        proof = services.prove_run(may)
        assert (proof.changed, proof.is_whole) == ((firm.works.pk,), False)

    def test_a_pointer_that_was_moved_away_is_found(self, may):
        AssessedMonth.objects.update(published=None)
        (proof,) = services.prove_published()
        assert not proof.is_shown

    def test_a_deleted_publication_is_found(self, may):
        tamper("assessments_publication", "DELETE FROM assessments_publication")
        (proof,) = services.prove_published()
        assert not proof.is_chained
        assert not proof.is_shown


class TestNightlyProof:
    def prove(self, night):
        run = enqueue(kind=services.PROVE_KIND, period=night, by=None, now=clock.now())
        return work(run_id=run.pk).result

    def test_nothing_to_tell_when_all_is_sound(self, may):
        assert self.prove("2026-06-15") == {"runs": 1, "unsound": 0}
        assert told() == []

    def test_a_finding_is_told_once_to_those_who_must_know(self, firm, may):
        UserFactory(roles=["administrator"], name="Ada Administrator")
        tamper("assessments_score", f"UPDATE assessments_score SET total = 100 WHERE department_id = {firm.north.pk}")
        assert self.prove("2026-06-15") == {"runs": 1, "unsound": 1}
        assert self.prove("2026-06-16") == {"runs": 1, "unsound": 1}
        assert told() == ["Ada Administrator", "Alf Auditor", "Cora Chief", "Hanna HR"]
        assert "North (NORTH)" in Notification.objects.filter(kind="assessments.unsound").first().body

    def test_another_finding_is_told_again(self, firm, may):
        tamper("assessments_score", f"UPDATE assessments_score SET total = 100 WHERE department_id = {firm.north.pk}")
        self.prove("2026-06-15")
        before = len(told())
        Score.objects.filter(department=firm.south).update(total=100)
        self.prove("2026-06-16")
        assert len(told()) == 2 * before


class TestCommand:
    def test_prints_every_run(self, may):
        out = StringIO()
        call_command("prove_scores", stdout=out)
        assert "May 2026, version 1: as it was stored" in out.getvalue()
        assert "6 lines proved" in out.getvalue()

    def test_ends_with_an_error_when_one_is_not_sound(self, may):
        tamper("assessments_scorerun", "UPDATE assessments_scorerun SET mean_total = mean_total + 1")
        out = StringIO()
        with pytest.raises(CommandError, match="1 published runs are not as they were stored"):
            call_command("prove_scores", stdout=out)
        assert "Scores or lines were added" in out.getvalue()
