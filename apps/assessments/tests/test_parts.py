"""Composites: a part without a target is named and never silently dropped, and a correction keeps each part's target."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.models import Indicator, Scheme
from apps.assessments.selectors.blocking import What, blockers_of
from apps.assessments.selectors.parts import parts_without_target, shares_in, with_targets_of
from apps.assessments.selectors.receipts import receipt_of
from apps.assessments.services import MonthNotComplete
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.services.lifting import Lift, lift_adjustment
from apps.assessments.services.misfits import fault_words, require_fitting
from apps.assessments.services.registers import WrongAdjustment
from apps.assessments.services.since import moved_since
from apps.assessments.tests.composites import (
    FIRST,
    LATER,
    MAY,
    TODAY,
    composed,
    compute,
    correct,
    line_of,
    publish,
    tell,
    with_parts,
)
from apps.assessments.tests.factories import NOW, rule
from apps.assessments.tests.test_recounting import forge
from apps.core.scope import Reach
from apps.kpis.tests.factories import aim, entry, make_kpi, record

pytestmark = pytest.mark.django_db
AWAITED = "/api/v1/awaited/"


@pytest.fixture
def quality(firm):
    return with_parts(firm)


class TestAPartWithAValueAndNoTarget:
    @pytest.mark.parametrize("missing_child", ["pending", "zero", "exclude"])
    def test_is_named_at_hand_in_and_counts_once_it_has_one(self, quality, missing_child):
        composed(quality, missing_child)
        tell(quality, quality.scrap, 12)
        line = line_of(compute(quality))
        assert (line.status, line.points, line.presence) == ("invalid_config", None, "reported")
        with pytest.raises(MonthNotComplete) as found:
            services.hand_in_month(month=MAY, by=quality.hr, now=NOW)
        assert str(found.value) == (
            "North: “Scrap” of “Quality” has no target for May 2026, so there is no score. Set the target, then work the "
            "month out again."
        )
        (told,) = found.value.details["lines"]
        assert told["fault"] == "“Scrap” of “Quality” has no target for May 2026."
        assert told["parts"] == [{"kpi": quality.scrap.pk, "name": "Scrap"}]
        aim(quality.scrap, 10, first=FIRST)
        # 40 x (0.6 x 0.8 + 0.4 x 1.2)
        assert line_of(compute(quality)).points == Decimal("38.40")
        assert services.hand_in_month(month=MAY, by=quality.hr, now=NOW).pk

    def test_keeps_the_month_from_being_published(self, quality):
        composed(quality, "zero")
        tell(quality, quality.scrap, 12)
        case = services.reviewing.hand_in_run(run=compute(quality), by=quality.hr, now=NOW, note="")
        services.reviewing.ScoreRun.objects.filter(case=case).update(state="approved")
        with pytest.raises(MonthNotComplete, match="“Scrap” of “Quality” has no target for May 2026"):
            services.publish_month(month=MAY, by=quality.hr, now=NOW)

    def test_stands_on_the_board_with_whose_it_is(self, quality, as_):
        composed(quality, "zero")
        tell(quality, quality.scrap, 12)
        address = reverse("assessments:month", args=[MAY])
        foreseen = as_(quality.coo).get(address).content.decode()
        assert "no target for May 2026" in foreseen.split("foreseen-title", 1)[1]
        ((each,),) = [one.awaited for one in blockers_of(compute(quality), TODAY).lines]
        assert (each.what, each.name, each.kpi, each.missing) == (What.TARGET, "Quality", None, ("Scrap",))
        page = as_(quality.coo).get(address).content.decode()
        assert "owner of the KPI: Olga Owner" in page
        query = f"?department={quality.north.pk}&amp;month=2026-05"
        assert f"{reverse('kpis:set_target', args=[quality.scrap.pk])}{query}" in page
        page = as_(quality.hr).get(address).content.decode()
        assert reverse("kpis:set_target", args=[quality.scrap.pk]) not in page
        assert reverse("kpis:detail", args=[quality.scrap.pk]) in page

    def test_stands_in_the_api_with_whose_it_is(self, quality, as_):
        composed(quality, "exclude")
        tell(quality, quality.scrap, 12)
        foreseen = as_(quality.hr).get(AWAITED, {"month": "2026-05"}).json()["results"]
        compute(quality)
        (row,) = as_(quality.hr).get(AWAITED, {"month": "2026-05"}).json()["results"]
        assert [row] == foreseen
        assert (row["what"], row["kpi"], row["missing"]) == ("target", None, ["Scrap"])
        owner = {"id": quality.olga.pk, "number": "O1", "name": "Olga Owner"}
        assert row["parts"] == [{"kpi": quality.scrap.pk, "name": "Scrap", "owner": owner}]
        assert row["fault"] == "“Scrap” of “Quality” has no target for May 2026."

    def test_is_said_on_the_receipt(self, quality, as_):
        composed(quality, "zero")
        tell(quality, quality.scrap, 12)
        compute(quality)
        page = as_(quality.hr).get(reverse("assessments:score", args=[MAY, quality.north.pk])).content.decode()
        assert "There is no target for SCR in this month." in page

    def test_two_of_them_are_named_together(self, quality):
        north = [quality.north]
        quality.returns = make_kpi(quality.company, code="BACK", name="Sent back", reporting=north, direction="lower")
        aim(quality.returns, 10, until=FIRST)
        composed(quality, "zero")
        for kpi in (quality.scrap, quality.returns):
            tell(quality, kpi, 12)
        with pytest.raises(MonthNotComplete, match="“Scrap”, “Sent back” of “Quality” have no target for May 2026, so"):
            require_fitting(compute(quality))

    def test_a_line_without_read_parts_still_says_something(self, quality):
        composed(quality, "zero")
        tell(quality, quality.scrap, 12)
        assert fault_words(line_of(compute(quality))) == "There is no target for May 2026."


class TestAPartWithoutAValue:
    @pytest.mark.parametrize(
        ("missing_child", "points"),
        # The whole of it, 40 x 1.2; 0.4 of it, 40 x 0.4 x 1.2
        [("exclude", "48.00"), ("zero", "19.20")],
    )
    def test_needs_no_target_where_the_rule_says_what_it_is_worth(self, quality, missing_child, points):
        composed(quality, missing_child)
        line = line_of(compute(quality))
        assert (line.status, line.points) == ("scored", Decimal(points))
        assert line.reported["SCR"] == {"presence": "missing"}

    def test_has_its_target_asked_for_at_once_where_the_line_would_wait_for_it(self, quality):
        composed(quality, "pending")
        assert line_of(compute(quality)).status == "invalid_config"
        aim(quality.scrap, 10, first=FIRST)
        line = line_of(compute(quality))
        assert line.status == "pending"
        ((each,),) = [one.awaited for one in blockers_of(line.run, TODAY).lines]
        assert (each.what, each.missing) == (What.PARTS, ("SCR",))

    def test_is_not_reported_where_no_part_has_a_value(self, quality):
        record([entry(quality.returns, quality.north, "2026-05", None, kind="no_data")], by=quality.coo)
        composed(quality, "zero")
        line = line_of(compute(quality))
        assert (line.status, line.points, line.presence) == ("missing_zero", Decimal(0), "missing")
        assert line.reported["RET"] == {"presence": "no_data", "target": "10.0000000000"}

    def test_that_is_not_due_asks_for_no_target(self):
        one = Indicator(method="composite", params={"children": [{"code": "A", "kpi": 1, "weight": "100"}]})
        assert parts_without_target(one, {"A": {"presence": "not_due"}}) == []
        assert len(parts_without_target(one, {"A": {"presence": "missing"}})) == 1


class TestACorrection:
    @pytest.fixture
    def out(self, quality):
        """May, published: scrap 12 of 10, returns 8 of 10; then the targets are moved."""
        composed(quality, "exclude")
        aim(quality.scrap, 10, first=FIRST)
        tell(quality, quality.scrap, 12)
        quality.run = publish(quality)
        for kpi in (quality.scrap, quality.returns):
            aim(kpi, 20, first=FIRST)
        return quality

    def test_keeps_what_a_part_was_judged_by(self, out):
        line, again = line_of(out.run), line_of(correct(out))
        assert line.points == again.points == Decimal("38.40")
        assert line.reported == again.reported
        assert line.reported["SCR"] == {
            "presence": "number",
            "value": "12.0000000000",
            "target": "10.0000000000",
            "rate": "0.80000000000000",
        }

    def test_judges_a_new_value_by_the_target_of_then(self, out):
        tell(out, out.scrap, 10, reason="Miscounted")
        line = line_of(correct(out))
        # 40 x (0.6 x 1 + 0.4 x 1.2)
        assert (line.points, line.reported["SCR"]["target"]) == (Decimal("43.20"), "10.0000000000")

    def test_stands_the_proof_and_the_recount(self, out):
        tell(out, out.scrap, 10, reason="Miscounted")
        correct(out)
        rule(services.hand_in_month(month=MAY, by=out.hr, now=LATER), out.coo, now=LATER)
        services.publish_month(month=MAY, by=out.hr, now=LATER)
        assert [proof.is_sound for proof in services.recounts()] == [True, True]

    def test_is_not_called_for_by_a_later_target(self, out):
        assert moved_since(out.run) == []
        tell(out, out.scrap, 11, reason="Miscounted", now=LATER)
        assert [one.line.indicator.code for one in moved_since(out.run)] == ["QUAL"]

    def test_judges_a_late_value_by_the_target_there_was(self, quality):
        """Scrap was not reported in May, though it had its target: it is held to that one."""
        composed(quality, "exclude")
        aim(quality.scrap, 10, first=FIRST)
        publish(quality)
        aim(quality.scrap, 20, first=FIRST)
        tell(quality, quality.scrap, 12, reason="Late")
        assert line_of(correct(quality)).reported["SCR"]["target"] == "10.0000000000"

    def test_judges_a_late_value_by_todays_target_where_there_was_none(self, quality):
        composed(quality, "exclude")
        publish(quality)
        tell(quality, quality.scrap, 12, reason="Late")
        run = correct(quality)
        with pytest.raises(MonthNotComplete, match="put this correction aside and correct the month once more"):
            require_fitting(run)
        services.discard_draft(month=MAY, reason="No target", by=quality.hr, now=LATER)
        aim(quality.scrap, 20, first=FIRST)
        # 40 x (0.6 x 1.4 + 0.4 x 1.2)
        assert line_of(correct(quality)).points == Decimal("52.80")

    def test_leaves_a_part_as_it_was_that_still_has_no_value(self, quality):
        composed(quality, "exclude")
        before = line_of(publish(quality)).reported
        aim(quality.scrap, 20, first=FIRST)
        assert line_of(correct(quality)).reported == before

    def test_judges_a_line_that_was_left_out_by_the_targets_of_then(self, quality, scope_for):
        """It was approved as not applicable when May was published, which is lifted since."""
        composed(quality, "pending")
        aim(quality.scrap, 10, first=FIRST)
        event = Event("exemption", "QUAL", MAY, quality.north, None, "Minutes 5/2026", "Nothing was made")
        made = propose_adjustment(event=event, scope=scope_for(quality.hr), by=quality.hr, now=NOW)
        row = confirm_adjustment(adjustment=made, by=quality.gm, now=NOW)
        assert line_of(publish(quality)).presence == "exempt"
        for kpi in (quality.scrap, quality.returns):
            aim(kpi, 20, first=FIRST)
        tell(quality, quality.scrap, 12, reason="It was made after all")
        lift = Lift(MAY, "It was made after all", "Invoice 7")
        lift_adjustment(adjustment=row, lift=lift, by=quality.gm, now=LATER)
        assert line_of(correct(quality)).points == Decimal("38.40")


class TestTheProof:
    def test_finds_a_target_changed_with_all_digests(self, quality):
        composed(quality, "exclude")
        aim(quality.scrap, 10, first=FIRST)
        tell(quality, quality.scrap, 12)
        run = publish(quality)
        path = "'{SCR,target}', '\"20.0000000000\"'"
        forge(
            run, f"UPDATE assessments_scoreline SET reported = jsonb_set(reported, {path}) WHERE reported IS NOT NULL"
        )
        assert services.prove_run(run).is_sound
        assert services.recount_run(run).otherwise == (quality.north.pk,)


class TestAnExemption:
    """What was reported is judged: the register takes no exemption from it."""

    @pytest.mark.parametrize(
        ("has_target", "told"),
        # 40 x (0.6 x 0.8 + 0.4 x 1.2)
        [(True, "38.4 points"), (False, "2 parts")],
    )
    def test_is_refused_where_the_parts_were_reported(self, quality, scope_for, has_target, told):
        composed(quality, "pending")
        tell(quality, quality.scrap, 12)
        if has_target:
            aim(quality.scrap, 10, first=FIRST)
        event = Event("exemption", "QUAL", MAY, quality.north, None, "Minutes 5/2026", "It was a poor month")
        with pytest.raises(WrongAdjustment, match=f"was reported for May 2026 already .{told}"):
            propose_adjustment(event=event, scope=scope_for(quality.hr), by=quality.hr, now=NOW)


class TestTheReceipt:
    @pytest.fixture
    def out(self, quality):
        composed(quality, "exclude")
        aim(quality.scrap, 10, first=FIRST)
        tell(quality, quality.scrap, 12)
        publish(quality)
        return quality

    def test_shows_value_target_share_and_weight_of_each_part(self, out, as_):
        page = as_(out.hr).get(reverse("assessments:score", args=[MAY, out.north.pk]))
        (rows,) = [line["children"] for line in page.context["lines"] if line["children"]]
        assert [(row["name"], row["value"], row["target"], row["share"], row["weight"]) for row in rows] == [
            ("Scrap", "12.00\u00a0kg", "10.00\u00a0kg", "0.8", "60"),
            ("Returns", "8.00", "10.00", "1.2", "40"),
        ]
        assert "KPIs that Quality is made of" in page.content.decode()
        assert "Scrap (weight 60): share 0.8" in page.content.decode()

    def test_says_who_entered_and_approved_the_values_of_each_part(self, out, as_):
        page = as_(out.hr).get(reverse("assessments:score", args=[MAY, out.north.pk]))
        (rows,) = [line["children"] for line in page.context["lines"] if line["children"]]
        told = [(one["department"], one["value"], one["by"]) for row in rows for one in row["sources"]]
        assert told == [("North", "12", "Cora Chief"), ("North", "8", "Cora Chief")]
        text = page.content.decode()
        assert "Values behind “Scrap”" in text
        assert text.count("Reported values behind Returns") == 2

    def test_keeps_to_the_version_that_was_judged(self, out, as_):
        tell(out, out.scrap, 11, reason="Miscounted", now=LATER)
        page = as_(out.hr).get(reverse("assessments:score", args=[MAY, out.north.pk]))
        (rows,) = [line["children"] for line in page.context["lines"] if line["children"]]
        assert [one["value"] for one in rows[0]["sources"]] == ["12"]

    def test_shows_what_a_formula_read_and_names_a_part_without_values(self, quality, as_):
        """The formula by its own name, its values by those of what it reads."""
        quality.returns = make_kpi(quality.company, code="SUM", name="Faults", direction="lower", formula="RET + COM")
        aim(quality.returns, 10)
        composed(quality, "exclude")
        publish(quality)
        page = as_(quality.hr).get(reverse("assessments:score", args=[MAY, quality.north.pk]))
        (rows,) = [line["children"] for line in page.context["lines"] if line["children"]]
        assert [(row["name"], [one["kpi"] for one in row["sources"]]) for row in rows] == [
            ("Scrap", []),
            ("Faults", ["Complaints", "Returns"]),
        ]

    def test_counts_values_that_the_reader_may_not_see(self, out, scope_for):
        score = Scheme.objects.get().runs.get().scores.get()
        scope = replace(scope_for(out.hr), reach=Reach.SELF)
        (one,) = [one for one in receipt_of(score, scope) if one.parts]
        assert [(part.behind.values, part.behind.hidden_count) for part in one.parts] == [((), 1), ((), 1)]

    def test_links_a_part_for_whoever_may_open_it(self, out, as_):
        page = as_(out.hr).get(reverse("assessments:score", args=[MAY, out.north.pk])).content.decode()
        assert f"{reverse('kpis:detail', args=[out.scrap.pk])}?month=2026-05" in page

    def test_is_sent_with_each_part_by_the_api(self, out, as_):
        score = Scheme.objects.get().runs.get().scores.get()
        body = as_(out.hr).get(f"/api/v1/scores/{score.pk}/receipt/").json()
        parts = {line["indicator"]["code"]: line["parts"] for line in body["lines"]}
        assert parts["REV"] == []
        first = parts["QUAL"][0]
        assert (first["kpi"], first["value"], first["target"], first["rate"]) == (out.scrap.pk, "12", "10", "0.8")
        assert (first["name"], first["unit"]) == ("Scrap", "kg")
        assert (first["value_count"], first["hidden_value_count"]) == (1, 0)
        (told,) = first["values"]
        assert (told["value"], told["entered_by"]["name"], told["approved_by"]) == ("12", "Cora Chief", None)


class TestRules:
    ONE = Indicator(
        method="composite",
        params={
            "children": [
                {"code": "A", "kpi": 1, "weight": "50"},
                {"code": "B", "kpi": 2, "weight": "50", "direction": "lower"},
            ]
        },
    )

    def test_shares_are_worked_out_of_the_exact_quotient(self):
        kept = {
            "A": {
                **{"presence": "number", "value": "33.3333333333", "numerator": "1.0000000000"},
                **{"denominator": "3.0000000000", "scale": "100.0000000000", "target": "100.0000000000"},
            },
        }
        assert shares_in(self.ONE, kept) == {"A": "0.33333333333333", "B": None}
        assert shares_in(self.ONE, {}) is None

    def test_targets_of_then_are_put_under_the_figures_of_now(self):
        def told(value, target):
            figures = {"presence": "number" if value else "missing", "value": value, "target": target}
            return {name: text for name, text in figures.items() if text}

        ten, twenty = "10.0000000000", "20.0000000000"
        now = {"A": told(ten, twenty), "B": told(None, twenty)}
        found = with_targets_of(self.ONE, now, {"A": told(None, ten)})
        assert found["A"] == {"presence": "number", "value": ten, "target": ten, "rate": "1.00000000000000"}
        assert found["B"] == {"presence": "missing"}
