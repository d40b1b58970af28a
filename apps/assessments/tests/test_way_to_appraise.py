"""How those who lead people find the grid of the personal part in a month that nobody has published yet."""

import pytest
from django.urls import reverse

from apps.assessments.tests.teams import MAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]


class TestSidebar:
    def test_leads_a_head_to_last_months_grid_before_anything_is_published(self, team, as_):
        address = reverse("assessments:appraisals_now")
        client = as_(team.ned)
        assert f'href="{address}"' in client.get(reverse("dashboards:home")).content.decode()
        page = client.get(address, follow=True)
        assert page.redirect_chain == [(reverse("assessments:appraise", args=[MAY]), 302)]
        assert "Nora North" in page.content.decode()

    def test_does_not_offer_it_to_those_who_lead_nobody(self, team, as_):
        client = as_(team.nora)
        assert reverse("assessments:appraisals_now") not in client.get(reverse("dashboards:home")).content.decode()
        assert client.get(reverse("assessments:appraisals_now")).status_code == 403


class TestBoard:
    def test_leads_to_the_grid(self, team, as_):
        page = as_(team.coo).get(reverse("assessments:month", args=[MAY])).content.decode()
        assert "Personal parts" in page.partition("<main")[2]
        assert f'href="{reverse("assessments:appraise", args=[MAY])}"' in page

    def test_not_where_the_rules_score_no_people(self, firm, scheme, as_):
        address = reverse("assessments:appraise", args=[MAY])
        assert address not in as_(firm.coo).get(reverse("assessments:month", args=[MAY])).content.decode()

    def test_not_for_human_resources(self, team, as_):
        address = reverse("assessments:appraise", args=[MAY])
        assert address not in as_(team.hr).get(reverse("assessments:month", args=[MAY])).content.decode()
