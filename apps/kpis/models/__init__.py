"""Tables of indicators: what is measured and reported (indicators), and from which months their usual range is drawn
(baselines)."""

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
]
