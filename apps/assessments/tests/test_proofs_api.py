"""Proof through REST: scores worked out again, versions beside each other, the chain of publications, schemes compared."""

import hashlib
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.assessments import services
from apps.assessments.models import PersonScore, Publication, Scheme, Score
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.tests.factories import NOW, approved, draft, for_people, published, rule, terms
from apps.core.month import Month
from apps.kpis.tests.factories import entry, record

pytestmark = pytest.mark.django_db
MAY, JUNE = Month(2026, 5), Month(2026, 6)
OF_DEPARTMENTS = {
    role: {"dept_weight": "100", "personal_weight": "0"} for role in ("head", "deputy_head", "member")
} | {"min_days": "1"}


@pytest.fixture
def ask(as_):
    """`ask(user, "/scores/1/proof/", …)` gives status and body."""

    def get(user, path, **query):
        answer = as_(user).get(f"/api/v1{path}", query)
        return answer.status_code, answer.json()

    return get


def published_again(firm):
    """North's revenue of May is 100 after all: edition 2."""
    record([entry(firm.revenue, firm.north, "2026-05", 100)], by=firm.coo)
    services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="North counted again.")
    case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
    rule(case, firm.coo)
    rule(case, firm.gm)
    return services.publish_month(month=MAY, by=firm.hr, now=NOW)


@pytest.fixture
def staffed(firm):
    """May, published by rules that score people by their department alone; Nora belongs to North."""
    made = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), staff=OF_DEPARTMENTS, rewards={})
    firm.scheme = approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.publication = published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.north_score = Score.objects.get(department=firm.north)
    firm.nora_score = PersonScore.objects.get(person__number="N1")
    return firm


@pytest.fixture
def twice(staffed):
    """The same in two editions: North 90.50, then 94.00."""
    staffed.second = published_again(staffed)
    staffed.north_again = Score.objects.get(department=staffed.north, run=staffed.second.run)
    return staffed


