"""Acts on the tree: create, rename, move, merge, close, reopen. Each holds from a day, past or to come.

Who may: whoever holds departments.manage; the doors check it. Each act is one transaction: refused acts leave nothing.
EXPECTED is `updated_at` as the person read it: an act on top of somebody else's is refused (TreeChanged).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core.clock import local_date
from apps.core.history import because
from apps.departments.choices import AliasSource
from apps.departments.models import Department, DepartmentAlias, DepartmentVersion
from apps.departments.rules.names import alias_key, tidy_code, tidy_name
from apps.departments.rules.spans import Span, Spans, changed_from, closed_from, joined, span_on
from apps.departments.services.followers import Standing, followers
from apps.departments.services.refusals import (
    CodeTaken,
    CycleInTree,
    DepartmentNotOpen,
    NothingChanges,
    StillInUse,
    TreeChanged,
    WrongInput,
    day_text,
)
from apps.departments.services.telling import tell_tree
from apps.departments.services.timeline import locked_lives, write_lives

EARLIEST = date(1900, 1, 1)
YEARS_AHEAD = 10


def create_department(
    *,
    code: str,
    name: str,
    parent: Department | None,
    on: date,
    cost_center: str = "",
    purpose: str = "",
    reason: str = "",
    by: Any,
    now: datetime,
) -> Department:
    """Open a department from the day ON below PARENT (None: at the top).

    Refuses a code that is taken or known as another name of a department, and a parent that is not open from that day on.
    """
    code, name = tidy_code(code), tidy_name(name)
    require_text(code, name)
    require_day(on, now)
    with transaction.atomic(), because("departments.created", reason=reason, by=by):
        locked_lives([])
        require_free_code(code)
        try:
            department = Department.objects.create(
                code=code, name=name, cost_center=cost_center.strip(), purpose=purpose
            )
        except IntegrityError as error:
            raise code_taken(code) from error
        write_lives({department.pk: (Span(on, None, parent.pk if parent else None, name),)}, now=now)
        department.refresh_from_db()
        tell_tree("departments.created", department, on=on, now=now, parent=parent.pk if parent else None)
    return department


def rename_department(
    *,
    department: Department,
    name: str,
    on: date,
    reason: str = "",
    by: Any,
    now: datetime,
    expected: datetime | None = None,
) -> Department:
    """Give a department another name from the day ON, until the next recorded rename. The former name leads to it still.

    Refuses a day on which it is not open, and the name it has already.
    """
    name = tidy_name(name)
    require_text("-", name)
    require_day(on, now)
    with transaction.atomic(), because("departments.renamed", reason=reason, by=by):
        life = locked_lives([department.pk])[department.pk]
        require_unchanged(department, expected)
        span = require_span(department, life, on)
        if span.name == name:
            message = _("%(department)s is called that on %(day)s already. Enter another name.")
            raise NothingChanges(message % {"department": department, "day": day_text(on)}, field="name")
        write_lives({department.pk: changed_from(life, on, name=name)}, now=now)
        keep_names(department, [span.name], AliasSource.FORMER_NAME)
        department.refresh_from_db()
        tell_tree("departments.renamed", department, on=on, now=now, new_name=name, former_name=span.name)
    return department


def move_department(
    *,
    department: Department,
    parent: Department | None,
    on: date,
    reason: str,
    by: Any,
    now: datetime,
    expected: datetime | None = None,
) -> Department:
    """Place a department, with everything below it, under PARENT from the day ON until the next recorded move.

    Refuses a place inside its own branch (cycle), a parent that is not open on all those days, and the place it has.
    """
    require_day(on, now)
    with transaction.atomic(), because("departments.moved", reason=reason, by=by):
        life = locked_lives([department.pk])[department.pk]
        require_unchanged(department, expected)
        span = require_span(department, life, on)
        parent_id = parent.pk if parent else None
        if parent_id == department.pk:
            raise CycleInTree(_("A department cannot belong to itself. Choose another one."), field="parent")
        if span.parent == parent_id:
            message = _("%(department)s is in that place on %(day)s already. Choose another one.")
            raise NothingChanges(message % {"department": department, "day": day_text(on)}, field="parent")
        write_lives({department.pk: changed_from(life, on, parent=parent_id)}, now=now)
        department.refresh_from_db()
        tell_tree("departments.moved", department, on=on, now=now, parent=parent_id, former_parent=span.parent)
    return department


def merge_departments(
    *,
    sources: Sequence[Department],
    into: Department,
    on: date,
    reason: str,
    by: Any,
    now: datetime,
    expected: datetime | None = None,
) -> list[Standing]:
    """Close SOURCES from the day ON; what is below them, and the records other apps hold on them, go over to INTO.

    Their codes and names lead to INTO from then on. Refuses a department merged into itself, departments that are not open
    on the day, and the first day of a source: it would be left without any. Says what was carried over.
    """
    require_day(on, now)
    source_ids = [source.pk for source in sources]
    if not source_ids or into.pk in source_ids:
        raise WrongInput(_("Choose another department to merge into: it cannot be merged into itself."), field="into")
    with transaction.atomic(), because("departments.merged", reason=reason, by=by):
        children = children_from(source_ids, on)
        lives = locked_lives({*source_ids, into.pk, *children})
        require_unchanged(sources[0], expected)
        for department in (*sources, into):
            require_span(department, lives[department.pk], on)
        for source in sources:
            require_days_before(source, lives[source.pk], on)
        write_lives(merged_lives(lives, source_ids, into.pk, on), now=now)
        carried = [
            standing
            for follower in followers()
            for source in sources
            for standing in follower.merge(source, into, on=on, reason=reason, by=by, now=now)
        ]
        Department.objects.filter(pk__in=source_ids).update(successor=into, updated_at=now)
        keep_names(into, [word for source in sources for word in (source.code, source.name)], AliasSource.MERGER)
        tell_tree("departments.merged", into, on=on, now=now, sources=source_ids)
    return carried


def merged_lives(lives: dict[int, Spans], sources: list[int], into: int, on: date) -> dict[int, Spans]:
    """The lives after a merger: sources end; whatever stood below them stands below INTO, and INTO itself one level up."""
    after: dict[int, Spans] = {}
    for pk, life in lives.items():
        if pk in sources:
            after[pk] = closed_from(life, on)
            continue
        above = into
        if pk == into:
            own = span_on(life, on)
            source = span_on(lives[own.parent], on) if own and own.parent in sources else None
            if source is None:
                continue
            above = source.parent  # type: ignore[assignment]
        after[pk] = replaced_parents(life, on, sources, above)
    return after


def replaced_parents(life: Spans, on: date, former: list[int], parent: int | None) -> Spans:
    """The life with every parent among FORMER replaced from the day ON."""
    starts = [on, *(span.first for span in life if span.first > on)]
    for day in starts:
        span = span_on(life, day)
        if span and span.parent in former:
            life = changed_from(life, day, parent=parent)
    return joined(life)


def children_from(ids: Sequence[int], on: date) -> list[int]:
    """Departments that belong to one of these on the day or later."""
    later = Q(valid__upper_inf=True) | Q(valid__endswith__gt=on)
    rows = DepartmentVersion.objects.filter(later, parent__in=ids)
    return list(rows.values_list("department", flat=True).distinct())


def close_department(
    *, department: Department, on: date, reason: str, by: Any, now: datetime, expected: datetime | None = None
) -> Department:
    """Close a department: ON is the first day on which it no longer exists.

    Refuses while departments stand below it, or other records (people, plans) stand on it, on that day or later.
    """
    require_day(on, now)
    with transaction.atomic(), because("departments.closed", reason=reason, by=by):
        life = locked_lives([department.pk])[department.pk]
        require_unchanged(department, expected)
        require_closable(department, life, on)
        write_lives({department.pk: closed_from(life, on)}, now=now)
        standing = [found for follower in followers() for found in follower.standing(department, since=on)]
        if standing:
            words = {"department": department, "day": day_text(on), "what": " ".join(found.words for found in standing)}
            message = _("%(department)s cannot close on %(day)s. %(what)s Move them first, or merge the department.")
            raise StillInUse(message % words, field="on")
        department.refresh_from_db()
        tell_tree("departments.closed", department, on=on, now=now)
    return department


def require_closable(department: Department, life: Spans, on: date) -> None:
    """Refuse a closing before the opening, and one that changes nothing."""
    require_days_before(department, life, on)
    last = life[-1].until
    if last is not None and last <= on:
        message = _("%(department)s is closed from %(day)s already. Choose an earlier day, or reopen it first.")
        raise NothingChanges(message % {"department": department, "day": day_text(last)}, field="on")


def require_days_before(department: Department, life: Spans, on: date) -> None:
    """Refuse to end a department on its first day: what never existed has no name, no place and no history to show."""
    if not life or on <= life[0].first:
        first = day_text(life[0].first) if life else "–"
        message = _(
            "%(department)s opens on %(day)s and must exist for a day at least. Choose a later day, or rename it if it was "
            "entered by mistake."
        )
        raise DepartmentNotOpen(message % {"department": department, "day": first}, field="on")


def reopen_department(
    *,
    department: Department,
    parent: Department | None,
    on: date,
    reason: str,
    by: Any,
    now: datetime,
    expected: datetime | None = None,
) -> Department:
    """Open a closed department again from the day ON, below PARENT. The days between stay closed.

    Refuses while it is open or before the day it closed, and a parent that is not open.
    """
    require_day(on, now)
    with transaction.atomic(), because("departments.reopened", reason=reason, by=by):
        life = locked_lives([department.pk])[department.pk]
        require_unchanged(department, expected)
        closed_on = life[-1].until if life else on
        if closed_on is None or on < closed_on:
            message = _("%(department)s is open on %(day)s. Only a closed department can be reopened.")
            raise NothingChanges(message % {"department": department, "day": day_text(on)}, field="on")
        name = life[-1].name if life else department.name
        span = Span(on, None, parent.pk if parent else None, name)
        write_lives({department.pk: joined((*life, span))}, now=now)
        Department.objects.filter(pk=department.pk).update(successor=None)
        department.refresh_from_db()
        tell_tree("departments.reopened", department, on=on, now=now, parent=parent.pk if parent else None)
    return department


def require_unchanged(department: Department, expected: datetime | None) -> None:
    """Refuse when somebody changed the department since it was read."""
    if expected is not None and not Department.objects.filter(pk=department.pk, updated_at=expected).exists():
        message = _("Somebody changed %(department)s since you opened it. Look at it again, then make your change.")
        raise TreeChanged(message % {"department": department})


def require_text(code: str, name: str) -> None:
    """Refuse an empty code or name, and signs that files and addresses cannot hold."""
    if not code or any(sign.isspace() or not sign.isprintable() for sign in code):
        raise WrongInput(_("Enter a code without spaces, for example FIN or R&D-2."), field="code")
    if len(code) > 20:
        raise WrongInput(_("The code has more than 20 signs. Enter a shorter one."), field="code")
    if not name or not name.isprintable():
        raise WrongInput(_("Enter a name people can read."), field="name")
    if len(name) > 150:
        raise WrongInput(_("The name has more than 150 signs. Enter a shorter one."), field="name")


def require_day(on: date, now: datetime) -> None:
    """Refuse days that can only be a slip of the hand."""
    if not EARLIEST <= on <= local_date(now).replace(day=1).replace(year=local_date(now).year + YEARS_AHEAD):
        message = _("%(day)s cannot be meant. Choose a day between 1900 and %(years)s years from now.")
        raise WrongInput(message % {"day": day_text(on), "years": YEARS_AHEAD}, field="on")


def require_span(department: Department, life: Spans, on: date) -> Span:
    """What holds on the day; refuse a day on which the department is not open."""
    span = span_on(life, on)
    if span is None:
        message = _("%(department)s is not open on %(day)s. Choose a day on which it exists.")
        raise DepartmentNotOpen(message % {"department": department, "day": day_text(on)}, field="on")
    return span


def require_free_code(code: str, *, but: int | None = None) -> None:
    """Refuse a code that leads to a department (other than BUT) already, by its code or as another name."""
    if Department.objects.filter(code__iexact=code).exclude(pk__in=[but] if but else []).exists():
        raise code_taken(code)
    other = DepartmentAlias.objects.filter(key=alias_key(code)).select_related("department").first()
    if other is not None:
        message = _("“%(code)s” is another name of %(department)s. Choose another code, or remove that name first.")
        raise CodeTaken(message % {"code": code, "department": other.department}, field="code")


def code_taken(code: str) -> CodeTaken:
    """The refusal of a code that another department has."""
    message = _("The code %(code)s belongs to another department. Choose another one.")
    return CodeTaken(message % {"code": code}, field="code")


def keep_names(department: Department, names: Sequence[str], source: AliasSource) -> None:
    """Let former codes and names lead to the department, where they do not lead elsewhere already."""
    wanted = {alias_key(name): name for name in names if alias_key(name) != alias_key(department.code)}
    rows = [DepartmentAlias(department=department, alias=name, key=key, source=source) for key, name in wanted.items()]
    DepartmentAlias.objects.bulk_create(rows, ignore_conflicts=True)
