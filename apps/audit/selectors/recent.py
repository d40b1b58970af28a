"""The history of everything, newest first, in pages of a fixed cost whatever its length.

There are as many event tables as tracked models. Each is read from its newest row down by primary key, the heads are merged,
and the cursor remembers for every table how far it was read: no table is ever scanned or counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pghistory.core
from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.encoding import force_str
from django.utils.text import capfirst
from pghistory.models import Context

from apps.audit.selectors.entries import EventRow, HistoryEntry, entries_from, linked, named_rows
from apps.core.scope import Scope

PAGE_SIZE = 50
KEPT_CONTEXTS = 2_000
"""A search looks at so many of the newest matching deeds; more would cost without being read."""
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """What to show: words in verb, reason or name; one kind of record, one record; days, both included."""

    text: str = ""
    kind: str = ""
    record_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change of one record, with the record's name and address."""

    entry: HistoryEntry
    kind: str
    kind_label: str
    record_id: int
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some lines, and the cursor of those after them ('' at the end)."""

    lines: list[HistoryLine] = field(default_factory=list)
    next_cursor: str = ""


def event_models() -> dict[str, type[models.Model]]:
    """Event tables by the kind of record they follow: "staff.person"."""
    found = {}
    for event_model in pghistory.core.event_models():
        tracked: type[models.Model] | None = getattr(event_model, "pgh_tracked_model", None)
        if tracked is not None:
            found[tracked._meta.label_lower] = event_model
    return dict(sorted(found.items()))


def kinds_of_history() -> list[tuple[str, str]]:
    """Every kind of record that keeps a history, with its name, by name."""
    kinds = [(kind, kind_label(event_model)) for kind, event_model in event_models().items()]
    return sorted(kinds, key=lambda item: item[1].casefold())


def kind_label(event_model: Any) -> str:
    """What a kind of record is called."""
    return capfirst(force_str(event_model.pgh_tracked_model._meta.verbose_name))


def recent_history(scope: Scope, *, chosen: HistoryFilter, cursor: str = "", size: int = PAGE_SIZE) -> HistoryPage:
    """A page of changes, newest first. Nothing for those without audit.view, which reaches over the whole company.

    Queries: one to find deeds by words, one for each kind looked at, three for each kind on the page, and one each for the
    jobs and the imports that changes came through.
    """
    if not scope.may("audit.view"):
        return HistoryPage()
    tables = {kind: model for kind, model in event_models().items() if chosen.kind in ("", kind)}
    narrowing = narrowed(chosen)
    if narrowing is None:
        return HistoryPage()
    read_to = parsed_cursor(cursor)
    heads = [
        (event.pgh_created_at, kind, event)
        for kind, model in tables.items()
        for event in head_of(model, narrowing, below=read_to.get(kind), size=size + 1)
    ]
    heads.sort(key=lambda item: (item[0], item[2].pgh_id), reverse=True)
    shown = heads[:size]
    for _when, kind, event in shown:
        read_to[kind] = min(read_to.get(kind, event.pgh_id), event.pgh_id)
    following = ",".join(f"{kind}:{last}" for kind, last in sorted(read_to.items())) if len(heads) > size else ""
    lines = lines_of([(kind, event) for _when, kind, event in shown], tables)
    entries = linked([line.entry for line in lines], scope)
    lines = [replace(line, entry=entry) for line, entry in zip(lines, entries, strict=True)]
    return HistoryPage(lines=lines, next_cursor=following)


def narrowed(chosen: HistoryFilter) -> Q | None:
    """The condition on an event row; None when nothing can match."""
    condition = Q()
    if chosen.record_id is not None:
        condition &= Q(pgh_obj_id=chosen.record_id)
    if chosen.first_day:
        condition &= Q(pgh_created_at__gte=start_of(chosen.first_day))
    if chosen.last_day:
        condition &= Q(pgh_created_at__lt=start_of(chosen.last_day + timedelta(days=1)))
    if chosen.text:
        deeds = matching_deeds(chosen.text)
        if not deeds:
            return None
        condition &= Q(pgh_context_id__in=deeds)
    return condition


def start_of(day: date) -> datetime:
    """Midnight in the company's zone."""
    return datetime.combine(day, time.min, tzinfo=settings.COMPANY_ZONE)


