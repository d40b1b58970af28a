"""Rewards proposed by the rules from a published month. The decision on them: services/deciding_rewards.py."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.assessments.choices import FROM_SCORES, PersonStatus, RewardSource, RewardState
from apps.assessments.models import PayBase, PersonScore, Reward, Score, ScoreRun
from apps.assessments.rules.consequences import coefficient
from apps.assessments.rules.staff import bonus_pay
from apps.assessments.selectors.rewards import leads_to_rewards
from apps.assessments.services.computing import locked_month
from apps.assessments.services.pooling import pool_of, shared_out
from apps.assessments.services.refusals import MonthBusy
from apps.assessments.services.standing import COEFFICIENTS, POOL
from apps.assessments.services.taking_back import taken_back
from apps.core.errors import Refusal
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
    approved: Mapping[int, Any]
    """By person: the reward that was approved last for the month, with the rules that gave it (`given_by`)."""
    decided: Mapping[int, Decimal]
    """By person: the amount that was decided on last, whether approved or refused."""
    standing: Mapping[int, Reward]
    """By score: the reward there is."""
    gone: Mapping[int, Reward]
    """By person without a score in the run: what takes back an earlier reward."""

    def settles(self, person: int) -> Decimal:
        """What was approved for the person so far."""
        last = self.approved.get(person)
        return last.amount if last is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class SortedOut:
    """Rewards to be made, those whose figures changed, and how many are the same or could not be reckoned."""

    new: list[Reward] = field(default_factory=list)
    changed: list[Reward] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def put(self, standing: Reward | None, decided: Decimal | None, make: Callable[[], Reward | str]) -> None:
        """Sort in what MAKE gives beside the reward that STANDS, and the amount that was DECIDED on last."""
        if standing is not None and standing.state in DECIDED:
            self.counts["same"] += 1
            return
        made = make()
        if isinstance(made, str):
            self.counts[made] += 1 if made else 0
        elif standing is None and decided == made.amount:
            self.counts["same"] += 1
        elif standing is None:
            self.new.append(made)
        elif figures_of(standing) == figures_of(made):
            self.counts["same"] += 1
        else:
            made.pk, made.created_at, made.proposed_at = standing.pk, standing.created_at, standing.proposed_at
            self.changed.append(made)


@transaction.atomic
def propose_rewards(*, month: Month, by: User | None, now: datetime) -> RewardsProposed:
    """Propose what the published scores of MONTH are worth. assessments.propose_rewards (HR), or the job after a publication
    (BY is None). Safe to repeat.

    Base x the department's coefficient x the personal one x days (rules.staff.bonus_pay), for everybody with a grade and a
    pay base; and shares of the scheme's pool (services.pooling). Undecided proposals of earlier editions are superseded;
    against decided ones only the difference is paid, and where nothing changed nothing is proposed. Whom the edition gives
    nothing any more, nor its rules, is proposed 0: what was approved is taken back. Refuses a month that is not published,
    or whose rules know no rewards where there is nothing to take back.
    """
    run = locked_month(month).published
    if run is None:
        raise MonthBusy(
            _("The scores of %(month)s are not published: rewards follow from published scores. Publish them first.")
            % {"month": month_text(month)}
        )
    if not leads_to_rewards(run):
        raise NoRewardRules(
            _("%(scheme)s knows no rewards. Let the next scheme say what each grade is worth.") % {"scheme": run.scheme}
        )
    with because("assessments.rewards_proposed", by=by):
        old = Reward.objects.filter(month=month.first_day, state=RewardState.PROPOSED, source__in=FROM_SCORES)
        old = old.exclude(Q(score__run=run) | Q(run=run))
        superseded = old.update(state=RewardState.SUPERSEDED)
        found = all_sorted_out(run, month, now)
        Reward.objects.bulk_create(found.new, batch_size=BATCH)
        Reward.objects.bulk_update(found.changed, FIGURES, batch_size=BATCH)
    if found.new or found.changed:
        tell_deciders(run, month, now)
    new, changed, counts = len(found.new), len(found.changed), found.counts
    return RewardsProposed(new, changed, counts["same"], superseded, counts["base"], counts["coefficient"])


def all_sorted_out(run: ScoreRun, month: Month, now: datetime) -> SortedOut:
    """What grades are worth and the shares of the pool, as far as the scheme knows either; what it does not know any more is
    taken back."""
    found, rules = SortedOut(), run.scheme.reward_rules
    known = reckoning_of(run, month, RewardSource.RULE)
    if any(rules.get(key) for key in COEFFICIENTS):
        sort_out(found, known, lambda score: reward_of(score, known, now), now)
    elif known.approved:
        sort_out(found, known, lambda score: nothing_of(score, known, now), now)
    pooled = reckoning_of(run, month, RewardSource.POOL)
    if rules.get(POOL):
        sort_out(found, pooled, sharing(pooled, now), now)
    elif pooled.approved:
        sort_out(found, pooled, lambda score: nothing_of(score, pooled, now), now)
    return found


def reckoning_of(run: ScoreRun, month: Month, source: RewardSource) -> Reckoning:
    """What a month's rewards of a SOURCE are reckoned from. Three queries."""
    rows = Reward.objects.filter(month=month.first_day, source=source).order_by("decided_at", "pk")
    rewards: list[Any] = list(rows.annotate(given_by=Coalesce("scheme", "score__run__scheme")))
    decided = [row for row in rewards if row.state in DECIDED]
    grades = Score.objects.filter(run=run).values_list("department", "grade")
    return Reckoning(
        run=run,
        month=month,
        rules=run.scheme.reward_rules,
        department_grades=dict(grades),
        bases=bases_of(month),
        approved={row.person_id: row for row in decided if row.state == RewardState.APPROVED},
        decided={row.person_id: row.amount for row in decided},
        standing={row.score_id: row for row in rewards if row.score_id is not None},
        gone={row.person_id: row for row in rewards if row.run_id == run.pk},
    )


