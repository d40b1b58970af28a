import threading

import pytest
from django.db import connection
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from apps.accounts.tests.factories import UserFactory
from apps.core.errors import Refusal
from apps.jobs.http import idempotent
from apps.jobs.models import IdempotencyKey, Outbox
from apps.jobs.tests.factories import OutboxFactory

pytestmark = pytest.mark.django_db


class NoteView(APIView):
    """Writes a row for each request that takes effect."""

    permission_classes = (AllowAny,)
    throttle_classes = ()
    capability = "accounts.view_own"
    in_flight = threading.Event()
    go_on = threading.Event()

    @idempotent
    def post(self, request):
        if request.data.get("wait"):
            self.in_flight.set()
            self.go_on.wait(10)
        row = OutboxFactory(payload=request.data)
        if request.data.get("refuse"):
            raise Refusal("No.")
        if request.data.get("bad"):
            return Response({"bad": True}, status=400)
        return Response({"id": row.pk}, status=201, headers={"Location": f"/notes/{row.pk}/", "X-Other": "1"})


def post(user, data, key=None):
    headers = {"Idempotency-Key": key} if key is not None else {}
    request = APIRequestFactory().post("/notes/", data, format="json", headers=headers)
    force_authenticate(request, user)
    response = NoteView.as_view()(request)
    return response.render()


@pytest.fixture
def user():
    return UserFactory()


class TestIdempotent:
    def test_the_same_key_takes_effect_once_and_answers_the_same(self, user):
        first = post(user, {"text": "a"}, "k")
        second = post(user, {"text": "a"}, "k")
        assert Outbox.objects.count() == 1
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.data == second.data
        assert second["Location"] == first["Location"]
        assert second["Idempotent-Replay"] == "true"

    def test_another_body_under_the_same_key_is_refused(self, user):
        post(user, {"text": "a"}, "k")
        answer = post(user, {"text": "b"}, "k")
        assert answer.status_code == 422
        assert "another request" in answer.data["error"]["message"]
        assert Outbox.objects.count() == 1

    def test_another_person_may_use_the_same_key(self, user):
        post(user, {"text": "a"}, "k")
        assert post(UserFactory(), {"text": "b"}, "k").status_code == 201

    def test_without_a_key_each_request_takes_effect(self, user):
        post(user, {"text": "a"})
        post(user, {"text": "a"})
        assert Outbox.objects.count() == 2

    @pytest.mark.parametrize("answer", [{"refuse": 1}, {"bad": 1}])
    def test_a_no_is_not_kept_and_leaves_nothing(self, user, answer):
        assert post(user, answer, "k").status_code in {400, 422}
        assert (Outbox.objects.count(), IdempotencyKey.objects.count()) == (0, 0)
        assert post(user, {"text": "mended"}, "k").status_code == 201

    @pytest.mark.parametrize("key", ["", "x" * 201, "tab\there", "naïve"])
    def test_a_malformed_key_is_refused(self, user, key):
        assert post(user, {"text": "a"}, key).status_code == 422
        assert Outbox.objects.count() == 0

    @pytest.mark.django_db(transaction=True)
    def test_while_the_first_is_worked_on_the_second_is_told_to_wait(self, user):
        NoteView.in_flight.clear()
        NoteView.go_on.clear()
        answers = []

        def first():
            answers.append(post(user, {"wait": 1}, "k"))
            connection.close()

        thread = threading.Thread(target=first)
        thread.start()
        assert NoteView.in_flight.wait(10)
        busy = post(user, {"wait": 1}, "k")
        NoteView.go_on.set()
        thread.join()
        assert (busy.status_code, busy["Retry-After"]) == (409, "5")
        assert post(user, {"wait": 1}, "k").data == answers[0].data
        assert Outbox.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_fifty_at_once_make_one_row(self, user):
        barrier, answers = threading.Barrier(50), []

        def contend():
            barrier.wait()
            answers.append(post(user, {"text": "a"}, "k"))
            connection.close()

        threads = [threading.Thread(target=contend) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Outbox.objects.count() == 1
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.data["id"] for answer in answers if answer.status_code == 201}) == 1
