from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.core.clock import now, today
from apps.jobs.choices import OutboxState
from apps.jobs.models import Outbox
from apps.notifications import services
from apps.notifications.models import Notification, Preference, StandIn, WebhookDelivery, WebhookEndpoint
from apps.notifications.tests.factories import NotificationFactory, StandInFactory, WebhookEndpointFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client):
    def as_role(*roles):
        user = UserFactory(roles=roles)
        client.force_login(user)
        return user

    return as_role


class TestListPage:
    def test_sends_strangers_to_the_sign_in_page(self, client):
        for name in ("list", "bell", "preferences", "stand_in", "webhooks"):
            assert client.get(reverse(f"notifications:{name}")).status_code == 302

    def test_shows_only_what_i_was_told(self, client, sign_in):
        user = sign_in("employee")
        NotificationFactory(user=user, subject="Told to me")
        NotificationFactory(subject="Told to another")
        page = client.get(reverse("notifications:list")).content.decode()
        assert "Told to me" in page
        assert "Told to another" not in page

    def test_only_new_ones(self, client, sign_in):
        user = sign_in("employee")
        NotificationFactory(user=user, subject="Old one", read_at=now())
        assert "Old one" not in client.get(reverse("notifications:list"), {"unread": "1"}).content.decode()


class TestBell:
    def test_counts_what_is_new(self, client, sign_in):
        user = sign_in("employee")
        NotificationFactory.create_batch(3, user=user)
        NotificationFactory(user=user, read_at=now())
        part = client.get(reverse("notifications:bell")).content.decode()
        assert ">3</span>" in part
        assert "<html" not in part

    def test_says_many_above_ninety_nine(self, client, sign_in):
        NotificationFactory.create_batch(101, user=sign_in("employee"))
        assert "99+" in client.get(reverse("notifications:bell")).content.decode()

    def test_is_cheap(self, client, sign_in, django_assert_max_num_queries):
        NotificationFactory.create_batch(30, user=sign_in("employee"))
        client.get(reverse("notifications:bell"))
        with django_assert_max_num_queries(6):
            client.get(reverse("notifications:bell"))


class TestOpenNotification:
    def test_marks_it_read_and_goes_there(self, client, sign_in):
        row = NotificationFactory(user=sign_in("employee"), url="/approvals/7/")
        answer = client.get(reverse("notifications:open", args=[row.pk]))
        assert answer["Location"] == "/approvals/7/"
        row.refresh_from_db()
        assert row.read_at

    def test_anothers_does_not_exist_and_stays_unread(self, client, sign_in):
        sign_in("employee")
        row = NotificationFactory(subject="marker")
        assert client.get(reverse("notifications:open", args=[row.pk])).status_code == 404
        row.refresh_from_db()
        assert row.read_at is None

    @pytest.mark.parametrize(
        "url", ["", "https://elsewhere.example.com/", "//elsewhere.example.com/", "javascript:alert(1)"]
    )
    def test_never_leaves_the_portal(self, client, sign_in, url):
        row = NotificationFactory(user=sign_in("employee"), url=url, body="Read me")
        answer = client.get(reverse("notifications:open", args=[row.pk]))
        assert answer.status_code == 200
        assert "Read me" in answer.content.decode()

    def test_all_at_once(self, client, sign_in):
        user = sign_in("employee")
        NotificationFactory.create_batch(3, user=user)
        other = NotificationFactory()
        client.post(reverse("notifications:read_all"))
        assert list(Notification.objects.unread()) == [other]


class TestPreferences:
    def test_are_kept(self, client, sign_in):
        user = sign_in("employee")
        url = reverse("notifications:preferences")
        chosen = dict.fromkeys(client.get(url).context["form"].fields, "off")
        assert client.post(url, chosen).status_code == 302
        assert set(Preference.objects.filter(user=user).values_list("mode", flat=True)) == {"off"}

    def test_refuse_unknown_words(self, client, sign_in):
        sign_in("employee")
        assert client.post(reverse("notifications:preferences"), {"jobs": "loud"}).status_code == 422
        assert Preference.objects.count() == 0


