"""The history of everything."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.audit.forms import HistoryForm
from apps.audit.selectors import HistoryFilter, HistoryLine, all_lines, recent_history
from apps.core.clock import today
from apps.core.errors import NotFound
from apps.core.exports import FORMATS, export_response
from apps.core.http.cells import MINUS
from apps.core.scope import Scope


@require_GET
@allow("audit.view")
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Every recorded change, newest first, narrowed by words, kind, record and days."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    form = HistoryForm(request.GET)
    chosen = form.chosen()
    wanted = request.GET.get("export", "")
    if wanted:
        return exported(scope, chosen, wanted)
    page = recent_history(scope, chosen=chosen, cursor=request.GET.get("after", ""))
    is_fragment = bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    context = {"title": _("History"), "form": form, "page": page, "chosen": chosen, "formats": list(FORMATS)}
    return render(request, "audit/_lines.html" if is_fragment else "audit/list.html", context)


def exported(scope: Scope, chosen: HistoryFilter, wanted: str) -> HttpResponseBase:
    """The history as a file, as far as one file may reach."""
    if wanted not in FORMATS:
        raise NotFound(_("Lists can be exported as %(formats)s.") % {"formats": ", ".join(FORMATS)})
    columns = [
        ("when", _("When")),
        ("who", _("Who")),
        ("through", _("Through")),
        ("what", _("What")),
        ("verb", _("Verb")),
        ("kind", _("Kind of record")),
        ("record", _("Record")),
        ("reason", _("Reason")),
        ("changes", _("Changes")),
    ]
    lines = all_lines(scope, chosen=chosen, limit=settings.EXPORT_ROW_LIMIT)
    return export_response(wanted, name=f"history-{today():%Y-%m-%d}", columns=columns, rows=cells_of(lines))


def in_file(value: str | None) -> str:
    """A value as a file has it: a number below zero with the hyphen that spreadsheets read, a dash for nothing."""
    return re.sub(rf"^{MINUS}(?=\d)", "-", value) if value else "–"


def cells_of(lines: Iterator[HistoryLine]) -> Iterator[list[Any]]:
    """Lines as rows of a file."""
    for line in lines:
        entry = line.entry
        changes = "; ".join(f"{item.label}: {in_file(item.old)} → {in_file(item.new)}" for item in entry.changes)
        through = "; ".join(source.sentence for source in entry.sources)
        when = entry.when.astimezone(settings.COMPANY_ZONE)
        yield [when, entry.who, through, entry.label, entry.verb, line.kind_label, line.name, entry.reason, changes]
