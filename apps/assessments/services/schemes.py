"""Schemes as drafts: begun, copied, changed, given up. What is no draft any more is refused here and by the database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.choices import SchemeState, TargetPolicy
from apps.assessments.models import AssessedDepartment, Indicator, Scheme, Scorecard
from apps.assessments.rules.reading import exact
from apps.assessments.selectors.raters import address_of, params_naming
from apps.assessments.services.fitting import kpi_fault
from apps.assessments.services.refusals import Removed, SchemeNotDraft, WrongScheme
from apps.assessments.services.standing import (
    LEAST_COEFFICIENT,
    MOST_COEFFICIENT,
    read_band,
    read_calendar,
    read_cumulative_pct,
    read_items,
    read_reward_rules,
    read_staff_rules,
    read_vetoes,
)
from apps.core.history import because
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.departments.models import Department
from apps.kpis.models import Kpi

FIVE_GRADES: tuple[dict[str, str], ...] = tuple(
    {"grade": grade, "min": least} for grade, least in zip("ABCDE", ("90", "80", "70", "60", "0"), strict=True)
)
EVERY_DEPARTMENT_ALIKE = Decimal(1)
LONGEST_GRADE = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for every scorecard of a scheme. Points, except MIN_COVERAGE (percent of the weight) and CUMULATIVE_PCT
    (percent of the score of a year); caps None: no cap.

    GRADES: highest first, each with the least total that earns it, as text. What stands below them has the shapes of the
    columns of Scheme, numbers as text.
    """

    min_coverage: Decimal = Decimal(60)
    min_total: Decimal = Decimal(0)
    max_total: Decimal = Decimal(120)
    bonus_cap: Decimal | None = None
    deduction_cap: Decimal | None = None
    is_gated: bool = False
    grades: Sequence[Mapping[str, str]] = field(default=FIVE_GRADES)
    bonus_items: Sequence[Mapping[str, Any]] = ()
    penalty_items: Sequence[Mapping[str, Any]] = ()
    veto_items: Sequence[Mapping[str, Any]] = ()
    staff_rules: Mapping[str, Any] = field(default_factory=dict)
    reward_rules: Mapping[str, Any] = field(default_factory=dict)
    calendar: Mapping[str, Any] = field(default_factory=dict)
    calibration_band: Decimal = Decimal(0)
    cumulative_pct: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """One indicator as it is written into a scorecard. PARAMS as scoring_examples.README.md names them, numbers as text."""

    code: str
    name: str
    kpi: Kpi | None
    method: str
    weight: Decimal
    params: Mapping[str, Any] = field(default_factory=dict)
    target_policy: str = TargetPolicy.PERIOD_END
    clause: str = ""
    position: int | None = None


@transaction.atomic
def draft_scheme(
    *,
    name: str,
    first_month: Month,
    by: User,
    basis: Scheme | None = None,
    limits: Limits | None = None,
    note: str = "",
) -> Scheme:
    """Begin the next scheme, meant to hold from FIRST_MONTH on; with everything of BASIS in it. assessments.edit_schemes."""
    newest = Scheme.objects.aggregate(newest=Max("version"))["newest"] or 0
    given = columns_of(limits or (limits_of(basis) if basis else Limits()))
    with because("assessments.scheme_drafted", reason=note, by=by):
        scheme = Scheme.objects.create(
            version=newest + 1,
            name=require_name(name),
            valid=DateRange(first_month.first_day, None),
            note=note.strip(),
            basis=basis,
            drafted_by=by,
            **given,
        )
        if basis is not None:
            copy_content(basis, scheme)
    return scheme


def limits_of(scheme: Scheme) -> Limits:
    """The limits a scheme has."""
    return Limits(**{one.name: getattr(scheme, one.name) for one in fields(Limits)})


def columns_of(limits: Limits) -> dict[str, Any]:
    """The limits as a scheme keeps them: every part plain, or refused by its own field."""
    require_sane(limits)
    return {
        **asdict(limits),
        "grades": [{key: value for key, value in row.items() if value not in (None, "")} for row in limits.grades],
        "bonus_items": read_items(limits.bonus_items, "bonus_items"),
        "penalty_items": read_items(limits.penalty_items, "penalty_items"),
        "veto_items": read_vetoes(limits.veto_items),
        "staff_rules": read_staff_rules(limits.staff_rules),
        "reward_rules": read_reward_rules(limits.reward_rules),
        "calendar": read_calendar(limits.calendar),
        "calibration_band": read_band(limits.calibration_band),
        "cumulative_pct": read_cumulative_pct(limits.cumulative_pct),
    }


