"""Which versions of a month a version descends from: none that was put aside, and nothing that was said of one."""

from collections.abc import Collection, Mapping
from datetime import date

from apps.assessments.models import Appeal, AssessedMonth, ScoreRun
from apps.core.month import Month


def line_from(run: int | None, formers: Mapping[int, int | None]) -> list[int]:
    """The run and those in whose place it came, one after the other, the newest first. No database."""
    found: list[int] = []
    while run is not None:
        found.append(run)
        run = formers.get(run)
    return found


def formers_of(months: Collection[date]) -> dict[int, int | None]:
    """Of every run of these months the one in whose place it came. One query."""
    return dict(ScoreRun.objects.filter(month__in=months).values_list("pk", "former"))


def line_of(run: ScoreRun) -> list[int]:
    """The keys of the run and of all it descends from, the newest first. One query."""
    return line_from(run.pk, formers_of([run.month]))


def standing_line(month: Month) -> list[int]:
    """The same of what a month stands on: its draft, else what is published. Two queries."""
    first = month.first_day
    found = AssessedMonth.objects.filter(month=first).values_list("draft", "published").first()
    draft, published = found or (None, None)
    return line_from(draft or published, formers_of([first]))


def published_descent(months: Collection[date]) -> set[int]:
    """The keys of all runs of these months that were published, or from which a published one descends. One query."""
    rows = list(ScoreRun.objects.filter(month__in=months).values_list("pk", "former", "publication"))
    formers = {run: former for run, former, _publication in rows}
    published = [run for run, _former, publication in rows if publication is not None]
    return {one for run in published for one in line_from(run, formers)}


def carrying(runs: Collection[ScoreRun]) -> set[int]:
    """The keys of those of RUNS, drafts of months, that `appeals_carried` would find an appeal of. Three queries."""
    months = {run.month for run in runs}
    formers, published = formers_of(months), published_descent(months)
    granted = set(
        Appeal.objects.filter(run__month__in=months).exclude(revision=None).values_list("revision", flat=True)
    )
    return {run.pk for run in runs if granted & (set(line_from(run.pk, formers)) - published)}


def appeals_carried(draft: ScoreRun) -> list[Appeal]:
    """Appeals that were granted, and whose correction nothing but this draft carries yet. Three queries."""
    unpublished = set(line_of(draft)) - published_descent([draft.month])
    return list(Appeal.objects.filter(revision__in=unpublished).select_related("person").order_by("pk"))
