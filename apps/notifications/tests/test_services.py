from datetime import date
from unittest import mock

import pytest
from django.core import mail

from apps.accounts.tests.factories import UserFactory
from apps.core import clock
from apps.core.errors import Conflict
from apps.jobs.choices import OutboxState
from apps.jobs.models import Outbox
from apps.jobs.services import enqueue, work
from apps.notifications import selectors, services
from apps.notifications.choices import Channel, Mode, Subject
from apps.notifications.models import Delivery, Notification, StandIn
from apps.notifications.tests.factories import NOW, StandInFactory, deliver_all

pytestmark = pytest.mark.django_db


def tell(*users, **facts):
    given = {
        "kind": "approvals.waiting",
        "subject": "A plan waits",
        "key": "plan/1",
        "now": NOW,
        "url": "/approvals/1/",
    }
    return services.notify(users=users, **{**given, **facts})


class TestNotify:
    def test_tells_in_the_portal_and_by_mail_at_once(self):
        user = UserFactory()
        tell(user)
        deliver_all()
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == ([user.email], "A plan waits")
        assert "/approvals/1/" in sent.body
        assert Notification.objects.get().user == user

    def test_the_same_key_twice_is_told_once(self):
        user = UserFactory()
        tell(user)
        tell(user, subject="Other words")
        deliver_all()
        assert (
            Notification.objects.count() == Delivery.objects.count() == Outbox.objects.count() == len(mail.outbox) == 1
        )

    def test_the_same_mail_always_bears_the_same_id(self):
        tell(UserFactory())
        message = Outbox.objects.get()
        services.send_mail(message=message)
        services.send_mail(message=message)
        first, second = (sent.extra_headers["Message-ID"] for sent in mail.outbox)
        assert first == second

    def test_what_can_wait_waits_for_the_daily_mail(self):
        tell(UserFactory(), kind="imports.done")
        assert Outbox.objects.count() == 0
        assert Delivery.objects.get().channel == Channel.DIGEST

    def test_who_wants_no_mail_gets_none(self):
        user = UserFactory()
        services.set_preferences(user=user, modes={"approvals": "off"})
        tell(user)
        assert (Notification.objects.count(), Delivery.objects.count()) == (1, 0)

    def test_a_closed_account_is_left_out(self):
        assert tell(UserFactory(is_active=False)) == []

    def test_an_account_closed_meanwhile_gets_no_mail(self):
        user = UserFactory()
        tell(user)
        type(user).objects.update(is_active=False)
        deliver_all()
        assert mail.outbox == []
        assert Outbox.objects.get().state == OutboxState.FAILED

    def test_a_line_break_in_the_subject_cannot_add_a_header(self):
        tell(UserFactory(), subject="Hello\r\nBcc: all@example.com")
        deliver_all()
        assert mail.outbox[0].subject == "Hello Bcc: all@example.com"

    def test_the_stand_in_of_the_absent_is_told_as_well(self):
        cover = StandInFactory()
        told = tell(cover.user)
        assert {row.user for row in told} == {cover.user, cover.stand_in}
        assert Notification.objects.get(user=cover.stand_in).on_behalf_of == cover.user
        deliver_all()
        assert (
            f"You stand in for {cover.user.name}" in next(m for m in mail.outbox if m.to == [cover.stand_in.email]).body
        )

    @pytest.mark.parametrize(
        "change", [{"first_day": date(2026, 11, 21)}, {"last_day": date(2026, 11, 19)}, {"ended_at": NOW}]
    )
    def test_but_not_before_after_or_once_ended(self, change):
        assert len(tell(StandInFactory(**change).user)) == 1

    def test_private_matters_are_not_passed_on(self):
        assert len(tell(StandInFactory().user, kind="accounts.password_changed")) == 1

    def test_a_thousand_people_cost_as_many_queries_as_ten(self, django_assert_num_queries):
        people = UserFactory.create_batch(40)
        with django_assert_num_queries(12):
            tell(*people[:2], key="a")
        with django_assert_num_queries(12):
            tell(*people, key="b")


