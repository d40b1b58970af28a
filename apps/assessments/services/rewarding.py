"""Rewards: proposed by the rules from a published month, decided by a person, kept as a ledger that is never rewritten."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import roles_of, users_with_capability
from apps.assessments.choices import FROM_SCORES, PersonStatus, RewardSource, RewardState, RunState
from apps.assessments.models import PayBase, PersonScore, Reward, Score, ScoreRun
from apps.assessments.rules.consequences import coefficient
from apps.assessments.rules.staff import bonus_pay
from apps.assessments.selectors.rewards import is_of_gm
from apps.assessments.services.computing import locked_month
from apps.assessments.services.gm_limit import require_within_limit
from apps.assessments.services.pooling import pool_of, shared_out
from apps.assessments.services.refusals import MonthBusy, NotYourStep
from apps.assessments.services.standing import COEFFICIENTS, POOL
from apps.assessments.services.telling_rewards import tell_decided
from apps.core.errors import Conflict, NotFound, Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.notifications.services import notify

BATCH = 2_000
DECIDED = frozenset({RewardState.APPROVED, RewardState.REFUSED})
FIGURES = (
    *("base_amount", "dept_coef", "personal_coef", "days_worked", "days_in_period", "points", "weight", "shared_by"),
    *("amount", "settles_amount"),
)


class NoRewardRules(Refusal):
    """The scheme of the month knows no rewards."""

    code: ClassVar[str] = "no_reward_rules"


class RewardDecided(Conflict):
    """Somebody decided on it before, or a later edition of the month took its place."""

    code: ClassVar[str] = "reward_decided"


class ReasonMissing(Refusal):
    """A refusal without a reason."""

    code: ClassVar[str] = "reason_missing"


@dataclass(frozen=True, slots=True)
class RewardsProposed:
    """What came of a proposal: rows, and people with a grade for whom nothing could be reckoned."""

    new: int
    changed: int
    unchanged: int
    superseded: int
    without_base: int
    without_coefficient: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Everything read once to reckon a month's rewards. Coefficients and amounts by what they hang on."""

    run: ScoreRun
    month: Month
    rules: Mapping[str, Any]
    department_grades: Mapping[int, str]
    bases: Mapping[int, Decimal]
    approved: Mapping[int, Decimal]
    """By person: what was approved last for the month, in all."""
    decided: Mapping[int, Decimal]
    """By person: the amount that was decided on last, whether approved or refused."""
    standing: Mapping[int, Reward]
    """By score: the reward there is."""


@dataclass(frozen=True, slots=True)
class RewardsDecided:
    """How many were decided on, and what they come to (differences to what was decided before)."""

    count: int
    amount: Decimal


@transaction.atomic
def propose_rewards(*, month: Month, by: User | None, now: datetime) -> RewardsProposed:
    """Propose what the published scores of MONTH are worth. assessments.propose_rewards (HR), or the job after a publication
    (BY is None). Safe to repeat.

    Base x the department's coefficient x the personal one x days (rules.staff.bonus_pay), for everybody with a grade and a
    pay base; and shares of the scheme's pool (services.pooling). Undecided proposals of earlier editions are superseded;
    against decided ones only the difference is paid, and where nothing changed nothing is proposed. Refuses a month that is
    not published or whose rules know no rewards.
    """
    run = locked_month(month).published
    if run is None:
        raise MonthBusy(
            _("The scores of %(month)s are not published: rewards follow from published scores. Publish them first.")
            % {"month": month_text(month)}
        )
    if not run.scheme.reward_rules:
        raise NoRewardRules(
            _("%(scheme)s knows no rewards. Let the next scheme say what each grade is worth.") % {"scheme": run.scheme}
        )
    with because("assessments.rewards_proposed", by=by):
        old = Reward.objects.filter(month=month.first_day, state=RewardState.PROPOSED, source__in=FROM_SCORES)
        old = old.exclude(score__run=run)
        superseded = old.update(state=RewardState.SUPERSEDED)
        new, changed, counts = all_sorted_out(run, month, now)
        Reward.objects.bulk_create(new, batch_size=BATCH)
        Reward.objects.bulk_update(changed, FIGURES, batch_size=BATCH)
    if new or changed:
        tell_deciders(run, month, now)
    return RewardsProposed(len(new), len(changed), counts["same"], superseded, counts["base"], counts["coefficient"])


def all_sorted_out(run: ScoreRun, month: Month, now: datetime) -> tuple[list[Reward], list[Reward], Counter[str]]:
    """The same as `sorted_out`, over what grades are worth and the shares of the pool, as far as the scheme knows either."""
    new: list[Reward] = []
    changed: list[Reward] = []
    counts: Counter[str] = Counter()
    if any(run.scheme.reward_rules.get(key) for key in COEFFICIENTS):
        known = reckoning_of(run, month, RewardSource.RULE)
        parts = [sorted_out(known, lambda score: reward_of(score, known, now))]
    else:
        parts = []
    if run.scheme.reward_rules.get(POOL):
        pooled = reckoning_of(run, month, RewardSource.POOL)
        parts.append(sorted_out(pooled, sharing(pooled, now)))
    for made, other, found in parts:
        new += made
        changed += other
        counts.update(found)
    return new, changed, counts


