"""Schemes as they are read: the list, one of them, what stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateField, Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext as _

from apps.assessments.choices import SchemeState
from apps.assessments.models import AssessedDepartment, Indicator, Scheme, Scorecard
from apps.assessments.models.schemes import SchemeQuerySet
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import readable_departments
from apps.kpis.models import Kpi
from apps.kpis.selectors import Fact, month_facts

VIEW = "assessments.view_schemes"
SHOWN_PLACES = 60


def visible_schemes(scope: Scope) -> SchemeQuerySet:
    """Every version of the rules, for those who may read them; the rules are the same for everybody."""
    return Scheme.objects.all() if scope.may(VIEW) else Scheme.objects.none()


def others_than(scope: Scope, scheme: Scheme) -> SchemeQuerySet:
    """What SCHEME may be compared with: every other version that was not given up."""
    return visible_schemes(scope).exclude(pk=scheme.pk).exclude(state=SchemeState.DISCARDED)


def counted(model: Any) -> Coalesce:
    """How many rows of MODEL belong to a scheme."""
    rows = model.objects.filter(scheme=OuterRef("pk")).order_by().values("scheme").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)


def listed_schemes(scope: Scope) -> QuerySet[Scheme]:
    """The same with `department_count`, `indicator_count` and `is_turn`: whether approved rules began before."""
    former = Scheme.objects.approved().filter(valid__startswith__lt=Lower(OuterRef("valid"), output_field=DateField()))
    return (
        visible_schemes(scope)
        .annotate(
            department_count=counted(AssessedDepartment), indicator_count=counted(Indicator), is_turn=Exists(former)
        )
        .select_related("drafted_by")
    )


def scheme_for(scope: Scope, pk: int) -> Scheme:
    """One scheme; NotFound is the same for what does not exist and what may not be read."""
    found = visible_schemes(scope).filter(pk=pk).select_related("basis", "drafted_by", "case").first()
    if found is None:
        raise NotFound(_("There is no such scheme, or it lies outside what you may see."))
    return found


def scorecard_for(scope: Scope, pk: int) -> Scorecard:
    """One scorecard with its scheme."""
    found = Scorecard.objects.filter(pk=pk, scheme__in=visible_schemes(scope)).select_related("scheme").first()
    if found is None:
        raise NotFound(_("There is no such scorecard, or somebody has removed it."))
    return found


def indicator_for(scope: Scope, pk: int) -> Indicator:
    """One indicator with its scorecard, scheme and KPI."""
    rows = Indicator.objects.select_related("scorecard__scheme", "scheme", "kpi")
    found = rows.filter(pk=pk, scheme__in=visible_schemes(scope)).first()
    if found is None:
        raise NotFound(_("There is no such indicator, or somebody has removed it."))
    return found


@dataclass(frozen=True, slots=True)
class Sheet:
    """A scorecard with everything in it, as far as the reader may know the departments."""

    card: Scorecard
    indicators: Sequence[Indicator]
    places: Sequence[AssessedDepartment]
    place_count: int
    """All departments in it, also those that are not named."""

    @property
    def weight(self) -> Decimal:
        return sum((row.weight for row in self.indicators), Decimal(0))

    @property
    def is_whole(self) -> bool:
        """Whether the weights are exactly 100."""
        return self.weight == 100

    @property
    def unnamed_count(self) -> int:
        return self.place_count - len(self.places)


def sheets_of(scheme: Scheme, scope: Scope, *, most: int | None = SHOWN_PLACES) -> list[Sheet]:
    """The scorecards of a scheme in their order, each with its indicators and at most MOST of the departments that the
    reader may know of. Three queries."""
    cards = list(scheme.scorecards.annotate(place_count=Count("assessed")))
    by_card: dict[int, list[Indicator]] = {}
    for row in scheme.indicators.select_related("kpi__department").order_by("position", "pk"):
        by_card.setdefault(row.scorecard_id, []).append(row)
    seen: dict[int, list[AssessedDepartment]] = {}
    places = scheme.assessed.select_related("department").order_by("department__name", "pk")
    if not scope.is_company:
        places = places.filter(department__in=readable_departments(scope).values("pk"))
    for place in places.iterator():
        held = seen.setdefault(place.scorecard_id, [])
        if most is None or len(held) < most:
            held.append(place)
    return [Sheet(card, by_card.get(card.pk, ()), seen.get(card.pk, ()), card.place_count) for card in cards]


def weight_of_others(scorecard: Scorecard, *, besides: int = 0) -> Decimal:
    """The sum of the weights of a scorecard's other indicators."""
    rows = scorecard.indicators.exclude(pk=besides)
    return rows.aggregate(total=Sum("weight"))["total"] or Decimal(0)


def first_fact(scorecard: Scorecard, kpi: Kpi) -> Fact:
    """What is aimed at in the scheme's first month: by the scorecard's first department, else by everybody."""
    places = list(scorecard.assessed.order_by("department").values_list("department", flat=True)[:1]) or [0]
    month = Month.of(scorecard.scheme.valid.lower)
    return next(iter(month_facts(month=month, kpis=[kpi.pk], departments=places)))


def places_of(scorecard: Scorecard) -> QuerySet[AssessedDepartment]:
    """The departments of a scorecard by code."""
    return scorecard.assessed.select_related("department").order_by("department__code")
