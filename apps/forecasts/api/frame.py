"""What the views of forecasts share: fields, the query parameters, departments and subjects that are named."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.errors import NotFound
from apps.core.http.fields import IdsField, MonthField, id_field
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import departments_asked
from apps.forecasts.choices import ForecastMethod, SubjectKind, WarningKind
from apps.forecasts.models import ForecastIssue
from apps.forecasts.selectors import Subject, current_issue, visible_issues
from apps.forecasts.selectors.issues import warned_by
from apps.forecasts.selectors.series import subject_for

WARNINGS = [(word.value, word.label) for word in WarningKind if word]


def month_word(day: date | None) -> str | None:
    """A month as the API writes it: YYYY-MM."""
    return None if day is None else f"{day:%Y-%m}"


def month_ahead(day: date) -> Month:
    """A month that was sent. NotFound past the last month there is a word for."""
    if day.year > LAST_YEAR:
        raise NotFound(_("Nothing is known of %(month)s.") % {"month": date_format(day, "F Y")}, field="month")
    return Month.of(day)


LAST_YEAR = 9900


def issue_asked(scope: Scope, given: dict[str, Any]) -> ForecastIssue:
    """The issue that is asked for: by its id, by month (the version that counts), or the newest that counts."""
    if "issue" in given:
        found = visible_issues(scope).filter(pk=given["issue"]).first()
    else:
        found = current_issue(scope, month_ahead(given["month"]) if "month" in given else None)
    if found is None:
        raise NotFound(_("No forecast was issued for that."), field="issue" if "issue" in given else "month")
    return found


class SubjectInput(serializers.Serializer[Any]):
    """What a series is about."""

    kind = serializers.ChoiceField(choices=SubjectKind.choices, help_text="What is foretold.")
    department = id_field("Id of the department.")
    kpi = id_field("Id of the KPI; only where the kind is kpi.", required=False, allow_null=True)


def subject_named(scope: Scope, given: dict[str, Any]) -> Subject:
    """The subject of a body. NotFound for what is none and what is not the caller's."""
    return subject_for(scope, given["kind"], given["department"], given.get("kpi"))


class IssuesQuery(serializers.Serializer[Any]):
    """Narrow the issues."""

    month = MonthField(required=False, help_text="Whose last known month is this, YYYY-MM.")


class IssueQuery(serializers.Serializer[Any]):
    """Which issue; left out, the newest that counts."""

    month = MonthField(required=False, help_text="The issue that counts for this month, YYYY-MM.")
    issue = id_field("Id of an issue, whether it counts or not.", required=False)


class SeriesQuery(IssueQuery):
    """Narrow the series of an issue."""

    kind = serializers.ChoiceField(required=False, choices=SubjectKind.choices, help_text="What is foretold.")
    department = IdsField(required=False, help_text="Ids of departments.")
    kpi = IdsField(required=False, help_text="Ids of KPIs.")
    warning = serializers.ChoiceField(required=False, choices=WARNINGS, help_text="With this early warning.")
    method = serializers.ChoiceField(required=False, choices=ForecastMethod.choices, help_text="Made this way.")


class JudgementsQuery(serializers.Serializer[Any]):
    """Narrow own figures or what-ifs."""

    kind = serializers.ChoiceField(required=False, choices=SubjectKind.choices, help_text="What is foretold.")
    department = IdsField(required=False, help_text="Ids of departments.")
    kpi = IdsField(required=False, help_text="Ids of KPIs.")


def narrowed(rows: Any, given: dict[str, Any], scope: Scope) -> Any:
    """ROWS of the kind, departments and KPIs that are asked for."""
    if "department" in given:
        rows = rows.filter(department__in=departments_asked(scope, given["department"]))
    if "kpi" in given:
        rows = rows.filter(kpi__in=given["kpi"])
    if "warning" in given:
        rows = warned_by(rows, [given["warning"]])
    return rows.filter(**{name: given[name] for name in ("kind", "method") if name in given})
