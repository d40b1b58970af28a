"""Writes of the ruling desk: open a case, rule on its step, withdraw it, remind and climb when nobody answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.approvals import rules
from apps.approvals.choices import Ask, CaseKind, CaseState, Verdict
from apps.approvals.models import Author, Case, Step
from apps.approvals.selectors import Turn, steps_settled, turn_of, users_asked
from apps.core.clock import local_date
from apps.core.errors import Conflict, NotAllowed, Refusal
from apps.core.history import because
from apps.notifications.services import emit_webhook, notify
from apps.periods.selectors import deadline_after

RULING_FIELDS = ("ruling", "reason", "conditions", "decided_by", "decided_for", "decided_at")
REMIND_BEFORE = timedelta(hours=24)
OPENED, ANSWERED, WITHDRAWN = "approvals.opened", "approvals.answered", "approvals.withdrawn"
"""What systems are told of a case."""


class CaseRefused(Refusal):
    """The case cannot be opened as it was handed in."""

    code: ClassVar[str] = "case_refused"


class RulingRefused(Refusal):
    """The ruling is not whole, or the step does not allow it."""

    code: ClassVar[str] = "ruling_refused"


class RulingNotYours(NotAllowed):
    """The person may not answer this step."""

    code: ClassVar[str] = "ruling_not_yours"


@dataclass(frozen=True, slots=True)
class AskFor:
    """One step to be asked: of a role or a person, to check, endorse or decide, within so many working days."""

    ask: Ask = Ask.DECIDE
    role: str = ""
    user: User | None = None
    working_days: int = 3
    climb_role: str = ""

    def row(self, case: Case, position: int) -> Step:
        """The step as it is stored."""
        return Step(
            case=case, position=position, ask=self.ask, role=self.role, user=self.user,
            working_days=self.working_days, climb_role=self.climb_role,
        )  # fmt: skip


@transaction.atomic
def open_case(
    *,
    kind: CaseKind | str,
    title: str,
    subject_ref: str,
    brief: Mapping[str, Any],
    steps: Sequence[AskFor],
    submitted_by: User,
    now: datetime,
    subject_url: str = "",
    subject_version: int = 1,
    authors: Sequence[User] = (),
) -> Case:
    """Submit something for a ruling, with its brief frozen, and ask the first decider.

    Who may: the service that submits the subject (it checks its own capability). Adds the case, its steps and authors.
    Refuses: a brief that is not whole, no step, a step that asks nobody or only a person who may not rule, a second
    case while one is open for the same subject.
    """
    _require_whole(brief, steps, {submitted_by.pk, *(author.pk for author in authors)})
    with because("approvals.opened", by=submitted_by):
        try:
            with transaction.atomic():
                case = Case.objects.create(
                    kind=kind, title=title, subject_ref=subject_ref, subject_url=subject_url,
                    subject_version=subject_version, brief=dict(brief), submitted_by=submitted_by, submitted_at=now,
                )  # fmt: skip
        except IntegrityError as error:
            raise Conflict(
                gettext("A ruling on “%(title)s” is already being asked. Withdraw that case before you submit again.")
                % {"title": title},
                details={"state": CaseState.OPEN},
            ) from error
        Author.objects.bulk_create([Author(case=case, user=author) for author in dict.fromkeys(authors)])
        made = Step.objects.bulk_create([step.row(case, number) for number, step in enumerate(steps, start=1)])
        _ask(made[0], now)
        _tell_systems(case, OPENED, key=str(case.pk), now=now)
    return case


def _require_whole(brief: Mapping[str, Any], steps: Sequence[AskFor], barred: set[int]) -> None:
    """Refuse a brief or a chain of steps that could never be ruled on."""
    problems = rules.brief_problems(brief)
    if problems:
        raise CaseRefused(
            gettext("The brief is not whole: %(problems)s.") % {"problems": "; ".join(problems)}, field="brief"
        )
    if not steps:
        raise CaseRefused(gettext("Name at least one step: somebody has to decide."), field="steps")
    for number, step in enumerate(steps, start=1):
        if bool(step.role) == (step.user is not None):
            raise CaseRefused(gettext("Step %(n)s must ask either a role or a person.") % {"n": number}, field="steps")
        if step.role and step.role not in Role.values:
            raise CaseRefused(gettext("Step %(n)s asks an unknown role.") % {"n": number}, field="steps")
        if step.user is not None and step.user.pk in barred:
            raise CaseRefused(
                gettext("Step %(n)s asks %(name)s, who may not rule on their own matter. Ask somebody else.")
                % {"n": number, "name": step.user.name},
                field="steps",
            )


def _ask(step: Step, now: datetime) -> None:
    """Make it this step's turn: set its deadline and tell those who may answer."""
    step.opened_at, step.due_at = now, deadline_after(now, step.working_days)
    step.save(update_fields=["opened_at", "due_at", "updated_at"])
    _tell(step, users_asked(step), gettext("Your ruling is asked: %(title)s"), key=f"asked-{step.pk}", now=now)


