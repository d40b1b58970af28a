"""What changed, when, by whom and why: read from the event tables the database itself writes (core.history)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.encoding import force_str
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.audit.selectors.sources import Source, linkers, sources_of, with_urls
from apps.core.http.cells import plain_text
from apps.core.scope import Scope

OPERATIONS = {
    "insert": gettext_lazy("Added"),
    "update": gettext_lazy("Changed"),
    "delete": gettext_lazy("Removed"),
}
EventRow = Any
"""A row of an event table: the model is made by pghistory at class creation, so its columns have no static types."""

LONGEST_STRUCTURE = 140
UNSHOWN_FIELDS = frozenset({"id", "created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as a person reads it; `None` where there was nothing."""

    name: str
    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one record."""

    when: datetime
    who: str
    verb: str
    label: str
    reason: str
    operation: str
    subject: str
    """What kind of record changed, when a history spans several; the kind's name."""
    changes: tuple[FieldChange, ...]
    sources: tuple[Source, ...] = ()
    """The job and the import it came through."""


def verb_label(verb: str, operation: str) -> str:
    """What happened in words: "staff.hired_person" → "Hired person"; without a verb, what the database saw."""
    words = verb.rpartition(".")[2].replace("_", " ").strip()
    return capfirst(_(words)) if words else force_str(OPERATIONS.get(operation, operation))


def history_of(
    obj: models.Model, *, scope: Scope | None = None, related: Iterable[models.Model] = (), limit: int = 200
) -> list[HistoryEntry]:
    """Every recorded change of OBJ, newest first, and of RELATED objects (its appointments, say) in the same list.

    Whoever may see the object may see its history: callers get OBJ from a scoped selector. SCOPE of the reader decides which
    jobs and imports are linked; none without it. Queries: two for each kind of record, one for each kind of thing the fields
    point to, one each for jobs and imports where there are any.
    """
    by_model: dict[type[models.Model], list[Any]] = {}
    for thing in (obj, *related):
        by_model.setdefault(type(thing), []).append(thing.pk)
    entries = [entry for model, ids in by_model.items() for entry in model_history(model, ids, limit=limit)]
    entries.sort(key=lambda entry: entry.when, reverse=True)
    shown = entries[:limit]
    return linked(shown, scope) if scope is not None else shown