def copy_content(basis: Scheme, scheme: Scheme) -> None:
    """Scorecards, indicators and departments of BASIS into a new scheme: three statements. The copy names raters by their
    present addresses: it means the same accounts as BASIS."""
    cards = list(basis.scorecards.all())
    made = Scorecard.objects.bulk_create(
        [Scorecard(scheme=scheme, position=card.position, name=card.name) for card in cards]
    )
    twin = {card.pk: new for card, new in zip(cards, made, strict=True)}
    AssessedDepartment.objects.bulk_create(
        [
            AssessedDepartment(
                scheme=scheme,
                scorecard=twin[row.scorecard_id],
                department_id=row.department_id,
                coefficient=row.coefficient,
            )
            for row in basis.assessed.all()
        ],
        batch_size=5_000,
    )
    kept = ("position", "code", "name", "kpi_id", "method", "weight", "target_policy", "clause")
    rows = list(basis.indicators.all())
    params = params_naming(rows, address_of)
    Indicator.objects.bulk_create(
        [
            Indicator(scheme=scheme, scorecard=twin[row.scorecard_id], params=params[row.pk], **values)
            for row in rows
            for values in [{name: getattr(row, name) for name in kept}]
        ]
    )


@transaction.atomic
def change_scheme(
    *, scheme: Scheme, name: str, first_month: Month, limits: Limits | Mapping[str, Any], note: str, by: User
) -> Scheme:
    """Change what stands over all scorecards of a draft. assessments.edit_schemes. Refuses what is no draft.

    LIMITS: all of them, or those that change by name.
    """
    draft = locked_draft(scheme)
    given = columns_of(limits if isinstance(limits, Limits) else replace(limits_of(draft), **limits))
    draft.name, draft.note = require_name(name), note.strip()
    draft.valid = DateRange(first_month.first_day, None)
    for key, value in given.items():
        setattr(draft, key, value)
    with because("assessments.scheme_changed", by=by):
        draft.save()
    return draft


@transaction.atomic
def change_standing(*, scheme: Scheme, parts: Mapping[str, Any], by: User) -> Scheme:
    """Change some of the limits of a draft, PARTS of Limits by name; the others stay. assessments.edit_schemes.

    Refuses what is no draft, and every part that contradicts itself, by its field.
    """
    draft = locked_draft(scheme)
    for key, value in columns_of(replace(limits_of(draft), **parts)).items():
        setattr(draft, key, value)
    with because("assessments.scheme_changed", by=by):
        draft.save()
    return draft


@transaction.atomic
def discard_scheme(*, scheme: Scheme, reason: str, by: User) -> Scheme:
    """Give a draft up; it stays readable. assessments.edit_schemes."""
    draft = locked_draft(scheme)
    draft.state = SchemeState.DISCARDED
    with because("assessments.scheme_discarded", reason=reason, by=by):
        draft.save(update_fields=["state", "updated_at"])
    return draft


@transaction.atomic
def add_scorecard(*, scheme: Scheme, name: str, by: User) -> Scorecard:
    """One more group of departments that are judged alike. assessments.edit_schemes. Refuses a name used already."""
    draft = locked_draft(scheme)
    last = draft.scorecards.aggregate(last=Max("position"))["last"] or 0
    with because("assessments.scorecard_added", by=by):
        return save_card(Scorecard(scheme=draft, position=last + 1, name=require_name(name)))


@transaction.atomic
def rename_scorecard(*, scorecard: Scorecard, name: str, by: User) -> Scorecard:
    """Another name for a scorecard of a draft. assessments.edit_schemes."""
    card = locked_card(scorecard)
    card.name = require_name(name)
    with because("assessments.scorecard_renamed", by=by):
        return save_card(card)


def save_card(card: Scorecard) -> Scorecard:
    """Store it; refuse a name that another scorecard of the scheme has."""
    try:
        with transaction.atomic():
            card.save()
    except IntegrityError as error:
        raise WrongScheme(
            _("This scheme has a scorecard called %(name)s already. Choose another name.") % {"name": card.name},
            field="name",
        ) from error
    return card


@transaction.atomic
def remove_scorecard(*, scorecard: Scorecard, by: User) -> None:
    """Take a scorecard with its indicators and departments out of a draft. assessments.edit_schemes."""
    card = locked_card(scorecard)
    with because("assessments.scorecard_removed", by=by):
        card.delete()


@transaction.atomic
def place_departments(*, scorecard: Scorecard, departments: Mapping[Department, Decimal], by: User) -> int:
    """Let exactly these departments be judged by the scorecard, each with its difficulty (1: as everybody's).

    assessments.edit_schemes. A department judged by another scorecard of the scheme moves here. Gives how many.
    """
    scorecard = locked_card(scorecard)
    draft = scorecard.scheme
    wrong = [place for place, hard in departments.items() if not LEAST_COEFFICIENT <= hard <= MOST_COEFFICIENT]
    if wrong:
        raise WrongScheme(
            _("The difficulty of %(name)s must be from 0.5 to 1.5: write such a number, 1 for as everybody's.")
            % {"name": wrong[0].name},
            field="coefficient",
        )
    with because("assessments.departments_placed", by=by):
        scorecard.assessed.all().delete()
        draft.assessed.filter(department__in=departments).delete()
        AssessedDepartment.objects.bulk_create(
            [
                AssessedDepartment(scheme=draft, scorecard=scorecard, department=place, coefficient=coefficient)
                for place, coefficient in departments.items()
            ],
            batch_size=5_000,
        )
    return len(departments)


