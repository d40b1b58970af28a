"""The list of indicators for one month: narrowed in the database, then each one of a page with its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Subquery

from apps.core.clock import today
from apps.core.month import Month
from apps.core.scope import Scope
from apps.kpis.choices import Frequency, Status, ValueKind
from apps.kpis.models import Kpi, KpiMonth, KpiQuerySet, KpiSeries, KpiValue
from apps.kpis.rules.absence import MONTHS_OF, is_last_of_period
from apps.kpis.selectors.finding import visible_kpis
from apps.kpis.selectors.months import Calendar, Facts, Line, facts_of, lines_of
from apps.kpis.selectors.places import placed_kpis

CARD = "card"
SPARK_MONTHS = 13
OFF = (Status.RED.value, Status.AMBER.value)
WORDS = """
SELECT 'family', family FROM kpis_kpi WHERE {visible} AND family <> '' GROUP BY family
UNION ALL SELECT 'tag', tag FROM kpis_kpi, unnest(tags) AS tag WHERE {visible} GROUP BY tag
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Card:
    """An indicator in the month that is looked at, and the months before it."""

    facts: Facts
    month: Month
    line: Line | None
    former: Line | None
    """The figure of the period before, of which the change is told."""
    values: tuple[Decimal | None, ...]
    """Thirteen months, this one last: what the small line draws."""
    absence: str
    since: Month | None
    """The first month of those in a row in which it is off target; None: it is not off."""
    latest: tuple[Month, Line] | None
    """The latest figure before this month, for months that have none."""

    @property
    def status(self) -> str:
        return self.line.status if self.line else Status.GREY.value

    @property
    def target(self) -> tuple[Decimal | None, Decimal | None]:
        """(target or lower end, upper end) of the month, reported or not."""
        return (self.line.target, self.line.upper) if self.line else (self.facts.aim, self.facts.aim_upper)

    @property
    def change(self) -> Decimal | None:
        """Against the period before, in the indicator's unit."""
        if self.line is None or self.former is None or None in {self.line.value, self.former.value}:
            return None
        return self.line.value - self.former.value  # type: ignore[operator]


def card_of(facts: Facts, month: Month, lines: Mapping[Month, Line], *, is_past_cut_off: bool) -> Card:
    """One card out of what was read for it."""
    line = lines.get(month)
    months = month.plus(1 - SPARK_MONTHS).until(month)
    earlier = [one for one in reversed(months[:-1]) if one in lines and lines[one].value is not None]
    values = tuple(lines[one].value if one in lines else None for one in months)
    return Card(
        facts=facts,
        month=month,
        line=line,
        former=lines.get(month.plus(-MONTHS_OF[facts.frequency])),
        values=tuple(value for one, value in zip(months, values, strict=True) if facts.is_due_in(one)),
        absence=facts.absence(month, line, is_past_cut_off=is_past_cut_off),
        since=off_since(lines, month),
        latest=(earlier[0], lines[earlier[0]]) if earlier else None,
    )


def off_since(lines: Mapping[Month, Line], month: Month) -> Month | None:
    """Since when it is off target without a month on target between; months without a figure tell nothing."""
    since = None
    for one in sorted((known for known in lines if known <= month), reverse=True):
        status = lines[one].status
        if status in OFF:
            since = one
        elif one == month or status == Status.GREEN:
            break
    return since


def give_cards(rows: Sequence[Any], *, month: Month, calendar: Calendar) -> None:
    """Give every indicator of ROWS (from placed_kpis) its card. Two queries, however many rows."""
    pairs = [(row.pk, row.place_id) for row in rows]
    facts = facts_of(pairs, month)
    lines = lines_of(pairs, first=month.plus(1 - SPARK_MONTHS), last=month)
    is_past = calendar.is_past_cut_off(month)
    for row, pair in zip(rows, pairs, strict=True):
        setattr(row, CARD, card_of(facts[pair], month, lines.get(pair, {}), is_past_cut_off=is_past))


def board_kpis(scope: Scope, root: int | None = None) -> Any:
    """Indicators in use that the person may see, with `place_id`, and what their names and owners need."""
    in_use = Q(retired_from=None) | Q(retired_from__gt=today())
    return placed_kpis(scope, root).filter(in_use).select_related("owner")


def with_status(rows: KpiQuerySet, statuses: Sequence[str], month: Month) -> KpiQuerySet:
    """Of ROWS those whose light in the month is one of STATUSES."""
    months = KpiMonth.objects.filter(
        kpi=OuterRef("pk"), department=OuterRef("place_id"), month=month.first_day, status__in=statuses
    )
    return rows.filter(Exists(months))


def with_missing(rows: KpiQuerySet, month: Month) -> KpiQuerySet:
    """Of ROWS those of which a department was to report the month and has not."""
    start = settings.FISCAL_YEAR_FIRST_MONTH
    due = [name for name in Frequency.values if is_last_of_period(month.first_day, name, start)]
    known = KpiValue.objects.current().filter(month=month.first_day, series=OuterRef("pk"))
    expected = KpiSeries.objects.filter(
        Q(last_month=None) | Q(last_month__gte=month.first_day),
        ~Exists(known.exclude(kind=ValueKind.WITHDRAWN)),
        kpi=OuterRef("pk"),
        first_month__lte=month.first_day,
        department__closure_up__ancestor=OuterRef("place_id"),
        department__closure_up__valid__contains=month.last_day,
    )
    here = KpiMonth.objects.filter(kpi=OuterRef("pk"), department=OuterRef("place_id"), month=month.first_day)
    is_missing = Exists(here.filter(expected_count__gt=F("reporting_count"))) | (~Exists(here) & Exists(expected))
    return rows.filter(is_missing, definition__frequency__in=due, definition__formula="")


def words_of(scope: Scope) -> dict[str, list[str]]:
    """Families and tags of the indicators the person may see. One query."""
    sql, given = visible_kpis(scope).order_by().values("pk").query.sql_with_params()
    is_all = scope.is_company and scope.may("kpis.view")
    visible, given = ("true", ()) if is_all else (f"id IN ({sql})", given)
    found: dict[str, list[str]] = {"family": [], "tag": []}
    with connection.cursor() as cursor:
        cursor.execute(WORDS.format(visible=visible), (*given, *given))
        for kind, word in cursor.fetchall():
            found[kind].append(word)
    return found


def off_target(scope: Scope, *, calendar: Calendar, limit: int) -> list[Kpi]:
    """Indicators off target in the last closed month, the red ones first, each with its card. Three queries."""
    month = calendar.closed
    light = KpiMonth.objects.filter(kpi=OuterRef("pk"), department=OuterRef("place_id"), month=month.first_day)
    rows = with_status(board_kpis(scope), OFF, month).annotate(light=Subquery(light.values("status")[:1]))
    found = list(rows.order_by("-light", "name", "pk")[:limit])
    give_cards(found, month=month, calendar=calendar)
    return found
