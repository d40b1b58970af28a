"""Reads of the ruling desk: what waits for whom, what may be seen, who may answer."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.rules import capabilities_of
from apps.accounts.selectors import accounts, roles_of, users_with_capability
from apps.approvals import rules
from apps.approvals.choices import CaseState, Verdict
from apps.approvals.models import Author, Case, Step
from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.notifications.selectors import covered_by

DECIDE = "approvals.decide"


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a person may answer the step that waits, on what ground, and if not, why not."""

    step: Step | None
    ground: rules.Ground | None = None
    absent_id: int | None = None
    why_not: Any = ""
    is_own: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether the step is theirs to answer, or was until somebody (they themselves, perhaps) answered."""
        return self.ground is not None and not self.is_own

    @property
    def is_theirs(self) -> bool:
        return self.ground is not None and not self.why_not

    @property
    def verdicts(self) -> list[tuple[str, Any]]:
        """What may be answered, as (code, label)."""
        if self.step is None or not self.is_theirs:
            return []
        return [(verdict.value, verdict.label) for verdict in rules.verdicts_for(self.step.ask)]


def candidate(user: User) -> rules.Candidate:
    """A person with the roles under which they may answer: none when their roles do not let them decide."""
    return rules.Candidate(user.pk, roles_of(user))


def may_decide(roles: frozenset[str]) -> bool:
    """Whether these roles let somebody answer steps that ask a role."""
    return DECIDE in capabilities_of(roles)


def absent_behind(user: User, today: date) -> list[rules.Candidate]:
    """The people for whom this person stands in today, with the roles under which those may decide."""
    ids = covered_by(user.pk, today)
    able = {person.pk: person for person in users_with_capability(DECIDE).filter(pk__in=ids)} if ids else {}
    return [rules.Candidate(pk, roles_of(able[pk]) if pk in able else frozenset()) for pk in ids]


def asked_of(person: rules.Candidate) -> Q:
    """Steps that ask this person: by name, by role, or by a role they climbed to."""
    named = Q(user_id=person.user_id)
    if not may_decide(person.roles):
        return named
    return named | Q(role__in=person.roles) | Q(climb_role__in=person.roles, climbed_at__isnull=False)


def open_to(person: rules.Candidate) -> Q:
    """Steps of cases this person neither submitted nor wrote nor answered before."""
    wrote = Author.objects.filter(case=OuterRef("case"), user_id=person.user_id)
    answered = Step.objects.filter(Q(decided_by_id=person.user_id) | Q(decided_for_id=person.user_id))
    return (
        ~Q(case__submitted_by_id=person.user_id)
        & Q(~Exists(wrote))
        & Q(~Exists(answered.filter(case=OuterRef("case"))))
    )


def waiting_for(*, scope: Scope, user: User, today: date) -> QuerySet[Step]:
    """Steps this person can answer now, themselves or as a stand-in, the most urgent first."""
    if scope.user_id != user.pk or not scope.may("approvals.view"):
        return Step.objects.none()
    who = candidate(user)
    asked = asked_of(who)
    for absent in absent_behind(user, today):
        asked |= asked_of(absent) & open_to(absent)
    return (
        Step.objects.waiting()
        .filter(asked, open_to(who))
        .select_related("case", "case__submitted_by", "user")
        .order_by("due_at", "pk")
    )


def visible_cases(*, scope: Scope, user: User, today: date) -> QuerySet[Case]:
    """Cases this person may read: all for company-wide roles, else those they sent, wrote, were asked about or ruled on."""
    if scope.user_id != user.pk or not scope.may("approvals.view"):
        return Case.objects.none()
    rows = Case.objects.select_related("submitted_by")
    if scope.is_company:
        return rows
    asks = Q(decided_by_id=user.pk)
    for person in (candidate(user), *absent_behind(user, today)):
        asks |= asked_of(person)
    asked = Step.objects.filter(asks, case=OuterRef("pk"), opened_at__isnull=False)
    wrote = Author.objects.filter(case=OuterRef("pk"), user_id=user.pk)
    return rows.filter(Q(submitted_by_id=user.pk) | Exists(asked) | Exists(wrote))


def case_for(*, scope: Scope, user: User, today: date, pk: int) -> Case:
    """One case with its steps, or NotFound."""
    steps = Step.objects.select_related("user", "decided_by", "decided_for").order_by("position")
    rows = visible_cases(scope=scope, user=user, today=today).prefetch_related(
        Prefetch("steps", steps), Prefetch("author_rows", Author.objects.select_related("user"))
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such case, or it is not open to you."))
    return found


def current_step(case: Case) -> Step | None:
    """The step whose turn it is; None once the case is closed."""
    if case.state != CaseState.OPEN:
        return None
    return next((step for step in case.steps.all() if step.opened_at and not step.decided_at), None)


def rulings_in(case: int | None) -> list[Step]:
    """The answered steps of a case with who answered and for whom, in their order; none without a case. One query.

    For the app whose subject it is: it shows them to whoever may read the subject.
    """
    if case is None:
        return []
    rows = Step.objects.filter(case=case, decided_at__isnull=False).select_related("decided_by", "decided_for")
    return list(rows.order_by("position"))


def users_asked(step: Step) -> list[User]:
    """The people a step of a case asks, without those whose own matter it is. Three queries at most."""
    case = step.case
    roles = [role for role in (step.role, step.climb_role if step.climbed_at else "") if role]
    people = [step.user] if step.user is not None else []
    if roles:
        people += users_with_capability(DECIDE).filter(role_grants__role__in=roles).distinct()
    barred = {case.submitted_by_id, *case.author_rows.values_list("user_id", flat=True)}
    return [person for person in people if person.pk not in barred]


def steps_settled(*, step: Step, user: User, absent_id: int | None) -> list[tuple[Step, int | None]]:
    """The steps after STEP that a ruling of USER (for ABSENT_ID, where they stand in) settles as well, each with whom they
    stand in for there: those that ask USER too and, once USER has ruled, nobody else could ever answer. In their order.

    A step that may climb to somebody else later is not among them, nor one whose other decider is only away.
    """
    case = step.case
    who = _able(candidate(user))
    absent = [_able(candidate(one)) for one in accounts().filter(pk=absent_id)] if absent_id else []
    rulings = case.steps.filter(decided_at__isnull=False)
    ruled = {user.pk, absent_id, *(pk for pair in rulings.values_list("decided_by", "decided_for") for pk in pair)}
    found: list[tuple[Step, int | None]] = []
    for following in case.steps.filter(position__gt=step.position).select_related("user").order_by("position"):
        following.case = case
        last = climbed(following)
        ground, absent_for = rules.ground_for(last.asked, who, absent)
        if ground is None or any(person.pk not in ruled for person in users_asked(last)):
            break
        found.append((following, absent_for))
    return found


def climbed(step: Step) -> Step:
    """A copy, never stored, that asks everybody who can come to be asked: also those it climbs to once it is overdue."""
    at = step.case.submitted_at if step.climb_role else None
    return Step(case=step.case, user=step.user, role=step.role, climb_role=step.climb_role, climbed_at=at)


def turn_of(*, case: Case, step: Step | None, user: User, today: date) -> Turn:
    """Whether USER may answer STEP of CASE. Reads the same rules that the service enforces."""
    if step is None:
        return Turn(None)
    absent = [person for person in absent_behind(user, today) if not _barred(case, person.user_id)]
    ground, absent_id = rules.ground_for(step.asked, _able(candidate(user)), [_able(person) for person in absent])
    if ground is None:
        return Turn(step)
    own, answered = _own_bar(case, user.pk), _answered_bar(case, user.pk)
    return Turn(step, ground, absent_id, why_not=own or answered, is_own=bool(own))


def _able(person: rules.Candidate) -> rules.Candidate:
    """The person without roles that do not let them decide: what is left is being asked by name."""
    return person if may_decide(person.roles) else rules.Candidate(person.user_id, frozenset())


def _own_bar(case: Case, user_id: int) -> Any:
    """Why somebody who is asked may never answer: it is their own."""
    if case.submitted_by_id == user_id:
        return _("You submitted this yourself; somebody else has to rule on it.")
    if any(row.user_id == user_id for row in case.author_rows.all()):
        return _("You wrote or own what this is about; somebody else has to rule on it.")
    return ""


def _answered_bar(case: Case, user_id: int) -> Any:
    """Why somebody who is asked may not answer again."""
    if any(user_id in {step.decided_by_id, step.decided_for_id} for step in case.steps.all()):
        return _("You already answered an earlier step; a second person has to answer this one.")
    return ""


def _barred(case: Case, user_id: int) -> bool:
    """Whether somebody may not answer, for either reason."""
    return bool(_own_bar(case, user_id) or _answered_bar(case, user_id))


def step_tone(step: Step, at: datetime) -> str:
    """Colour of a step: done well, sent back, overdue, waiting."""
    if step.ruling in {Verdict.APPROVE, Verdict.CONDITIONS}:
        return "success"
    if step.ruling:
        return "danger" if step.ruling == Verdict.VETO else "warning"
    if step.opened_at is None:
        return "neutral"
    return "danger" if step.due_at and at > step.due_at else "info"
