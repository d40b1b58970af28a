"""People with scores and pay bases, for tests of what their rewards are and who decides on them."""

from datetime import date
from decimal import Decimal

from apps.assessments import services
from apps.assessments.models import Reward, ScoreRun
from apps.assessments.services import decide_rewards, propose_rewards, set_pay_base
from apps.assessments.tests.factories import NOW, draft, for_people, in_force, person_score, published, rule
from apps.core.month import Month
from apps.staff.selectors import own_person, scope_of
from apps.staff.tests.factories import PersonFactory

MAY = Month(2026, 5)
TODAY = date(2026, 6, 15)


def paid_firm(firm, *, nora="B", **rules):
    """May is published by rules with rewards that score no people; Nora (North) and Cora (COO, Works) have scores made here.

    North's grade is set by its score; pay bases: Nora 3,000 from January, Cora 9,000; Sam has none.

    NORA: her grade; RULES: of `for_people`.
    """
    scheme = for_people(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), staff={}, **rules)
    in_force(scheme)
    published(MAY, by=firm.hr, deciders=[firm.coo, firm.gm])
    firm.run = ScoreRun.objects.get(state="published")
    firm.nora_person = own_person(scope=scope_of(firm.nora, TODAY))
    firm.cora = own_person(scope=scope_of(firm.coo, TODAY))
    firm.sam = PersonFactory(name="Sam South", number="S1", department=firm.south)
    give_scores(firm, firm.run, nora=nora)
    base(firm, firm.nora_person, 3000)
    base(firm, firm.cora, 9000)
    return firm


def give_scores(firm, run, *, nora="B"):
    """Scores of the three in a run."""
    person_score(run, firm.nora_person, firm.north, grade=nora)
    person_score(run, firm.cora, firm.works, grade="A", **stay(firm.works))
    person_score(run, firm.sam, firm.south, **stay(firm.south))


def stay(department):
    """A whole month in a department."""
    return {"stays": [{"department": department.pk, "days": 31, "score": "90.00", "is_assessed": True}]}


def base(firm, person, amount, month="2026-01"):
    return set_pay_base(person=person, month=Month.parse(month), amount=Decimal(str(amount)), by=firm.hr)


def propose(firm):
    return propose_rewards(month=MAY, by=firm.hr, now=NOW)


def decide(firm, *people, by=None, is_approved=True, reason=""):
    keys = Reward.objects.filter(person__in=people, state="proposed").values_list("pk", flat=True)
    return decide_rewards(rewards=list(keys), is_approved=is_approved, reason=reason, by=by or firm.gm, now=NOW)


def reward(person):
    return Reward.objects.filter(person=person).latest("pk")


def grade_of(firm, department):
    return firm.run.scores.get(department=department).grade


def republished(firm, *, is_scored=True, **given):
    """May corrected and published again, with scores of people as GIVEN, or of nobody."""
    services.compute_month(month=MAY, reason="an appeal", by=firm.gm, now=NOW)
    case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
    for decider in (firm.coo, firm.gm):
        rule(case, decider)
    services.publish_month(month=MAY, by=firm.hr, now=NOW)
    firm.run = ScoreRun.objects.get(state="published")
    if is_scored:
        give_scores(firm, firm.run, **given)
