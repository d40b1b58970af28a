"""What was decided is not rewritten: the database refuses it whoever asks, and lets through what the services do after."""

from datetime import date

import pytest
from django.db import InternalError, transaction

from apps.assessments import services
from apps.assessments.models import Appeal, ImprovementPlan, Nomination, Reward
from apps.assessments.services import PlanTerms
from apps.assessments.tests.appeals import admitted, appeal_of, ruled
from apps.assessments.tests.factories import NOW
from apps.assessments.tests.rewards import MAY, decide, paid_firm, propose, reward
from apps.assessments.tests.teams import published_may
from apps.staff.selectors import own_person, scope_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)


def is_kept(rows, **change):
    """Whether the database refuses to CHANGE the rows."""
    try:
        with transaction.atomic():
            assert rows.update(**change) == 1
            transaction.set_rollback(True)
    except InternalError:
        return True
    return False


def is_never_deleted(rows):
    with pytest.raises(InternalError), transaction.atomic():
        rows._raw_delete("default")
    return True


class TestReward:
    CHANGES = ({"amount": 1}, {"settles_amount": 1}, {"state": "proposed"}, {"ruling": "Other"}, {"decided_by": None})

    @pytest.fixture
    def paid(self, firm):
        firm = paid_firm(firm)
        propose(firm)
        return firm

    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize("is_approved", [True, False])
    def test_is_not_rewritten_once_it_is_decided(self, paid, is_approved, change):
        rows = Reward.objects.filter(pk=reward(paid.nora_person).pk)
        assert not is_kept(rows, amount=1)
        decide(paid, paid.nora_person, is_approved=is_approved, reason="Looked at")
        assert is_kept(rows, **change)
        assert is_never_deleted(rows)

    def test_nor_once_a_later_edition_took_its_place(self, paid):
        rows = Reward.objects.filter(pk=reward(paid.nora_person).pk)
        rows.update(state="superseded")
        assert is_kept(rows, state="approved")


class TestNomination:
    @pytest.fixture(params=["accepted", "declined"])
    def rows(self, firm, request):
        made = Nomination.objects.create(
            kind="talent_pool", month=MAY.first_day, department=firm.north, grade="A", total=95, proposed_at=NOW,
            person=own_person(scope=scope_of(firm.nora, TODAY)),
        )  # fmt: skip
        is_accepted = request.param == "accepted"
        services.decide_nomination(nomination=made.pk, is_accepted=is_accepted, reason="Well", by=firm.gm, now=NOW)
        return Nomination.objects.filter(pk=made.pk)

    @pytest.mark.parametrize(
        "change", [{"ruling": "Other"}, {"decided_at": None}, {"person": None}, {"state": "proposed"}]
    )
    def test_keeps_what_was_decided(self, rows, change):
        assert is_kept(rows, **change)

    def test_names_other_points_or_is_dropped_by_a_correction(self, rows):
        assert not is_kept(rows, total=90, grade="B")
        assert not is_kept(rows, state="dropped", dropped_at=NOW)


class TestAppeal:
    @pytest.fixture
    def appeal(self, team):
        return appeal_of(team, published_may(team))

    CHANGES = ({"ruling": "Other"}, {"state": "reviewing"}, {"revision": None}, {"reason": "Other"})

    @pytest.mark.parametrize("change", CHANGES)
    def test_keeps_its_ruling(self, team, appeal, change):
        rows = Appeal.objects.filter(pk=appeal.pk)
        admitted(team, appeal)
        assert not is_kept(rows, ruling="Not yet")
        ruled(appeal, "dismissed")
        assert is_kept(rows, **change)
        assert is_never_deleted(rows)

    def test_keeps_that_it_was_not_admitted(self, team, appeal):
        services.reject_appeal(appeal=appeal, reason="Too late", by=team.hr, now=NOW)
        assert is_kept(Appeal.objects.filter(pk=appeal.pk), state="upheld")


class TestImprovementPlan:
    @pytest.fixture
    def rows(self, firm):
        person = own_person(scope=scope_of(firm.nora, TODAY))
        given = PlanTerms("Reports on time", "A course", firm.mia, TODAY, date(2026, 6, 29), date(2026, 8, 31))
        plan = services.begin_plan(person=person, terms=given, by=firm.coo, now=NOW)
        return ImprovementPlan.objects.filter(pk=plan.pk)

    @pytest.mark.parametrize(
        "change", [{"goals": "Fewer"}, {"owner": None}, {"ends_on": date(2026, 9, 30)}, {"state": "proposed"}]
    )
    def test_keeps_its_terms_while_it_runs(self, rows, change):
        assert is_kept(rows, **change)
        assert not is_kept(rows, review_on=date(2026, 7, 6))
        assert is_never_deleted(rows)

    @pytest.mark.parametrize("change", [{"outcome": "Other"}, {"state": "running"}, {"goals": "Fewer"}])
    def test_keeps_how_it_ended(self, firm, rows, change):
        services.close_plan(plan=rows.get(), state="missed", outcome="Two late", by=firm.coo, now=NOW)
        assert is_kept(rows, **change)
