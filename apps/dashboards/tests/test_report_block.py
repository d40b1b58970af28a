"""The block of the situation-and-outlook report on the home page."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.forecasts.models import ReportReader, SituationReport

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def report(state, off=3):
    content = {"sections": {"off": {"facts": {"off": off}}}, "order": [], "figures": []}
    return SituationReport.objects.create(
        month=date(2026, 5, 1), version=1, state=state, content=content, assembled_at=NOW, issued_at=NOW
    )


def block(client, role):
    user = UserFactory(roles=[role])
    client.force_login(user)

    def shown():
        return client.get(reverse("dashboards:report")).content.decode()

    return user, shown


class TestReportBlock:
    def test_offers_its_writer_to_begin_one(self, client):
        _user, shown = block(client, "coo")
        assert reverse("forecasts:begin_report") in shown()

    def test_shows_state_and_how_much_is_off(self, client):
        made = report("draft")
        _user, shown = block(client, "coo")
        body = shown()
        assert reverse("forecasts:report", args=[made.pk]) in body
        assert "3 KPIs off target" in body
        assert "Draft" in body

    def test_says_nothing_off_in_words(self, client):
        report("issued", off=0)
        _user, shown = block(client, "gm")
        assert "nothing off target" in shown()

    def test_hides_drafts_from_readers(self, client):
        report("draft")
        _user, shown = block(client, "gm")
        assert "May 2026" not in shown()

    def test_shows_a_manager_only_what_was_issued_to_them(self, client):
        made = report("issued")
        user, shown = block(client, "manager")
        assert "May 2026" not in shown()
        ReportReader.objects.create(report=made, user=user, named_at=NOW)
        assert "May 2026" in shown()

    @pytest.mark.parametrize("role", ["employee", "administrator"])
    def test_is_empty_for_who_sees_no_forecasts(self, client, role):
        report("issued")
        _user, shown = block(client, role)
        assert "May 2026" not in shown()