class TestSendDigests:
    def test_makes_one_mail_a_person_of_what_is_unread(self):
        one, other = UserFactory.create_batch(2)
        tell(one, other, kind="imports.done", key="1", subject="First import done")
        tell(one, kind="imports.done", key="2", subject="Second import done")
        services.mark_read(notifications=Notification.objects.filter(user=other), now=NOW)
        assert services.send_digests(period="2026-11-20", now=NOW) == {"mails": 1, "notifications": 3}
        deliver_all()
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == ([one.email], "2 things to know")
        assert "First import done" in sent.body
        assert "Second import done" in sent.body

    def test_run_again_sends_nothing_more(self):
        tell(UserFactory(), kind="imports.done")
        for _ in range(3):
            services.send_digests(period="2026-11-20", now=NOW)
        assert Outbox.objects.count() == 1

    def test_as_a_job(self):
        tell(UserFactory(), kind="imports.done", now=clock.now())
        run = enqueue(kind="notifications.send_digests", period="2026-11-20", by=None, now=clock.now())
        assert work(run_id=run.pk).result == {"mails": 1, "notifications": 1}
        assert work(run_id=run.pk) is None


class TestSetPreferences:
    def test_keeps_the_others(self):
        user = UserFactory()
        services.set_preferences(user=user, modes={"jobs": "off"})
        services.set_preferences(user=user, modes={"jobs": "instant", "imports": "off"})
        scope = mock.Mock(user_id=user.pk)
        chosen = {choice.about: choice.mode for choice in selectors.choices_of(scope)}
        assert (chosen["jobs"], chosen["imports"], chosen["approvals"]) == ("instant", "off", "instant")
        assert set(chosen) == set(Subject.values) - {"staff", "departments"}

    @pytest.mark.parametrize("modes", [{"jobs": "loud"}, {"nothing": Mode.OFF}, {"staff": Mode.OFF}])
    def test_refuses_unknown_words(self, modes):
        with pytest.raises(services.UnknownChoice):
            services.set_preferences(user=UserFactory(), modes=modes)


class TestNameStandIn:
    def name(self, user, stand_in, **facts):
        given = {"first_day": date(2026, 11, 23), "last_day": date(2026, 11, 27), "by": user, "now": NOW}
        return services.name_stand_in(user=user, stand_in=stand_in, **{**given, **facts})

    def test_is_in_force_on_both_end_days(self):
        user, other = UserFactory.create_batch(2, roles=["manager"])
        self.name(user, other)
        assert selectors.stand_in_of(user.pk, date(2026, 11, 22)) is None
        assert selectors.stand_in_of(user.pk, date(2026, 11, 23)) == other
        assert selectors.stand_in_of(user.pk, date(2026, 11, 27)) == other
        assert selectors.stand_ins_of([user.pk], date(2026, 11, 27)) == {user.pk: other.pk}
        assert selectors.covered_by(other.pk, date(2026, 11, 27)) == [user.pk]
        assert selectors.stand_in_of(user.pk, date(2026, 11, 28)) is None

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"last_day": date(2026, 11, 22)}, "before the first"),
            ({"first_day": date(2026, 11, 1), "last_day": date(2026, 11, 19)}, "are over"),
            ({"last_day": date(2027, 11, 30)}, "longer than a year"),
        ],
    )
    def test_refuses_odd_days(self, change, words):
        with pytest.raises(services.BadStandIn, match=words):
            self.name(*UserFactory.create_batch(2, roles=["manager"]), **change)

    def test_refuses_oneself_a_closed_account_and_someone_away(self):
        user, away = UserFactory.create_batch(2, roles=["manager"])
        StandInFactory(user=away)
        refused = {"themselves": user, "closed": UserFactory(is_active=False), "is away": away}
        refused["a role that reads approvals"] = UserFactory(roles=["employee"])
        for words, other in refused.items():
            with pytest.raises(services.BadStandIn, match=words):
                self.name(user, other)

    def test_refuses_days_covered_already_and_takes_them_once_that_ended(self):
        user, other, third = UserFactory.create_batch(3, roles=["manager"])
        cover = self.name(user, other)
        with pytest.raises(services.AlreadyCovered, match=other.name):
            self.name(user, third, first_day=date(2026, 11, 27), last_day=date(2026, 12, 4))
        services.end_stand_in(cover=cover, by=user, now=NOW)
        self.name(user, third, first_day=date(2026, 11, 27), last_day=date(2026, 12, 4))
        with pytest.raises(Conflict):
            services.end_stand_in(cover=cover, by=user, now=NOW)
        assert StandIn.objects.count() == 2