def bases_of(month: Month) -> dict[int, Decimal]:
    """By person: the pay base in force in the month, the latest one where it changed within. One query."""
    days = DateRange(month.first_day, month.plus(1).first_day)
    return dict(PayBase.objects.filter(valid__overlap=days).order_by("valid").values_list("person", "base_amount"))


def sort_out(found: SortedOut, known: Reckoning, made_of: Callable[[PersonScore], Reward | str], now: datetime) -> None:
    """Sort in the rewards of everybody with a score in the run, and of those without one who were given something before.

    MADE_OF: the reward of a score, or the word for why there is none.
    """
    there = set()
    for score in PersonScore.objects.filter(run=known.run).defer("raters").iterator(chunk_size=BATCH):
        there.add(score.person_id)
        found.put(known.standing.get(score.pk), known.decided.get(score.person_id), partial(made_of, score))
    for person, last in known.approved.items():
        if person not in there and last.amount:
            make = partial(taken_back, last, run=known.run, score=None, now=now)
            found.put(known.gone.get(person), known.decided.get(person), make)


def nothing_of(score: PersonScore, known: Reckoning, now: datetime) -> Reward | str:
    """What a score is worth by rules that do not know such rewards: what was given before is taken back."""
    if not known.settles(score.person_id):
        return "same"
    return taken_back(known.approved[score.person_id], run=known.run, score=score, now=now)


def figures_of(reward: Reward) -> tuple[Any, ...]:
    """What a reward was reckoned from and comes to."""
    return tuple(getattr(reward, name) for name in FIGURES)


def reward_of(score: PersonScore, known: Reckoning, now: datetime) -> Reward | str:
    """The reward of one score, or the word for why there is none ("same": nothing to reckon).

    Whoever was approved something for an earlier edition and has no grade in this one is proposed 0: it is taken back.
    """
    settles = known.settles(score.person_id)
    if score.status != PersonStatus.OK or not score.grade:
        return nothing_of(score, known, now)
    base = known.bases.get(score.person_id)
    if base is None:
        return "base"
    coefs = coefficients_of(score, known)
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
        settles = known.settles(score.person_id)
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