def matching_deeds(text: str) -> list[Any]:
    """The newest deeds in whose verb, reason or person every word occurs."""
    rows = Context.objects.all()
    for word in text.split()[:6]:
        # A verb is kept as one word with underscores; people search for it as they read it.
        rows = rows.filter(
            Q(metadata__verb__icontains=word)
            | Q(metadata__reason__icontains=word)
            | Q(metadata__user_name__icontains=word)
            | Q(metadata__asked_by_name__icontains=word)
        )
    return list(rows.order_by("-created_at").values_list("pk", flat=True)[:KEPT_CONTEXTS])


def head_of(model: type[models.Model], condition: Q, *, below: int | None, size: int) -> list[EventRow]:
    """The newest events of one table under the condition and below the cursor."""
    rows = model._default_manager.filter(condition).select_related("pgh_context")
    if below is not None:
        rows = rows.filter(pgh_id__lt=below)
    return list(rows.order_by("-pgh_id")[:size])


def parsed_cursor(cursor: str) -> dict[str, int]:
    """How far each table was read; anything else than our own cursor reads as the start."""
    found = {}
    for part in cursor.split(","):
        kind, _mark, last = part.rpartition(":")
        if kind and last.isdecimal() and len(last) < 19:
            found[kind] = int(last)
    return found


def lines_of(events: list[tuple[str, EventRow]], tables: dict[str, type[models.Model]]) -> list[HistoryLine]:
    """The events as lines, in their order; read kind by kind."""
    by_kind: dict[str, list[EventRow]] = {}
    for kind, event in events:
        by_kind.setdefault(kind, []).append(event)
    made = {
        (kind, line_id): line
        for kind, rows in by_kind.items()
        for line_id, line in lines_of_kind(kind, tables[kind], rows)
    }
    return [made[kind, event.pgh_id] for kind, event in events]


def lines_of_kind(kind: str, event_model: Any, rows: list[EventRow]) -> list[tuple[int, HistoryLine]]:
    """The lines of one kind: each event with the one before it, and the record as it is called now."""
    model: type[models.Model] = event_model.pgh_tracked_model
    before = events_before(event_model, rows)
    entries = entries_from(model, [(before.get(row.pgh_id), row) for row in rows])
    records = named_rows(model, [row.pgh_obj_id for row in rows])
    label = kind_label(event_model)
    return [
        (row.pgh_id, HistoryLine(entry, kind, label, row.pgh_obj_id, *name_and_url(records.get(row.pgh_obj_id), row)))
        for row, entry in zip(rows, entries, strict=True)
    ]


def events_before(event_model: Any, rows: list[EventRow]) -> dict[int, EventRow]:
    """Event id → the event of the same record before it."""
    earlier = event_model.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    newest_earlier = Subquery(earlier.order_by("-pgh_id").values("pgh_id")[:1])
    wanted = event_model.objects.filter(pgh_id__in=[row.pgh_id for row in rows]).annotate(before=newest_earlier)
    pairs = {row_id: before for row_id, before in wanted.values_list("pgh_id", "before") if before is not None}
    found = event_model.objects.in_bulk(list(pairs.values()))
    return {row_id: found[before] for row_id, before in pairs.items()}


def name_and_url(record: models.Model | None, event: EventRow) -> tuple[str, str]:
    """How the record is called and where it is shown; one that is gone by its last known name."""
    if record is None:
        return force_str(getattr(event, "name", "") or getattr(event, "title", "") or f"#{event.pgh_obj_id}"), ""
    address = getattr(record, "get_absolute_url", None)
    return str(record)[:LONGEST_NAME], address() if address else ""


def all_lines(scope: Scope, *, chosen: HistoryFilter, limit: int) -> Iterator[HistoryLine]:
    """Every line of a history up to LIMIT, page by page: for export."""
    cursor, left = "", limit
    while left > 0:
        page = recent_history(scope, chosen=chosen, cursor=cursor, size=min(500, left))
        yield from page.lines
        left -= len(page.lines)
        cursor = page.next_cursor
        if not cursor:
            return
