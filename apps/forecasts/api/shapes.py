"""What the API of forecasts sends, as plain values. Figures are estimates: numbers, in the unit of the series."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from apps.core.month import Month
from apps.forecasts.api.frame import WARNINGS, month_word
from apps.forecasts.choices import ForecastMethod, Remark, SubjectKind
from apps.forecasts.models import ForecastIssue, HorizonAccuracy, Override, PeriodAccuracy, Scenario, SeriesForecast
from apps.forecasts.models.issues import PAST
from apps.forecasts.rules.ahead import BETTER, TOO_FEW, WORSE_THAN_NAIVE, WORSE_THAN_SEASONAL, period_record
from apps.forecasts.rules.measures import measure_of
from apps.forecasts.rules.own_record import WORSE_THAN_FORECAST, own_record
from apps.forecasts.selectors.honesty import JudgedOverride
from apps.forecasts.selectors.series import due_ahead

IN_UNIT = "In the unit of the series."
CHANCE = "0 to 1; null: no target, or no forecast."
UPPER = "Upper end of the target where a range is aimed at; null: no range."
SCALED_PERIOD = "Mean absolute error divided by the usual change from one such period to the next of its series."
VERDICTS = (BETTER, WORSE_THAN_NAIVE, WORSE_THAN_SEASONAL, TOO_FEW)
OWN_VERDICTS = (*VERDICTS, WORSE_THAN_FORECAST)
VERDICT = "`better`, or the plain way that came closer; `few`: too few to say."
SCALED = "Mean absolute error divided by the usual change of a month; 1 is as wrong as that."
YEAR_GAPS = ("highest", "lowest", "unweighed", "weighed", "given", "missing")
PLAIN_ISSUE = ("version", "horizon", "issued_at", "engine", "series_count", "told_count", "warning_count", "reason")
ENDS = ("chance_month", "chance_quarter", "chance_year", "quarter_mean", "quarter_lo80", "quarter_hi80", "quarter_target",
        "year_mean", "year_lo80", "year_hi80", "year_target", "quarter_upper", "year_upper")  # fmt: skip
JUDGED = ("count", "error", "naive_error", "seasonal_error", "in80_count", "in95_count")


def estimate(help_text: str = IN_UNIT) -> serializers.FloatField:
    """A figure that is expected, or null."""
    return serializers.FloatField(allow_null=True, help_text=help_text)


class NamedSerializer(serializers.Serializer[Any]):
    """A department or KPI in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


def short(row: Any) -> dict[str, Any] | None:
    """A department or KPI in short."""
    return None if row is None else {"id": row.pk, "code": row.code, "name": row.name}


