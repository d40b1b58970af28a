"""Refusals become pages, toasts or JSON; forms keep what was typed; nothing private stays in a cache."""

import json
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxDetails

from apps.core.errors import Conflict, NotFound, Refusal
from apps.core.http.errors import failed_page, forbidden_page, missing_page, unreadable_page
from apps.core.http.forms import add_refusal, form_response, with_helper
from apps.core.http.middleware import RefusalMiddleware


class HireForm(forms.Form):
    name = forms.CharField()
    share = forms.IntegerField()


@pytest.fixture
def client_that_checks_forgery(db):
    return Client(enforce_csrf_checks=True)


def request_for(path="/x/", *, is_htmx=False, data=None, accept="text/html"):
    factory = RequestFactory()
    request = factory.get(path) if data is None else factory.post(path, data)
    request.META["HTTP_ACCEPT"] = accept
    if is_htmx:
        request.META["HTTP_HX_REQUEST"] = "true"
    request.htmx = HtmxDetails(request)
    request.user = SimpleNamespace(is_authenticated=False)
    request.resolver_match = None
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


class TestRefusalMiddleware:
    def refused(self, request, error):
        return RefusalMiddleware(lambda _request: HttpResponse()).process_exception(request, error)

    @pytest.mark.parametrize(
        ("error", "status"), [(Refusal("No."), 422), (Conflict("No."), 409), (NotFound("No."), 404)]
    )
    def test_draws_the_sentence_under_the_refusals_own_status(self, error, status):
        response = self.refused(request_for(), error)
        assert response.status_code == status
        assert b"No." in response.content

    def test_gives_htmx_a_toast_beside_what_is_on_the_page(self):
        response = self.refused(request_for(is_htmx=True), Refusal("Share is over 100 %."))
        assert response["HX-Retarget"] == "#toasts"
        assert b"<html" not in response.content
        assert b"Share is over 100 %." in response.content

    def test_gives_machines_the_one_error_shape(self):
        response = self.refused(request_for(accept="application/json"), Conflict("Somebody ruled."))
        assert json.loads(response.content)["error"] | {"request_id": ""} == {
            "code": "conflict", "message": "Somebody ruled.", "field": "", "details": [], "request_id": "",
        }  # fmt: skip

    def test_escapes_the_sentence(self):
        assert b"<script>" not in self.refused(request_for(), Refusal("<script>alert(1)</script>")).content

    def test_leaves_other_errors_to_django(self):
        assert self.refused(request_for(), ValueError("x")) is None

    def test_keeps_pages_out_of_caches_unless_the_view_decided(self):
        plain = RefusalMiddleware(lambda _request: HttpResponse())(request_for())
        assert "no-store" in plain["Cache-Control"]
        own = RefusalMiddleware(lambda _request: HttpResponse(headers={"Cache-Control": "max-age=60"}))(request_for())
        assert own["Cache-Control"] == "max-age=60"

    def test_sends_the_whole_page_to_sign_in_when_the_session_ended(self):
        view = RefusalMiddleware(lambda _request: HttpResponseRedirect("/accounts/login/?next=/staff/"))
        response = view(request_for(is_htmx=True))
        assert (response.status_code, response["HX-Redirect"]) == (204, "/accounts/login/?next=/staff/")
        assert view(request_for())["Location"] == "/accounts/login/?next=/staff/"

    def test_turns_waiting_messages_into_toasts_for_htmx(self):
        request = request_for(is_htmx=True)
        messages.success(request, "Säved")
        response = RefusalMiddleware(lambda _request: HttpResponse(headers={"HX-Trigger": '{"a": 1}'}))(request)
        assert json.loads(response["HX-Trigger"]) == {"a": 1, "portal:toasts": [{"text": "Säved", "tone": "success"}]}


class TestErrorPages:
    def test_say_what_to_do(self):
        assert b"Ask an administrator" in forbidden_page(request_for()).content
        assert b"Check the address" in missing_page(request_for()).content

    def test_a_failure_is_drawn_without_user_session_or_database(self):
        response = failed_page(RequestFactory().get("/x/", headers={"Accept": "text/html"}))
        assert response.status_code == 500
        assert b"Nothing you had saved is lost" in response.content

    def test_a_page_from_before_the_last_sign_in_says_so_and_keeps_the_draft(self, client_that_checks_forgery):
        response = client_that_checks_forgery.post("/accounts/login/", {"login": "a"})
        assert response.status_code == 403
        assert b"what you typed is kept" in response.content
        assert b"data-draft-keep" in response.content

    def test_an_unreadable_request_says_so(self):
        response = unreadable_page(request_for())
        assert response.status_code == 400
        assert b"could not read this request" in response.content

    def test_the_api_gets_json(self):
        assert json.loads(missing_page(request_for("/api/v1/nothing/")).content)["error"]["code"] == "not_found"
        assert json.loads(failed_page(RequestFactory().get("/api/v1/x/")).content)["error"]["code"] == "failed"


class TestWithHelper:
    def test_says_what_an_empty_choice_means(self):
        class PlaceForm(forms.Form):
            kind = forms.ChoiceField(choices=[("", "---------"), ("a", "A")])
            note = forms.ChoiceField(choices=[("", "---------"), ("b", "B")], required=False)

        form = with_helper(PlaceForm())
        assert [str(label) for _value, label in form.fields["kind"].choices] == ["Choose …", "A"]
        assert [str(label) for _value, label in form.fields["note"].choices] == ["None", "B"]
        assert not with_helper(PlaceForm({"kind": ""})).is_valid()


class TestFormResponse:
    def test_opens_with_200_and_the_key_the_draft_is_kept_under(self):
        response = form_response(request_for("/staff/hire/"), form=HireForm(), title="Hire")
        assert response.status_code == 200
        assert b'data-draft="/staff/hire/" data-draft-state="fresh"' in response.content

    def test_comes_back_with_422_and_what_was_typed(self):
        form = HireForm({"name": "Ada <b>", "share": "many"})
        response = form_response(request_for(data={}), form=form, title="Hire", back_url="/staff/")
        assert response.status_code == 422
        assert b'value="many"' in response.content
        assert b"Ada &lt;b&gt;" in response.content
        assert b"One entry needs your attention" in response.content
        assert b'data-draft-state="returned"' in response.content

    def test_puts_a_refusal_beside_its_field_and_keeps_the_input(self):
        form = HireForm({"name": "Ada", "share": "120"})
        assert form.is_valid()
        add_refusal(form, Refusal("Ada would work 120 %.", field="share"))
        response = form_response(request_for(data={}), form=form, title="Hire")
        assert form.errors["share"] == ["Ada would work 120 %."]
        assert response.status_code == 422
        assert b'value="120"' in response.content

    def test_puts_a_refusal_without_a_field_above_the_form(self):
        form = HireForm({"name": "Ada", "share": "10"})
        assert form.is_valid()
        add_refusal(form, Refusal("The month is closed.", field="nothing_here"))
        assert form.non_field_errors() == ["The month is closed."]
        assert b"The month is closed." in form_response(request_for(data={}), form=form, title="Hire").content
