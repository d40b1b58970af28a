import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.core import clock
from apps.jobs.choices import JobState, OutboxState
from apps.jobs.models import JobRun, Outbox
from apps.jobs.tests.factories import JobRunFactory, JobShardFactory, OutboxFactory

pytestmark = pytest.mark.django_db


def sign_in(client, *roles):
    user = UserFactory(roles=roles)
    client.force_login(user)
    return user


class TestListPage:
    def test_sends_strangers_to_the_sign_in_page(self, client):
        assert client.get(reverse("jobs:list")).status_code == 302

    def test_is_closed_to_systems(self, client):
        sign_in(client, "integration")
        assert client.get(reverse("jobs:list")).status_code == 403

    def test_operators_see_every_run_and_the_counts(self, client):
        sign_in(client, "administrator")
        JobRunFactory(period="marker-1", state=JobState.FAILED, error="x")
        page = client.get(reverse("jobs:list")).content.decode()
        assert "marker-1" in page
        assert "Messages waiting" in page

    def test_others_see_only_what_they_started(self, client):
        user = sign_in(client, "employee")
        JobRunFactory(period="marker-other")
        JobRunFactory(period="marker-own", started_by=user)
        page = client.get(reverse("jobs:list")).content.decode()
        assert "marker-own" in page
        assert "marker-other" not in page
        assert "Messages waiting" not in page

    def test_searches_filters_and_exports(self, client):
        sign_in(client, "administrator")
        JobRunFactory(period="2026-01", state=JobState.DONE)
        JobRunFactory(period="2026-02", state=JobState.FAILED, error="=cmd()")
        page = client.get(reverse("jobs:list"), {"q": "2026-0", "state": "failed"}).content.decode()
        assert "Feb 2026" in page
        assert "Jan 2026" not in page
        answer = client.get(reverse("jobs:list"), {"state": "failed", "export": "csv"})
        assert b"Feb 2026" in b"".join(answer.streaming_content if answer.streaming else [answer.content])

    @pytest.mark.parametrize(
        ("period", "words"),
        [
            ("2026-11-20T14", "20 Nov 2026, 14:00"),
            ("2026-11-20", "20 Nov 2026"),
            ("2026-11", "Nov 2026"),
            ("12", "No. 12"),
            ("company", "company"),
        ],
    )
    def test_says_what_a_run_is_for(self, client, period, words):
        sign_in(client, "administrator")
        JobRunFactory(period=period)
        assert words in client.get(reverse("jobs:list")).content.decode()

    def test_costs_the_same_for_one_run_and_for_fifty(self, client, django_assert_max_num_queries):
        sign_in(client, "administrator")
        JobRunFactory.create_batch(50, started_by=UserFactory())
        client.get(reverse("jobs:list"))
        with django_assert_max_num_queries(9):
            client.get(reverse("jobs:list"))


class TestDetailPage:
    def test_a_run_of_someone_else_does_not_exist(self, client):
        sign_in(client, "employee")
        run = JobRunFactory(period="marker", started_by=UserFactory())
        for name in ("jobs:detail", "jobs:progress"):
            answer = client.get(reverse(name, args=[run.pk]))
            assert answer.status_code == 404
            assert "marker" not in answer.content.decode()

    def test_an_open_run_asks_again_and_an_ended_one_does_not(self, client):
        user = sign_in(client, "employee")
        run = JobRunFactory(started_by=user, state=JobState.RUNNING, done_count=400, total_count=1_000, note="rows")
        page = client.get(reverse("jobs:detail", args=[run.pk])).content.decode()
        assert "every 2s" in page
        assert "400 of 1,000" in page
        JobRun.objects.update(state=JobState.DONE, result={"rows_created": 1000})
        part = client.get(reverse("jobs:progress", args=[run.pk])).content.decode()
        assert "every 2s" not in part
        assert "Rows created" in part
        assert "<html" not in part

    def test_says_what_went_wrong(self, client):
        user = sign_in(client, "employee")
        run = JobRunFactory(started_by=user, state=JobState.FAILED, error="Row 3 names <no> department.")
        page = client.get(reverse("jobs:detail", args=[run.pk])).content.decode()
        assert "Row 3 names &lt;no&gt; department." in page
        assert "Start again" not in page, "that takes jobs.manage"

    def test_shows_shards(self, client):
        sign_in(client, "administrator")
        run = JobRunFactory(state=JobState.RUNNING, shard_count=3)
        JobShardFactory.create_batch(3, run=run)
        assert "Waiting: 3" in client.get(reverse("jobs:detail", args=[run.pk])).content.decode()


class TestRetryAndCancel:
    def test_need_their_capability(self, client):
        user = sign_in(client, "employee")
        run = JobRunFactory(started_by=user, state=JobState.FAILED)
        for name in ("jobs:retry", "jobs:cancel"):
            assert client.post(reverse(name, args=[run.pk])).status_code == 403
        run.refresh_from_db()
        assert run.state == JobState.FAILED

    def test_start_again_and_cancel(self, client):
        sign_in(client, "administrator")
        run = JobRunFactory(state=JobState.FAILED)
        assert client.post(reverse("jobs:retry", args=[run.pk])).status_code == 302
        run.refresh_from_db()
        assert run.state == JobState.QUEUED
        client.post(reverse("jobs:cancel", args=[run.pk]))
        run.refresh_from_db()
        assert run.state == JobState.CANCELLED

    def test_a_second_click_is_told_the_present_state(self, client):
        sign_in(client, "administrator")
        run = JobRunFactory(state=JobState.DONE)
        answer = client.post(reverse("jobs:retry", args=[run.pk]))
        assert answer.status_code == 409
        assert "Only a failed or cancelled one" in answer.content.decode()

    def test_a_get_changes_nothing(self, client):
        sign_in(client, "administrator")
        assert client.get(reverse("jobs:retry", args=[JobRunFactory(state=JobState.FAILED).pk])).status_code == 405


class TestMessages:
    def test_are_for_operators(self, client):
        sign_in(client, "employee")
        assert client.get(reverse("jobs:messages")).status_code == 403

    def test_one_given_up_is_sent_again_after_a_question(self, client):
        sign_in(client, "administrator")
        message = OutboxFactory(
            topic="notifications.mail", state=OutboxState.FAILED, error="Mail server away", due_at=clock.now()
        )
        assert "Mail server away" in client.get(reverse("jobs:messages")).content.decode()
        url = reverse("jobs:send_message_again", args=[message.pk])
        assert "Send this message again?" in client.get(url).content.decode()
        assert Outbox.objects.get().state == OutboxState.FAILED
        assert client.post(url).status_code == 302
        assert Outbox.objects.get().state == OutboxState.WAITING
        assert client.post(url).status_code == 404
