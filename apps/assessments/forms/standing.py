"""Input of what a scheme lays down beside its scorecards: items, people and rewards, calendar and calibration."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.assessments.choices import VetoAction, VetoScope
from apps.assessments.forms.rows import Cell, Redrawn, RowsField, number_or_nothing, number_text, one_of, words
from apps.assessments.forms.schemes import grade_name, plain, points_field
from apps.assessments.models import Scheme
from apps.assessments.services.standing import CALENDAR, GM_LIMIT, MOST_COEF, MOST_DAYS, POOL, ROLES

ACTIONS = (("", _("Choose …")), *VetoAction.choices)
SCOPES = (("", VetoScope.DEPARTMENT.label), *(one for one in VetoScope.choices if one[0] != VetoScope.DEPARTMENT))
USUAL_DAYS = {"calculate": 6, "review": 8, "publish": 10, "appeal_days": 5, "ruling_days": 5}
"""DOMAIN.md section 2, typical calendar."""
USUAL_LEAST_DAYS = 15


def grade_or_nothing(text: str) -> str:
    """The name of a grade, or nothing."""
    return grade_name(text) if text else ""


def scope_or_usual(text: str) -> str | None:
    """Whom a veto hits; nothing where it is the department."""
    return one_of(SCOPES[1:])(text) if text else None


def item_cells() -> tuple[Cell, ...]:
    """The columns of bonus items and of deductions."""
    return (
        Cell("code", _("Code"), words(40), is_number=False),
        Cell("name", _("For what"), words(200), is_number=False, longest=200, is_wide=True),
        Cell("points_each", _("Points each"), number_text),
        Cell("cap", _("At most"), number_or_nothing),
        Cell("clause", _("Clause"), words(200, may_be_empty=True), is_number=False, longest=200),
    )


class StandingForm(Redrawn, forms.Form):
    """One page of it. PARTS are the columns of Scheme it writes."""

    def parts(self) -> dict[str, Any]:
        """What the services take."""
        return dict(self.cleaned_data)

    @staticmethod
    def start(scheme: Scheme) -> dict[str, Any]:
        """What the fields start from."""
        raise NotImplementedError


class ItemsForm(StandingForm):
    """What is added to or taken from the hundred, and what has the last word."""

    bonus_items = RowsField(
        item_cells(),
        label=_("Bonus items"),
        required=False,
        once="code",
        help_text=_("Points added beside the hundred. Empty cap: no limit but the one of all bonus points."),
    )
    penalty_items = RowsField(
        item_cells(),
        label=_("Deductions"),
        required=False,
        once="code",
        help_text=_("Points taken off beside the hundred."),
    )
    veto_items = RowsField(
        (
            Cell("code", _("Code"), words(40), is_number=False),
            Cell("name", _("Which event"), words(200), is_number=False, longest=200, is_wide=True),
            Cell("action", _("What it does"), one_of(ACTIONS[1:]), is_number=False, choices=ACTIONS, is_wide=True),
            Cell("value", _("Most points left"), number_or_nothing),
            Cell("grade", _("Best grade left"), grade_or_nothing, is_number=False, longest=10),
            Cell("scope", _("Whom it hits"), scope_or_usual, is_number=False, choices=SCOPES, is_wide=True),
            Cell("clause", _("Clause"), words(200, may_be_empty=True), is_number=False, longest=200),
        ),
        label=_("Vetoes"),
        required=False,
        once="code",
        help_text=_(
            "The strictest has the last word; none ever raises a score. Points or a grade only where it limits them."
        ),
    )

    @staticmethod
    def start(scheme: Scheme) -> dict[str, Any]:
        return {name: getattr(scheme, name) for name in ("bonus_items", "penalty_items", "veto_items")}


def weight_field(label: Any, help_text: Any) -> forms.DecimalField:
    """A weight of the department's score; the personal part is the rest of the hundred."""
    return forms.DecimalField(
        label=label, help_text=help_text, max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )


def pool_weight_field(label: Any) -> forms.DecimalField:
    """A role's weight in the pool."""
    return forms.DecimalField(
        label=label,
        max_digits=6,
        decimal_places=4,
        min_value=0,
        max_value=MOST_COEF,
        required=False,
        help_text=_("2: each point of theirs counts twice, 0: no share. Empty: 1."),
    )


class PeopleForm(StandingForm):
    """How the department's score becomes people's scores, and these become rewards."""

    head = weight_field(
        _("Heads: weight of the department's score, %"), _("The personal part is the rest. Usual: 70 to 100.")
    )
    deputy_head = weight_field(_("Deputies: weight of the department's score, %"), _("Usual: 50 to 70."))
    member = weight_field(
        _("Members: weight of the department's score, %"), _("Usual: 20 to 40. All three empty: people have no scores.")
    )
    min_days = forms.IntegerField(
        label=_("Fewest days in the month"),
        min_value=0,
        max_value=31,
        required=False,
        help_text=_("Who was there for fewer is not assessed. Empty: 15."),
    )
    reward_rules = RowsField(
        (
            Cell("grade", _("Grade"), grade_name, is_number=False, longest=10),
            Cell("dept_coef", _("Coefficient of the department"), number_or_nothing),
            Cell("personal_coef", _("Personal coefficient"), number_or_nothing),
        ),
        label=_("Rewards by grade"),
        required=False,
        once="grade",
        help_text=_(
            "A reward is the monthly base × both coefficients × days. 1: as usual, 0: none. All empty: no rewards."
        ),
    )

    pool_amount = forms.DecimalField(
        label=_("Pool to be shared each month"),
        max_digits=15,
        decimal_places=2,
        min_value=Decimal("0.01"),
        required=False,
        help_text=_(
            "In the company’s currency. Everybody with a score gets a share by points × weight × days; the shares add up to "
            "the pool to the cent. Empty: no pool."
        ),
    )
    pool_head = pool_weight_field(_("Pool: weight of heads"))
    pool_deputy_head = pool_weight_field(_("Pool: weight of deputies"))
    pool_member = pool_weight_field(_("Pool: weight of members"))
    gm_limit = forms.DecimalField(
        label=_("Amount above which the GM decides on a reward"),
        max_digits=15,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=_("In the company’s currency. Empty: the COO decides on every reward but the own."),
    )

    def clean_reward_rules(self) -> dict[str, Any]:
        """By grade, as the rules read it; lines in which only the grade stands say nothing."""
        found: dict[str, Any] = {"dept_coef": {}, "personal_coef": {}}
        for row in self.cleaned_data["reward_rules"]:
            known = [key for key in found if row[key] is not None]
            if len(known) == 1:
                raise ValidationError(_now("Grade %(grade)s: write both coefficients.") % row)
            for key in known:
                found[key][row["grade"]] = row[key]
        return found if found["dept_coef"] else {}

    def clean(self) -> dict[str, Any]:
        """All three roles, or none."""
        given = super().clean() or self.cleaned_data
        missing = [role for role in ROLES if given.get(role) is None and role not in self.errors]
        if missing and len(missing) < len(ROLES):
            for role in missing:
                self.add_error(role, _now("Write it for heads, deputies and members, or leave all three empty."))
        if "reward_rules" not in self.errors and "pool_amount" not in self.errors:
            self.check_pool(given)
        return given

    def check_pool(self, given: dict[str, Any]) -> None:
        """Weights and the limit belong to something."""
        pool = given.get("pool_amount")
        if given.get("gm_limit") is not None and not given.get("reward_rules") and pool is None:
            self.add_error(
                "gm_limit",
                _now("There are no rewards it could limit: write coefficients or a pool, or leave it empty."),
            )
        for role in ROLES if pool is None else ():
            if given.get(f"pool_{role}") is not None:
                self.add_error(
                    "pool_amount", _now("Write the amount that is shared, or leave the weights of the pool empty.")
                )
                return

    def parts(self) -> dict[str, Any]:
        given = self.cleaned_data
        staff: dict[str, Any] = {}
        if given["head"] is not None:
            staff = {role: weights_of(given[role]) for role in ROLES}
            staff["min_days"] = str(USUAL_LEAST_DAYS if given["min_days"] is None else given["min_days"])
        rewards = given["reward_rules"]
        if given["pool_amount"] is not None:
            rewards = {**rewards, POOL: pool_of(given)}
        if given["gm_limit"] is not None:
            rewards = {**rewards, GM_LIMIT: plain(given["gm_limit"])}
        return {"staff_rules": staff, "reward_rules": rewards}

    @staticmethod
    def start(scheme: Scheme) -> dict[str, Any]:
        weights = {role: (scheme.staff_rules.get(role) or {}).get("dept_weight") for role in ROLES}
        pool = scheme.reward_rules.get(POOL) or {}
        return {
            **weights,
            "pool_amount": pool.get("amount"),
            **{f"pool_{role}": pool.get(role) for role in ROLES},
            "min_days": scheme.staff_rules.get("min_days"),
            "reward_rules": reward_rows(scheme),
            GM_LIMIT: scheme.reward_rules.get(GM_LIMIT),
        }


