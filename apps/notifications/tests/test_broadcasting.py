"""Telling everybody a query finds is the same as telling each."""

import pytest

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.jobs.models import Outbox
from apps.notifications import services
from apps.notifications.models import Delivery, Notification
from apps.notifications.tests.factories import NOW

pytestmark = pytest.mark.django_db

FACTS = {"subject": "  The scores are\npublished ", "body": "Edition 1", "url": "/assessments/2026-10/", "now": NOW}
SAID = (
    "user",
    "kind",
    "subject",
    "body",
    "url",
    "key",
    "about",
    "told_at",
    "read_at",
    "on_behalf_of",
    "delivery__channel",
)


def told(kind, **facts):
    return services.broadcast(users=User.objects.all(), kind=kind, key="month/1", **{**FACTS, **facts})


def rows():
    return list(Notification.objects.order_by("user").values(*SAID))


@pytest.mark.parametrize("kind", ["assessments.published", "accounts.news"])
def test_writes_what_notify_writes(kind):
    people = UserFactory.create_batch(4)
    for user, mode in zip(people, ("instant", "digest", "off"), strict=False):
        services.set_preferences(user=user, modes={kind.partition(".")[0]: mode})
    services.notify(users=people, kind=kind, key="month/1", **FACTS)
    known, mails = rows(), Outbox.objects.count()
    Delivery.objects.all().delete()
    Notification.objects.all().delete()
    Outbox.objects.all().delete()
    assert told(kind) == 4
    assert rows() == known
    assert Outbox.objects.count() == mails > 0


def test_the_same_key_twice_is_told_once():
    UserFactory.create_batch(2)
    assert told("assessments.published") == 2
    UserFactory()
    assert told("assessments.published", subject="Other words") == 1
    assert (Notification.objects.count(), Delivery.objects.count()) == (3, 3)


def test_takes_as_many_statements_for_many_as_for_few(django_assert_num_queries):
    UserFactory.create_batch(30)
    with django_assert_num_queries(4):
        told("assessments.published")


def test_work_is_refused_since_stand_ins_must_hear_of_it():
    with pytest.raises(AssertionError, match="stand-ins"):
        told("approvals.waiting")
