"""What is told beside the figures under the demo's second scheme: events, ratings, bonuses, people, appeals, rewards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import grant_role
from apps.assessments import services as assessments
from apps.assessments.models import Appeal, Indicator, Nomination, Reward, ScoreRun
from apps.assessments.selectors.appraising import people_to_appraise
from apps.assessments.selectors.rewards import is_of_gm
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.assessments.services.appealing import Matter, admit_appeal, file_appeal
from apps.assessments.services.appraising import PointsFor, appraise_people
from apps.assessments.services.deciding_rewards import decide_rewards
from apps.assessments.services.entries import enter_facts
from apps.assessments.services.gm_limit import is_for_gm
from apps.assessments.services.improving import propose_plans
from apps.assessments.services.nominating import decide_nomination, renew_nominations
from apps.assessments.services.paying import set_pay_base
from apps.assessments.services.rating import Said, rate_departments
from apps.assessments.services.rehearsing import request_rehearsal
from apps.assessments.services.rewarding import propose_rewards
from apps.assessments.services.ruling import rule_appeal
from apps.assessments.services.spotting import Deed, propose_spot_reward
from apps.core.clock import local_date
from apps.core.month import Month
from apps.staff.models import Appointment, Person
from ops_portal.demo.keeping import Desk
from ops_portal.demo.scores import LAST_AGO, Bench, Move, approve
from ops_portal.demo.second_scheme import PEOPLE_AGO, draft_third_scheme

APPEAL_AGO = 3


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that stands beside the hundred points of a department."""

    kind: str
    code: str
    unit: str
    day: int
    evidence: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Report:
    """What a department reports for an indicator, on which day of the month after, and why then."""

    code: str
    unit: str
    content: Mapping[str, object]
    note: str = ""
    day: int = 2


HAPPENINGS = {
    4: (
        Happening("bonus", "patent", "ENG", 14, "Letter of the patent office of the 14th"),
        Happening("penalty", "late", "MKT", 6, "Handed in on the 8th instead of the 6th", 2),
    ),
    3: (Happening("bonus", "saving", "PRD", 20, "The new fixture is used in service as well"),),
    2: (Happening("veto", "spill", "MNT", 9, "Report to the authority: coolant in the yard drain"),),
}
"""By how many months ago."""
EVIDENCE = {
    "EVENTS": "Export of the hotline's ticket system, with the visits the dispatchers closed as missed",
    "MILESTONES": "Minutes of the project review, signed by the head of engineering",
}
"""Where what the COO's office reports of a department can be checked."""
MOVES = {
    4: (
        Move(
            "SRV", "1.5", "The portal of the call centre was down for four days; customers could not reach the hotline."
        ),
        Move("OPS", "-1", "Two late orders were taken back by the customer and so left the count.", is_for_gm=True),
    ),
}
"""By how many months ago: what was calibrated, and why."""
COMPLAINTS = {4: ("1", "0"), 3: ("4", "1"), 2: ("2", "0"), 1: ("0", "0")}
"""By how many months ago: (complaints upheld, visits missed)."""
LEVELS = {4: ("good", "exemplary"), 3: ("usable", "good"), 2: ("good", "good"), 1: ("good", "usable")}
"""By how many months ago: what the COO and the GM said of the readiness for audits."""


def day_of(month: Month, day: int) -> str:
    """A day of the month as text."""
    return date(month.year, month.number, day).isoformat()


def milestones(month: Month, ago: int, *, is_corrected: bool = False) -> dict[str, object]:
    """What engineering was to reach in a month. Three months ago one was entered with the day of the record, not of the
    work: that is what the appeal is about."""
    late = 27 if ago == APPEAL_AGO and not is_corrected else 19
    items = [
        {"code": "Design review", "weight": "40", "due": day_of(month, 12), "done": day_of(month, 11)},
        {"code": "Prototype on the bench", "weight": "60", "due": day_of(month, 20), "done": day_of(month, late)},
    ]
    return {"items": items}


def tell_beside(desk: Desk, bench: Bench, month: Month, ago: int) -> None:
    """What is reported, rated and claimed for a month before it is worked out."""
    complaints, visits = COMPLAINTS[ago]
    report(desk, month, Report("EVENTS", "SRV", {"complaint": complaints, "late-visit": visits}))
    report(desk, month, Report("MILESTONES", "ENG", milestones(month, ago)))
    rate(desk, month, ago)
    for happening in HAPPENINGS.get(ago, ()):
        add_event(desk, bench, month, happening)
    appraise(desk, month)


