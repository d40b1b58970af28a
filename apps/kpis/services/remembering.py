"""Months of values laid down as blocks, for whoever reads years of them next."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from django.db.models import Q

from apps.core.frames import copy_frame
from apps.core.month import Month
from apps.kpis.models import ReportedMonth
from apps.kpis.selectors.reported import MonthRead


def keep_reported(months: Sequence[MonthRead], *, since: Month) -> None:
    """Lay down MONTHS as they were read, in the place of what was known of them; months before SINCE go. Two statements,
    none for no months.

    Two that lay down the same month at once both stand there: each is true as long as its stamp is the month's.
    """
    if not months:
        return
    ReportedMonth.objects.filter(Q(month__in=[one.month for one in months]) | Q(month__lt=since.first_day)).delete()
    frame = pl.DataFrame(
        {
            "month": [one.month for one in months],
            "stamp": [one.stamp for one in months],
            "row_count": pl.Series([len(one.figures) for one in months], dtype=pl.Int16),
            "figures": [np.ascontiguousarray(one.figures, dtype="<f8").tobytes() for one in months],
        }
    )
    copy_frame(frame, "kpis_reportedmonth")
