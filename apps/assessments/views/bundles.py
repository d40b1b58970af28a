"""A published month to take away, the digests that vouch for it, and the keys a bundle's signature is checked by."""

from typing import IO, Any

from django.http import FileResponse, HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow, public
from apps.assessments import services
from apps.assessments.models import Publication, ScoreRun
from apps.assessments.selectors.bundles import published_run_for
from apps.assessments.views.telling import asked_version, scope_of
from apps.core.exports import XLSX
from apps.core.month import Month


@require_GET
@public
def signing_keys_page(request: HttpRequest) -> JsonResponse:
    """The public keys, for whoever checks a bundle: the present one first. They show no figures."""
    keys = [{**key._asdict(), "algorithm": "Ed25519"} for key in services.signing_keys()]
    return JsonResponse({"keys": keys})


@require_GET
@allow("assessments.view_drafts")
def bundle_file(request: HttpRequest, month: Month) -> FileResponse:
    """The published edition of a month, or ?version=…, as signed JSON."""
    run = published_run_for(scope_of(request), month, asked_version(request))
    return download(services.write_bundle(run=run), run, "json", "application/json")


@require_GET
@allow("assessments.view_drafts")
def workbook_file(request: HttpRequest, month: Month) -> FileResponse:
    """The published edition of a month, or ?version=…, as a workbook."""
    run = published_run_for(scope_of(request), month, asked_version(request))
    return download(services.write_month_book(run=run), run, "xlsx", XLSX)


def download(file: IO[bytes], run: ScoreRun, ending: str, kind: str) -> FileResponse:
    """A file of the month, called by month and version."""
    name = f"assessments-{Month.of(run.month)}-v{run.version}.{ending}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)


def sealed_by(run: ScoreRun) -> dict[str, str]:
    """The digests that vouch for a run: its own, of its publication, of the one before; empty where there is none."""
    found: Publication | None = getattr(run, "publication", None)
    before = found.previous if found else None
    return {
        "run_digest": run.digest,
        "digest": found.digest if found else "",
        "before": before.digest if before else "",
    }


def publication_context(run: ScoreRun | None) -> dict[str, Any] | None:
    """The card of a run that was published: edition, digests, and what may be taken out; None for any other."""
    found = getattr(run, "publication", None)
    if run is None or not isinstance(found, Publication):
        return None
    month, query = Month.of(run.month), f"?version={run.version}"
    return {
        "edition": found.number,
        "at": found.published_at,
        **sealed_by(run),
        "bundle_url": reverse("assessments:bundle", args=[month]) + query,
        "workbook_url": reverse("assessments:workbook", args=[month]) + query,
        "keys_url": reverse("assessments:signing_keys"),
    }