def pool_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The pool as the rules read it; a weight that is not written is 1."""
    weights = {role: given[f"pool_{role}"] for role in ROLES}
    return {
        "amount": plain(given["pool_amount"]),
        **{role: "1" if weight is None else plain(weight) or "0" for role, weight in weights.items()},
    }


def weights_of(weight: Decimal) -> dict[str, str]:
    """Both weights of a role as text."""
    return {"dept_weight": plain(weight) or "0", "personal_weight": plain(100 - weight) or "0"}


def reward_rows(scheme: Scheme) -> list[Mapping[str, Any]]:
    """One line for each grade of the scheme, and for each that still has a coefficient."""
    rules = scheme.reward_rules
    dept, personal = rules.get("dept_coef") or {}, rules.get("personal_coef") or {}
    grades = dict.fromkeys([*(str(row["grade"]) for row in scheme.grades), *dept, *personal])
    return [{"grade": grade, "dept_coef": dept.get(grade), "personal_coef": personal.get(grade)} for grade in grades]


def day_field(name: str, label: Any, help_text: Any) -> forms.IntegerField:
    """A working day, or how many."""
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
        help_text=format_lazy("{} {}: {}.", help_text, _("Usual"), USUAL_DAYS[name]),
    )


class CalendarForm(StandingForm):
    """When each step of a month is done, how far a calibration goes, and what a year's score is made of."""

    calculate = day_field("calculate", _("Calculated on working day"), _("Of the following month."))
    review = day_field("review", _("Reviewed by working day"), _("Of the following month."))
    publish = day_field("publish", _("Published by working day"), _("Of the following month."))
    appeal_days = day_field("appeal_days", _("Working days to appeal"), _("From the publication on."))
    ruling_days = day_field("ruling_days", _("Working days to rule on an appeal"), _("From the day it is filed."))
    calibration_band = points_field(
        _("Most points a calibration moves a score"), _("Up or down, with a reason. 0: no calibration."), min_value=0
    )
    cumulative_pct = forms.DecimalField(
        label=_("Share of the year's score that stands on cumulative values, %"),
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text=_(
            "The rest is the mean of the months: 40 makes it 60 % mean and 40 % on cumulative values. 0: no blend."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """All days, or none."""
        given = super().clean() or self.cleaned_data
        missing = [name for name in CALENDAR if given.get(name) is None and name not in self.errors]
        if missing and len(missing) < len(CALENDAR):
            for name in missing:
                self.add_error(name, _now("Write every day of the calendar, or none."))
        return given

    def parts(self) -> dict[str, Any]:
        given = self.cleaned_data
        is_set = given["calculate"] is not None
        days = {name: str(given[name]) for name in CALENDAR} if is_set else {}
        share = given["cumulative_pct"] or Decimal(0)
        return {"calendar": days, "calibration_band": given["calibration_band"], "cumulative_pct": share}

    @staticmethod
    def start(scheme: Scheme) -> dict[str, Any]:
        numbers = {name: plain(getattr(scheme, name)) for name in ("calibration_band", "cumulative_pct")}
        return {**scheme.calendar, **numbers}