class ForecastIssueSerializer(serializers.Serializer[ForecastIssue]):
    """Everything that was foretold at the end of a month: one version, never changed."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="The last month known, YYYY-MM.")
    version = serializers.IntegerField()
    horizon = serializers.IntegerField(help_text="Months ahead.")
    issued_at = serializers.DateTimeField()
    issued_by = serializers.CharField(help_text="Empty: the portal, on schedule.")
    engine = serializers.CharField(help_text="Engine and weights.")
    series_count = serializers.IntegerField()
    told_count = serializers.IntegerField(help_text="Series with a forecast.")
    warning_count = serializers.IntegerField()
    reason = serializers.CharField(help_text="Why it was issued again.")

    def to_representation(self, instance: ForecastIssue) -> dict[str, Any]:
        """An issue as plain values."""
        return {
            "id": instance.pk,
            "month": month_word(instance.month),
            **{name: getattr(instance, name) for name in PLAIN_ISSUE},
            "issued_by": instance.issued_by.name if instance.issued_by else "",
        }


class MonthAheadSerializer(serializers.Serializer[Any]):
    """One month that is foretold."""

    month = serializers.CharField(help_text="YYYY-MM")
    mean = serializers.FloatField(help_text=f"Expected. {IN_UNIT}")
    lo80 = serializers.FloatField(help_text="Eight of ten cases lie between lo80 and hi80.")
    hi80 = serializers.FloatField()
    lo95 = serializers.FloatField(help_text="19 of 20 cases lie between lo95 and hi95.")
    hi95 = serializers.FloatField()
    target = estimate("The target of the month, of a range its lower end; null: none.")
    target_upper = estimate(UPPER)
    last_year = estimate("What “same as last year” says.")


class SeriesSerializer(serializers.Serializer[SeriesForecast]):
    """What an issue foretells of one series, and how good earlier issues were."""

    issue = serializers.IntegerField(help_text="Id of the issue.")
    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    department = NamedSerializer()
    kpi = NamedSerializer(allow_null=True)
    unit = serializers.CharField(help_text="Of every figure of the series but chances and counts.")
    actual = estimate("The value of the issue's month, in the unit of the series.")
    last_value = estimate("What “same as last month” says.")
    history_count = serializers.IntegerField(help_text="Months with a value.")
    scale = estimate("Mean change from month to month, in the unit of the series.")
    lower = estimate("The figure cannot be less, of all departments that add up to it; null: open.")
    upper = estimate("The figure cannot be more; null: open.")
    step = serializers.IntegerField(help_text="Months a figure stands for: 1, 3 (a quarter) or 12 (a year).")
    months = MonthAheadSerializer(
        many=True, help_text="The next month first, of quarters and years the months they end in; empty: no forecast."
    )
    method = serializers.ChoiceField(choices=ForecastMethod.choices)
    remarks = serializers.ListField(child=serializers.ChoiceField(choices=Remark.choices))
    chance_month = estimate(f"Of the target of the next month, quarter or year that is told. {CHANCE}")
    chance_quarter = estimate(f"Of the target at the end of the quarter. {CHANCE}")
    chance_year = estimate(f"Of the target at the end of the year. {CHANCE}")
    quarter_mean = estimate("Expected at the end of the quarter.")
    quarter_lo80 = estimate("Its 80 % range from.")
    quarter_hi80 = estimate("Its 80 % range to.")
    quarter_target = estimate()
    quarter_upper = estimate(UPPER)
    year_mean = estimate("Expected at the end of the year.")
    year_lo80 = estimate("Its 80 % range from.")
    year_hi80 = estimate("Its 80 % range to.")
    year_target = estimate()
    year_upper = estimate(UPPER)
    target_from = serializers.CharField(
        allow_null=True,
        help_text="YYYY-MM: a target holds only from this month of the year on, so the year has none. Null: not so.",
    )
    warning = serializers.ChoiceField(choices=WARNINGS, allow_blank=True, help_text="Empty: none.")
    warned_month = serializers.CharField(allow_null=True, help_text="The month it is about, YYYY-MM.")
    warned_chance = estimate("Chance that it comes true, 0 to 1.")
    past_count = serializers.IntegerField(help_text="Earlier forecasts whose month has come.")
    past_error = estimate("Their mean absolute error, in the unit of the series.")
    past_naive = estimate("The same of “same as last month”.")
    past_seasonal = estimate("The same of “same as last year”.")
    past_in80 = serializers.IntegerField(help_text="How many came inside the 80 % range.")
    past_in95 = serializers.IntegerField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A series as plain values. The context's `target_from`: of which a target holds only from a month on."""
        row: SeriesForecast = instance
        since = self.context.get("target_from", {}).get((row.department_id, row.kpi_key))
        plain = (
            "kind",
            "step",
            "actual",
            "last_value",
            "history_count",
            "scale",
            "lower",
            "upper",
            "method",
            "remarks",
            "warning",
            "warned_chance",
        )
        return {
            "issue": row.issue_id,
            "department": short(row.department),
            "kpi": short(row.kpi),
            "unit": measure_of(row.kind, row.kpi.definition if row.kpi else None).unit,
            "months": months_of(row),
            "target_from": None if since is None else str(since),
            "warned_month": month_word(row.warned_month),
            **{name: getattr(row, name) for name in (*plain, *ENDS, *PAST)},
        }


def months_of(row: SeriesForecast) -> list[dict[str, Any]]:
    """The months ahead in which a figure is due, as plain values."""
    return [
        {
            "month": str(month),
            **{name: getattr(row, name)[place] for name in ("mean", "lo80", "hi80", "lo95", "hi95")},
            "target": row.target[place] if place < len(row.target) else None,
            "target_upper": row.target_upper[place] if place < len(row.target_upper) else None,
            "last_year": row.last_year[place] if place < len(row.last_year) else None,
        }
        for place, month in due_ahead(row, Month.of(row.issue.month))
    ]


