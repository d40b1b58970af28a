"""Reading imports: a person sees their own, and whoever sees the whole company also those of the importers they may run."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.core.scope import Reach, Scope
from apps.imports.choices import RunState
from apps.imports.models import ImportMapping, ImportProblem, ImportRun


def visible_runs(scope: Scope, *, targets: list[str]) -> QuerySet[ImportRun]:
    """The person's own runs; with the reach of the whole company also everybody's of TARGETS, the importers they may run.

    A file may hold rows of any department, so whoever sees one branch sees nobody else's imports.
    """
    mine = Q(started_by=scope.user_id) if scope.user_id is not None else Q(pk=None)
    others = Q(target__in=targets) if scope.reach == Reach.COMPANY else Q(pk=None)
    return ImportRun.objects.filter(others | mine).select_related("started_by", "job")


def run_for(scope: Scope, pk: int, *, targets: list[str]) -> ImportRun:
    """One visible run with its file; NotFound outside."""
    run = visible_runs(scope, targets=targets).select_related("attachment", "started_by", "job").filter(pk=pk).first()
    if run is None:
        raise NotFound(_("There is no such import, or it is not yours to see."))
    return run


def may_read_run_file(owner_id: int, scope: Scope) -> bool:
    """The guard of stored import files: whoever started the run, with the right to import still held."""
    return scope.may("imports.run") and ImportRun.objects.filter(pk=owner_id, started_by=scope.user_id).exists()


def problems_of(run: ImportRun) -> QuerySet[ImportProblem]:
    """What the last check found, by row. RUN comes from run_for."""
    return run.problems.all()


def commonest_problems(run: ImportRun) -> list[tuple[str, int]]:
    """The commonest problems and how often each occurs."""
    found = (
        run.problems.filter(is_warning=False)
        .values_list("message")
        .annotate(times=Count("pk"))
        .order_by("-times", "message")
    )
    return [(message, times) for message, times in found[:8]]


def saved_mappings(targets: list[str]) -> QuerySet[ImportMapping]:
    """The saved mappings of TARGETS, the importers a person may run."""
    return ImportMapping.objects.filter(target__in=targets).select_related("saved_by")


def mapping_for(pk: int, *, targets: list[str]) -> ImportMapping:
    """One saved mapping of these importers; NotFound outside."""
    found = saved_mappings(targets).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such saved mapping."))
    return found


def earlier_import_of(run: ImportRun) -> ImportRun | None:
    """The newest finished import of the very same file into the same target, if there is one: to be told, not refused."""
    if run.attachment is None:
        return None
    same = ImportRun.objects.filter(
        target=run.target, state=RunState.COMMITTED, attachment__sha256=run.attachment.sha256
    ).exclude(pk=run.pk)
    return same.select_related("started_by").order_by("-committed_at").first()
