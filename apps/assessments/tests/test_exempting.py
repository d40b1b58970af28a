"""A line approved as not applicable: proposed by one, confirmed by another. Only then its weight leaves the sum."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services import change_account
from apps.assessments import services
from apps.assessments.models import Adjustment, RehearsedScore, Score, ScoreLine
from apps.assessments.selectors.adjustments import months_to_revise
from apps.assessments.selectors.entries import still_to_report
from apps.assessments.selectors.owing import reports_owed, values_owed
from apps.assessments.selectors.rating import departments_to_rate
from apps.assessments.services import gathering, parting
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment, withdraw_adjustment
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.services.rehearsing import rehearse_month
from apps.assessments.services.since import moved_since
from apps.assessments.tests.factories import NOW, approved, draft, published, rule, terms
from apps.assessments.tests.registers import not_applicable
from apps.assessments.tests.test_adjusting import refused
from apps.assessments.tests.test_recounting import forge
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.kpis.tests.factories import entry, record

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)
LATER = datetime(2026, 6, 16, 9, tzinfo=UTC)


@pytest.fixture
def left_out(firm):
    """Revenue (70) is left out where it does not apply, complaints (30) count 0 where nobody reported them."""
    lines = [terms(firm.revenue, 70, cap="1.2", missing="exclude"), firm.lines[1]]
    limits = services.Limits(min_coverage=Decimal(20))
    made = draft(by=firm.hr, departments=firm.assessed, lines=lines, limits=limits)
    return approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])


@pytest.fixture
def propose(firm, scope_for):
    """Works reported no revenue in May."""

    def act(*, by=None, **changes):
        by = by or firm.hr
        event = Event("exemption", "REV", MAY, firm.works, None, "Minutes 5/2026", "Works sold nothing: it was rebuilt")
        return propose_adjustment(event=replace(event, **changes), scope=scope_for(by), by=by, now=NOW)

    return act


@pytest.fixture
def exempt(firm, propose):
    """The same, confirmed by the GM: Works is the COO's own line."""
    return lambda now=NOW, **given: confirm_adjustment(adjustment=propose(**given), by=firm.gm, now=now)


def works(firm, run=None, now=NOW):
    """The line of revenue of Works, and its score."""
    run = run or services.compute_month(month=MAY, by=firm.hr, now=now).run
    line = ScoreLine.objects.get(run=run, department=firm.works, indicator__code="REV")
    return line, Score.objects.select_related("run__scheme").get(run=run, department=firm.works)


def is_proven(score):
    lines = ScoreLine.objects.filter(run=score.run, department=score.department).select_related("indicator")
    return services.prove_score(score, sorted(lines, key=lambda one: one.indicator.position)).is_sound


class TestPropose:
    def test_holds_for_the_whole_month_and_counts_for_nothing_yet(self, firm, left_out, propose):
        made = propose()
        assert (made.kind, made.code, made.state, made.happened_on) == ("exemption", "REV", "proposed", MAY.first_day)
        assert works(firm)[0].status == "pending"

    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"code": "NONE"}, "code", "is no line of Works. Choose one of its scorecard: Revenue (REV), Comp"),
            ({"code": "COM"}, "code", "Complaints of Works has a value in May 2026: 5. What was reported is judged"),
            ({"name": " "}, "name", "Write why the line does not apply"),
            ({"evidence": " "}, "evidence", "Write the evidence"),
            ({"count": Decimal(2)}, "count", "left out once"),
            ({"last_month": Month(2026, 6)}, "last_month", "Only a veto"),
        ],
    )
    def test_refuses_in_a_sentence(self, left_out, propose, changes, field, words):
        refused(lambda: propose(**changes), words, field=field)
        assert not Adjustment.objects.exists()

    def test_refuses_the_same_line_twice_whatever_the_reason(self, firm, left_out, propose):
        first = propose()
        found = refused(lambda: propose(name="Another reason"), "stands in the register already", field="code")
        assert found.details == {"id": first.pk}
        withdraw_adjustment(adjustment=first, by=firm.hr, now=NOW)
        assert propose(name="Another reason").pk != first.pk

    def test_a_bonus_still_needs_its_day(self, firm, rules, propose):
        refused(lambda: propose(kind="bonus", code="patent"), "Write the day it happened", field="happened_on")


