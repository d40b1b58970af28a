"""Schemes and months for tests, of this app and of others: made by the services, ruled on by people."""

from datetime import UTC, datetime
from decimal import Decimal

from apps.approvals.choices import Verdict
from apps.approvals.services import rule_on
from apps.assessments import services
from apps.assessments.models import PersonScore, Scheme
from apps.assessments.services import Limits, Terms
from apps.assessments.services.fixing_raters import fix_raters
from apps.core.month import Month

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def terms(kpi, weight, *, method="ratio", code=None, name=None, missing="zero", **params):
    """An indicator's terms; PARAMS are the method's."""
    if missing:
        params["missing"] = {"policy": missing} if isinstance(missing, str) else missing
    return Terms(
        code=code or kpi.code,
        name=name or kpi.name,
        kpi=kpi,
        method=method,
        weight=Decimal(str(weight)),
        params=params,
        clause="Rules of assessment, 4",
    )


def draft(*, by, departments, lines, first="2026-01", limits=None, name="Assessment", card="All departments", note=""):
    """A scheme of one scorecard, as a draft. DEPARTMENTS: a list, or department → difficulty."""
    scheme = services.draft_scheme(
        name=name, first_month=Month.parse(first), by=by, limits=limits or Limits(max_total=Decimal(120)), note=note
    )
    scorecard = services.add_scorecard(scheme=scheme, name=card, by=by)
    places = departments if isinstance(departments, dict) else dict.fromkeys(departments, Decimal(1))
    services.place_departments(scorecard=scorecard, departments=places, by=by)
    for line in lines:
        services.save_indicator(scorecard=scorecard, terms=line, by=by)
    return scheme


def rule(case, by, *, ruling=Verdict.APPROVE, reason="", now=NOW):
    """Answer the step whose turn it is."""
    case.refresh_from_db()
    step = case.steps.filter(opened_at__isnull=False, decided_at=None).get()
    return rule_on(case=case, step=step, ruling=ruling, by=by, now=now, expected_version=case.version, reason=reason)


def approved(scheme, *, by, deciders, now=NOW):
    """Hand the scheme in and let everybody who is asked approve it."""
    case = services.submit_scheme(scheme=scheme, by=by, now=now)
    for decider in deciders:
        rule(case, decider, now=now)
    return Scheme.objects.get(pk=scheme.pk)


def published(month, *, by, deciders, now=NOW):
    """Compute, hand in, approve and publish a month."""
    month = Month.parse(month) if isinstance(month, str) else month
    services.compute_month(month=month, by=by, now=now)
    case = services.hand_in_month(month=month, by=by, now=now)
    for decider in deciders:
        rule(case, decider, now=now)
    return services.publish_month(month=month, by=by, now=now)


STAFF_RULES = {
    "head": {"dept_weight": "100", "personal_weight": "0"},
    "deputy_head": {"dept_weight": "60", "personal_weight": "40"},
    "member": {"dept_weight": "30", "personal_weight": "70"},
    "min_days": "15",
}
REWARD_RULES = {
    "dept_coef": {"A": "1.2", "B": "1.1", "C": "1", "D": "0.8", "E": "0"},
    "personal_coef": {"A": "1.2", "B": "1.1", "C": "1", "D": "0.8", "E": "0"},
}


def for_people(scheme, *, staff=STAFF_RULES, rewards=REWARD_RULES):
    """Let a draft score people and say what grades are worth."""
    Scheme.objects.filter(pk=scheme.pk).update(staff_rules=staff, reward_rules=rewards)
    return Scheme.objects.get(pk=scheme.pk)


def in_force(scheme):
    """The draft as an approved scheme, though it says what no scheme may: rewards, and no scores of people to reckon them
    from, so that a test can store the people's scores it wants."""
    fix_raters(scheme)
    Scheme.objects.filter(pk=scheme.pk).update(state="approved", approved_at=NOW)
    return Scheme.objects.get(pk=scheme.pk)


def person_score(run, person, department, *, total="87.62", grade="B", **changes):
    """A stored score of somebody in a run, as a run keeps it; in a run whose rules score no people."""
    given = {
        "role": "member",
        "status": "ok",
        "stays": [{"department": department.pk, "days": 31, "score": "91.41", "is_assessed": True}],
        "days": 31,
        "department_part": Decimal("91.41"),
        "dept_weight": Decimal(30),
        "personal": Decimal(86),
        "raters": [],
        "personal_weight": Decimal(70),
        "total": None if total is None else Decimal(total),
        "grade": grade,
        "digest": "0" * 64,
    } | changes
    return PersonScore.objects.create(run=run, person=person, department=department, **given)