def _tell(step: Step, users: Sequence[User], subject: str, *, key: str, now: datetime) -> None:
    """Put a line about the case into people's notifications; the same key reaches nobody twice."""
    case = step.case
    notify(
        users=users,
        kind="approvals.case",
        subject=subject % {"title": case.title},
        body=str(case.brief.get("summary", ""))[:500],
        url=case.get_absolute_url(),
        key=f"approvals-{case.pk}-{key}",
        now=now,
    )


def _tell_systems(case: Case, event: str, *, key: str, now: datetime, **facts: Any) -> None:
    """Tell systems that asked which case stands how: neither title, brief nor reasons, which not everybody may read."""
    about = {name: getattr(case, name) for name in ("kind", "subject_ref", "subject_version", "state", "version")}
    emit_webhook(event=event, key=key, payload={"case": case.pk, **about, **facts}, now=now)


@transaction.atomic
def rule_on(
    *,
    case: Case,
    step: Step,
    ruling: Verdict | str,
    by: User,
    now: datetime,
    expected_version: int,
    reason: str = "",
    conditions: str = "",
) -> Case:
    """Answer the step whose turn it is: approve (with conditions), return or veto.

    Who may: the person or role the step asks, after a missed deadline also the role it climbed to, and whoever stands
    in for one of them; never the submitter or an author, and nobody twice in one case. Stores the ruling, which nothing
    can change later, and moves the case on; an approval settles the next step too where nobody else could ever answer it.
    Refuses: a verdict the step does not allow, a return or veto without reason, conditions without words; with Conflict
    when somebody was first (details tell the present state).
    """
    locked = Case.objects.select_for_update().get(pk=case.pk)
    row = Step.objects.select_for_update().get(pk=step.pk, case=locked)
    turn = turn_of(case=locked, step=row, user=by, today=local_date(now))
    is_stale = (
        locked.version != expected_version or locked.state != CaseState.OPEN or row.decided_at or not row.opened_at
    )
    if turn.is_asked and is_stale:
        raise _conflict(locked)
    _require_turn(turn)
    _require_answer(row, ruling, reason, conditions)
    row.ruling, row.reason, row.conditions = ruling, reason.strip(), conditions.strip()
    row.decided_by, row.decided_for_id, row.decided_at = by, turn.absent_id, now
    with because("approvals.ruled", reason=reason, by=by):
        row.save(update_fields=[*RULING_FIELDS, "updated_at"])
        _walk_on(locked, row, now)
        settle(locked, by=by, now=now)
        _tell_systems(locked, ANSWERED, key=str(row.pk), now=now, step=row.position, ruling=row.ruling)
    row.case = locked
    _tell_parties(row, now)
    return locked


def _tell_parties(step: Step, now: datetime) -> None:
    """Tell who submitted the case, and its authors, what the answer to STEP is."""
    parties = [step.case.submitted_by, *(author.user for author in step.case.author_rows.select_related("user"))]
    text = gettext("%(ruling)s: %%(title)s") % {"ruling": step.get_ruling_display()}
    _tell(step, parties, text, key=f"ruled-{step.pk}", now=now)


def _walk_on(case: Case, answered: Step, now: datetime) -> None:
    """Close the case, or ask the step after the one just answered and those that only the same person could answer."""
    if answered.ruling in rules.POSITIVE:
        answered = _settle_with(answered, now)
    following = case.steps.filter(position__gt=answered.position).order_by("position").first()
    _move_on(case, rules.state_after(answered.ruling, is_last=following is None), now)
    if case.state == CaseState.OPEN and following is not None:
        following.case = case
        _ask(following, now)


def _settle_with(answered: Step, now: datetime) -> Step:
    """Let a ruling stand for the steps after it that only the same person could answer; gives the last one answered."""
    assert answered.decided_by is not None
    last = answered
    for step, absent_id in steps_settled(step=answered, user=answered.decided_by, absent_id=answered.decided_for_id):
        step.opened_at = step.due_at = step.decided_at = now
        step.is_settled, step.decided_by, step.decided_for_id = True, answered.decided_by, absent_id
        step.ruling = answered.ruling if answered.ruling in rules.verdicts_for(step.ask) else Verdict.APPROVE
        step.reason, step.conditions = answered.reason, answered.conditions
        words = gettext("Settles step %(number)s as well: nobody else may answer it.") % {"number": step.position}
        with because("approvals.ruled", reason=f"{answered.reason} {words}".strip(), by=answered.decided_by):
            step.save(update_fields=[*RULING_FIELDS, "is_settled", "opened_at", "due_at", "updated_at"])
        last = step
    return last


