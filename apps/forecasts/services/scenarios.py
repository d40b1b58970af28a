"""What-ifs: kept under a name beside the forecast, read by nothing but their own page."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Conflict, NotFound, Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.core.scope import Scope
from apps.forecasts.models import ForecastMonth, Scenario
from apps.forecasts.rules.what_if import Change
from apps.forecasts.selectors import Subject
from apps.forecasts.services.overriding import newest_forecast, require_adjustable, require_ahead

MOST_SCENARIOS = 20
LONGEST_NAME = 120
LEVEL_ENDS = (Decimal(-100), Decimal(1000))
GROWTH_ENDS = (Decimal(-50), Decimal(50))


class WrongScenario(Refusal):
    """The what-if cannot be kept as it is."""

    code = "wrong_scenario"


class TooManyScenarios(Conflict):
    """Others have to go first."""

    code = "too_many_scenarios"


@transaction.atomic
def save_scenario(
    *, subject: Subject, name: str, from_month: Month, change: Change, scope: Scope, by: User, now: datetime
) -> Scenario:
    """Keep a what-if under a name. forecasts.adjust, for departments of the scope.

    Changes nothing else. Refuses one in which nothing changes, a month that is not ahead, percentages beyond reason, a name
    that is empty or taken, and more than twenty of one series.
    """
    require_adjustable(scope, subject)
    issue, row = newest_forecast(scope, subject)
    require_ahead(from_month, issue, row, now)
    require_change(change)
    # Whoever keeps another one waits here, so that two cannot take the last place or the same name.
    ForecastMonth.objects.select_for_update(no_key=True).get(month=issue.month)
    kept = Scenario.objects.filter(kind=subject.kind, department=subject.department, kpi=subject.kpi)
    words = name_given(name, [one.name for one in kept])
    if len(kept) >= MOST_SCENARIOS:
        raise TooManyScenarios(_("There are %(n)s what-ifs already. Delete one first.") % {"n": MOST_SCENARIOS})
    with because("forecasts.scenario_saved", by=by):
        return Scenario.objects.create(
            name=words,
            department=subject.department,
            kind=subject.kind,
            kpi=subject.kpi,
            from_month=from_month.first_day,
            level_pct=change.level_pct,
            growth_pct=change.growth_pct,
            one_off=change.one_off,
            made_by=by,
        )


@transaction.atomic
def delete_scenario(*, scenario: Scenario, scope: Scope, by: User, now: datetime) -> None:
    """Throw a what-if away. forecasts.adjust, for departments of the scope. A second click finds nothing."""
    del now
    require_adjustable(scope, Subject(scenario.kind, scenario.department, scenario.kpi))
    with because("forecasts.scenario_deleted", by=by):
        count, _rows = Scenario.objects.filter(pk=scenario.pk).delete()
    if not count:
        raise NotFound(_("There is no such what-if, or it lies outside what you may see."))


def name_given(name: str, taken: list[str]) -> str:
    """The name, without spaces around it."""
    words = name.strip()
    if not words or len(words) > LONGEST_NAME:
        raise WrongScenario(_("Give it a name of at most %(n)s signs.") % {"n": LONGEST_NAME}, field="name")
    if words.casefold() in {one.casefold() for one in taken}:
        raise WrongScenario(_("There is a what-if of this name already. Choose another name."), field="name")
    return words


def require_change(change: Change) -> None:
    """Refuse what changes nothing, and what no company lives through."""
    if change.is_nothing:
        message = _("Nothing changes: that is the forecast itself. Fill in a level, a growth or a one-off.")
        raise WrongScenario(message, field="level_pct")
    for field, value, (low, high) in (
        ("level_pct", change.level_pct, LEVEL_ENDS),
        ("growth_pct", change.growth_pct, GROWTH_ENDS),
    ):
        if not low <= value <= high:
            message = _("Write a percentage from %(low)s to %(high)s.") % {"low": low, "high": high}
            raise WrongScenario(message, field=field)
