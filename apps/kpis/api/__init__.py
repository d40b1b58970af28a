"""KPIs for other systems: the views that ops_portal/api.py mounts."""

from apps.kpis.api.baselines import KpiBaselineApi
from apps.kpis.api.definitions import KpiApi
from apps.kpis.api.months import KpiMonthApi
from apps.kpis.api.targets import KpiTargetApi
from apps.kpis.api.values import KpiValueApi

__all__ = ["KpiApi", "KpiBaselineApi", "KpiMonthApi", "KpiTargetApi", "KpiValueApi"]
