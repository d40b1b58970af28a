"""Proof that nothing was changed behind the portal's back: every digest worked out again from what is stored."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.assessments.models import Publication, ScoreRun
from apps.assessments.services.publishing import chained
from apps.assessments.services.storing import LINE_TEXTS, RUN_DIGEST, SCORE_DIGEST

DIFFERENT = f"""
SELECT s.department_id FROM assessments_score s
LEFT JOIN ({LINE_TEXTS}) t ON t.department_id = s.department_id
WHERE s.run_id = %(run)s AND s.digest <> {SCORE_DIGEST} ORDER BY 1
"""  # noqa: S608 - our own words
WHOLE = f"SELECT {RUN_DIGEST}, count(*) FROM assessments_score WHERE run_id = %(run)s"  # noqa: S608
STRAY = """
SELECT DISTINCT l.department_id FROM assessments_scoreline l
WHERE l.run_id = %(run)s AND NOT EXISTS (
    SELECT 1 FROM assessments_score s WHERE s.run_id = l.run_id AND s.department_id = l.department_id
)
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving one run found. All empty: it stands as it was stored."""

    run: ScoreRun
    changed: tuple[int, ...]
    """Departments whose score or lines are not what they were."""
    is_whole: bool
    """The run's digest still covers its scores: none was added or taken away."""
    is_chained: bool
    """Its publication still covers the run and the publication before."""

    @property
    def is_sound(self) -> bool:
        return not self.changed and self.is_whole and self.is_chained


def prove_run(run: ScoreRun) -> Proof:
    """Work out the digests of a run again. Three statements, however many lines."""
    given: dict[str, Any] = {"run": run.pk, "month": run.month, "version": run.version}
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT, given)
        changed = {pk for (pk,) in cursor.fetchall()}
        cursor.execute(STRAY, given)
        changed |= {pk for (pk,) in cursor.fetchall()}
        cursor.execute(WHOLE, given)
        digest, count = cursor.fetchone()
    return Proof(
        run=run,
        changed=tuple(sorted(changed)),
        is_whole=digest == run.digest and count == run.score_count,
        is_chained=is_chained(run),
    )


def is_chained(run: ScoreRun) -> bool:
    """Whether the run's publication, if there is one, covers it and the publication before."""
    publication = Publication.objects.select_related("previous").filter(run=run).first()
    if publication is None:
        return True
    before = Publication.objects.filter(pk__lt=publication.pk).order_by("-pk").first()
    is_next = (before.pk if before else None) == publication.previous_id
    return is_next and publication.digest == chained(before.digest if before else "", run.digest)


def prove_published() -> list[Proof]:
    """Every run that was ever published; a few statements each."""
    return [prove_run(publication.run) for publication in Publication.objects.select_related("run").order_by("pk")]