def reckoning_of(run: ScoreRun, month: Month, source: RewardSource) -> Reckoning:
    """What a month's rewards of a SOURCE are reckoned from. Three queries."""
    rewards = list(Reward.objects.filter(month=month.first_day, source=source).order_by("decided_at", "pk"))
    decided = [row for row in rewards if row.state in DECIDED]
    grades = Score.objects.filter(run=run).values_list("department", "grade")
    return Reckoning(
        run=run,
        month=month,
        rules=run.scheme.reward_rules,
        department_grades=dict(grades),
        bases=bases_of(month),
        approved={row.person_id: row.amount for row in decided if row.state == RewardState.APPROVED},
        decided={row.person_id: row.amount for row in decided},
        standing={row.score_id: row for row in rewards if row.score_id is not None},
    )


def bases_of(month: Month) -> dict[int, Decimal]:
    """By person: the pay base in force in the month, the latest one where it changed within. One query."""
    days = DateRange(month.first_day, month.plus(1).first_day)
    return dict(PayBase.objects.filter(valid__overlap=days).order_by("valid").values_list("person", "base_amount"))


def sorted_out(
    known: Reckoning, made_of: Callable[[PersonScore], Reward | str]
) -> tuple[list[Reward], list[Reward], Counter[str]]:
    """Rewards to be made, those whose figures changed, and how many are the same or could not be reckoned.

    MADE_OF: the reward of a score, or the word for why there is none.
    """
    new: list[Reward] = []
    changed: list[Reward] = []
    counts: Counter[str] = Counter()
    for score in PersonScore.objects.filter(run=known.run).defer("raters").iterator(chunk_size=BATCH):
        standing = known.standing.get(score.pk)
        if standing is not None and standing.state in DECIDED:
            counts["same"] += 1
            continue
        made = made_of(score)
        if isinstance(made, str):
            counts[made] += 1 if made else 0
        elif standing is None and known.decided.get(score.person_id) == made.amount:
            counts["same"] += 1
        elif standing is None:
            new.append(made)
        elif figures_of(standing) == figures_of(made) and standing.state == RewardState.PROPOSED:
            counts["same"] += 1
        else:
            made.pk, made.created_at, made.proposed_at = standing.pk, standing.created_at, standing.proposed_at
            changed.append(made)
    return new, changed, counts


def figures_of(reward: Reward) -> tuple[Any, ...]:
    """What a reward was reckoned from and comes to."""
    return tuple(getattr(reward, name) for name in FIGURES)


def reward_of(score: PersonScore, known: Reckoning, now: datetime) -> Reward | str:
    """The reward of one score, or the word for why there is none ("same": nothing to reckon).

    Whoever was approved something for an earlier edition and has no grade in this one is proposed 0: it is taken back.
    """
    settles = known.approved.get(score.person_id, Decimal(0))
    has_grade = score.status == PersonStatus.OK and bool(score.grade)
    if not has_grade and not settles:
        return "same"
    base = known.bases.get(score.person_id)
    if base is None:
        return "base"
    coefs = coefficients_of(score, known) if has_grade else (Decimal(0), Decimal(0))
    if coefs is None:
        return "coefficient"
    days = known.month.last_day.day
    amount = bonus_pay(base, dept_coef=coefs[0], personal_coef=coefs[1], days_worked=score.days, days_in_period=days)
    return Reward(
        score=score,
        month=known.month.first_day,
        person_id=score.person_id,
        department_id=score.department_id,
        base_amount=base,
        dept_coef=coefs[0],
        personal_coef=coefs[1],
        days_worked=score.days,
        days_in_period=days,
        amount=amount or Decimal(0),
        settles_amount=settles,
        proposed_at=now,
    )


def sharing(known: Reckoning, now: datetime) -> Callable[[PersonScore], Reward | str]:
    """The share of the pool that a score has (`sorted_out`). Every share is worked out at once: they add up to the pool. One
    query."""
    pool = pool_of(known.rules)
    people = PersonScore.objects.filter(run=known.run, status=PersonStatus.OK, total__isnull=False)
    facts = people.order_by().values_list("person", "role", "total", "days").iterator(chunk_size=BATCH)
    shared = shared_out(pool, facts)

    def made_of(score: PersonScore) -> Reward | str:
        settles = known.approved.get(score.person_id, Decimal(0))
        amount = shared.amounts.get(score.person_id, Decimal(0))
        if not amount and not settles:
            return "same"
        return Reward(
            source=RewardSource.POOL, score=score, month=known.month.first_day, person_id=score.person_id,
            department_id=score.department_id, base_amount=pool.amount, dept_coef=Decimal(0), personal_coef=Decimal(0),
            days_worked=score.days, days_in_period=known.month.last_day.day,
            points=max(score.total or Decimal(0), Decimal(0)), weight=pool.weight_of(score.role),
            shared_by=shared.whole, amount=amount, settles_amount=settles, proposed_at=now,
        )  # fmt: skip

    return made_of