class TestStandIn:
    def test_is_named_shown_and_ended(self, client, sign_in):
        sign_in("manager")
        other = UserFactory(name="Dana Deputy", roles=["manager"])
        day = today() + timedelta(days=3)
        answer = client.post(
            reverse("notifications:name_stand_in"),
            {"stand_in": other.pk, "first_day": day, "last_day": day, "note": "Leave"},
        )
        assert answer.status_code == 302
        assert "Dana Deputy" in client.get(reverse("notifications:stand_in")).content.decode()
        client.post(reverse("notifications:end_stand_in", args=[StandIn.objects.get().pk]))
        assert StandIn.objects.get().ended_at

    def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(self, client, sign_in):
        sign_in("manager")
        typed = {
            "stand_in": UserFactory(roles=["manager"]).pk,
            "first_day": "2020-01-02",
            "last_day": "2020-01-03",
            "note": "kept words",
        }
        answer = client.post(reverse("notifications:name_stand_in"), typed)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "These days are over" in page
        assert "kept words" in page

    def test_only_those_who_may_open_cases_can_be_named(self, client, sign_in):
        sign_in("manager")
        deputy, worker = (
            UserFactory(name="Dana Deputy", roles=["finance"]),
            UserFactory(name="Wes Worker", roles=["employee"]),
        )
        page = client.get(reverse("notifications:name_stand_in")).content.decode()
        assert deputy.name in page
        assert worker.name not in page
        day = today() + timedelta(days=3)
        typed = {"stand_in": worker.pk, "first_day": day, "last_day": day, "note": "kept words"}
        answer = client.post(reverse("notifications:name_stand_in"), typed)
        assert answer.status_code == 422
        assert "may not open cases" in answer.content.decode()
        assert "a role that reads approvals" in answer.content.decode()
        assert not StandIn.objects.exists()

    def test_anothers_entry_does_not_exist(self, client, sign_in):
        sign_in("manager")
        cover = StandInFactory()
        assert client.post(reverse("notifications:end_stand_in", args=[cover.pk])).status_code == 404

    def test_is_not_for_administrators(self, client, sign_in):
        sign_in("administrator")
        assert client.get(reverse("notifications:stand_in")).status_code == 403


class TestWebhooks:
    ADDRESS = {"name": "Payroll", "url": "https://payroll.example.com/in", "events": ["staff.*"]}

    @pytest.mark.parametrize("role", ["coo", "hr", "employee", "auditor", "integration"])
    def test_are_for_administrators(self, client, sign_in, role):
        sign_in(role)
        endpoint = WebhookEndpointFactory()
        for name, args in (
            ("webhooks", []),
            ("add_webhook", []),
            ("webhook", [endpoint.pk]),
            ("change_webhook", [endpoint.pk]),
        ):
            assert client.get(reverse(f"notifications:{name}", args=args)).status_code == 403
        for name in ("renew_secret", "resume_webhook", "ping_webhook"):
            assert client.post(reverse(f"notifications:{name}", args=[endpoint.pk])).status_code == 403

    def test_the_secret_is_shown_once(self, client, sign_in):
        sign_in("administrator")
        answer = client.post(reverse("notifications:add_webhook"), self.ADDRESS)
        endpoint = WebhookEndpoint.objects.get()
        secret = services.unseal(endpoint.sealed_secret)
        assert secret in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
        assert secret not in client.get(reverse("notifications:webhook", args=[endpoint.pk])).content.decode()
        again = client.post(reverse("notifications:renew_secret", args=[endpoint.pk])).content.decode()
        assert secret not in again
        assert "whsec_" in again

    def test_an_inside_address_is_refused_beside_the_field(self, client, sign_in):
        sign_in("administrator")
        answer = client.post(reverse("notifications:add_webhook"), {**self.ADDRESS, "url": "https://10.0.0.1/x"})
        assert answer.status_code == 422
        assert "private network" in answer.content.decode()
        assert WebhookEndpoint.objects.count() == 0

    def test_change_pause_resume(self, client, sign_in):
        sign_in("administrator")
        endpoint = WebhookEndpointFactory()
        client.post(reverse("notifications:change_webhook", args=[endpoint.pk]), {**self.ADDRESS, "name": "Renamed"})
        client.post(reverse("notifications:pause_webhook", args=[endpoint.pk]), {"reason": "Their upgrade"})
        endpoint.refresh_from_db()
        assert (endpoint.name, endpoint.wanted_events, endpoint.is_active) == ("Renamed", ["staff.*"], False)
        assert "Their upgrade" in client.get(reverse("notifications:webhook", args=[endpoint.pk])).content.decode()
        client.post(reverse("notifications:resume_webhook", args=[endpoint.pk]))
        endpoint.refresh_from_db()
        assert endpoint.is_active

    def test_ping_leads_to_its_delivery_and_a_given_up_one_is_sent_again(self, client, sign_in):
        sign_in("administrator")
        endpoint = WebhookEndpointFactory()
        answer = client.post(reverse("notifications:ping_webhook", args=[endpoint.pk]))
        delivery = WebhookDelivery.objects.get()
        assert answer["Location"] == reverse("notifications:delivery", args=[delivery.pk])
        page = client.get(answer["Location"]).content.decode()
        assert "Not tried yet" in page
        assert "portal.ping" in page
        assert client.post(reverse("notifications:send_delivery_again", args=[delivery.pk])).status_code == 409
        Outbox.objects.update(state=OutboxState.FAILED, error="It answered 500.")
        assert "It answered 500." in client.get(reverse("notifications:webhook", args=[endpoint.pk])).content.decode()
        assert client.post(reverse("notifications:send_delivery_again", args=[delivery.pk])).status_code == 302
        assert Outbox.objects.get().state == OutboxState.WAITING
