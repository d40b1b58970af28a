"""Tables of indicators: what is measured and reported (indicators), from which months their usual range is drawn
(baselines), and what is laid down once more to be read quickly (reading)."""

from apps.kpis.models.baselines import KpiBaseline
from apps.kpis.models.indicators import (
    PLACES,
    Kpi,
    KpiInput,
    KpiMonth,
    KpiQuerySet,
    KpiSeries,
    KpiStale,
    KpiTarget,
    KpiValue,
    KpiValueQuerySet,
    KpiVersion,
)
from apps.kpis.models.reading import ReportedMonth

__all__ = [
    "PLACES",
    "Kpi",
    "KpiBaseline",
    "KpiInput",
    "KpiMonth",
    "KpiQuerySet",
    "KpiSeries",
    "KpiStale",
    "KpiTarget",
    "KpiValue",
    "KpiValueQuerySet",
    "KpiVersion",
    "ReportedMonth",
]