def linked(entries: Sequence[HistoryEntry], scope: Scope) -> list[HistoryEntry]:
    """The entries with the addresses of their jobs and imports, as far as the reader may open them. One query a kind."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        for source in entry.sources:
            wanted.setdefault(source.kind, set()).add(source.number)
    urls = {kind: linkers()[kind](scope, numbers) for kind, numbers in wanted.items()}
    return [replace(entry, sources=with_urls(entry.sources, urls)) if entry.sources else entry for entry in entries]


def model_history(model: type[models.Model], ids: Sequence[Any], *, limit: int) -> list[HistoryEntry]:
    """The changes of these rows of one table, newest first."""
    event_model = event_model_of(model)
    events: list[EventRow] = list(
        event_model._default_manager.filter(pgh_obj_id__in=ids).select_related("pgh_context").order_by("pgh_id")
    )
    previous: dict[Any, EventRow] = {}
    pairs: list[tuple[EventRow | None, EventRow]] = []
    for event in events:
        key = event.pgh_obj_id
        pairs.append((previous.get(key), event))
        previous[key] = event
    return entries_from(model, pairs[-limit:])[::-1]


def event_model_of(model: type[models.Model]) -> type[models.Model]:
    """The table that keeps the history of MODEL; a ValueError for a model that is not @tracked."""
    found = getattr(model._meta.concrete_model, "pgh_event_models", {})
    if "update" not in found:
        message = f"{model._meta.label} keeps no history: put @tracked() on it."
        raise ValueError(message)
    event_model: type[models.Model] = found["update"]
    return event_model


def entries_from(model: type[models.Model], pairs: Sequence[tuple[EventRow | None, EventRow]]) -> list[HistoryEntry]:
    """History entries from (event before, event) pairs of one table."""
    names = NameBook(model, [event for pair in pairs for event in pair if event is not None])
    return [entry_from(model, before, event, names) for before, event in pairs]


def entry_from(model: type[models.Model], before: EventRow | None, event: EventRow, names: "NameBook") -> HistoryEntry:
    """One entry: who and why from the context, what from the difference to the event before."""
    operation: str = event.pgh_label
    context = event.pgh_context
    stamp: dict[str, Any] = context.metadata if context is not None else {}
    verb = str(stamp.get("verb", ""))
    return HistoryEntry(
        when=event.pgh_created_at,
        who=str(stamp.get("user_name") or _("System")),
        verb=verb,
        label=verb_label(verb, operation),
        reason=str(stamp.get("reason", "")),
        operation=operation,
        subject=force_str(model._meta.verbose_name),
        changes=changes_between(model, event, None, names)
        if operation == "delete"
        else changes_between(model, before, event, names),
        sources=sources_of(stamp),
    )


def changes_between(
    model: type[models.Model], before: EventRow | None, after: EventRow | None, names: "NameBook"
) -> tuple[FieldChange, ...]:
    """Fields that differ; with nothing before or after, every field that holds something."""
    known: Any = before if after is None else after
    changes = []
    for name in shown_fields(model, type(known)):
        field = model._meta.get_field(name)
        assert isinstance(field, models.Field)
        old, new = (None if event is None else getattr(event, field.attname) for event in (before, after))
        is_empty = old in ("", None) and new in ("", None)
        if old != new and not (is_empty and (before is None or after is None)):
            label = capfirst(force_str(field.verbose_name))
            changes.append(FieldChange(name, label, names.text(field, old), names.text(field, new)))
    return tuple(changes)


def shown_fields(model: type[models.Model], event_model: type[models.Model]) -> list[str]:
    """Field names kept in the event table and worth showing, in the model's order."""
    names = []
    for field in model._meta.concrete_fields:
        try:
            event_model._meta.get_field(field.name)
        except FieldDoesNotExist:
            continue
        if field.name not in UNSHOWN_FIELDS and not field.primary_key:
            names.append(field.name)
    return names


def named_rows(model: type[models.Model], ids: Sequence[Any]) -> dict[Any, models.Model]:
    """Rows by key, with what they point to: a row's name often holds another's."""
    pointers = [field.name for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    rows = model._default_manager.select_related(*pointers) if pointers else model._default_manager.all()
    return rows.in_bulk(list(ids))


class NameBook:
    """Turns stored values into words: choice labels, names of rows pointed to (one query a kind), local dates."""

    def __init__(self, model: type[models.Model], events: Sequence[EventRow]) -> None:
        self.names: dict[str, dict[Any, str]] = {}
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.ForeignKey) or not events:
                continue
            ids = {getattr(event, field.attname, None) for event in events} - {None}
            target: type[models.Model] = field.related_model
            found = named_rows(target, list(ids)) if ids else {}
            self.names[field.name] = {key: str(row) for key, row in found.items()}

    def text(self, field: "models.Field[Any, Any]", value: Any) -> str | None:
        """The value as a person reads it; None for nothing."""
        if value is None or value == "":
            return None
        if isinstance(field, models.ForeignKey):
            return self.names.get(field.name, {}).get(value, f"#{value}")
        if field.flatchoices:
            return force_str(dict(field.flatchoices).get(value, value))
        return shown_value(value)


def shown_value(value: Any) -> str:
    """A value in the reader's words and time zone; structures in short."""
    if isinstance(value, (dict, list)):
        return Truncator(json.dumps(value, ensure_ascii=False, default=str)).chars(LONGEST_STRUCTURE)
    return plain_text(value)