class AccuracySerializer(serializers.Serializer[HorizonAccuracy]):
    """How good all earlier forecasts were so many months ahead, as known when the issue was made."""

    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    ahead = serializers.IntegerField(help_text="Months ahead.")
    count = serializers.IntegerField(help_text="Forecasts judged.")
    error = serializers.FloatField(help_text=SCALED)
    naive_error = serializers.FloatField(help_text="The same of “same as last month”.")
    seasonal_error = serializers.FloatField(help_text="The same of “same as last year”.")
    in80_count = serializers.IntegerField(help_text="How many came inside the 80 % range.")
    in95_count = serializers.IntegerField()

    def to_representation(self, instance: HorizonAccuracy) -> dict[str, Any]:
        """One number of months ahead as plain values."""
        return {name: getattr(instance, name) for name in ("kind", "ahead", *JUDGED)}


class PeriodAccuracySerializer(serializers.Serializer[PeriodAccuracy]):
    """How good all earlier forecasts of the end of a quarter or year were, each judged by the issue of its last month."""

    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    step = serializers.IntegerField(help_text="Months of the period: 3 (a quarter) or 12 (a year).")
    ahead = serializers.IntegerField(help_text="Months before its end.")
    period_count = serializers.IntegerField(help_text="Quarters or years judged.")
    count = serializers.IntegerField(help_text="Forecasts judged.")
    error = serializers.FloatField(help_text=SCALED_PERIOD)
    naive_error = serializers.FloatField(help_text="The same of “same as the quarter (or year) before”.")
    seasonal_error = serializers.FloatField(help_text="The same of “same as last year”.")
    in80_count = serializers.IntegerField(help_text="How many came inside the 80 % range.")
    verdict = serializers.ChoiceField(choices=VERDICTS, help_text=VERDICT)

    def to_representation(self, instance: PeriodAccuracy) -> dict[str, Any]:
        """One distance before the end as plain values."""
        names = ("kind", "step", "ahead", "period_count", *JUDGED[:-1])
        return {**{name: getattr(instance, name) for name in names}, "verdict": period_record([instance]).verdict}


class OwnRecordSerializer(serializers.Serializer[Any]):
    """People's own figures, of every issue they answered the last word, beside what stood beside them when they were told;
    means over the same figures."""

    count = serializers.IntegerField(help_text="Own figures judged.")
    closer_count = serializers.IntegerField(help_text="How many came closer than our forecast.")
    error = serializers.FloatField(allow_null=True, help_text=SCALED)
    forecast_error = serializers.FloatField(allow_null=True, help_text="The same of our forecast.")
    naive_error = serializers.FloatField(allow_null=True, help_text="The same of “same as last month”.")
    seasonal_error = serializers.FloatField(allow_null=True, help_text="The same of “same as last year”.")
    verdict = serializers.ChoiceField(
        choices=OWN_VERDICTS,
        help_text="`better` than all three, or what came closest; `few`: too few to say.",
    )

    def to_representation(self, instance: Iterable[JudgedOverride]) -> dict[str, Any]:
        """Judged own figures as one record."""
        record = own_record(one.errors for one in instance)
        return {
            "count": record.count,
            "closer_count": record.closer,
            "error": record.own,
            "forecast_error": record.forecast,
            "naive_error": record.naive,
            "seasonal_error": record.seasonal,
            "verdict": record.verdict,
        }


class ForecastAccuracySerializer(serializers.Serializer[Any]):
    """The record of an issue."""

    issue = ForecastIssueSerializer()
    horizons = AccuracySerializer(many=True)
    periods = PeriodAccuracySerializer(many=True, help_text="Ends of quarters and years; empty: none has ended yet.")
    own_figures = OwnRecordSerializer(help_text="People's own figures the caller may see.")


class OutcomeOfOwnSerializer(serializers.Serializer[Any]):
    """What came, and how far off the own figure was beside what stood beside it when it was told; in the unit."""

    actual = serializers.FloatField(help_text="What came.")
    error = serializers.FloatField(help_text="How far off the own figure was.")
    forecast = estimate("What our forecast said.")
    forecast_error = estimate("How far off it was.")
    naive_error = estimate("How far off “same as last month” was.")
    seasonal_error = estimate("How far off “same as last year” was.")
    months_ahead = serializers.IntegerField(help_text="How many months ahead it was told.")

    def to_representation(self, instance: JudgedOverride) -> dict[str, Any]:
        """An outcome as plain values."""
        errors = instance.errors
        return {
            "actual": instance.actual,
            "error": errors.own,
            "forecast": instance.forecast,
            "forecast_error": errors.forecast,
            "naive_error": errors.naive,
            "seasonal_error": errors.seasonal,
            "months_ahead": instance.ahead,
        }


