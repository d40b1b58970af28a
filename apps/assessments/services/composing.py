"""KPIs as parts of a composite: each by a code of its own, though departments may use the same one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from apps.kpis.models import Kpi
from apps.kpis.selectors import full_code


def parts_of(kpis: Sequence[tuple[Kpi, str]]) -> list[dict[str, Any]]:
    """(KPI, which way is better; empty: its own) as parts: code, key, way. The code is the KPI's, and CODE@DEPARTMENT where
    another part has the same. They need `definition` and `department`."""
    counts = Counter(kpi.code for kpi, _way in kpis)
    return [
        {
            "code": full_code(kpi) if counts[kpi.code] > 1 else kpi.code,
            "kpi": kpi.pk,
            "direction": way or own_way(kpi),
        }
        for kpi, way in kpis
    ]


def own_way(kpi: Kpi) -> str:
    """Which way is better by the KPI's own definition."""
    return "lower" if kpi.definition and kpi.definition.direction == "lower" else "higher"


def shared_codes(kpis: Iterable[tuple[str, int]]) -> set[str]:
    """The codes, among (code, department), that several departments use."""
    return {code for code, count in Counter(code for code, _department in kpis).items() if count > 1}
