"""What a table of departments would change: read by the importer's check and by its commit, so that the two agree.

New departments have negative keys until they are stored. Nothing is written here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from apps.departments.models import Department, DepartmentVersion
from apps.departments.rules.names import alias_key, code_from, tidy_code, tidy_name
from apps.departments.rules.spans import Span, Spans, changed_from, span_on
from apps.departments.selectors import find_by_code_or_alias
from apps.departments.services.timeline import lives_of

UNSAID = object()


@dataclass(frozen=True, slots=True)
class Wish:
    """One row: what a department should be from a day on. None in `parent` is the top; UNSAID leaves a thing as it is."""

    line: int
    on: date
    code: str = ""
    name: Any = UNSAID
    parent: Any = UNSAID
    cost_center: Any = UNSAID
    purpose: Any = UNSAID

    @property
    def key(self) -> str:
        """What the row calls the department."""
        return alias_key(self.code or (self.name if isinstance(self.name, str) else ""))

    def is_same(self, other: "Wish") -> bool:
        """Whether another row says the very same."""
        return replace(other, line=self.line) == self


@dataclass
class Outcome:
    """Everything after the wishes: lives by key, new departments, plain fields that change."""

    lives: dict[int, Spans] = field(default_factory=dict)
    before: dict[int, Spans] = field(default_factory=dict)
    new: dict[int, Department] = field(default_factory=dict)
    fields: dict[int, dict[str, str]] = field(default_factory=dict)
    known: dict[int, Department] = field(default_factory=dict)
    keys: dict[int, int] = field(default_factory=dict)
    """Line → key of its department."""
    problems: list[tuple[int, str, str, str]] = field(default_factory=list)
    """(line, field, what, value): the importer puts it into words."""

    @property
    def changed_lives(self) -> dict[int, Spans]:
        return {pk: spans for pk, spans in self.lives.items() if spans != self.before.get(pk, ())}


def planned(wishes: Sequence[Wish]) -> Outcome:
    """The outcome of these wishes, with every problem named. Six queries, however many wishes."""
    outcome = Outcome()
    if not wishes:
        return outcome
    found = find_departments(wishes)
    taken = {code.upper(): None for code in Department.objects.values_list("code", flat=True)}
    wanted = unrepeated(wishes, outcome)
    for wish in wanted:
        place_wish(wish, found, taken, outcome)
    outcome.before = lives_of(pk for pk in outcome.keys.values() if pk > 0)
    outcome.lives = dict(outcome.before)
    for wish in wanted:
        if wish.line in outcome.keys:
            change_life(wish, found, outcome)
            change_fields(wish, outcome)
    return outcome


def find_departments(wishes: Sequence[Wish]) -> dict[str, Department]:
    """Departments the rows name, as themselves or as parents, by comparable text; as they are known on the earliest day."""
    texts = {wish.code or wish.name for wish in wishes if wish.key}
    texts |= {wish.parent for wish in wishes if isinstance(wish.parent, str)}
    day = min(wish.on for wish in wishes)
    found = find_by_code_or_alias([text for text in texts if isinstance(text, str)], day=day)
    return {alias_key(text): department for text, department in found.items()}


def unrepeated(wishes: Sequence[Wish], outcome: Outcome) -> list[Wish]:
    """Rows without those that say the same again; a row that contradicts an earlier one of the same day is a problem."""
    first: dict[tuple[str, date], Wish] = {}
    kept = []
    for wish in sorted(wishes, key=lambda wish: (wish.on, wish.line)):
        if not wish.key:
            outcome.problems.append((wish.line, "name", "nameless", ""))
            continue
        earlier = first.setdefault((wish.key, wish.on), wish)
        if earlier is wish:
            kept.append(wish)
        elif not wish.is_same(earlier):
            outcome.problems.append((wish.line, "code" if wish.code else "name", "contradicts", str(earlier.line)))
    return kept


def place_wish(wish: Wish, found: dict[str, Department], taken: dict[str, None], outcome: Outcome) -> None:
    """Find the department of a row, or note a new one under a negative key."""
    department = found.get(wish.key)
    if department is None:
        name = tidy_name(wish.name) if isinstance(wish.name, str) else ""
        if not name:
            outcome.problems.append((wish.line, "name", "unnamed_new", wish.code))
            return
        code = tidy_code(wish.code) or code_from(name, taken)
        taken[code] = None
        department = Department(code=code, name=name)
        department.pk = -len(outcome.new) - 1
        outcome.new[department.pk] = department
        found[wish.key] = department
        found.setdefault(alias_key(code), department)
        found.setdefault(alias_key(name), department)
    outcome.known[department.pk] = department
    outcome.keys[wish.line] = department.pk


def change_life(wish: Wish, found: Mapping[str, Department], outcome: Outcome) -> None:
    """Apply name and parent of a row to the life of its department."""
    pk = outcome.keys[wish.line]
    parent: Any = UNSAID
    if wish.parent is None:
        parent = None
    elif wish.parent is not UNSAID:
        above = found.get(alias_key(wish.parent))
        if above is None:
            outcome.problems.append((wish.line, "parent", "unknown_parent", wish.parent))
            return
        parent = above.pk
        outcome.known[parent] = above
    if parent == pk:
        outcome.problems.append((wish.line, "parent", "own_parent", str(wish.parent)))
        return
    name = tidy_name(wish.name) if isinstance(wish.name, str) else UNSAID
    life = outcome.lives.get(pk, ())
    if not life and pk < 0:
        outcome.lives[pk] = (Span(wish.on, None, None if parent is UNSAID else parent, outcome.known[pk].name),)
        return
    if span_on(life, wish.on) is None:
        outcome.problems.append((wish.line, "on", "not_open", wish.on.isoformat()))
        return
    change = {what: value for what, value in (("name", name), ("parent", parent)) if value is not UNSAID}
    outcome.lives[pk] = changed_from(life, wish.on, **change)


def change_fields(wish: Wish, outcome: Outcome) -> None:
    """Apply what is not dated."""
    department = outcome.known[outcome.keys[wish.line]]
    for what in ("cost_center", "purpose"):
        value = getattr(wish, what)
        if isinstance(value, str) and value != getattr(department, what):
            outcome.fields.setdefault(department.pk, {})[what] = value


def parents_on(lives: Mapping[int, Spans], day: date, others: Mapping[int, int | None]) -> dict[int, int | None]:
    """Who belongs to whom on a day: by these lives, else by the tree as it is stored."""
    spans = {pk: span_on(life, day) for pk, life in lives.items()}
    return {**others, **{pk: span.parent for pk, span in spans.items() if span is not None}}


def stored_parents_on(day: date) -> dict[int, int | None]:
    """The stored tree of a day."""
    return dict(DepartmentVersion.objects.filter(valid__contains=day).values_list("department_id", "parent_id"))


def open_throughout(span: Span, lives: Iterable[Span]) -> bool:
    """Whether these spans together cover all days of SPAN."""
    day: date | None = span.first
    for other in lives:
        if day is not None and other.covers(day):
            day = other.until
            if day is None or (span.until is not None and day >= span.until):
                return True
    return False