class OverrideSerializer(serializers.Serializer[Override]):
    """A person's own figure beside the forecast; the newest of a month counts."""

    id = serializers.IntegerField()
    issue = serializers.IntegerField(help_text="Id of the issue it answers.")
    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    department = NamedSerializer()
    kpi = NamedSerializer(allow_null=True)
    month = serializers.CharField(help_text="YYYY-MM")
    value = estimate("In the unit of the series; null: taken back, the forecast counts again.")
    unit = serializers.CharField()
    reason = serializers.CharField()
    told_by = serializers.CharField(help_text="Name of the person.")
    told_at = serializers.DateTimeField()
    outcome = OutcomeOfOwnSerializer(
        allow_null=True,
        help_text="Null: its month has not come, it was taken back in time, or a later word replaced it.",
    )

    def to_representation(self, instance: Override) -> dict[str, Any]:
        """An own figure as plain values. The context's `judged`, by key: what came of those whose month has."""
        found = self.context.get("judged", {}).get(instance.pk)
        return {
            "outcome": None if found is None else OutcomeOfOwnSerializer().to_representation(found),
            **about(instance),
            "issue": instance.issue_id,
            "month": month_word(instance.month),
            "value": instance.value,
            "reason": instance.reason,
            "told_by": instance.told_by.name,
            "told_at": instance.told_at,
        }


def about(row: Override | Scenario) -> dict[str, Any]:
    """What a row is about."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "department": short(row.department),
        "kpi": short(row.kpi),
        "unit": measure_of(row.kind, row.kpi.definition if row.kpi else None).unit,
    }


class ScenarioSerializer(serializers.Serializer[Scenario]):
    """A what-if: kept apart, no part of any forecast."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    department = NamedSerializer()
    kpi = NamedSerializer(allow_null=True)
    unit = serializers.CharField()
    from_month = serializers.CharField(help_text="YYYY-MM")
    level_pct = serializers.CharField(help_text="Percent, decimal as text: every month higher or lower by so much.")
    growth_pct = serializers.CharField(help_text="Percent a month, decimal as text.")
    one_off = serializers.CharField(help_text="Added in the first month, in the unit, decimal as text.")
    made_by = serializers.CharField(help_text="Name of the person.")
    made_at = serializers.DateTimeField()

    def to_representation(self, instance: Scenario) -> dict[str, Any]:
        """A what-if as plain values."""
        return {
            **about(instance),
            "name": instance.name,
            "from_month": month_word(instance.from_month),
            **{name: f"{getattr(instance, name).normalize():f}" for name in ("level_pct", "growth_pct", "one_off")},
            "made_by": instance.made_by.name,
            "made_at": instance.created_at,
        }


class BentMonthSerializer(serializers.Serializer[Any]):
    """One month: the forecast, and what if."""

    month = serializers.CharField(help_text="YYYY-MM")
    mean = serializers.FloatField(help_text="If nothing changes: the newest forecast.")
    what_if = serializers.FloatField()


class OutcomeSerializer(serializers.Serializer[Any]):
    """The chance of the next target, and the ends of quarter and year."""

    chance_month = estimate(f"Of the target of the next month, quarter or year that is told. {CHANCE}")
    quarter_mean = estimate("Expected at the end of the quarter; null: cannot be told by its months alone.")
    quarter_lo80 = estimate("Its 80 % range from.")
    quarter_hi80 = estimate("Its 80 % range to.")
    chance_quarter = estimate(f"Of the target at the end of the quarter. {CHANCE}")
    year_mean = estimate("Expected at the end of the year; null: cannot be told by its months alone.")
    year_lo80 = estimate("Its 80 % range from.")
    year_hi80 = estimate("Its 80 % range to.")
    chance_year = estimate(f"Of the target at the end of the year. {CHANCE}")


class BentScenarioSerializer(ScenarioSerializer):
    """A what-if with its months."""

    months = BentMonthSerializer(many=True, help_text="By the newest issue, where a figure is due; empty: no forecast.")
    forecast = OutcomeSerializer(allow_null=True, help_text="If nothing changes; null: no forecast.")
    what_if = OutcomeSerializer(
        allow_null=True,
        help_text="If it changes so: ranges move along and keep their width within the bounds of the figure.",
    )
    year_gap = serializers.ChoiceField(
        choices=YEAR_GAPS,
        allow_blank=True,
        help_text="Why the end of the year cannot be told if it changes so. highest, lowest: it is that of one month; "
        "unweighed: what months weigh was not kept; weighed, given, missing: nor can it without the change. Empty: it can.",
    )
