"""The block of the situation-and-outlook report on the home page."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from apps.core.http.cells import Badge
from apps.core.scope import Scope
from apps.forecasts.choices import ReportState
from apps.forecasts.selectors.reports import WRITE, latest_report

TONES = {ReportState.DRAFT: "neutral", ReportState.APPROVED: "info", ReportState.ISSUED: "success"}


@dataclass(frozen=True, slots=True)
class LatestReport:
    """The newest report the person may read; without a month where its writer has none yet."""

    list_url: str
    month: date | None = None
    url: str = ""
    state: Badge | None = None
    off_count: int | None = None
    assembled_at: datetime | None = None
    reader_count: int = 0
    read_count: int = 0
    is_writer: bool = False


def latest_report_for(*, scope: Scope) -> LatestReport | None:
    """The block, or None where there is nothing to tell. One query."""
    found, list_url = latest_report(scope), reverse("forecasts:reports")
    is_writer = scope.may(WRITE)
    if found is None:
        return LatestReport(list_url, is_writer=True) if is_writer else None
    return LatestReport(
        list_url=list_url,
        month=found.month,
        url=reverse("forecasts:report", args=[found.pk]),
        state=Badge(found.get_state_display(), TONES[ReportState(found.state)]),
        off_count=found.off_count,  # type: ignore[attr-defined]
        assembled_at=found.assembled_at,
        reader_count=found.reader_count,  # type: ignore[attr-defined]
        read_count=found.read_count,  # type: ignore[attr-defined]
        is_writer=is_writer,
    )
