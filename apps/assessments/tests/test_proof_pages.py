"""What a receipt shows of its proof: digests to compare, whose hands it went through, where each extra came from."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.models import Adjustment, PersonScore
from apps.assessments.tests.appeals import MAY, banded
from apps.assessments.tests.factories import NOW, approved, draft, for_people, published

pytestmark = pytest.mark.django_db
OF_DEPARTMENTS = {
    role: {"dept_weight": "100", "personal_weight": "0"} for role in ("head", "deputy_head", "member")
} | {"min_days": "1"}


def text_of(response):
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def receipt(client, department, **query):
    return client.get(reverse("assessments:score", args=[MAY, department.pk]), query)


@pytest.fixture
def staffed(firm):
    """May, published by rules that score people by their department alone; Nora belongs to North."""
    made = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), staff=OF_DEPARTMENTS, rewards={})
    approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.publication = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.nora_score = PersonScore.objects.get(person__number="N1")
    return firm


class TestDepartment:
    def test_the_proof_shows_the_digests_it_was_proved_against(self, staffed, as_):
        client = as_(staffed.mia)
        body = text_of(receipt(client, staffed.north, proof=1))
        assert "Proved." in body
        assert staffed.publication.digest in body and staffed.publication.run.digest in body
        assert "There is none: this was the first." in body
        assert staffed.publication.digest not in text_of(receipt(client, staffed.north))

    def test_names_who_approved_and_who_published(self, staffed, as_):
        body = text_of(receipt(as_(staffed.nora), staffed.north))
        assert re.search(
            r"Approved by Cora Chief, .* Approved by Gus General, .* Published by Hanna HR as edition 1", body
        )

    def test_a_draft_was_approved_by_nobody(self, firm, scheme, as_):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        body = text_of(receipt(as_(firm.hr), firm.north))
        assert "Approved by" not in body and "Published by" not in body


class TestBesideThePoints:
    @pytest.fixture
    def patent(self, firm, rules):
        """A confirmed bonus of North, and May published with it."""
        made = Adjustment.objects.create(
            kind="bonus", month=MAY.first_day, last_month=MAY.first_day, department=firm.north, code="patent",
            name="Patent on the hinge", happened_on=date(2026, 5, 20), evidence="File 12/2026, page 3",
            points=Decimal(2), state="confirmed", proposed_by=firm.mia, proposed_at=NOW, decided_by=firm.coo,
            decided_at=NOW,
        )  # fmt: skip
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        return made

    def test_links_to_the_register_with_evidence_and_who_confirmed(self, firm, patent, as_):
        response = receipt(as_(firm.hr), firm.north)
        assert f'href="{reverse("assessments:adjustment", args=[patent.pk])}"' in response.content.decode()
        words = "proposed by Mia Manager, confirmed by Cora Chief: File 12/2026, page 3"
        assert words in text_of(response)

    def test_whoever_may_not_read_the_register_gets_names_and_no_evidence(self, firm, patent, as_):
        response = receipt(as_(firm.nora), firm.north)
        body = text_of(response)
        assert "proposed by Mia Manager, confirmed by Cora Chief" in body and "File 12/2026" not in body
        assert reverse("assessments:adjustment", args=[patent.pk]) not in response.content.decode()

    def test_a_calibration_names_who_made_it(self, firm, as_):
        banded(firm)
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        services.calibrate_score(
            month=MAY, department=firm.north, points=Decimal(1), reason="A flood hit the shop.", by=firm.coo, now=NOW
        )
        response = receipt(as_(firm.hr), firm.north)
        assert "A flood hit the shop. by Cora Chief" in text_of(response)
        assert f'href="{reverse("assessments:calibrated", args=[MAY])}"' in response.content.decode()


class TestPerson:
    def page(self, client, score, **query):
        return client.get(reverse("assessments:person_score", args=[MAY, score.person_id]), query)

    def test_begins_with_the_rule_and_the_way_to_the_scheme(self, staffed, as_):
        response = self.page(as_(staffed.hr), staffed.nora_score)
        body = text_of(response).replace("\xa0", " ")
        assert "Scores of people, Member: department 100 %, personal part 0 %; at least 1 days" in body
        scheme = staffed.nora_score.run.scheme_id
        assert f'<li><a href="{reverse("assessments:scheme", args=[scheme])}">' in response.content.decode()
        assert "Published by Hanna HR" in body

    def test_recomputes_the_same_digits(self, staffed, as_):
        client = as_(staffed.nora)
        assert "Recompute" in text_of(self.page(client, staffed.nora_score))
        body = text_of(self.page(client, staffed.nora_score, proof=1))
        assert "Proved." in body and staffed.publication.digest in body

    def test_says_so_when_it_was_changed(self, staffed, as_):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE assessments_personscore DISABLE TRIGGER USER")
            cursor.execute("UPDATE assessments_personscore SET total = 99 WHERE id = %s", [staffed.nora_score.pk])
        body = text_of(self.page(as_(staffed.hr), staffed.nora_score, proof=1))
        assert "does not stand as it was made" in body and "The rules give other digits" in body

    def test_nobody_proves_what_they_may_not_see(self, staffed, as_):
        stranger = UserFactory(roles=["employee"])
        assert self.page(as_(stranger), staffed.nora_score, proof=1).status_code == 404
