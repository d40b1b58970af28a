"""Proof that nothing was changed behind the portal's back: every digest worked out again from what is stored."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.selectors import users_with_capability
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, Publication, ScoreRun
from apps.assessments.services.storing import COUNTS, LINE_DIGESTS, PERSON_DIGEST, SCORE_DIGEST, chained
from apps.core.month import Month
from apps.core.wording import month_text
from apps.departments.selectors import names_of
from apps.notifications.services import notify

PROVE_KIND = "assessments.prove_published"
MOST_NAMED = 20

DIFFERENT = f"""
SELECT s.department_id FROM assessments_score s
LEFT JOIN ({LINE_DIGESTS}) t ON t.department_id = s.department_id
WHERE s.run_id = %(run)s AND s.digest <> {SCORE_DIGEST} ORDER BY 1
"""  # noqa: S608 - our own words
DIFFERENT_PEOPLE = f"""
SELECT p.person_id FROM assessments_personscore p WHERE p.run_id = %(run)s AND p.digest <> {PERSON_DIGEST} ORDER BY 1
"""  # noqa: S608 - our own words
LINES = "SELECT count(*) FROM assessments_scoreline WHERE run_id = %(run)s"
# Lines of another month than their run's, or of a department that has no score: no score's digest covers these.
STRAY = """
SELECT DISTINCT l.department_id FROM assessments_scoreline l
WHERE l.run_id = %(run)s AND (l.month <> %(month)s OR NOT EXISTS (
    SELECT 1 FROM assessments_score s WHERE s.run_id = l.run_id AND s.department_id = l.department_id
))
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving one run found. All as it should be: it stands as it was stored."""

    run: ScoreRun
    changed: tuple[int, ...]
    """Departments whose score or lines are not what they were."""
    is_whole: bool
    """The run's digest and counts still cover its scores: none was added or taken away."""
    is_chained: bool
    """Its publication still covers the run and the publication before."""
    changed_people: tuple[int, ...] = ()
    """People whose score is not what it was."""
    is_shown: bool = True
    """The month shows the run of its newest publication, and no other."""
    is_recounted: bool = False
    """The rules were asked once more, not only the digests (services.recounting)."""
    otherwise: tuple[int, ...] = ()
    """Departments of which the rules give something else than is stored, whatever the digests say."""
    otherwise_people: tuple[int, ...] = ()
    """People of whom they do."""

    @property
    def is_sound(self) -> bool:
        is_stored = not self.changed and not self.changed_people and self.is_whole and self.is_chained and self.is_shown
        return is_stored and not self.otherwise and not self.otherwise_people


def prove_run(run: ScoreRun) -> Proof:
    """Work out the digests of a run again. A fixed number of statements, however many lines."""
    given: dict[str, Any] = {"run": run.pk, "month": run.month, "version": run.version}
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT, given)
        changed = {pk for (pk,) in cursor.fetchall()}
        cursor.execute(STRAY, given)
        changed |= {pk for (pk,) in cursor.fetchall()}
        cursor.execute(COUNTS, given)
        counted = cursor.fetchone()
        cursor.execute(LINES, given)
        counted += cursor.fetchone()
        cursor.execute(DIFFERENT_PEOPLE, given)
        people = tuple(pk for (pk,) in cursor.fetchall())
    scores = (run.score_count, run.scored_count, run.pending_count, run.mean_total, run.person_count)
    stored = (*scores, run.digest, run.line_count)
    return Proof(
        run=run,
        changed=tuple(sorted(changed)),
        is_whole=counted == stored,
        is_chained=is_chained(run),
        changed_people=people,
        is_shown=is_shown(run),
    )


def is_chained(run: ScoreRun) -> bool:
    """Whether the run's publication covers it and the publication before; a run that was never published needs none."""
    publication = Publication.objects.select_related("run").filter(run=run).first()
    if publication is None:
        return run.state != RunState.PUBLISHED
    return covers(publication, Publication.objects.filter(pk__lt=publication.pk).order_by("-pk").first())


def covers(publication: Publication, before: Publication | None) -> bool:
    """Whether a publication (with its run) is the next one after BEFORE, and its digest covers that one and its own run."""
    run = publication.run
    is_next = (before.pk if before else None) == publication.previous_id and publication.month == run.month
    return is_next and publication.digest == chained(before.digest if before else "", run.digest)