class TestConfirm:
    def test_not_by_whoever_proposed_it_or_belongs_to_it(self, firm, left_out, propose):
        made = propose()
        refused(lambda: confirm_adjustment(adjustment=made, by=firm.coo, now=NOW), "You lead or belong to Works")
        refused(lambda: confirm_adjustment(adjustment=made, by=firm.hr, now=NOW), "may not confirm")
        assert confirm_adjustment(adjustment=made, by=firm.gm, now=NOW).points is None

    def test_not_where_a_value_came_meanwhile(self, firm, left_out, propose):
        made = propose()
        record([entry(firm.revenue, firm.works, "2026-05", 80)], by=firm.coo)
        refused(lambda: confirm_adjustment(adjustment=made, by=firm.gm, now=NOW), "has a value in May 2026: 80")


class TestMonth:
    def test_a_line_nobody_reported_waits_although_the_rules_would_leave_it_out(self, firm, left_out):
        line, score = works(firm)
        assert (line.status, line.presence, score.status, score.total) == ("pending", "missing", "pending", None)
        with pytest.raises(services.MonthNotComplete, match="approved as not applicable"):
            services.hand_in_month(month=MAY, by=firm.hr, now=NOW)

    def test_once_approved_its_weight_leaves_the_sum(self, firm, left_out, exempt):
        before = gathering.gather(month=MAY, at=NOW).fingerprint
        row = exempt()
        assert gathering.gather(month=MAY, at=NOW).fingerprint != before
        line, score = works(firm)
        assert (line.status, line.points, line.presence) == ("excluded", None, "exempt")
        assert (score.status, score.base, score.coverage_pct) == ("ok", Decimal("0.00"), Decimal("30.00"))
        assert score.extras == [
            {
                **{"kind": "exemption", "id": row.pk, "code": "REV", "name": "Works sold nothing: it was rebuilt"},
                **{"proposed_by": "Hanna HR", "confirmed_by": "Gus General"},
            }
        ]
        assert is_proven(score)

    def test_another_name_of_whoever_proposed_or_confirmed_it_outdates_no_draft(self, firm, left_out, exempt):
        row = exempt()
        made = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        digests = gathering.gather(month=MAY, at=NOW).part_digests
        change_account(user=row.proposed_by, name="Hanna Married", email="hanna@example.com", by=firm.gm)
        change_account(user=row.decided_by, name="Gus Renamed", email="gus@example.com", by=firm.hr)
        again = services.compute_month(month=MAY, by=firm.hr, now=NOW)
        assert (again.is_new, again.run.pk) == (False, made.pk)
        assert gathering.gather(month=MAY, at=NOW).part_digests == digests
        assert services.hand_in_month(month=MAY, by=firm.hr, now=NOW)

    def test_whatever_the_policy_and_whatever_comes_afterwards(self, firm, scheme, exempt):
        """The rules say 0 points for what is missing; the value comes once it is approved."""
        exempt()
        record([entry(firm.revenue, firm.works, "2026-05", 80)], by=firm.coo)
        run = services.compute_month(month=MAY, by=firm.hr, now=LATER).run
        line, score = works(firm, run)
        assert (line.status, line.presence, line.value, line.points) == ("excluded", "exempt", Decimal(80), None)
        assert is_proven(score)
        assert moved_since(run) == []

    def test_before_the_cut_off_too(self, firm, scheme, exempt):
        exempt()
        early = datetime(2026, 6, 2, 9, tzinfo=UTC)
        assert works(firm, now=early)[0].status == "excluded"

    def test_counts_milestones_and_ratings_can_be_left_out(self, firm, rules, exempt):
        for code in ("SAFE", "PLAN", "HELP", "ORDER"):
            exempt(code=code)
        run = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        lines = ScoreLine.objects.filter(run=run, department=firm.works).exclude(indicator__code="REV")
        assert set(lines.values_list("status", "presence")) == {("excluded", "exempt")}
        assert lines.count() == 4

    def test_columns_and_single_lines_agree(self, firm, left_out, exempt, monkeypatch):
        """South has a value, by whole columns or not: left out all the same."""
        not_applicable(MAY, firm.south, "REV", by=firm.hr, decided_by=firm.coo, now=NOW)
        exempt()
        found = []
        for few in (1, 1_000):
            monkeypatch.setattr("apps.assessments.services.judging.FEW", few)
            found.append(services.judging.judge_month(gathering.gather(month=MAY, at=NOW)).lines)
        assert found[0].equals(found[1])
        assert found[0].filter(found[0]["presence"] == "exempt").height == 2

    def test_parts_of_a_large_month_agree(self, firm, left_out, exempt, monkeypatch):
        exempt()
        whole = gathering.gather(month=MAY, at=NOW)
        for module in (parting, gathering):
            monkeypatch.setattr(module, "PART", 1)
        part = gathering.gather(month=MAY, at=NOW, among=(firm.works.pk, firm.works.pk))
        rows = [services.judging.judge_month(one).lines for one in (whole, part)]
        assert rows[0].filter(rows[0]["department_id"] == firm.works.pk).equals(rows[1])

    def test_costs_no_query_of_its_own(self, firm, left_out, exempt, django_assert_num_queries):
        with CaptureQueriesContext(connection) as before:
            gathering.gather(month=MAY, at=NOW)
        exempt()
        with django_assert_num_queries(len(before)):
            gathering.gather(month=MAY, at=NOW)

    def test_nobody_is_reminded_of_it(self, firm, rules, exempt, scope_for):
        owed = [sum(one(rules, MAY, NOW.date()).values()) for one in (values_owed, reports_owed)]
        to_report = still_to_report(scope_for(firm.coo), MAY).count()
        exempt()
        exempt(code="SAFE")
        assert [sum(one(rules, MAY, NOW.date()).values()) for one in (values_owed, reports_owed)] == [
            number - 1 for number in owed
        ]
        assert still_to_report(scope_for(firm.coo), MAY).count() == to_report - 1

    def test_lists_tell_it_from_what_is_open(self, firm, rules, exempt, as_, mid_june):
        def still_to_rate():
            users = User.objects.filter(is_active=True)
            return sum(row.is_open for user in users for row in departments_to_rate(user, MAY, today=NOW.date()))

        def listed(state):
            page = client.get(reverse("assessments:entries", args=[MAY]), {"state": state}).content.decode()
            return page.partition("<tbody>")[2].count("<tr")

        client, to_rate = as_(firm.coo), still_to_rate()
        to_report = listed("open")
        for code in ("SAFE", "HELP", "ORDER"):
            exempt(code=code)
        assert still_to_rate() < to_rate
        assert (listed("open"), listed("left_out"), listed("reported")) == (to_report - 1, 1, 0)
        page = client.get(reverse("assessments:entry_place", args=[MAY, firm.works.pk])).content.decode()
        assert page.count("Left out") == 1


