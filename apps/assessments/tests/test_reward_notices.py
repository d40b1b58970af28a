"""What people are told of their rewards, and what they read of those that were refused or taken back."""

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments.tests.rewards import decide, propose, republished, reward
from apps.notifications.models import Notification

pytestmark = pytest.mark.django_db


def told(user):
    """Kind and subject of what the person was told of rewards, the first first."""
    rows = Notification.objects.filter(user=user, kind__startswith="assessments.reward_").order_by("pk")
    return [(row.kind.partition("reward_")[2], row.subject) for row in rows]


def texts(user):
    return " ".join(f"{row.subject} {row.body}" for row in user.notifications.all())


@pytest.fixture
def taken_back(paid):
    """Nora's reward was approved; the corrected edition leaves her without a grade, and so with nothing."""
    propose(paid)
    decide(paid, paid.nora_person)
    republished(paid, nora="")
    propose(paid)
    return paid


class TestRefused:
    def test_is_told_with_the_reason_and_without_the_amount(self, paid):
        propose(paid)
        decide(paid, paid.nora_person, is_approved=False, reason="A warning in May.")
        assert told(paid.nora) == [("refused", "Your reward of May 2026 was refused")]
        assert "Reason: A warning in May." in texts(paid.nora)
        assert str(reward(paid.nora_person).amount) not in texts(paid.nora)

    def test_is_read_by_the_person_with_the_reason(self, paid, as_):
        propose(paid)
        decide(paid, paid.nora_person, is_approved=False, reason="A warning in May.")
        page = as_(paid.nora).get(reverse("assessments:reward", args=[reward(paid.nora_person).pk]))
        assert page.status_code == 200
        assert "A warning in May." in page.content.decode()
        own = as_(paid.nora).get(reverse("assessments:own_month", args=["2026-05"]), follow=True).content.decode()
        assert "Refused" in own and "A warning in May." in own

    def test_and_by_nobody_else(self, paid, as_):
        propose(paid)
        decide(paid, paid.nora_person, is_approved=False, reason="A warning in May.")
        for user in (paid.mia, UserFactory(roles=["employee"])):
            assert as_(user).get(reverse("assessments:reward", args=[reward(paid.nora_person).pk])).status_code == 404
        assert told(paid.mia) == []

    def test_through_the_api_too(self, paid, as_):
        propose(paid)
        decide(paid, paid.nora_person, is_approved=False, reason="A warning in May.")
        rows = as_(paid.nora).get("/api/v1/rewards/").json()["results"]
        assert [row["state"] for row in rows] == ["refused"]

    def test_not_before_it_is_decided(self, paid, as_):
        propose(paid)
        assert told(paid.nora) == []
        assert as_(paid.nora).get("/api/v1/rewards/").json()["results"] == []


class TestTakenBack:
    def test_is_told_in_its_own_words(self, taken_back):
        decide(taken_back, taken_back.nora_person)
        assert told(taken_back.nora) == [
            ("approved", "Your reward of May 2026 was approved"),
            ("reduced", "Your reward of May 2026 was reduced after a correction"),
        ]
        assert "set off" in texts(taken_back.nora)

    def test_is_read_by_the_person(self, taken_back, as_):
        decide(taken_back, taken_back.nora_person)
        page = as_(taken_back.nora).get(reverse("assessments:reward", args=[reward(taken_back.nora_person).pk]))
        assert "To be set off" in page.content.decode()
        own = as_(taken_back.nora).get(reverse("assessments:own_month", args=["2026-05"]), follow=True)
        assert "Less than was approved before" in own.content.decode()

    def test_refused_leaves_what_was_approved_and_says_so(self, taken_back):
        decide(taken_back, taken_back.nora_person, is_approved=False, reason="Paid in good faith.")
        assert told(taken_back.nora)[-1] == ("change_refused", "A change of your reward of May 2026 was refused")
        assert "What was approved before stands. Reason: Paid in good faith." in texts(taken_back.nora)


class TestSeveralAtOnce:
    def test_each_is_told_once_and_only_of_their_own(self, paid):
        propose(paid)
        decide(paid, paid.nora_person, paid.cora, is_approved=False, reason="No budget.")
        for user in (paid.nora, paid.coo):
            assert told(user) == [("refused", "Your reward of May 2026 was refused")]
