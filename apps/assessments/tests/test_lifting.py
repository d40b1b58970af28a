"""What was confirmed is taken back from a month on: by whom, with what, and what then counts."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import Adjustment, Appeal, Lifting, Score
from apps.assessments.selectors.adjustments import months_to_revise
from apps.assessments.services.adjusting import Event, propose_adjustment
from apps.assessments.services.beside import extras
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.services.registers import Decided, OwnDepartment, WrongAdjustment
from apps.assessments.services.reviewers import had_a_part
from apps.assessments.tests.appeals import MAY, admitted, appeal_of, published_draft, ruled
from apps.assessments.tests.factories import NOW, published
from apps.core.errors import NotAllowed
from apps.core.month import Month
from apps.notifications.models import Notification
from apps.staff.services import Place, transfer_person
from apps.staff.tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]
JULY = Month(2026, 7)


@pytest.fixture
def veto(firm):
    """Proposed by Mia, confirmed by the COO; it takes every point of North from May to July."""
    return Adjustment.objects.create(
        kind="veto", month=MAY.first_day, last_month=JULY.first_day, department=firm.north, code="fatal",
        name="Fatal accident", happened_on=date(2026, 5, 5), evidence="File 7", action="zero", state="confirmed",
        proposed_by=firm.mia, proposed_at=NOW, decided_by=firm.coo, decided_at=NOW,
    )  # fmt: skip


def lift(veto, by, *, month=MAY, reason="It was another site.", evidence="Letter 12/2026", now=NOW):
    return lift_adjustment(adjustment=veto, lift=Lift(month, reason, evidence), by=by, now=now)


def hits(firm):
    """The months from May to July in which North has something beside the hundred."""
    return [str(month) for month in (MAY, Month(2026, 6), JULY) if extras([firm.north.pk], month)]


class TestLifting:
    def test_takes_it_from_every_month_and_leaves_the_register_as_it_was(self, firm, veto):
        assert hits(firm) == ["2026-05", "2026-06", "2026-07"]
        made = lift(veto, firm.coo)
        assert hits(firm) == []
        veto.refresh_from_db()
        assert (veto.state, veto.decided_by, made.lifted_by, made.evidence) == (
            "confirmed",
            firm.coo,
            firm.coo,
            "Letter 12/2026",
        )

    def test_from_a_later_month_on_leaves_the_earlier_ones(self, firm, veto):
        lift(veto, firm.coo, month=Month(2026, 7))
        assert hits(firm) == ["2026-05", "2026-06"]
        lift(veto, firm.gm, month=Month(2026, 6))
        assert hits(firm) == ["2026-05"]

    def test_counts_for_bonuses_and_deductions_too(self, firm, veto):
        bonus = Adjustment.objects.create(
            kind="bonus", month=MAY.first_day, last_month=MAY.first_day, department=firm.south, code="patent", name="P",
            happened_on=date(2026, 5, 5), evidence="File 8", points=Decimal(2), state="confirmed", proposed_by=firm.hr,
            proposed_at=NOW, decided_by=firm.coo, decided_at=NOW,
        )  # fmt: skip
        lift(bonus, firm.coo)
        assert extras([firm.south.pk], MAY) == {}

    def test_is_told_to_the_proposer_the_department_and_those_who_revise(self, firm, veto):
        lift(veto, firm.gm)
        told = Notification.objects.filter(subject__contains="lifted")
        assert {row.user.name for row in told.select_related("user")} == {"Mia Manager", "Hanna HR", "Cora Chief"}
        assert "It was another site." in told.first().body

    def test_lets_the_event_be_proposed_anew(self, firm, rules, scope_for, veto):
        event = Event("veto", "fatal", MAY, firm.north, date(2026, 5, 5), "File 7", "Fatal accident")
        with pytest.raises(Decided, match="stands in the register already"):
            propose_adjustment(event=event, scope=scope_for(firm.mia), by=firm.mia, now=NOW)
        lift(veto, firm.coo)
        assert propose_adjustment(event=event, scope=scope_for(firm.mia), by=firm.mia, now=NOW).state == "proposed"


class TestRefusals:
    def test_the_proposer_does_not_lift_it(self, firm, veto):
        other = UserFactory(roles=["coo"], name="Carl Chief")
        mine = Adjustment.objects.create(
            kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=firm.north, code="fraud", name="F",
            happened_on=date(2026, 5, 5), evidence="File 9", action="zero", state="confirmed", proposed_by=other,
            proposed_at=NOW, decided_by=firm.coo, decided_at=NOW,
        )  # fmt: skip
        with pytest.raises(NotAllowed, match="You proposed this yourself"):
            lift(mine, other)

    @pytest.mark.parametrize("who", ["mia", "hr", "nora", "auditor"])
    def test_only_those_who_confirm(self, firm, veto, who):
        with pytest.raises(NotAllowed, match="may not confirm"):
            lift(veto, getattr(firm, who))
        assert not Lifting.objects.exists()

    def test_nobody_of_the_department(self, firm, veto):
        works = Adjustment.objects.create(
            kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=firm.works, code="fatal", name="F",
            happened_on=date(2026, 5, 5), evidence="File 9", action="zero", state="confirmed", proposed_by=firm.hr,
            proposed_at=NOW, decided_by=firm.gm, decided_at=NOW,
        )  # fmt: skip
        with pytest.raises(OwnDepartment):
            lift(works, firm.coo)
        assert lift(works, firm.gm).lifted_by == firm.gm

    @pytest.mark.parametrize(("field", "given"), [("reason", {"reason": " "}), ("evidence", {"evidence": " "})])
    def test_reason_and_evidence_are_needed(self, firm, veto, field, given):
        with pytest.raises(WrongAdjustment) as refused:
            lift(veto, firm.coo, **given)
        assert refused.value.field == field

    @pytest.mark.parametrize("month", [Month(2026, 4), Month(2026, 8)])
    def test_a_month_it_does_not_hit(self, firm, veto, month):
        with pytest.raises(WrongAdjustment, match="It hits May 2026 to July 2026"):
            lift(veto, firm.coo, month=month)

    def test_what_was_lifted_altogether_or_from_then_on(self, firm, veto):
        lift(veto, firm.coo, month=Month(2026, 6))
        with pytest.raises(WrongAdjustment, match="May 2026 to May 2026"):
            lift(veto, firm.coo, month=Month(2026, 6))
        lift(veto, firm.coo)
        with pytest.raises(Decided, match="lifted altogether"):
            lift(veto, firm.coo)

    def test_what_is_not_confirmed(self, firm, veto):
        open_one = Adjustment.objects.create(
            kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=firm.north, code="fraud", name="F",
            happened_on=date(2026, 5, 5), evidence="File 9", proposed_by=firm.mia, proposed_at=NOW,
        )  # fmt: skip
        with pytest.raises(Decided, match="only what is confirmed"):
            lift(open_one, firm.coo)

    def test_the_database_keeps_it(self, firm, veto):
        made = lift(veto, firm.coo)
        for act in (made.delete, lambda: Lifting.objects.filter(pk=made.pk).update(reason="x")):
            with pytest.raises(InternalError), transaction.atomic():
                act()
        with pytest.raises(IntegrityError), transaction.atomic():
            Lifting.objects.create(
                adjustment=veto, from_month=date(2026, 6, 2), reason="x", evidence="x", lifted_by=firm.gm, lifted_at=NOW
            )


class TestMonthsToRevise:
    def test_are_those_published_with_what_was_lifted(self, firm, veto, published_may):
        late: datetime = published_may.published.gathered_at - timedelta(days=1)
        early = Adjustment.objects.create(
            kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=firm.south, code="fraud", name="F",
            happened_on=date(2026, 5, 5), evidence="File 9", action="zero", state="confirmed", proposed_by=firm.mia,
            proposed_at=late, decided_by=firm.coo, decided_at=late,
        )  # fmt: skip
        assert months_to_revise(early) == []
        lift(early, firm.coo)
        assert months_to_revise(early) == [MAY]

    def test_not_those_published_without_it(self, firm, veto, published_may):
        assert months_to_revise(veto) == [MAY]
        lift(veto, firm.coo)
        assert months_to_revise(veto) == []


class TestPages:
    def test_from_the_button_to_the_register(self, firm, rules, veto, as_):
        url = reverse("assessments:lift_adjustment", args=[veto.pk])
        assert f'href="{url}"' in as_(firm.coo).get(veto.get_absolute_url()).content.decode()
        assert url not in as_(firm.mia).get(veto.get_absolute_url()).content.decode()
        form = as_(firm.coo).get(url).content.decode()
        assert 'value="2026-05"' in form
        wrong = as_(firm.coo).post(url, {"from_month": "2026-09", "reason": "Another site.", "evidence": "Letter 12"})
        assert wrong.status_code == 422
        assert "Another site." in wrong.content.decode() and "It hits May 2026" in wrong.content.decode()
        answer = as_(firm.coo).post(url, {"from_month": "2026-05", "reason": "Another site.", "evidence": "Letter 12"})
        assert answer["Location"] == veto.get_absolute_url()
        page = as_(firm.mia).get(veto.get_absolute_url()).content.decode()
        assert "Lifted from May 2026 on" in page and "Another site." in page and "Letter 12" in page
        assert as_(firm.coo).get(url).status_code == 409

    def test_the_list_says_so_and_is_narrowed_to_it(self, firm, rules, veto, as_):
        url = reverse("assessments:adjustments")
        lift(veto, firm.coo, month=Month(2026, 6))
        assert "Lifted from Jun 2026 on" in as_(firm.hr).get(url).content.decode()
        assert "Fatal accident" in as_(firm.hr).get(url, {"lifted": "yes"}).content.decode()
        assert "Fatal accident" not in as_(firm.hr).get(url, {"lifted": "no"}).content.decode()

    def test_others_are_refused_before_they_write(self, firm, rules, veto, as_):
        url = reverse("assessments:lift_adjustment", args=[veto.pk])
        for user in (firm.mia, firm.hr, firm.nora, firm.auditor):
            assert as_(user).get(url).status_code == 403


class TestApi:
    def test_lifts_and_names_the_month(self, firm, rules, veto, as_):
        url = f"/api/v1/adjustments/{veto.pk}/lift/"
        said = {"from_month": "2026-06", "reason": "Another site.", "evidence": "Letter 12"}
        headers = {"HTTP_IDEMPOTENCY_KEY": "lift-1"}
        answer = as_(firm.coo).post(url, said, content_type="application/json", **headers)
        assert answer.status_code == 200, answer.content
        assert (answer.json()["state"], answer.json()["lifted_from"]) == ("confirmed", "2026-06")

    def test_refuses_with_the_field(self, firm, rules, veto, as_):
        url = f"/api/v1/adjustments/{veto.pk}/lift/"
        said = {"from_month": "2026-09", "reason": "Another site.", "evidence": "Letter 12"}
        answer = as_(firm.coo).post(url, said, content_type="application/json", HTTP_IDEMPOTENCY_KEY="lift-2")
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "from_month")


class TestAppealAgainstAVeto:
    def test_is_upheld_once_the_veto_is_lifted(self, firm, scheme, veto):
        first = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        assert Score.objects.get(run=first, department=firm.north).total == 0
        appeal = admitted(firm, appeal_of(firm, first, code=None, reason="It was another site."))
        lift(veto, firm.coo)
        granted = ruled(appeal, "upheld", by=appeal.reviewer)
        published_draft(firm)
        score = Score.objects.get(run=granted.revision, department=firm.north)
        assert (granted.revision.version, score.total) == (2, Decimal("90.50"))

    def test_is_not_reviewed_by_whoever_lifted_it(self, firm, scheme, veto):
        first = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        appeal = appeal_of(firm, first, code=None, reason="It was another site.")
        lift(veto, firm.gm)
        made = admitted(firm, appeal)
        assert made.reviewer not in {firm.gm, firm.coo}

    def test_of_a_line_below_is_not_reviewed_by_whoever_confirmed_or_lifted_it(self, firm, scheme):
        """South stands below Sales: a veto of its line takes the points of Sales, not those of North."""
        confirmer, lifter = (UserFactory(roles=["hr"], name=f"Hector {n}") for n in (1, 2))
        of_line = veto_of(firm, firm.south, scope="line", decided_by=confirmer)
        Lifting.objects.create(
            adjustment=of_line, from_month=MAY.first_day, reason="R", evidence="E", lifted_by=lifter, lifted_at=NOW
        )
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        assert {confirmer.pk, lifter.pk} <= had_a_part(Appeal(run=run, department=firm.sales, filed_by=firm.mia))
        assert not {confirmer.pk, lifter.pk} & had_a_part(Appeal(run=run, department=firm.north, filed_by=firm.mia))

    def test_of_a_department_below_alone_is_no_matter_of_the_one_above(self, firm, scheme):
        confirmer = UserFactory(roles=["hr"], name="Hector HR")
        veto_of(firm, firm.south, scope="department", decided_by=confirmer)
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        assert confirmer.pk not in had_a_part(Appeal(run=run, department=firm.sales, filed_by=firm.mia))

    def test_of_a_former_head_is_not_reviewed_by_whoever_confirmed_it(self, firm, scheme):
        """Ned headed North when it happened and belongs to South since: his appeal is one of South's."""
        confirmer = UserFactory(roles=["hr"], name="Hector HR")
        ned, sam = PersonFactory(department=firm.north, role="head"), PersonFactory(department=firm.south)
        transfer_person(person=ned, place=Place(firm.south), on=date(2026, 5, 16), by=None, now=NOW)
        veto_of(firm, firm.north, scope="head", decided_by=confirmer)
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        his, other = (Appeal(run=run, department=firm.south, person=one, filed_by=firm.nora) for one in (ned, sam))
        assert confirmer.pk in had_a_part(his)
        assert confirmer.pk not in had_a_part(other)


def veto_of(firm, department, **given):
    return Adjustment.objects.create(
        kind="veto", month=MAY.first_day, last_month=MAY.first_day, department=department, code="fatal", name="V",
        happened_on=date(2026, 5, 5), evidence="File 11", action="zero", state="confirmed", proposed_by=firm.mia,
        proposed_at=NOW, decided_at=NOW, **given,
    )  # fmt: skip