class TestPublishedMonth:
    @pytest.fixture
    def may(self, firm, scheme):
        """May, published: Works has 0 of 70 points for want of revenue."""
        return published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run

    def revised(self, firm, now=LATER):
        run = services.revise_month(month=MAY, departments=[firm.works.pk], reason="Register", by=firm.hr, now=now)
        return works(firm, run)

    def publish(self, firm):
        case = services.hand_in_month(month=MAY, by=firm.hr, now=LATER)
        for user in (firm.coo, firm.gm):
            rule(case, user, now=LATER)
        services.publish_month(month=MAY, by=firm.hr, now=LATER)

    def test_a_correction_takes_it_in_and_a_lifting_out_again(self, firm, may, exempt):
        first, _score = works(firm, may)
        assert (first.status, first.points) == ("missing_zero", Decimal("0.00"))
        row = exempt(now=LATER)
        assert months_to_revise(row) == [MAY]
        line, score = self.revised(firm)
        assert (line.status, line.presence, score.coverage_pct) == ("excluded", "exempt", Decimal("30.00"))
        assert is_proven(score)
        self.publish(firm)
        lift = Lift(MAY, "It was sold after all", "Invoice 7")
        lift_adjustment(adjustment=row, lift=lift, by=firm.gm, now=LATER)
        back, again = self.revised(firm)
        assert (back.status, back.points, again.extras) == ("missing_zero", Decimal("0.00"), [])
        assert is_proven(again)

    def test_a_line_read_afresh_stays_left_out(self, firm, scheme, exempt):
        exempt()
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        line = ScoreLine.objects.get(department=firm.works, indicator__code="REV")
        key = (firm.works.pk, line.indicator_id)
        run = services.revise_month(month=MAY, afresh=[key], reason="Looked at", by=firm.hr, now=LATER)
        line, score = works(firm, run)
        assert (line.status, line.presence) == ("excluded", "exempt")
        assert is_proven(score)

    def test_the_rules_find_a_line_left_out_by_nobodys_word(self, firm, scheme):
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        assert services.recount_run(run).is_sound
        forge(
            run,
            "UPDATE assessments_scoreline SET presence = 'exempt', status = 'excluded', points = NULL, rate = NULL"
            f" WHERE department_id = {firm.works.pk} AND presence = 'missing'",
        )
        assert services.recount_run(run).otherwise == (firm.works.pk,)

    def test_a_rehearsal_keeps_what_was_left_out(self, firm, left_out, exempt):
        exempt()
        may = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        lines = [terms(firm.revenue, 40, code="TURN", name="Turnover", missing="exclude"), replace(firm.lines[1])]
        lines[1] = replace(lines[1], weight=Decimal(60))
        tried = draft(by=firm.hr, departments=firm.assessed, lines=lines, first="2026-07", name="Next")
        rehearsal = services.request_rehearsal(scheme=tried, by=firm.hr, now=LATER)
        rehearse_month(rehearsal=rehearsal, run=may, now=LATER)
        row = RehearsedScore.objects.get(rehearsal=rehearsal, department=firm.works)
        assert (row.new_status, row.new_total) == ("ok", Decimal("0.00"))

    def test_a_bundle_names_by_whose_word(self, firm, left_out, exempt):
        exempt()
        run = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm]).run
        with services.write_bundle(run=run) as file:
            content = json.load(file)["content"]
        told = json.dumps(content["scores"])
        assert all(word in told for word in ("it was rebuilt", "Hanna HR", "Gus General"))
        assert "exempt" in json.dumps(content["lines"])