def indicator_in(month: Month, code: str) -> Indicator:
    """An indicator of the scheme in force."""
    return Indicator.objects.get(code=code, scheme__state="approved", scheme__valid__contains=month.last_day)


def report(desk: Desk, month: Month, told: Report) -> None:
    """Reported by the COO's office."""
    enter_facts(
        month=month,
        department=desk.departments[told.unit],
        indicator=indicator_in(month, told.code),
        content=told.content,
        scope=desk.scope(desk.coo),
        by=desk.coo,
        now=desk.moment(month, told.day),
        note=told.note,
        evidence=EVIDENCE[told.code],
    )


def rate(desk: Desk, month: Month, ago: int) -> None:
    """What the COO and the GM say."""
    indicator = indicator_in(month, "READY")
    for user, level in zip((desk.coo, desk.gm), LEVELS[ago], strict=True):
        rate_departments(
            month=month,
            ratings=[Said(indicator=indicator, department=desk.departments["QUA"], level=level)],
            scope=desk.scope(user),
            by=user,
            now=desk.moment(month, 3),
        )


def add_event(desk: Desk, bench: Bench, month: Month, happening: Happening) -> None:
    """Proposed by HR with its evidence, confirmed by the COO."""
    event = Event(
        kind=happening.kind,
        code=happening.code,
        month=month,
        department=desk.departments[happening.unit],
        happened_on=date(month.year, month.number, happening.day),
        evidence=happening.evidence,
        count=Decimal(happening.count),
    )
    made = propose_adjustment(event=event, scope=desk.scope(bench.hr), by=bench.hr, now=desk.moment(month, 2))
    confirm_adjustment(adjustment=made, by=bench.coo, now=desk.moment(month, 4), ruling="Evidence seen.")


