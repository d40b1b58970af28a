"""A veto of the head alone hits whoever headed the department on the day it happened, whatever became of them since."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Adjustment, PersonScore
from apps.assessments.services.beside import head_vetoes
from apps.assessments.services.gathering import gather
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.services.recounting import recount_run
from apps.assessments.tests.appeals import published_draft
from apps.assessments.tests.factories import NOW, approved, draft, for_people, published
from apps.core.month import Month
from apps.kpis.tests.factories import entry, record
from apps.staff.choices import LeaveKind
from apps.staff.services import Place, leave_person, transfer_person
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
MAY, JUNE = Month(2026, 5), Month(2026, 6)
EARLY, CHANGE, LATE = date(2026, 5, 10), date(2026, 5, 16), date(2026, 5, 20)
BY_DEPARTMENT = {role: {"dept_weight": "100", "personal_weight": "0"} for role in ("head", "deputy_head", "member")}


def fraud(firm, day, *, last=MAY, decided_at=NOW):
    """A confirmed veto of the head of North alone, for what happened on that day."""
    return Adjustment.objects.create(
        kind="veto", month=MAY.first_day, last_month=last.first_day, department=firm.north, code="fraud", name="Fraud",
        happened_on=day, evidence="File 3", action="zero", scope="head", state="confirmed", proposed_by=firm.hr,
        proposed_at=NOW, decided_by=firm.gm, decided_at=decided_at,
    )  # fmt: skip


def totals(run, *people):
    """What these people have in a run, with what hit each of them alone."""
    rows = {row.person_id: row for row in PersonScore.objects.filter(run=run)}
    return [(rows[one.pk].total, [veto["name"] for veto in rows[one.pk].vetoes]) for one in people]


def worked_out(firm, month=MAY):
    return services.compute_month(month=month, by=firm.hr, now=NOW).run


@pytest.fixture
def heads(firm):
    """Ned heads North to 15 May and works in South from then on; Hela heads North after him. All stand on departments."""
    staff = {**BY_DEPARTMENT, "min_days": "15"}
    rules = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), staff=staff, rewards={})
    approved(rules, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.ned = PersonFactory(name="Ned North", number="N8", department=firm.north, role="head")
    firm.hela = PersonFactory(name="Hela Next", number="N9", department=firm.south)
    transfer_person(person=firm.ned, place=Place(firm.south), on=CHANGE, by=None, now=NOW)
    transfer_person(person=firm.hela, place=Place(firm.north, role="head"), on=CHANGE, by=None, now=NOW)
    return firm


class TestAnotherName:
    def test_of_the_department_it_hit_outdates_no_draft(self, heads):
        """Scores keep the name, of a veto of the head alone and of one that hits Sales through its line."""
        made = fraud(heads, EARLY)
        made.pk, made.scope, made.code = None, "line", "fatal"
        made.save(force_insert=True)
        before = gather(month=MAY, at=NOW)
        heads.north.name = "North by another name"
        heads.north.save(update_fields=["name"])
        after = gather(month=MAY, at=NOW)
        assert after.people != before.people, "the name itself is another"
        assert after.fingerprint == before.fingerprint


class TestWhomItHits:
    def test_the_former_head_for_what_happened_before_the_change(self, heads):
        fraud(heads, EARLY)
        (ned, its), (hela, hers) = totals(worked_out(heads), heads.ned, heads.hela)
        assert (ned, its) == (Decimal(0), ["Fraud"])
        assert hela > 0 and hers == []

    def test_the_new_head_for_what_happened_after_it(self, heads):
        fraud(heads, LATE)
        (ned, its), (hela, hers) = totals(worked_out(heads), heads.ned, heads.hela)
        assert (hela, hers) == (Decimal(0), ["Fraud"])
        assert ned > 0 and its == []

    @pytest.mark.parametrize(("day", "who"), [(CHANGE - timedelta(days=1), "ned"), (CHANGE, "hela")])
    def test_both_ends_of_the_change_belong_to_one_head_each(self, heads, day, who):
        fraud(heads, day)
        assert set(head_vetoes(MAY)) == {getattr(heads, who).pk}

    def test_whoever_left_in_the_month(self, heads):
        leave_person(person=heads.hela, last_day=date(2026, 5, 31), leave_kind=LeaveKind.VOLUNTARY, by=None, now=NOW)
        last = PersonFactory(name="Leo Last", number="N10", department=heads.works)
        fraud(heads, LATE)
        run = worked_out(heads)
        assert totals(run, heads.hela) == [(Decimal(0), ["Fraud"])]
        assert totals(run, last)[0][1] == []

    def test_nobody_where_nobody_headed_it_that_day(self, heads):
        leave_person(person=heads.hela, last_day=date(2026, 5, 17), leave_kind=LeaveKind.VOLUNTARY, by=None, now=NOW)
        fraud(heads, LATE)
        assert head_vetoes(MAY) == {}

    def test_the_same_person_in_later_months_and_not_who_heads_it_then(self, heads):
        fraud(heads, EARLY, last=JUNE)
        for kpi, value in ((heads.revenue, 100), (heads.complaints, 2)):
            record([entry(kpi, place, "2026-06", value) for place in heads.assessed], by=heads.coo)
        (ned, its), (hela, hers) = totals(worked_out(heads, JUNE), heads.ned, heads.hela)
        assert (ned, its) == (Decimal(0), ["Fraud"])
        assert hela > 0 and hers == []


class TestACorrection:
    def test_hits_the_same_person_and_a_lifting_gives_it_back(self, heads):
        first = published(MAY, by=heads.hr, deciders=[heads.coo, heads.gm]).run
        before = totals(first, heads.ned, heads.hela)
        veto = fraud(heads, EARLY, decided_at=NOW + timedelta(hours=1))
        revised(heads, heads.north)
        second = published_draft(heads).run
        assert totals(second, heads.ned, heads.hela) == [(Decimal(0), ["Fraud"]), before[1]]
        assert recount_run(second).otherwise_people == ()
        lift = Lift(MAY, "It was another account.", "Letter 4")
        lift_adjustment(adjustment=veto, lift=lift, by=heads.gm, now=NOW + timedelta(hours=2))
        revised(heads, heads.south)
        kept = published_draft(heads).run
        assert totals(kept, heads.ned)[0][1] == ["Fraud"]
        revised(heads, heads.north)
        assert totals(published_draft(heads).run, heads.ned, heads.hela) == before

    def test_published_months_come_out_again(self, heads):
        fraud(heads, EARLY)
        run = published(MAY, by=heads.hr, deciders=[heads.coo, heads.gm]).run
        assert recount_run(run).is_sound


def revised(firm, department):
    return services.revise_departments(
        month=MAY, departments=[department.pk], reason="The register.", by=firm.hr, now=NOW + timedelta(hours=3)
    )


class TestReceipts:
    def test_name_what_was_headed_and_when(self, heads, as_):
        fraud(heads, EARLY)
        published(MAY, by=heads.hr, deciders=[heads.coo, heads.gm])
        address = reverse("assessments:person_score", args=[MAY, heads.ned.pk])
        said = as_(heads.hr).get(address).content.decode()
        assert "Veto of the head alone, who headed North on 10 May 2026: Fraud" in said

    def test_the_register_names_whom_it_hits_or_that_it_is_nobody(self, heads, as_):
        client = as_(heads.gm)
        assert "Ned North, who headed North on 10 May 2026" in page_of(client, fraud(heads, EARLY))
        none = fraud(heads, date(2026, 5, 21))
        assert "Hela Next" in page_of(client, none)
        leave_person(person=heads.hela, last_day=date(2026, 5, 17), leave_kind=LeaveKind.VOLUNTARY, by=None, now=NOW)
        assert "Nobody headed North on 21 May 2026: it hits nobody" in page_of(client, none)


def page_of(client, veto):
    return client.get(veto.get_absolute_url()).content.decode()