@dataclass(frozen=True, slots=True)
class Link:
    """One publication in the chain of all."""

    publication: Publication
    is_chained: bool
    """Its digest covers its run's and that of the publication before."""


def public_chain() -> list[Link]:
    """Every publication there was, the first one first, each held against the one before it. One query.

    It shows months, moments and digests, no figures. Whether the stored scores still give a run's digest: `prove_run`.
    """
    rows = list(Publication.objects.select_related("run", "previous").order_by("pk"))
    return [Link(one, covers(one, before)) for one, before in zip(rows, [None, *rows], strict=False)]


def is_shown(run: ScoreRun) -> bool:
    """Whether the month's pointer and the run's state are what the month's publications say."""
    newest = Publication.objects.filter(month=run.month).order_by("-number").first()
    should_show = newest is not None and newest.run_id == run.pk
    shows = AssessedMonth.objects.filter(published=run, month=run.month).exists()
    return shows == should_show and (run.state == RunState.PUBLISHED) == should_show


def published_runs() -> list[ScoreRun]:
    """Every run that was ever published, or passes for it, in the order of publication."""
    shown = AssessedMonth.objects.exclude(published=None).values("published")
    ever = Q(publication__isnull=False) | Q(state=RunState.PUBLISHED) | Q(pk__in=shown)
    return list(ScoreRun.objects.filter(ever).order_by("publication__pk", "pk"))


def proofs() -> Iterator[Proof]:
    """One run after the other, so that whoever asks can say how far it is."""
    return (prove_run(run) for run in published_runs())


def prove_published() -> list[Proof]:
    """Every run that was ever published; a few statements each."""
    return list(proofs())


def listed(departments: Sequence[int]) -> str:
    """Departments by name; of many only the first."""
    names = sorted(names_of(departments[:MOST_NAMED]).values())
    more = len(departments) - len(names)
    return ", ".join(names) + (_(" and %(count)s more") % {"count": more} if more else "")


def recount_words(proof: Proof) -> list[str]:
    """What the rules do not give again, in sentences."""
    found = []
    if proof.otherwise:
        found.append(
            _("Worked out again by the rules, something else comes out than is stored: %(departments)s.")
            % {"departments": listed(proof.otherwise)}
        )
    if proof.otherwise_people:
        found.append(
            _("Worked out again by the rules, something else comes out than is stored for %(count)s people.")
            % {"count": len(proof.otherwise_people)}
        )
    return found


def words_of(proof: Proof) -> str:
    """What a proof found, in sentences; '' when the run is sound."""
    found = []
    if proof.changed:
        found.append(_("Not as stored: the figures of %(departments)s.") % {"departments": listed(proof.changed)})
    if proof.changed_people:
        found.append(_("Not as stored: the scores of %(count)s people.") % {"count": len(proof.changed_people)})
    if not proof.is_whole:
        found.append(_("Scores or lines were added, taken away or changed since the run was stored."))
    if not proof.is_chained:
        found.append(_("The publication does not cover this run and the publication before it."))
    if not proof.is_shown:
        found.append(_("The month shows another run than the one published last."))
    return " ".join(found + recount_words(proof))


def tell_unsound(*, proof: Proof, now: datetime) -> None:
    """Tell auditors, Human Resources, the COO and administrators what a proof found: each finding once."""
    month, words = Month.of(proof.run.month), words_of(proof)
    keys = (proof.changed, proof.changed_people, *filter(None, (proof.otherwise, proof.otherwise_people)))
    mark = hashlib.sha256(repr((*keys, words)).encode()).hexdigest()[:16]
    for capability, url in (("audit.view", f"/assessments/{month}/"), ("jobs.manage", "")):
        notify(
            users=list(users_with_capability(capability)),
            kind="assessments.unsound",
            subject=_("Published scores of %(month)s are not as they were stored") % {"month": month_text(month)},
            body=_("%(run)s: %(words)s Compare with a backup before anybody relies on these scores.")
            % {"run": proof.run, "words": words},
            url=url,
            key=f"assessments-proof-{proof.run.pk}-{mark}",
            now=now,
        )