def settle(case: Case, *, by: User, now: datetime) -> None:
    """Let the app that owns the subject act on a closed case, in the ruling's transaction.

    settings.CASE_FOLLOWERS names it by the word before the colon of `subject_ref` (docs/adr/0011-closed-cases.md).
    """
    follower = settings.CASE_FOLLOWERS.get(case.subject_ref.partition(":")[0])
    if follower is not None and case.state != CaseState.OPEN:
        import_string(follower)(case, by=by, now=now)


def _conflict(case: Case) -> Conflict:
    """Somebody was first: say where the case stands now, and through whom."""
    last = case.steps.filter(decided_at__isnull=False).select_related("decided_by").order_by("-decided_at").first()
    details = {"state": case.state, "version": case.version}
    if last is None or last.decided_by is None:
        text = gettext("“%(title)s” changed in the meantime: %(state)s. Load the page again.")
        return Conflict(text % {"title": case.title, "state": case.get_state_display()}, details=details)
    details |= {"ruling": last.ruling, "decided_by": last.decided_by.name}
    text = gettext("%(name)s was faster: “%(ruling)s”. The case is now: %(state)s. Load the page again.")
    facts = {"name": last.decided_by.name, "ruling": last.get_ruling_display(), "state": case.get_state_display()}
    return Conflict(text % facts, details=details)


def _require_turn(turn: Turn) -> None:
    """Refuse whoever is not asked, and whoever is barred."""
    if turn.ground is None:
        raise RulingNotYours(gettext("This step does not ask you. It waits for somebody else's ruling."))
    if turn.why_not:
        raise RulingNotYours(turn.why_not)


def _require_answer(step: Step, ruling: Verdict | str, reason: str, conditions: str) -> None:
    """Refuse an answer the step does not allow, or one without its words."""
    if ruling not in rules.verdicts_for(step.ask):
        raise RulingRefused(
            gettext("This step cannot be answered so. Choose one of: %(verdicts)s.")
            % {"verdicts": ", ".join(str(verdict.label) for verdict in rules.verdicts_for(step.ask))},
            field="ruling",
        )
    match rules.missing_words(ruling, reason, conditions):
        case "reason":
            raise RulingRefused(gettext("Give the reason: whoever submitted this has to act on it."), field="reason")
        case "conditions":
            raise RulingRefused(gettext("Write down the conditions under which it is approved."), field="conditions")


def _move_on(case: Case, state: CaseState, now: datetime) -> None:
    """Set the state and count the version, so that whoever still looks at the old one is told."""
    case.state, case.version = state, case.version + 1
    case.closed_at = None if state == CaseState.OPEN else now
    case.save(update_fields=["state", "version", "closed_at", "updated_at"])


@transaction.atomic
def withdraw_case(*, case: Case, reason: str, by: User, now: datetime, expected_version: int) -> Case:
    """Take a case back before it is decided.

    Who may: whoever submitted it. Ends the case; rulings given so far stay. Refuses: without a reason, anybody else,
    with Conflict when it changed or was closed in the meantime.
    """
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.submitted_by_id != by.pk:
        raise RulingNotYours(gettext("Only %(name)s can withdraw this.") % {"name": locked.submitted_by.name})
    if locked.version != expected_version or locked.state != CaseState.OPEN:
        raise _conflict(locked)
    if not reason.strip():
        raise RulingRefused(gettext("Say why you withdraw it: the deciders see the reason."), field="reason")
    with because("approvals.withdrawn", reason=reason, by=by):
        _move_on(locked, CaseState.WITHDRAWN, now)
        settle(locked, by=by, now=now)
        _tell_systems(locked, WITHDRAWN, key=str(locked.pk), now=now)
    return locked


@transaction.atomic
def remind_and_climb(*, now: datetime) -> dict[str, int]:
    """Remind deciders a day before their deadline; once it has passed, ask the next role too.

    Who may: the scheduled job. Each step is reminded once and climbs once, however often this runs.
    """
    rows = list(
        Step.objects.waiting()
        .due_by(now + REMIND_BEFORE)
        .filter(climbed_at__isnull=True)
        .select_related("case", "case__submitted_by", "user")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")
    )
    reminded = [step for step in rows if step.reminded_at is None]
    climbed = [step for step in rows if step.due_at is not None and step.due_at < now]
    Step.objects.filter(pk__in=[step.pk for step in reminded]).update(reminded_at=now)
    with because("approvals.climbed"):
        Step.objects.filter(pk__in=[step.pk for step in climbed]).update(climbed_at=now)
    for step in reminded:
        _tell(step, users_asked(step), gettext("Please rule: %(title)s"), key=f"reminded-{step.pk}", now=now)
    for step in climbed:
        step.climbed_at = now
        _tell(step, users_asked(step), gettext("Overdue: %(title)s"), key=f"climbed-{step.pk}", now=now)
    return {"reminded": len(reminded), "climbed": len(climbed)}
