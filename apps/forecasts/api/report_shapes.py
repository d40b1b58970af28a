"""A report beside the one before, and its readers, as other systems read them."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.forecasts.models import ReportReader, SituationReport
from apps.forecasts.rules.comparing import Compared, Figure, Pair
from apps.forecasts.selectors.restated import Restated

GROUPS = ("newly_off", "off_not_judged_before", "recovered", "still_off", "not_judged")
SIDE = ("value", "status", "chance_year")


class ReportReaderSerializer(serializers.Serializer[ReportReader]):
    """Somebody a report was issued to."""

    user = serializers.IntegerField(source="user_id", help_text="Id of the account.")
    name = serializers.CharField(source="user.name")
    named_at = serializers.DateTimeField(help_text="When the report was issued to them.")
    read_at = serializers.DateTimeField(allow_null=True, help_text="When they first opened it; null: not yet.")


class ReportSideSerializer(serializers.Serializer[Any]):
    """A figure as one report has it."""

    value = serializers.CharField(allow_null=True, help_text="Decimal as text; null: nothing was reported.")
    status = serializers.CharField(allow_null=True, help_text="The light of a KPI: green, amber, red or grey.")
    chance_year = serializers.FloatField(allow_null=True, help_text="Chance of the year's target, 0 to 1.")


class PairSerializer(serializers.Serializer[Any]):
    """A figure then and now; null: it does not stand in that report."""

    kind = serializers.CharField(help_text="kpi, score or headcount")
    key = serializers.IntegerField(help_text="Id of the KPI; else 0.")
    name = serializers.CharField()
    place = serializers.IntegerField(help_text="Id of the department.")
    place_name = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    then = ReportSideSerializer(allow_null=True)
    now = ReportSideSerializer(allow_null=True)
    is_changed = serializers.BooleanField(help_text="Whether value, light or chance differ.")


class ComparedSerializer(serializers.Serializer[Any]):
    """What became of it from one report to the next."""

    report = serializers.IntegerField(help_text="Id of the report.")
    month = serializers.CharField(help_text="YYYY-MM")
    before = serializers.IntegerField(help_text="Id of the report it is compared with: the newest of an earlier month.")
    before_month = serializers.CharField(help_text="YYYY-MM")
    newly_off = PairSerializer(many=True, help_text="KPIs on target then and off it now.")
    off_not_judged_before = PairSerializer(
        many=True, help_text="Off target now; then without value or target: nobody can say whether that is new."
    )
    recovered = PairSerializer(many=True, help_text="KPIs off target then and on it now.")
    still_off = PairSerializer(many=True)
    not_judged = PairSerializer(many=True, help_text="Off target then; now without value or target: no recovery.")
    figures = PairSerializer(many=True, help_text="All KPIs, scores and headcounts of either report.")


class RestatedFigureSerializer(serializers.Serializer[Any]):
    """Something of a frozen report that is another today."""

    kind = serializers.CharField(
        help_text="kpi, score, headcount (of a department), people (of the company) or forecast."
    )
    part = serializers.CharField(
        help_text="What of it: value, weight (of a rate), target, upper (end of a target) or status of a KPI; value or "
        "target of a headcount; opening, joined, left, closing, planned, left_year or turnover of people; issue of the "
        "forecast."
    )
    month = serializers.CharField(help_text="YYYY-MM: the report's, or an earlier one it compares with.")
    key = serializers.IntegerField(help_text="Id of the KPI; else 0.")
    place = serializers.IntegerField(help_text="Id of the department; 0: the company.")
    name = serializers.CharField(allow_blank=True)
    place_name = serializers.CharField(allow_blank=True)
    unit = serializers.CharField(allow_blank=True)
    was = serializers.CharField(allow_null=True, help_text="In the report. Numbers as text; null: there was none.")
    now = serializers.CharField(allow_null=True, help_text="Today; null: there is none any more.")
    restated_at = serializers.DateTimeField(allow_null=True, help_text="Null: not known.")


def restated_from(one: Restated) -> dict[str, Any]:
    """A restated figure as plain values."""
    names = ("kind", "part", "key", "place", "name", "place_name", "unit")
    was, now = (f"{value:f}" if isinstance(value, Decimal) else value for value in (one.was, one.now))
    return {
        **{name: getattr(one, name) for name in names},
        "month": str(one.month),
        "was": was,
        "now": now,
        "restated_at": one.changed_at.isoformat() if one.changed_at else None,
    }


def compared_from(report: SituationReport, before: SituationReport, found: Compared) -> dict[str, Any]:
    """A comparison as plain values."""
    return {
        "report": report.pk,
        "month": f"{report.month:%Y-%m}",
        "before": before.pk,
        "before_month": f"{before.month:%Y-%m}",
        **{name: [pair_from(pair) for pair in getattr(found, name)] for name in GROUPS},
        "figures": [pair_from(pair) for pair in (*found.kpis, *found.scores, *found.people)],
    }


def pair_from(pair: Pair) -> dict[str, Any]:
    """One figure then and now."""
    known = pair.newest
    return {
        **{name: known[name] for name in ("kind", "key", "name", "place", "place_name", "unit")},
        "then": side_from(pair.then),
        "now": side_from(pair.now),
        "is_changed": pair.is_changed,
    }


def side_from(figure: Figure | None) -> dict[str, Any] | None:
    """A figure as one report has it."""
    return None if figure is None else {name: figure.get(name) for name in SIDE}