class TestDoors:
    def test_proposed_on_the_page_the_board_names(self, firm, left_out, as_, scope_for, mid_june):
        services.compute_month(month=MAY, by=firm.hr, now=NOW)
        client = as_(firm.hr)
        board = client.get(reverse("assessments:month", args=[MAY])).content.decode()
        assert "Something does not apply to Works?" in board
        assert "entered, or approved as not applicable" in board
        receipt = client.get(reverse("assessments:score", args=[MAY, firm.works.pk])).content.decode()
        assert "item=exemption%3AREV" in receipt
        address = f"{reverse('assessments:propose')}?month={MAY}&department={firm.works.pk}&item=exemption:REV"
        page = client.get(address).content.decode()
        assert 'value="exemption:REV" selected' in page
        given = {
            **{"item": "exemption:REV", "department": firm.works.pk, "name": "It was rebuilt"},
            **{"evidence": "Minutes 5/2026", "happened_on": "", "count": "", "last_month": ""},
        }
        answer = client.post(address, given)
        row = Adjustment.objects.get()
        assert answer.status_code == 302 and answer["Location"] == row.get_absolute_url()
        shown = client.get(row.get_absolute_url()).content.decode()
        assert "Left out if confirmed" in shown and "Weight that leaves the sum" in shown
        assert "Left out if confirmed" in client.get(reverse("assessments:adjustments")).content.decode()
        page = as_(firm.gm).get(reverse("assessments:confirm_adjustment", args=[row.pk])).content.decode()
        assert "is left out of May 2026, whatever is reported of it" in page

    def test_through_the_api(self, firm, left_out, as_, mid_june):
        body = {
            **{"kind": "exemption", "item": "REV", "month": "2026-05", "department": "WORKS"},
            **{"evidence": "Minutes 5/2026", "name": "It was rebuilt"},
        }
        made = as_(firm.hr).post("/api/v1/adjustments/", body, content_type="application/json")
        assert made.status_code == 201, made.content
        pk = made.json()["id"]
        address = f"/api/v1/adjustments/{pk}/confirm/"
        assert as_(firm.hr).post(address, {}, content_type="application/json").status_code == 403
        found = as_(firm.gm).post(address, {}, content_type="application/json").json()
        assert (found["kind"], found["state"], found["points"]) == ("exemption", "confirmed", None)
        none = {**body, "kind": "bonus", "item": "REV"}
        assert as_(firm.hr).post("/api/v1/adjustments/", none, content_type="application/json").status_code in {
            400,
            422,
        }


def test_a_scope_without_the_capability_proposes_nothing(firm, left_out):
    event = Event("exemption", "REV", MAY, firm.works, None, "Minutes", "Rebuilt")
    scope = Scope(user_id=firm.nora.pk, reach=Reach.COMPANY, capabilities=frozenset())
    refused(lambda: propose_adjustment(event=event, scope=scope, by=firm.nora, now=NOW), "may not propose")