def appraise(desk: Desk, month: Month) -> None:
    """Everybody who leads people gives them their personal part."""
    heads = Person.objects.filter(pk__in=[one.pk for one in desk.heads.values()]).select_related("user")
    leaders: list[User] = [desk.coo, desk.gm, *(person.user for person in heads if person.user)]
    for user in dict.fromkeys(leaders):
        scope = desk.scope(user)
        given = [
            # By staff number, not by key: a build that was broken off and done again gives everybody the same.
            PointsFor(
                row.person.pk, Decimal(86 + ((int(row.person.number[1:]) - 1000) * 7 + month.number * 5) % 29 // 2)
            )
            for row in people_to_appraise(scope, user=user, month=month)
        ]
        if given:
            appraise_people(month=month, given=given, scope=scope, by=user, now=desk.moment(month, 5))


def tell_consequences(desk: Desk, bench: Bench, month: Month, ago: int) -> None:
    """What follows from published scores: an appeal, rewards, plans, and a trial of what is thought of for next year."""
    if ago == PEOPLE_AGO:
        set_pay_bases(desk, month)
    if ago == APPEAL_AGO:
        # Decided on before the appeal was: what the corrected score is worth is set off against it.
        propose_rewards(month=month, by=bench.hr, now=desk.moment(month, 11))
        decide(bench, month, now=desk.moment(month, 12))
        appeal(desk, bench, month)
    now = desk.moment(month, 18)
    propose_rewards(month=month, by=bench.hr, now=now)
    if ago in {LAST_AGO, APPEAL_AGO}:
        reward_deed(desk, bench, month, now=now)
    renew_nominations(month=month, by=bench.hr, now=now)
    if ago > LAST_AGO:
        decide(bench, month, now=now + timedelta(days=1))
    else:
        improve(desk, bench, month)
        scheme = draft_third_scheme(bench, first=desk.last.plus(2))
        request_rehearsal(scheme=scheme, by=bench.hr, now=desk.now)


def set_pay_bases(desk: Desk, month: Month) -> None:
    """What everybody's reward is reckoned from; nobody sets their own."""
    other = second_of_hr(desk)
    for number, person in enumerate(Person.objects.order_by("pk")):
        amount, by = Decimal(400 + number * 37 % 500), other if person.user_id == desk.hr.pk else desk.hr
        set_pay_base(person=person, month=month, amount=amount, by=by, reason="Agreement of this year")


def second_of_hr(desk: Desk) -> User:
    """A colleague of HR who does what HR may not do for itself."""
    team = Appointment.objects.on(local_date(desk.now)).filter(department=desk.departments["HRM"])
    others = team.exclude(person__user=None).exclude(person__user=desk.hr).select_related("person__user")
    other = others.order_by("person__number")[0].person.user
    assert other is not None
    grant_role(user=other, role=Role.HR, by=None, now=desk.now, reason="A second pair of eyes in HR")
    return other


def appeal(desk: Desk, bench: Bench, month: Month) -> Appeal:
    """Engineering disagrees about one milestone; its reviewer upholds it, and the corrected scores are published beside."""
    run = ScoreRun.objects.get(month=month.first_day, state="published")
    line = Indicator.objects.get(scheme=run.scheme, code="MILESTONES")
    head = Person.objects.select_related("user").get(pk=desk.heads["ENG"].pk).user
    assert head is not None
    filed = file_appeal(
        matter=Matter(run=run, department=desk.departments["ENG"], indicator=line),
        reason="The prototype stood on the bench on the 19th. The 27th is the day the record was typed in.",
        wish="Count the prototype as done in time.",
        by=head,
        now=desk.moment(month, 12),
    )
    admitted = admit_appeal(appeal=filed, by=bench.hr, now=desk.moment(month, 13))
    note = "The log of the test bench shows the 19th."
    right = milestones(month, APPEAL_AGO, is_corrected=True)
    report(desk, month, Report("MILESTONES", "ENG", right, note=note, day=14))
    reviewer = admitted.reviewer
    assert reviewer is not None
    ruled = rule_appeal(appeal=admitted, ruling="upheld", reason=note, by=reviewer, now=desk.moment(month, 15))
    case = assessments.hand_in_month(month=month, by=bench.hr, now=desk.moment(month, 15), note="After an appeal")
    approve(case, (bench.coo, bench.gm), now=desk.moment(month, 16))
    assessments.publish_month(month=month, by=bench.hr, now=desk.moment(month, 17))
    return ruled


def reward_deed(desk: Desk, bench: Bench, month: Month, *, now: datetime) -> None:
    """HR proposes a reward for a deed of the head of Service, once one for the GM too, which the COO decides on; the
    earlier ones are approved with the others."""
    day, scope = month.first_day + timedelta(days=8), desk.scope(bench.hr)
    deed = Deed(
        person=desk.heads["SRV"].pk,
        happened_on=day,
        amount=Decimal(150),
        occasion="Brought a customer's plant back within a day",
        evidence="Service report, signed by the customer on the following morning.",
    )
    propose_spot_reward(deed=deed, scope=scope, by=bench.hr, now=now)
    if month == desk.at(APPEAL_AGO):
        won = "Won back the largest customer", "Contract of the 9th, signed by both sides."
        propose_spot_reward(deed=Deed(bench.gm.person.pk, day, Decimal(300), *won), scope=scope, by=bench.hr, now=now)


def decide(bench: Bench, month: Month, *, now: datetime) -> None:
    """The COO approves every reward, the GM's own too, but for her own and those above the limit of the rules, which are the
    GM's to decide; the GM accepts who was nominated."""
    rows = Reward.objects.filter(month=month.first_day, state="proposed")
    found = rows.select_related("person", "scheme", "score__run__scheme").annotate(is_of_gm=is_of_gm())
    for_gm = [row.pk for row in found if is_for_gm(row) or row.person.user_id == bench.coo.pk]
    others = [row.pk for row in found if row.pk not in for_gm]
    for keys, who in ((others, bench.coo), (for_gm, bench.gm)):
        if keys:
            decide_rewards(rewards=keys, is_approved=True, by=who, now=now)
    for row in Nomination.objects.filter(month=month.first_day, state="proposed").order_by("pk"):
        decide_nomination(nomination=row.pk, is_accepted=True, by=bench.gm, now=now)


def improve(desk: Desk, bench: Bench, month: Month) -> None:
    """What the grades call for; the first plan is started."""
    propose_plans(month=month, by=bench.hr, now=desk.moment(month, 19))
