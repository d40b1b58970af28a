"""What follows from a published score: rewards by the scheme's coefficients, and improvement plans."""

from decimal import Decimal
from typing import Any

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assessments.choices import (
    NominationKind,
    NominationState,
    PlanState,
    PlanTrigger,
    RewardSource,
    RewardState,
)
from apps.assessments.models.columns import FIRST_OF_MONTH, any_changed, points
from apps.assessments.models.months import ScoreRun
from apps.assessments.models.people import PersonScore
from apps.assessments.models.schemes import Scheme
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.departments.models import Department
from apps.staff.models import Person

NOMINATIONS_DECIDED = (NominationState.ACCEPTED.value, NominationState.DECLINED.value)
"""A correction may drop these and let them name other points; what was decided stays."""
PLANS_CLOSED = (PlanState.REACHED.value, PlanState.MISSED.value, PlanState.DROPPED.value)


def money(label: Any, **options: Any) -> "models.DecimalField[Any, Any]":
    """An amount of the company's currency."""
    return models.DecimalField(label, max_digits=18, decimal_places=2, **options)


@tracked()
class PayBase(BaseModel):
    """The monthly amount a person's reward is reckoned from, from a day on."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="pay_bases")
    valid = DateRangeField(_("days"))
    base_amount = money(_("monthly base"))

    class Meta:
        verbose_name = _("pay base")
        verbose_name_plural = _("pay bases")
        ordering = ("person", "valid")
        constraints = (
            ExclusionConstraint(
                name="assessments_one_pay_base",
                expressions=[("person", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(base_amount__gte=0), name="assessments_pay_base_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.base_amount}"


@tracked()
class Reward(BaseModel):
    """What a published score is worth to a person: base x department's x personal coefficient x days, or a share of the
    month's pool; or what is given for one deed (a spot reward). A person decides."""

    source = models.CharField(_("source"), max_length=5, choices=RewardSource, default=RewardSource.RULE)
    score = models.ForeignKey(PersonScore, null=True, on_delete=models.PROTECT, related_name="rewards")
    """None of a spot reward, and where a corrected edition has no score of the person any more."""
    run = models.ForeignKey(ScoreRun, null=True, on_delete=models.PROTECT, related_name="+")
    """That corrected edition: what an earlier one gave is taken back."""
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="rewards")
    scheme = models.ForeignKey(Scheme, null=True, on_delete=models.PROTECT, related_name="spot_rewards")
    """The rules whose limit holds: of a spot reward those in force in the month, of what is taken back those that gave it.
    None: those of the score."""
    occasion = models.CharField(_("what for"), max_length=200, blank=True)
    evidence = models.CharField(_("evidence"), max_length=2000, blank=True)
    happened_on = models.DateField(_("day it happened"), null=True, blank=True)
    proposed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """None of what the rules propose."""
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    """The approved spot reward that this one takes back, for the reason in EVIDENCE."""
    month = models.DateField(_("month"))
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="rewards")
    state = models.CharField(_("state"), max_length=10, choices=RewardState, default=RewardState.PROPOSED)
    base_amount = money(_("monthly base"))
    dept_coef = models.DecimalField(_("department's coefficient"), max_digits=6, decimal_places=4)
    personal_coef = models.DecimalField(_("personal coefficient"), max_digits=6, decimal_places=4)
    days_worked = models.PositiveSmallIntegerField(_("days"))
    days_in_period = models.PositiveSmallIntegerField(_("of days"))
    points = points(_("points"))
    """Of a share of the pool: the score it is shared by; 0 for one below nothing."""
    weight = models.DecimalField(_("weight in the pool"), max_digits=6, decimal_places=4, null=True, blank=True)
    shared_by = models.DecimalField(_("shared by"), max_digits=24, decimal_places=6, null=True, blank=True)
    """Of a share of the pool: points x weight x days of everybody, exactly. BASE_AMOUNT is then the whole pool."""
    amount = money(_("amount"))
    settles_amount = money(_("already decided for the month"), default=0)
    """What an earlier edition of the month gave: only the difference is paid."""
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    ruling = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ("-month", "person")
        indexes = (models.Index(fields=("month", "person"), name="assessments_reward_by_month"),)
        constraints = (
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_reward_first_day"),
            models.CheckConstraint(
                condition=(
                    (
                        Q(score__isnull=False, run=None)
                        | Q(score=None, run__isnull=False, scheme__isnull=False, amount=0)
                    )
                    & (
                        Q(source=RewardSource.RULE)
                        | Q(
                            source=RewardSource.POOL,
                            points__isnull=False,
                            weight__isnull=False,
                            shared_by__isnull=False,
                        )
                    )
                )
                | (
                    Q(source=RewardSource.SPOT, score=None, run=None, scheme__isnull=False)
                    & Q(proposed_by__isnull=False, happened_on__isnull=False)
                    & ~Q(evidence="")
                ),
                name="assessments_reward_reasoned",
            ),
            models.UniqueConstraint(fields=("score", "source"), name="assessments_reward_once"),
            models.UniqueConstraint(fields=("run", "person", "source"), name="assessments_reward_taken_back_once"),
            models.UniqueConstraint(
                fields=("reverses",),
                condition=~Q(state=RewardState.REFUSED),
                name="assessments_reward_reversed_once",
            ),
        )
        triggers = (
            pgtrigger.Protect(name="keep_reward", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="keep_decided",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="proposed"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.month:%Y-%m}: {self.amount}"

    @property
    def is_spot(self) -> bool:
        """Whether it is given for one deed."""
        return self.source == RewardSource.SPOT

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the month's pool."""
        return self.source == RewardSource.POOL

    @property
    def is_taken_back(self) -> bool:
        """Whether a corrected edition gives nothing where an earlier one gave something."""
        return not self.is_spot and not self.amount and self.settles_amount > 0

    @property
    def rules(self) -> Scheme:
        """The rules whose limit holds (read them with `score__run__scheme` and `scheme`)."""
        return self.scheme if self.scheme is not None else self.score.run.scheme  # type: ignore[union-attr]

    @property
    def edition(self) -> ScoreRun | None:
        """The run that it follows from (read it with `score__run` and `run`); None of a spot reward."""
        return self.score.run if self.score is not None else self.run

    @property
    def difference_amount(self) -> Decimal:
        """What is still to be paid (negative: to be set off)."""
        return Decimal(self.amount - self.settles_amount)


@tracked()
class Nomination(BaseModel):
    """Whom a month's published grades single out. The rules name, a person accepts or declines, a correction may drop it."""

    kind = models.CharField(_("for"), max_length=20, choices=NominationKind)
    month = models.DateField(_("month"))
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="nominations")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="nominations")
    """None: the department as a whole."""
    grade = models.CharField(_("grade"), max_length=10)
    total = points(_("points"))
    state = models.CharField(_("state"), max_length=10, choices=NominationState, default=NominationState.PROPOSED)
    proposed_at = models.DateTimeField(_("nominated at"))
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    ruling = models.CharField(_("reason"), max_length=500, blank=True)
    dropped_at = models.DateTimeField(_("dropped at"), null=True, blank=True)

    class Meta:
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")
        ordering = ("-month", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("month", "kind", "person"), condition=Q(person__isnull=False), name="assessments_nominate_once"
            ),
            models.UniqueConstraint(
                fields=("month", "kind", "department"), condition=Q(person=None), name="assessments_nominate_place_once"
            ),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_nominate_first_day"),
            models.CheckConstraint(
                condition=Q(state__in=(NominationState.PROPOSED, NominationState.DROPPED))
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="assessments_nominate_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state=NominationState.DECLINED) | ~Q(ruling=""), name="assessments_nominate_reasoned"
            ),
        )
        triggers = (
            pgtrigger.Protect(name="keep_nomination", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="keep_decided",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=NOMINATIONS_DECIDED)
                & (
                    any_changed("kind", "month", "person", "proposed_at", "decided_by", "decided_at", "ruling")
                    | (any_changed("state") & ~pgtrigger.Q(new__state=NominationState.DROPPED.value))
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"

    def get_absolute_url(self) -> str:
        return reverse("assessments:nomination", args=[self.pk])

    @property
    def about(self) -> str:
        """Who is nominated, by name."""
        return self.person.name if self.person is not None else self.department.name


@tracked()
class ImprovementPlan(BaseModel):
    """Goals, support and dates that follow from low grades. The portal proposes, a person decides."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="improvement_plans")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="improvement_plans"
    )
    """None: for the department as a whole."""
    month = models.DateField(_("month that led to it"))
    trigger = models.CharField(_("why"), max_length=15, choices=PlanTrigger)
    state = models.CharField(_("state"), max_length=10, choices=PlanState, default=PlanState.PROPOSED)
    goals = models.TextField(_("goals"), max_length=2000, blank=True)
    support = models.TextField(_("support"), max_length=2000, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField(_("from"), null=True, blank=True)
    review_on = models.DateField(_("next review"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("improvement plan")
        verbose_name_plural = _("improvement plans")
        ordering = ("-month", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("department", "person", "month"), nulls_distinct=False, name="assessments_improve_once"
            ),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="assessments_improve_first_day"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")), name="assessments_improve_days"
            ),
        )
        triggers = (
            pgtrigger.Protect(name="keep_plan", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="keep_started",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state=PlanState.RUNNING.value)
                & (
                    any_changed("department", "person", "month", "trigger", "goals", "support", "owner")
                    | any_changed("starts_on", "ends_on")
                    | pgtrigger.Q(new__state=PlanState.PROPOSED.value)
                ),
            ),
            pgtrigger.Protect(
                name="keep_closed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=PLANS_CLOSED, old__decided_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return gettext("Improvement plan %(number)s") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("assessments:improvement_plan", args=[self.pk])
