"""The demo's forecasts: one issue a month, made when the month is over, so that each knows only what had come in by then."""

from apps.core.month import Month
from apps.forecasts.services import issue_month
from ops_portal.demo.keeping import Desk

ISSUES = 12
"""How many of the last months have one."""
ISSUED_ON = 13
"""Day of the month after: figures and what came late are in, scores are published, corrections come later."""


def foretell_month(desk: Desk, month: Month, ago: int) -> None:
    """What is expected after a month that has just been told. Called before anything later is told, so that no later value,
    score, target or correction is known. Only of the newest issue people hear."""
    if ago <= ISSUES:
        issue_month(month=month, by=None, now=desk.moment(month, ISSUED_ON), is_told=ago == 1)
