"""Which figures of indicators stand in published months: what may no longer be taken back below.

Called through settings.KPI_FOLLOWERS by the services of kpis, inside their transaction.
"""

from collections.abc import Collection, Sequence
from datetime import date

from apps.assessments.models import Indicator, Publication, ScoreLine
from apps.kpis.services.followers import Follower, PublishedFigure


class AssessmentsFollower(Follower):
    """The lines of every edition that was ever published."""

    def published(self, kpis: Collection[int], months: Collection[date]) -> Sequence[PublishedFigure]:
        """Each line as its run kept it. Two queries."""
        moments = dict(Publication.objects.filter(month__in=months).values_list("run", "run__gathered_at"))
        if not moments:
            return []
        indicators = Indicator.objects.filter(kpi__in=kpis)
        lines = ScoreLine.objects.filter(run__in=moments, indicator__in=indicators.values("pk"))
        rows = lines.order_by().values_list("indicator__kpi", "department", "month", "run")
        return [PublishedFigure(kpi, department, month, moments[run]) for kpi, department, month, run in rows]


ASSESSMENTS_FOLLOWER = AssessmentsFollower()
