"""The pages of the registers: who may open them, what they keep, what they say."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.assessments.models import Adjustment, Entry, Rating
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment, refuse_adjustment
from apps.assessments.services.entries import enter_facts
from apps.core.month import Month

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)
IN_TIME = datetime(2026, 6, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def get(client, name, *args, **query):
    return client.get(reverse(f"assessments:{name}", args=args), query)


def post(client, name, *args, **data):
    return client.post(reverse(f"assessments:{name}", args=args), data)


@pytest.fixture
def in_time(settings, rules):
    """2 June 2026: May can still be reported."""
    settings.FIXED_TODAY = "2026-06-02"


@pytest.fixture
def safe(indicator):
    return indicator("SAFE")


@pytest.fixture
def claim(firm, rules, scope_for):
    """Proposed by Mia for North."""
    event = Event("bonus", "patent", MAY, firm.north, date(2026, 5, 20), "File 12/2026", "Patent on the hinge")
    return propose_adjustment(event=event, scope=scope_for(firm.mia), by=firm.mia, now=NOW)


class TestEntriesList:
    def test_lists_what_is_open_of_the_own_departments(self, firm, in_time, as_):
        body = text_of(get(as_(firm.mia), "entries", MAY))
        assert body.count("Not reported") >= 4 and "North" in body and "South" in body and "Works" not in body
        assert "Open until" in body

    def test_narrows_and_exports(self, firm, in_time, safe, as_, scope_for):
        enter_facts(month=MAY, department=firm.north, indicator=safe, content={}, scope=scope_for(firm.mia), by=firm.mia,
                    now=IN_TIME)  # fmt: skip
        client = as_(firm.mia)
        assert "South" not in text_of(get(client, "entries", MAY, state="reported")).split("Reported by")[-1]
        answer = get(client, "entries", MAY, state="reported", export="csv")
        assert b"".join(answer.streaming_content).decode().count("Mia Manager") == 1

    def test_says_that_nothing_is_to_be_reported(self, firm, scheme, as_):
        assert "Nothing to report" in text_of(get(as_(firm.mia), "entries", MAY))

    def test_is_for_those_who_report(self, firm, rules, as_):
        for user in (firm.gm, firm.nora, firm.auditor):
            assert get(as_(user), "entries", MAY).status_code == 403

    def test_a_month_to_come_is_not_found(self, firm, rules, as_):
        assert get(as_(firm.mia), "entries", Month(2026, 7)).status_code == 404


class TestEntryPage:
    def test_nothing_is_chosen_at_first(self, firm, in_time, as_):
        answer = get(as_(firm.mia), "entry_place", MAY, firm.north.pk)
        assert answer.status_code == 200 and b" checked" not in answer.content
        assert "this counts as not reported" in text_of(answer)

    def test_another_department_is_not_found(self, firm, in_time, safe, as_):
        client = as_(firm.mia)
        assert get(client, "entry_place", MAY, firm.works.pk).status_code == 404
        assert post(client, "enter_line", MAY, firm.works.pk, safe.pk, choice="nothing").status_code == 404
        assert post(client, "enter_line", MAY, firm.north.pk, 999, choice="nothing").status_code == 404

    def test_nothing_happened_is_reported_by_choosing_it(self, firm, in_time, safe, as_):
        answer = post(as_(firm.mia), "enter_line", MAY, firm.north.pk, safe.pk, choice="nothing", seen="0")
        assert answer.status_code == 302
        assert Entry.objects.get().content == {}
        assert "Nothing happened" in text_of(get(as_(firm.mia), "entry_place", MAY, firm.north.pk))

    def test_counts_left_empty_beside_others_are_none(self, firm, in_time, safe, as_):
        post(as_(firm.mia), "enter_line", MAY, firm.north.pk, safe.pk, **{"choice": "something", "count-accident": "2"})
        assert Entry.objects.get().content == {"accident": 2}

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({}, "Choose whether something happened"),
            ({"choice": "something"}, "Write how often"),
            ({"choice": "nothing", "count-accident": "1"}, "Decide for one of them"),
            ({"choice": "something", "count-accident": "1.5"}, "is no count for “accident”"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(self, firm, in_time, safe, as_, data, words):
        answer = post(as_(firm.mia), "enter_line", MAY, firm.north.pk, safe.pk, note="My note", **data)
        assert answer.status_code == 422 and words in text_of(answer)
        assert b'value="My note"' in answer.content
        assert all(f'value="{value}"'.encode() in answer.content for value in data.values())
        assert not Entry.objects.exists()

    def test_hr_reports_with_evidence_which_the_pages_show(self, firm, in_time, safe, as_):
        client, where = as_(firm.hr), (MAY, firm.north.pk)
        shown = text_of(get(client, "entry_place", *where))
        assert "You are not of North: name the papers" in shown
        answer = post(client, "enter_line", *where, safe.pk, choice="nothing", seen="0")
        assert answer.status_code == 422 and "You are not of North: write under “Evidence”" in text_of(answer)
        refused = post(client, "enter_line", *where, safe.pk, choice="nothing", evidence="x" * 2001)
        assert refused.status_code == 422 and "x" * 2001 in refused.content.decode()
        assert post(client, "enter_line", *where, safe.pk, choice="nothing", evidence="Book, page 3").status_code == 302
        assert "Evidence: Book, page 3" in text_of(get(client, "entry_place", *where))
        assert "Evidence: Book, page 3" in text_of(get(client, "entries", MAY))
        file = b"".join(get(client, "entries", MAY, export="csv").streaming_content).decode()
        assert file.count("Book, page 3") == 1
        assert "Evidence (may stay empty)" in text_of(get(as_(firm.mia), "entry_place", *where))

    def test_milestones_are_rows(self, firm, in_time, indicator, as_):
        data = {"row-0-code": "M1", "row-0-weight": "60", "row-0-due": "2026-05-10", "row-0-done": "2026-05-12"}
        data |= {"row-2-code": "M2", "row-2-weight": "40", "row-2-due": "2026-05-20"}
        client, plan = as_(firm.mia), indicator("PLAN")
        assert post(client, "enter_line", MAY, firm.north.pk, plan.pk, **data).status_code == 302
        assert [row["code"] for row in Entry.objects.get().content["items"]] == ["M1", "M2"]
        assert "1 of 2 milestones done" in text_of(get(client, "entry_place", MAY, firm.north.pk))
        wrong = post(client, "enter_line", MAY, firm.north.pk, plan.pk, **data | {"row-2-weight": "much", "seen": "1"})
        assert wrong.status_code == 422 and "Milestone 2" in text_of(wrong) and b'value="much"' in wrong.content

    def test_open_milestones_of_the_month_before_are_offered_not_reported(
        self, firm, in_time, indicator, as_, scope_for
    ):
        items = [{"code": "M7", "weight": "60", "due": "2026-05-10", "done": None}]
        enter_facts(month=MAY, department=firm.north, indicator=indicator("PLAN"), content={"items": items},
                    scope=scope_for(firm.mia), by=firm.mia, now=IN_TIME)  # fmt: skip
        answer = get(as_(firm.mia), "entry_place", Month(2026, 6), firm.north.pk)
        assert b'value="M7"' in answer.content and "were still open in May 2026" in text_of(answer)
        assert Entry.objects.filter(month=Month(2026, 6).first_day).count() == 0

    def test_who_was_slower_is_told_and_keeps_what_was_typed(self, firm, in_time, safe, as_, scope_for):
        enter_facts(month=MAY, department=firm.north, indicator=safe, content={"accident": 1}, scope=scope_for(firm.coo),
                    by=firm.coo, evidence="File 12", now=IN_TIME)  # fmt: skip
        data = {"choice": "something", "count-accident": "3", "seen": "0"}
        answer = post(as_(firm.mia), "enter_line", MAY, firm.north.pk, safe.pk, **data)
        assert answer.status_code == 409 and "Cora Chief has reported something else" in text_of(answer)
        assert b'name="seen" value="1"' in answer.content and b'value="3"' in answer.content

    def test_after_the_cut_off_the_fields_are_gone_for_managers(self, firm, rules, safe, as_):
        answer = get(as_(firm.mia), "entry_place", MAY, firm.north.pk)
        assert b'<form method="post" action="/assessments' not in answer.content
        assert "Ask the chief operating officer for a correction." in text_of(answer)
        assert post(as_(firm.mia), "enter_line", MAY, firm.north.pk, safe.pk, choice="nothing").status_code == 422

    def test_the_coo_corrects_a_published_month_with_a_reason(self, firm, published_may, safe, as_):
        client = as_(firm.coo)
        assert "only by a revision" in text_of(get(client, "entry_place", MAY, firm.north.pk))
        assert post(client, "enter_line", MAY, firm.north.pk, safe.pk, choice="nothing").status_code == 422
        post(client, "enter_line", MAY, firm.north.pk, safe.pk, choice="nothing", note="Reported late.",
             evidence="File 12")  # fmt: skip
        assert Entry.objects.get().is_restated

    def test_shows_every_version(self, firm, in_time, safe, as_):
        client = as_(firm.mia)
        for seen, count in enumerate(("1", "2")):
            data = {"choice": "something", "count-accident": count, "seen": str(seen)}
            post(client, "enter_line", MAY, firm.north.pk, safe.pk, **data)
        body = text_of(get(client, "entry_place", MAY, firm.north.pk))
        assert "All 2 versions" in body and "Accident: 1" in body and "Accident: 2" in body


class TestRatingsPage:
    def test_shows_what_is_still_to_rate_but_not_the_own_department(self, firm, rules, as_):
        body = text_of(get(as_(firm.rita), "ratings", MAY))
        assert "2 of 2 departments are still to be rated" in body
        assert "North" in body and "Works" in body and "South" not in body
        assert "Nothing to rate" in text_of(get(as_(firm.gm), "ratings", MAY))

    def test_saves_the_grid_together(self, firm, rules, indicator, as_):
        helpful, order, client = indicator("HELP"), indicator("ORDER"), as_(firm.rita)
        data = {
            f"level-{helpful.pk}-{firm.north.pk}": "A",
            f"level-{order.pk}-{firm.north.pk}": "80",
            f"level-{helpful.pk}-{firm.works.pk}": "",
        }
        assert post(client, "ratings", MAY, **data).status_code == 302
        assert Rating.objects.count() == 2
        body = text_of(get(client, "ratings", MAY))
        assert "One of 2 departments is still to be rated" in body and "North" not in body
        assert "North" in text_of(get(client, "ratings", MAY, all=1))

    def test_a_refusal_saves_nothing_and_keeps_the_choices(self, firm, rules, indicator, as_):
        helpful, order = indicator("HELP"), indicator("ORDER")
        data = {f"level-{helpful.pk}-{firm.north.pk}": "A", f"level-{order.pk}-{firm.north.pk}": "180"}
        answer = post(as_(firm.rita), "ratings", MAY, **data)
        assert answer.status_code == 422 and "“180” is no level" in text_of(answer)
        assert b'value="180"' in answer.content and b'value="A" selected' in answer.content
        assert not Rating.objects.exists()

    def test_an_empty_grid_says_so(self, firm, rules, as_):
        answer = post(as_(firm.rita), "ratings", MAY)
        assert answer.status_code == 422 and "Nothing was chosen yet" in text_of(answer)

    def test_a_field_of_the_own_department_is_not_read(self, firm, rules, indicator, as_):
        answer = post(as_(firm.rita), "ratings", MAY, **{f"level-{indicator('HELP').pk}-{firm.south.pk}": "A"})
        assert answer.status_code == 422 and not Rating.objects.exists()

    def test_is_for_raters(self, firm, rules, as_):
        for user in (firm.hr, firm.nora, firm.auditor):
            assert get(as_(user), "ratings", MAY).status_code == 403


class TestRatersPage:
    def test_flags_are_for_the_coo_and_hr(self, firm, rules, indicator, as_):
        for place in (firm.north, firm.works):
            post(as_(firm.rita), "ratings", MAY, **{f"level-{indicator('HELP').pk}-{place.pk}": "A"})
        for user in (firm.coo, firm.hr):
            body = text_of(get(as_(user), "raters", MAY))
            assert "Rita Rater" in body and "Nothing odd" in body and "100.00" in body
        for user in (firm.gm, firm.mia, firm.auditor, firm.nora):
            assert get(as_(user), "raters", MAY).status_code == 403

    def test_searches_narrows_and_exports(self, firm, rules, indicator, as_):
        post(as_(firm.rita), "ratings", MAY, **{f"level-{indicator('HELP').pk}-{firm.north.pk}": "A"})
        client = as_(firm.hr)
        assert "Rita" not in text_of(get(client, "raters", MAY, odd=1))
        assert "Rita" in text_of(get(client, "raters", MAY, q="rita"))
        assert "Rita" in b"".join(get(client, "raters", MAY, export="csv").streaming_content).decode()
        assert get(client, "raters", MAY, sort="-leniency").status_code == 200


class TestRegisterList:
    def test_lists_narrows_and_exports(self, firm, claim, as_):
        client = as_(firm.coo)
        assert "Patent on the hinge" in text_of(get(client, "adjustments"))
        for query in ({"kind": "veto"}, {"state": "confirmed"}, {"month": "2026-04"}, {"q": "nothing"}):
            assert "Patent on the hinge" not in text_of(get(client, "adjustments", **query)), query
        for query in ({"kind": "bonus"}, {"month": "2026-05"}, {"department": firm.north.pk}, {"q": "12/2026"}):
            assert "Patent on the hinge" in text_of(get(client, "adjustments", **query)), query
        assert "File 12/2026" in b"".join(get(client, "adjustments", export="csv").streaming_content).decode()

    def test_says_what_a_proposal_would_bring_and_what_a_decision_brought(self, firm, claim, as_, scope_for):
        event = Event("penalty", "late", MAY, firm.south, date(2026, 5, 20), "Log", "Late twice", count=Decimal(2))
        late = propose_adjustment(event=event, scope=scope_for(firm.hr), by=firm.hr, now=NOW)
        event = Event("veto", "fatal", MAY, firm.south, date(2026, 5, 21), "File 13")
        propose_adjustment(event=event, scope=scope_for(firm.hr), by=firm.hr, now=NOW)
        body = text_of(get(as_(firm.coo), "adjustments"))
        for words in ("+2.00 if confirmed", "\u22121.00 if confirmed", "Takes every point if confirmed"):
            assert words in body
        confirm_adjustment(adjustment=late, by=firm.coo, now=NOW)
        refuse_adjustment(adjustment=claim, ruling="No.", by=firm.coo, now=NOW)
        body = text_of(get(as_(firm.coo), "adjustments"))
        assert "\u22121.00" in body and body.count("if confirmed") == 1

    def test_asks_for_the_schemes_once_however_many_are_proposed(self, firm, claim, as_, scope_for):
        client = as_(firm.coo)
        get(client, "adjustments")
        with CaptureQueriesContext(connection) as one:
            get(client, "adjustments")
        for number in range(3):
            event = Event("bonus", "patent", MAY, firm.south, date(2026, 5, 20), "File", f"Patent {number}")
            propose_adjustment(event=event, scope=scope_for(firm.hr), by=firm.hr, now=NOW)
        with CaptureQueriesContext(connection) as four:
            get(client, "adjustments")
        assert len(four) == len(one)

    def test_says_when_it_is_empty(self, firm, rules, as_):
        assert "The register is empty" in text_of(get(as_(firm.coo), "adjustments"))

    def test_is_not_for_employees(self, firm, claim, as_):
        for name, args in {"adjustments": (), "adjustment": (claim.pk,)}.items():
            assert get(as_(firm.nora), name, *args).status_code == 403

    def test_what_lies_outside_is_not_found(self, firm, claim, as_):
        assert get(as_(firm.rita), "adjustment", claim.pk).status_code == 404
        assert "hinge" not in text_of(get(as_(firm.rita), "adjustments"))


class TestPropose:
    DATA = {"item": "bonus:patent", "happened_on": "2026-05-20", "evidence": "File 12", "name": "Patent"}

    def send(self, client, month="2026-05", **data):
        return client.post(f"{reverse('assessments:propose')}?month={month}", data)

    def test_puts_it_into_the_register(self, firm, rules, as_):
        answer = self.send(as_(firm.mia), department=firm.north.pk, **self.DATA)
        assert answer.status_code == 302
        made = Adjustment.objects.get()
        assert (made.kind, made.count, made.proposed_by) == ("bonus", 1, firm.mia)

    def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(self, firm, rules, as_):
        data = self.DATA | {"happened_on": "2026-04-01"}
        answer = self.send(as_(firm.mia), department=firm.north.pk, **data)
        assert answer.status_code == 422 and "does not lie in May 2026" in text_of(answer)
        assert b"File 12" in answer.content and not Adjustment.objects.exists()

    def test_a_department_outside_cannot_be_chosen(self, firm, rules, as_):
        assert self.send(as_(firm.mia), department=firm.works.pk, **self.DATA).status_code == 422

    def test_works_out_the_days_of_a_late_report(self, firm, rules, as_):
        data = self.DATA | {"item": "penalty:late", "due_at": "2026-05-08T18:00", "submitted_at": "2026-05-12T10:00"}
        data |= {"department": firm.north.pk}
        shown = self.send(as_(firm.mia), show="late", **data)
        assert shown.status_code == 200 and "2 working days late" in text_of(shown) and "Points: 1.00" in text_of(shown)
        assert b'name="count" value="2"' in shown.content and not Adjustment.objects.exists()
        self.send(as_(firm.mia), **data)
        made = Adjustment.objects.get()
        assert made.count == 2 and "2 working days late" in made.evidence

    def test_asks_for_the_item_and_the_deadline(self, firm, rules, as_):
        shown = self.send(as_(firm.mia), show="late", **self.DATA)
        assert "Choose the item for late reports" in text_of(shown)

    def test_a_month_without_rules_says_so(self, firm, as_):
        assert "Nothing can be proposed for this month" in text_of(get(as_(firm.mia), "propose", month="2026-05"))
        assert get(as_(firm.mia), "propose", month="2026-13").status_code == 404
        assert get(as_(firm.mia), "propose", month="2026-07").status_code == 404


class TestOne:
    def test_shows_facts_cap_and_history(self, firm, claim, as_):
        body = text_of(get(as_(firm.mia), "adjustment", claim.pk))
        assert "File 12/2026" in body and "Cap of the item" in body and "Take it back" in body
        assert "+2.00 if confirmed" in body
        assert "Mia Manager" in text_of(get(as_(firm.mia), "adjustment", claim.pk, tab="history"))

    def test_offers_each_what_is_theirs(self, firm, claim, as_):
        assert f"/register/{claim.pk}/confirm/" in get(as_(firm.coo), "adjustment", claim.pk).content.decode()
        assert f"/register/{claim.pk}/confirm/" not in get(as_(firm.hr), "adjustment", claim.pk).content.decode()
        assert "Take it back" not in text_of(get(as_(firm.coo), "adjustment", claim.pk))

    def test_says_why_somebody_may_not_decide(self, firm, rules, as_, scope_for):
        event = Event("veto", "fatal", MAY, firm.works, date(2026, 5, 20), "File 13")
        row = propose_adjustment(event=event, scope=scope_for(firm.hr), by=firm.hr, now=NOW)
        assert "You lead or belong to Works" in text_of(get(as_(firm.coo), "adjustment", row.pk))
        assert post(as_(firm.coo), "confirm_adjustment", row.pk).status_code == 403

    def test_confirms_and_points_to_the_published_month(self, firm, published_may, claim, as_):
        asked = text_of(get(as_(firm.coo), "confirm_adjustment", claim.pk))
        assert "worth 2.00 points" in asked and "A revision is needed" in asked
        assert post(as_(firm.coo), "confirm_adjustment", claim.pk, ruling="Seen.").status_code == 302
        page = get(as_(firm.coo), "adjustment", claim.pk)
        assert "a revision is needed" in text_of(page) and b"/assessments/2026-05/revise/" in page.content

    def test_a_refusal_needs_its_reason(self, firm, claim, as_):
        answer = post(as_(firm.coo), "refuse_adjustment", claim.pk)
        assert answer.status_code == 422 and "Write why" in text_of(answer)
        assert post(as_(firm.coo), "refuse_adjustment", claim.pk, ruling="No.").status_code == 302

    def test_takes_back_only_the_own(self, firm, claim, as_):
        assert post(as_(firm.hr), "withdraw_adjustment", claim.pk).status_code == 403
        assert post(as_(firm.mia), "withdraw_adjustment", claim.pk).status_code == 302

    def test_what_is_decided_is_closed(self, firm, claim, as_):
        confirm_adjustment(adjustment=claim, by=firm.coo, now=NOW)
        for name in ("confirm_adjustment", "refuse_adjustment"):
            assert get(as_(firm.gm), name, claim.pk).status_code == 409