@transaction.atomic
def save_indicator(*, scorecard: Scorecard, terms: Terms, by: User, indicator: Indicator | None = None) -> Indicator:
    """Write one indicator into a scorecard of a draft, or change it. assessments.edit_schemes.

    Refuses a weight that is not positive, a code used already, and a KPI where the method has no use for one or none where
    it needs one. Whether the parameters fit is said by `problems_of`, so that a draft may be unfinished; nothing unfinished
    can be submitted.
    """
    card = locked_card(scorecard)
    fault = kpi_fault(terms.method, has_kpi=terms.kpi is not None)
    if fault:
        raise WrongScheme(fault, field="kpi")
    if terms.weight <= 0 or terms.weight > 100:
        raise WrongScheme(
            _("A weight is above 0 and at most 100. Write such a number, or remove the indicator."), field="weight"
        )
    row = locked_indicator(indicator) if indicator else Indicator(scheme=card.scheme, scorecard=card)
    last = scorecard.indicators.aggregate(last=Max("position"))["last"] or 0
    row.position = terms.position or (row.position if row.pk else last + 1)
    row.code, row.name, row.kpi = require_code(terms.code), require_name(terms.name), terms.kpi
    row.method, row.params, row.weight = terms.method, dict(terms.params), terms.weight
    row.target_policy, row.clause = terms.target_policy, terms.clause.strip()
    try:
        with because("assessments.indicator_saved", by=by), transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise WrongScheme(
            _("This scorecard has an indicator with the code %(code)s already. Choose another code.")
            % {"code": row.code},
            field="code",
        ) from error
    return row


@transaction.atomic
def remove_indicator(*, indicator: Indicator, by: User) -> None:
    """Take an indicator out of a draft. assessments.edit_schemes."""
    locked_draft(indicator.scheme)
    row = locked_indicator(indicator)
    with because("assessments.indicator_removed", by=by):
        row.delete()


def locked_draft(scheme: Scheme) -> Scheme:
    """The scheme under lock; refused unless it is a draft."""
    locked = Scheme.objects.select_for_update().get(pk=scheme.pk)
    require_draft(locked)
    return locked


def require_draft(scheme: Scheme) -> None:
    """Refuse, with the present state, what is no draft any more."""
    if scheme.state == SchemeState.DRAFT:
        return
    raise SchemeNotDraft(
        _("%(scheme)s is “%(state)s”: only a draft can be changed. Copy it into a new one.")
        % {"scheme": scheme, "state": scheme.get_state_display()},
        details={"state": scheme.state},
    )


def locked_card(scorecard: Scorecard) -> Scorecard:
    """A scorecard of a draft, its scheme under lock; refused when somebody has removed it meanwhile."""
    draft = locked_draft(scorecard.scheme)
    found = draft.scorecards.filter(pk=scorecard.pk).first()
    if found is None:
        raise Removed(_("Somebody has removed the scorecard meanwhile. Go back to the scheme."))
    return found


def locked_indicator(indicator: Indicator) -> Indicator:
    """An indicator whose scheme is under lock; refused when somebody has removed it meanwhile."""
    found = Indicator.objects.filter(pk=indicator.pk).first()
    if found is None:
        raise Removed(_("Somebody has removed the indicator meanwhile. Go back to the scheme."))
    return found


def require_sane(limits: Limits) -> Limits:
    """Refuse limits that contradict themselves, each by its own field."""
    if not 0 <= limits.min_coverage <= 100:
        raise WrongScheme(
            _("The least weight with data is a percentage: 0 to 100. Write such a number."), field="min_coverage"
        )
    if limits.min_total >= limits.max_total:
        raise WrongScheme(
            _("The highest total must be above the lowest. Raise it, or lower the lowest."), field="max_total"
        )
    for name in ("bonus_cap", "deduction_cap"):
        cap = getattr(limits, name)
        if cap is not None and cap < 0:
            raise WrongScheme(_("A cap is 0 or more; leave it empty for none."), field=name)
    if any(len(str(row.get("grade", ""))) > LONGEST_GRADE for row in limits.grades):
        raise WrongScheme(_("The name of a grade has at most 10 signs. Shorten it."), field="grades")
    for row in limits.grades:
        share = exact(row.get("quota")) if row.get("quota") not in (None, "") else Fraction(0)
        if share is None or not 0 <= share <= 100 or round_half_up(share, 2) != share:
            raise WrongScheme(
                _(
                    "The recommended share of grade %(grade)s is a percentage: write 0 to 100 with at most two places, "
                    "or leave it empty."
                )
                % {"grade": row.get("grade", "")},
                field="grades",
            )
    return limits


def require_name(name: str) -> str:
    """A name that says something."""
    if not name.strip():
        raise WrongScheme(_("Give it a name."), field="name")
    return name.strip()


def require_code(code: str) -> str:
    """A code that says something."""
    if not code.strip():
        raise WrongScheme(_("Give it a code."), field="code")
    return code.strip()
