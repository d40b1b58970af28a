"""Rehearsals of people and rewards: before and after, by role and by department; no score."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import make_key
from apps.assessments import services
from apps.assessments.models import Appraisal, PersonScore, RehearsedPerson, Reward
from apps.assessments.selectors.rehearsed_people import pay_of_company, people_outcome
from apps.assessments.tests.factories import NOW, REWARD_RULES, STAFF_RULES, draft, for_people
from apps.assessments.tests.rewards import base
from apps.assessments.tests.teams import TODAY, published_may
from apps.staff.selectors import scope_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
WHOLE_DEPARTMENT = STAFF_RULES | {"member": {"dept_weight": "100", "personal_weight": "0"}}


@pytest.fixture
def team(team):
    """May is published: Nora 0.3 x 90.50 + 0.7 x 60 = 69.15 (D); Will 0.7 x 80 = 56.00 (E). Bases: 3,000 and 1,000."""
    published_may(team)
    base(team, team.nora_person, 3000)
    base(team, team.worker, 1000)
    return team


def rehearse(team, *, staff=WHOLE_DEPARTMENT, rewards=REWARD_RULES):
    """A draft from July on, rehearsed on May."""
    scheme = draft(by=team.hr, departments=team.assessed, lines=team.lines, first="2026-07", name="Next")
    scheme = for_people(scheme, staff=staff, rewards=rewards)
    made = services.request_rehearsal(scheme=scheme, by=team.hr, now=NOW)
    list(services.rehearse_steps(rehearsal=made, now=NOW))
    return services.finish_rehearsal(rehearsal=made, now=NOW)


def row(rehearsal, person):
    return RehearsedPerson.objects.get(rehearsal=rehearsal, person=person)


def scope(team):
    return scope_of(team.hr, TODAY)


def page(client, name, rehearsal, **query):
    return client.get(reverse(f"assessments:{name}", args=[rehearsal.pk]), query)


def csv_of(answer):
    return b"".join(answer.streaming_content).decode().splitlines()


class TestWhatItMakesOfPeople:
    def test_the_rules_in_force_give_the_published_scores_again(self, team):
        rehearsal = rehearse(team, staff=STAFF_RULES)
        rows = list(RehearsedPerson.objects.filter(rehearsal=rehearsal))
        assert {one.person_id for one in rows} == set(PersonScore.objects.values_list("person", flat=True))
        for one in rows:
            assert (one.new_status, one.new_total, one.new_grade) == (one.old_status, one.old_total, one.old_grade)
            assert (one.new_amount, one.new_over_amount) == (one.old_amount, one.old_over_amount)

    def test_other_weights_give_other_scores_grades_and_amounts(self, team):
        nora = row(rehearse(team), team.nora_person)
        assert (nora.old_total, nora.old_grade) == (Decimal("69.15"), "D")
        assert (nora.new_total, nora.new_grade) == (Decimal("90.50"), "A")
        # 3000 x 1.2 (North, A) x 0.8 (D), and x 1.2 (A).
        assert (nora.old_amount, nora.new_amount) == (Decimal("2880.00"), Decimal("4320.00"))
        assert (nora.old_over_amount, nora.new_over_amount) == (Decimal("-120.00"), Decimal("1320.00"))

    def test_what_raters_gave_since_does_not_count(self, team):
        Appraisal.objects.create(
            month="2026-05-01", person=team.nora_person, said_by=team.coo, version=1, points=Decimal(10), said_at=NOW
        )
        nora = row(rehearse(team, staff=STAFF_RULES), team.nora_person)
        assert nora.new_total == nora.old_total

    def test_rules_that_score_no_people_take_every_score_away(self, team):
        rehearsal = rehearse(team, staff={}, rewards={})
        nora = row(rehearsal, team.nora_person)
        assert (nora.new_status, nora.new_total, nora.new_amount) == ("", None, None)
        assert people_outcome(scope(team), rehearsal).whole.lost == PersonScore.objects.exclude(total=None).count()

    def test_nothing_is_stored_as_a_score_or_a_reward(self, team):
        before = list(PersonScore.objects.order_by("pk").values()), list(Reward.objects.values())
        rehearse(team)
        assert (list(PersonScore.objects.order_by("pk").values()), list(Reward.objects.values())) == before


class TestInShort:
    def test_counts_heads_deputies_and_staff_apart(self, team):
        found = people_outcome(scope(team), rehearse(team))
        roles = dict(found.roles)
        assert (roles["deputy_head"].compared, roles["deputy_head"].up) == (1, 0)
        # Nora and Sam rise, Will falls from 56 to the 0 of Works.
        assert (roles["member"].up, roles["member"].down) == (2, 1)
        assert roles["head"].grade_changed == 0
        assert found.whole.all == sum(counts.all for counts in roles.values())

    def test_sums_what_both_rules_pay(self, team):
        sums = pay_of_company(scope(team), rehearse(team))
        assert (sums.old_amount, sums.new_amount, sums.change) == (2880, 4320, 1440)
        assert (sums.old_rewards, sums.new_rewards) == (0, 1320)
        assert (sums.old_penalties, sums.new_penalties) == (1120, 1000)

    def test_nobody_without_the_right_sees_sums(self, team):
        assert pay_of_company(scope_of(team.mia, TODAY), rehearse(team)).new_amount == 0


class TestPages:
    def test_people_are_summed_up_and_listed(self, team, as_):
        rehearsal, client = rehearse(team), as_(team.hr)
        body = page(client, "rehearsal_people", rehearsal).content.decode()
        for word in ("By role", "Deputy head", "Nora North", "90.50", "Reward after"):
            assert word in body
        assert reverse("assessments:rehearsal_pay", args=[rehearsal.pk]) in body

    def test_the_list_searches_narrows_sorts_and_exports(self, team, as_):
        rehearsal, client = rehearse(team), as_(team.hr)
        assert "Will Works" not in page(client, "rehearsal_people", rehearsal, q="nora").content.decode()
        assert "Nora North" not in page(client, "rehearsal_people", rehearsal, moved="down").content.decode()
        assert "Nora North" not in page(client, "rehearsal_people", rehearsal, role="head").content.decode()
        lines = csv_of(page(client, "rehearsal_people", rehearsal, export="csv", sort="-difference", moved="up"))
        assert [line.partition(",")[0] for line in lines[1:]] == ["Sam South", "Nora North"]
        assert "4320.00" in lines[2]

    def test_departments_are_listed_with_what_is_paid(self, team, as_):
        rehearsal, client = rehearse(team), as_(team.coo)
        body = page(client, "rehearsal_pay", rehearsal).content.decode()
        for word in ("Paid in all", "4,320", "North", "1,320"):
            assert word in body
        lines = csv_of(page(client, "rehearsal_pay", rehearsal, export="csv"))
        assert lines[1].startswith("North,NORTH,2880.00,4320.00,0")

    def test_people_who_read_no_drafts_read_neither(self, team, as_):
        rehearsal = rehearse(team)
        for user in (team.mia, team.nora):
            for name in ("rehearsal_people", "rehearsal_pay"):
                assert page(as_(user), name, rehearsal).status_code == 403

    def test_the_page_of_departments_leads_to_both(self, team, as_):
        rehearsal = rehearse(team)
        body = page(as_(team.hr), "rehearsal", rehearsal).content.decode()
        for name in ("rehearsal_people", "rehearsal_pay"):
            assert reverse(f"assessments:{name}", args=[rehearsal.pk]) in body


class TestApi:
    def get(self, team, client, path, **query):
        _key, key = make_key(team.hr, ["assessments.view_drafts", "assessments.view_rewards"])
        return client.get(path, query, headers={"Authorization": f"Bearer {key}"})

    def test_gives_rows_roles_and_sums(self, team, client):
        rehearsal = rehearse(team)
        path = f"/api/v1/rehearsals/{rehearsal.pk}/"
        roles = {one["role"]: one for one in self.get(team, client, path).json()["people"]}
        assert (roles["member"]["up"], roles["member"]["down"]) == (2, 1)
        rows = self.get(team, client, f"{path}people/", role="member").json()["results"]
        nora = next(one for one in rows if one["person"]["number"] == "N1")
        assert (nora["old_total"], nora["new_total"], nora["new_amount"]) == ("69.15", "90.50", "4320.00")
        pay = self.get(team, client, f"{path}pay/").json()
        assert (pay["company"]["old_amount"], pay["company"]["new_amount"]) == ("2880.00", "4320.00")
        assert {one["department"]["code"]: one["new_penalties"] for one in pay["departments"]}["WORKS"] == "1000.00"