def coefficients_of(score: PersonScore, known: Reckoning) -> tuple[Decimal, Decimal] | None:
    """(department's, personal) for a stored score; None where a grade is worth nothing that the rules name."""
    return coefficients_in(known.rules, known.department_grades, stays=score.stays, grade=score.grade)


def coefficients_in(
    rules: Mapping[str, Any], department_grades: Mapping[int, str], *, stays: Sequence[Mapping[str, Any]], grade: str
) -> tuple[Decimal, Decimal] | None:
    """(department's, personal) by the reward RULES of a scheme; None where a grade is worth nothing that they name.

    The department is the assessed one of the person's last days: who works in a department without a score of its own
    counts to the nearest one above.
    """
    last = next((stay["department"] for stay in reversed(stays) if stay.get("is_assessed", True)), None)
    place = coefficient(rules.get("dept_coef", {}), department_grades.get(last or 0, ""))
    own = coefficient(rules.get("personal_coef", {}), grade)
    if place is None or own is None:
        return None
    return Decimal(place.numerator) / place.denominator, Decimal(own.numerator) / own.denominator


def tell_deciders(run: ScoreRun, month: Month, now: datetime) -> None:
    """Tell those who decide that rewards wait for them; once for each version of the month."""
    notify(
        users=users_with_capability("assessments.decide_rewards"),
        kind="assessments.rewards_proposed",
        subject=_("Rewards of %(month)s wait for a decision") % {"month": month_text(month)},
        url=f"/assessments/{month}/rewards/decide/",
        key=f"rewards-{month}-{run.version}",
        now=now,
    )


@transaction.atomic
def decide_rewards(
    *, rewards: Collection[int], is_approved: bool, by: User, now: datetime, reason: str = ""
) -> RewardsDecided:
    """Approve or refuse proposed REWARDS (keys). assessments.decide_rewards (COO, GM). All of them or none.

    Refuses one's own, the COO's unless the GM decides, what lies above the scheme's limit unless the GM or who stands in for
    the GM decides (not the GM's own: that is the COO's), what is decided already or of an older edition, and a refusal
    without a reason.
    """
    if not rewards:
        raise ReasonMissing(_("Choose at least one reward."), field="rewards")
    if not is_approved and not reason.strip():
        raise ReasonMissing(_("Say why: whoever is refused a reward may ask."), field="reason")
    months = Reward.objects.filter(pk__in=rewards).order_by("month").values_list("month", flat=True).distinct()
    for month in list(months):
        locked_month(Month.of(month))
    held = Reward.objects.select_for_update(of=("self",)).filter(pk__in=rewards).order_by("pk")
    rows: list[Any] = list(held.select_related("person", "score__run__scheme", "scheme").annotate(is_of_gm=is_of_gm()))
    if len(rows) < len(set(rewards)):
        raise NotFound(_("There is no such reward, or it lies outside what you may see."))
    require_undecided(rows)
    require_others(rows, by)
    require_within_limit(rows, by=by, now=now)
    state = RewardState.APPROVED if is_approved else RewardState.REFUSED
    with because("assessments.rewards_decided", reason=reason.strip(), by=by):
        Reward.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=state, decided_by=by, decided_at=now, ruling=reason.strip()[:500]
        )
    tell_decided(rows, is_approved=is_approved, reason=reason.strip(), now=now)
    return RewardsDecided(len(rows), sum((row.difference_amount for row in rows), Decimal(0)))


def require_undecided(rows: Iterable[Reward]) -> None:
    """Refuse what is decided on, or follows from an edition that is no longer the published one."""
    for row in rows:
        words = {"person": row.person.name, "month": month_text(Month.of(row.month)), "state": row.get_state_display()}
        if row.state != RewardState.PROPOSED:
            raise RewardDecided(
                _("The reward of %(person)s for %(month)s is “%(state)s”. Leave it out and decide on the others.")
                % words,
                details={"reward": row.pk, "state": row.state},
            )
        if row.score is not None and row.score.run.state != RunState.PUBLISHED:
            raise RewardDecided(
                _("%(month)s was published anew since. Let HR propose its rewards again, then decide.") % words,
                details={"reward": row.pk, "state": row.state},
            )


def require_others(rows: Collection[Any], by: User) -> None:
    """Refuse the decider's own reward, what they proposed, and the COO's for anybody but the GM."""
    if any(row.person.user_id == by.pk for row in rows):
        raise NotYourStep(
            _("Nobody decides on their own reward. Leave yours out; the COO decides on the GM's, the GM on the COO's."),
            field="rewards",
        )
    if any(row.proposed_by_id == by.pk for row in rows):
        raise NotYourStep(
            _("You proposed one of these yourself: somebody else must decide on it. Leave it out."), field="rewards"
        )
    others = [row.pk for row in rows if not row.is_of_gm]
    of_coo = Reward.objects.filter(pk__in=others, person__user__role_grants__role=Role.COO)
    if Role.GM not in roles_of(by) and of_coo.exists():
        raise NotYourStep(_("The GM decides on the reward of a COO. Leave it out."), field="rewards")