def tampered(row, **changes):
    """Change a stored row behind the portal's back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {row._meta.db_table} DISABLE TRIGGER USER")
    type(row).objects.filter(pk=row.pk).update(**changes)


class TestProofOfAScore:
    def test_proves_the_same_digits_and_says_which_digests_vouch_for_them(self, staffed, ask):
        status, body = ask(staffed.nora, f"/scores/{staffed.north_score.pk}/proof/")
        assert status == 200
        assert [body[name] for name in ("is_proven", "is_same", "is_untouched", "is_whole", "is_chained")] == [True] * 5
        assert (body["findings"], body["differences"]) == ([], [])
        assert body["run_digest"] == staffed.publication.run.digest
        assert (body["publication_digest"], body["previous_publication_digest"]) == (staffed.publication.digest, None)

    def test_tells_digit_by_digit_what_was_changed(self, staffed, ask):
        line = staffed.north_score.run.lines.get(department=staffed.north, indicator__code="REV")
        tampered(line, points="70.00")
        body = ask(staffed.hr, f"/scores/{staffed.north_score.pk}/proof/")[1]
        assert (body["is_proven"], body["is_same"], body["is_untouched"]) == (False, False, False)
        assert body["differences"] == [
            {"indicator": line.indicator_id, "code": "REV", "name": "Revenue", "field": "points", "before": "70.00",
             "after": "66.50"},
        ]  # fmt: skip
        assert body["findings"][0].startswith("The rules give other digits than those stored")

    def test_stays_with_whoever_may_read_the_score(self, staffed, ask):
        other = Score.objects.get(department=staffed.works)
        for user, row in ((staffed.nora, other), (staffed.mia, other)):
            for act in ("proof", "compare"):
                assert ask(user, f"/scores/{row.pk}/{act}/")[0] == 404


class TestProofOfAPersonsScore:
    def test_proves_ones_own(self, staffed, ask):
        status, body = ask(staffed.nora, f"/person-scores/{staffed.nora_score.pk}/proof/")
        assert (status, body["is_proven"], body["differences"]) == (200, True, [])

    def test_tells_what_was_changed(self, staffed, ask):
        tampered(staffed.nora_score, total="99.00")
        body = ask(staffed.hr, f"/person-scores/{staffed.nora_score.pk}/proof/")[1]
        (one,) = body["differences"]
        assert (one["field"], one["before"], one["after"], one["indicator"]) == ("total", "99.00", "90.50", None)
        assert (body["is_proven"], len(body["findings"])) == (False, 2)

    def test_of_somebody_else_is_not_found(self, staffed, ask):
        cora = PersonScore.objects.get(person__number="C1")
        for act in ("proof", "compare"):
            assert ask(staffed.nora, f"/person-scores/{cora.pk}/{act}/")[0] == 404


class TestVersionsOfAScore:
    def test_stand_beside_each_other_with_every_figure_that_moved(self, twice, ask):
        status, body = ask(twice.mia, f"/scores/{twice.north_again.pk}/compare/")
        assert status == 200
        assert (body["before"]["id"], body["before"]["edition"]) == (twice.north_score.pk, 1)
        assert (body["after"]["id"], body["after"]["edition"]) == (twice.north_again.pk, 2)
        told = {(one["code"], one["field"]): (one["before"], one["after"]) for one in body["differences"]}
        assert told["", "total"] == ("90.50", "94.00")
        assert told["REV", "points"] == ("66.50", "70.00")
        assert told["REV", "value"] == ("95.00", "100.00")
        assert not any(code == "COM" for code, _field in told)

    def test_the_first_one_has_none_before_it(self, twice, ask):
        body = ask(twice.mia, f"/scores/{twice.north_score.pk}/compare/")[1]
        assert (body["before"], body["differences"]) == (None, [])

    def test_any_other_version_of_the_same_month_may_be_asked_for(self, twice, ask):
        body = ask(twice.mia, f"/scores/{twice.north_score.pk}/compare/", before=twice.north_again.pk)[1]
        total = next(one for one in body["differences"] if one["field"] == "total")
        assert (total["before"], total["after"]) == ("94.00", "90.50")

    def test_another_department_or_a_draft_is_no_version_of_it(self, twice, ask):
        record([entry(twice.revenue, twice.north, "2026-05", 105)], by=twice.coo)
        run = services.compute_month(month=MAY, by=twice.gm, now=NOW, reason="Once more.").run
        worked_on = Score.objects.get(run=run, department=twice.north)
        south = Score.objects.get(run=twice.second.run, department=twice.south)
        for row in (worked_on, south):
            assert ask(twice.mia, f"/scores/{twice.north_again.pk}/compare/", before=row.pk)[0] == 404
        assert ask(twice.mia, f"/scores/{worked_on.pk}/compare/")[0] == 404
        assert ask(twice.hr, f"/scores/{worked_on.pk}/compare/")[1]["before"]["edition"] == 2

    def test_tell_a_veto_that_came(self, firm, scope_for, ask):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        items = [
            {"code": "fatal", "name": "Fatal accident", "action": "zero", "value": None, "grade": "", "clause": "9"}
        ]
        Scheme.objects.filter(pk=made.pk).update(veto_items=items)
        approved(Scheme.objects.get(pk=made.pk), by=firm.hr, deciders=[firm.coo, firm.gm])
        published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
        event = Event("veto", "fatal", MAY, firm.north, date(2026, 5, 20), "File 3/2026", "Fall")
        veto = propose_adjustment(event=event, scope=scope_for(firm.hr), by=firm.hr, now=NOW)
        confirm_adjustment(adjustment=veto, by=firm.coo, now=NOW)
        run = services.revise_departments(month=MAY, departments=[firm.north.pk], reason="A veto.", by=firm.hr, now=NOW)
        row = Score.objects.get(run=run, department=firm.north)
        told = {one["field"]: one for one in ask(firm.hr, f"/scores/{row.pk}/compare/")[1]["differences"]}
        assert (told["veto"]["before"], told["veto"]["after"], told["veto"]["code"]) == (None, "zero", "fatal")
        assert (told["total"]["before"], told["total"]["after"]) == ("90.50", "0.00")

    def test_of_a_person_too(self, twice, ask):
        row = PersonScore.objects.get(person__number="N1", run=twice.second.run)
        body = ask(twice.nora, f"/person-scores/{row.pk}/compare/")[1]
        told = {one["field"]: (one["before"], one["after"]) for one in body["differences"]}
        assert told == {"department_part": ("90.50", "94.00"), "total": ("90.50", "94.00")}
        assert ask(twice.nora, f"/person-scores/{row.pk}/compare/", before=987654)[0] == 404


class TestChain:
    def test_has_a_head_and_each_link_covers_the_one_before(self, twice, ask):
        status, body = ask(twice.mia, "/publications/chain/")
        assert (status, body["length"], body["is_whole"], body["broken"]) == (200, 2, True, [])
        assert (body["head"]["digest"], body["head"]["edition"]) == (twice.second.digest, 2)
        assert body["head"]["previous_digest"] == twice.publication.digest
        text = body["head"]["previous_digest"] + body["head"]["run_digest"]
        assert hashlib.sha256(text.encode()).hexdigest() == body["head"]["digest"]

    def test_names_the_link_that_no_longer_holds(self, twice, ask):
        tampered(twice.publication, digest="f" * 64)
        body = ask(twice.auditor, "/publications/chain/")[1]
        assert (body["is_whole"], [one["edition"] for one in body["broken"]]) == (False, [1, 2])
        rows = ask(twice.auditor, "/publications/", month="2026-05")[1]["results"]
        assert [one["is_chained"] for one in rows] == [False, False]
        one = ask(twice.auditor, f"/publications/{twice.publication.pk}/")[1]
        assert (one["id"], one["is_chained"]) == (twice.publication.pk, False)

    def test_before_the_first_publication_has_no_head(self, firm, ask):
        assert ask(firm.hr, "/publications/chain/")[1] == {"length": 0, "is_whole": True, "head": None, "broken": []}

    def test_is_read_at_once_however_long_it_is(self, twice, ask):
        with CaptureQueriesContext(connection) as asked:
            rows = ask(twice.hr, "/publications/")[1]["results"]
        assert len(rows) == Publication.objects.count() == 2
        assert sum("assessments_publication" in query["sql"] for query in asked) == 2


class TestProofOfARun:
    def test_is_for_those_who_read_whole_months(self, twice, ask):
        body = ask(twice.auditor, f"/score-runs/{twice.second.run_id}/proof/")[1]
        assert (body["is_sound"], body["changed_departments"], body["findings"]) == (True, [], "")
        assert ask(twice.mia, f"/score-runs/{twice.second.run_id}/proof/")[0] == 403

    def test_names_the_departments_that_were_changed(self, twice, ask):
        tampered(twice.north_again, total="99.00")
        body = ask(twice.auditor, f"/score-runs/{twice.second.run_id}/proof/")[1]
        assert (body["is_sound"], body["changed_departments"]) == (False, [twice.north.pk])
        assert "North" in body["findings"]


def sharper(firm):
    """A draft from June on in which complaints weigh more."""
    made = services.draft_scheme(name="Sharper", first_month=JUNE, by=firm.hr, basis=firm.scheme, note="The recall.")
    card = made.scorecards.get()
    for line in (terms(firm.revenue, 60, cap="1.2"), terms(firm.complaints, 40, method="all_or_nothing", op="<=")):
        services.save_indicator(scorecard=card, indicator=card.indicators.get(code=line.code), terms=line, by=firm.hr)
    return made


class TestTwoSchemes:
    def test_stand_side_by_side_as_on_the_page(self, staffed, ask):
        made = sharper(staffed)
        status, body = ask(staffed.mia, f"/schemes/{made.pk}/compare/")
        assert (status, body["before"]["id"], body["after"]["id"]) == (200, staffed.scheme.pk, made.pk)
        (group,) = body["groups"]
        rows = {row["label"]: row for row in group["rows"]}
        assert rows["REV · Revenue"]["before"].startswith("70 points")
        assert rows["REV · Revenue"]["after"].startswith("60 points")

    def test_another_one_may_be_asked_for_and_a_strange_one_is_not_found(self, staffed, ask):
        made = sharper(staffed)
        body = ask(staffed.hr, f"/schemes/{staffed.scheme.pk}/compare/", before=made.pk)[1]
        assert (body["before"]["id"], len(body["groups"])) == (made.pk, 1)
        assert ask(staffed.hr, f"/schemes/{made.pk}/compare/", before=987654)[0] == 404
        assert ask(staffed.hr, f"/schemes/{made.pk}/compare/", within=1)[0] == 400

    def test_the_first_one_stands_alone(self, staffed, ask):
        body = ask(staffed.hr, f"/schemes/{staffed.scheme.pk}/compare/")[1]
        assert (body["before"], body["groups"]) == (None, [])


class TestBasesOfAPerson:
    def test_are_those_of_the_department_and_which_of_them_counted(self, staffed, ask):
        later = approved(sharper(staffed), by=staffed.hr, deciders=[staffed.coo, staffed.gm])
        (basis,) = ask(staffed.nora, f"/person-scores/{staffed.nora_score.pk}/receipt/")[1]["bases"]
        assert (basis["counted"], basis["new"]["id"], basis["reason"]) == ("old", later.pk, "The recall.")
        assert any("Revenue" in row["label"] for row in basis["rows"])

    def test_are_none_in_a_year_without_a_change(self, staffed, ask):
        assert ask(staffed.nora, f"/person-scores/{staffed.nora_score.pk}/receipt/")[1]["bases"] == []
