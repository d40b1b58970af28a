"""What is to be reported for the assessment of a month, and what was: as far as the person may enter it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import DateField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.utils.translation import gettext as _

from apps.assessments.choices import Method
from apps.assessments.models import AssessedDepartment, Entry, Indicator
from apps.assessments.selectors.assessed import ENTERED, assessed_place, scheme_in_force
from apps.assessments.selectors.exemptions import confirmed_exemptions
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text
from apps.departments.selectors import department_for, visible_departments

ENTER = "assessments.enter"


def entry_lines(scope: Scope, month: Month) -> QuerySet[AssessedDepartment]:
    """One row for each department and indicator the person may report for, with what was reported last: `month`,
    `indicator_pk`, `indicator_code`, `indicator_name`, `method`, `version` (None: nothing), `said_at`, `said_by_name`,
    `is_restated`, `evidence`, `is_left_out` (approved as not applicable)."""
    scheme = scheme_in_force(month)
    rows = AssessedDepartment.objects.filter(
        scheme=scheme,
        scorecard__indicators__method__in=ENTERED,
        scorecard__indicators__kpi=None,
        department__in=visible_departments(scope, day=month.last_day),
    ).annotate(
        month=Value(month.first_day, output_field=DateField()),
        indicator_pk=F("scorecard__indicators__pk"),
        indicator_code=F("scorecard__indicators__code"),
        indicator_name=F("scorecard__indicators__name"),
        indicator_position=F("scorecard__indicators__position"),
        method=F("scorecard__indicators__method"),
    )
    last = Entry.objects.filter(
        month=month.first_day, indicator=OuterRef("indicator_pk"), department=OuterRef("department")
    ).order_by("-version")
    columns = {
        "version": "version",
        "said_at": "said_at",
        "said_by_name": "said_by__name",
        "is_restated": "is_restated",
        "evidence": "evidence",
    }
    exempt = confirmed_exemptions(month).filter(department=OuterRef("department"), code=OuterRef("indicator_code"))
    found = rows.annotate(
        **{name: Subquery(last.values(source)[:1]) for name, source in columns.items()}, is_left_out=Exists(exempt)
    )
    return found.select_related("department") if scheme and scope.may(ENTER) else found.none()


def still_to_report(scope: Scope, month: Month) -> QuerySet[AssessedDepartment]:
    """Of these the ones for which nothing was reported yet, but for those approved as not applicable."""
    rows: Any = entry_lines(scope, month)  # with columns its model does not have
    return cast(QuerySet[AssessedDepartment], rows.filter(is_left_out=False, version=None))


@dataclass(frozen=True, slots=True)
class ToReport:
    """One indicator of a department with everything that was ever reported for it in the month, the newest first."""

    indicator: Indicator
    versions: Sequence[Entry]
    former: Entry | None
    """What was reported last for the month before: milestones go on from there."""
    is_left_out: bool
    """Whether it was approved as not applicable."""

    @property
    def last(self) -> Entry | None:
        """The version that counts."""
        return self.versions[0] if self.versions else None


@dataclass(frozen=True, slots=True)
class PlaceToReport:
    """A department the person may report for, with its indicators; none where it is not assessed in the month."""

    department: Any
    scheme: Any
    lines: Sequence[ToReport]


def place_to_report(scope: Scope, month: Month, department: int) -> PlaceToReport:
    """Everything one department reports for a month. NotFound for one that is not theirs. Eight queries."""
    place = department_for(scope, department)
    scheme = scheme_in_force(month)
    row = assessed_place(scheme, month, place.pk) if scheme else None
    if row is None:
        return PlaceToReport(place, scheme, ())
    indicators = list(
        Indicator.objects.filter(scorecard=row.scorecard_id, method__in=ENTERED, kpi=None).order_by("position", "pk")
    )
    said = entries_by_indicator(month, place.pk, indicators)
    before = entries_by_indicator(
        month.plus(-1), place.pk, [one for one in indicators if one.method == Method.MILESTONE]
    )
    left_out = set(confirmed_exemptions(month).filter(department=place).values_list("code", flat=True))
    lines = [
        ToReport(one, said.get(one.pk, ()), next(iter(before.get(one.pk, ())), None), one.code in left_out)
        for one in indicators
    ]
    return PlaceToReport(place, scheme, lines)


def entries_by_indicator(month: Month, department: int, indicators: Sequence[Indicator]) -> Mapping[int, list[Entry]]:
    """Every version for these indicators, the newest first. One query; none for no indicators."""
    found: dict[int, list[Entry]] = {}
    if indicators:
        rows = Entry.objects.filter(month=month.first_day, department=department, indicator__in=indicators)
        for row in rows.select_related("said_by").order_by("-version"):
            found.setdefault(row.indicator_id, []).append(row)
    return found


def line_to_report(place: PlaceToReport, indicator: int) -> ToReport:
    """One of its indicators, or NotFound."""
    found = next((one for one in place.lines if one.indicator.pk == indicator), None)
    if found is None:
        raise NotFound(
            _(
                "This department reports nothing for such an indicator in this month. Choose one of its list of entries."
            ),
            field="indicator",
        )
    return found


def visible_entries(scope: Scope) -> QuerySet[Entry]:
    """Every version of what was reported for departments in the reach, for those who report and those who judge."""
    rows = Entry.objects.select_related("indicator", "department", "said_by")
    if not (scope.may(ENTER) or scope.may("assessments.view_drafts")):
        return rows.none()
    return rows if scope.is_company else rows.filter(department__in=visible_departments(scope))


def indicator_named(scope: Scope, month: Month, department: int, key: int | str) -> Indicator:
    """The indicator an id or a code means for a department in a month, by whatever method; NotFound names it."""
    scheme = scheme_in_force(month)
    row = assessed_place(scheme, month, department) if scheme and scope.may("assessments.view") else None
    rows = Indicator.objects.filter(scorecard=row.scorecard_id) if row else Indicator.objects.none()
    found = rows.filter(pk=key).first() if isinstance(key, int) else rows.filter(code=key).first()
    if found is None:
        raise NotFound(
            _("No indicator “%(key)s” judges this department in %(month)s.") % {"key": key, "month": month_text(month)},
            field="indicator",
        )
    return found
