"""Scores published on time, as a KPI of its own: nobody reports it, each publication does."""

from datetime import datetime

from apps.assessments.models import Publication
from apps.assessments.services import record_punctuality
from ops_portal.demo.figures import LOWER, NONE, Figure, Goal

ON_TIME = Figure(
    "ASSESS-ON-TIME", "Scores published late", "People", "BRM", "working days", LOWER, decimals=0, minimum="0",
    text="Working days by which the scores of the month before were published after their day; 0 is on time.",
    over_departments=NONE, reports=(("BRM", 1.0),), goal=Goal("0"), source="The portal, at each publication",
)  # fmt: skip


def keep_punctuality(publication: Publication | None, now: datetime) -> None:
    """What the job after a publication keeps of it, at the moment it was published."""
    if publication is not None:
        record_punctuality(publication=publication, now=now)
