"""Indicators and their definitions over time. A month keeps the definition it was measured by."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.history import because
from apps.departments.models import Department
from apps.kpis.choices import Aggregation, Direction, Frequency
from apps.kpis.models import Kpi, KpiSeries, KpiValue, KpiVersion
from apps.kpis.rules.checks import reads_like_lower
from apps.kpis.services.formulas import keep_inputs, read_formula, resolved
from apps.kpis.services.refusals import CodeTaken, KpiChanged, WrongDefinition
from apps.kpis.services.summaries import note_stale, refresh_months
from apps.staff.models import Person

ALWAYS = date(1900, 1, 1)
"""A first definition holds for all that was ever measured, unless said otherwise."""
AT_ONCE = 20_000
FIELDS = (
    "name",
    "description",
    "unit",
    "decimals",
    "direction",
    "frequency",
    "over_time",
    "over_departments",
    "scale",
    "minimum",
    "maximum",
    "amber_pct",
    "formula",
    "source",
)


@dataclass(frozen=True, slots=True)
class Definition:
    """What an indicator is. SCALE belongs to ratios (100: percent); MINIMUM and MAXIMUM bound what may be entered."""

    name: str
    direction: str
    unit: str = ""
    decimals: int = 2
    frequency: str = Frequency.MONTH
    over_time: str = Aggregation.SUM
    over_departments: str = Aggregation.SUM
    scale: Decimal = Decimal(1)
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    amber_pct: Decimal = Decimal(5)
    formula: str = ""
    description: str = ""
    source: str = ""

    def values(self) -> dict[str, Any]:
        """The columns of a KpiVersion."""
        return {name: getattr(self, name) for name in FIELDS}


@dataclass(frozen=True, slots=True)
class Identity:
    """What of an indicator is not dated."""

    department: Department
    code: str
    family: str = ""
    tags: tuple[str, ...] = ()
    owner: Person | None = None
    needs_approval: bool = False
    reporting: tuple[Department, ...] = field(default_factory=tuple)
    """Departments expected to report it; empty: those that do."""


def doubts_about(definition: Definition) -> list[str]:
    """What deserves a second look before a definition is saved: sentences, not refusals."""
    found = []
    if definition.direction == Direction.HIGHER and reads_like_lower(definition.name):
        found.append(_("By its name, less of this is better. Is “higher is better” meant?"))
    if Aggregation.MEAN in {definition.over_time, definition.over_departments} and "%" in definition.unit:
        found.append(_("A mean of percentages misleads where parts differ in size. Prefer the ratio of sums."))
    return found


def checked(definition: Definition) -> Definition:
    """The definition made tidy. Refuses what contradicts itself."""
    name = " ".join(definition.name.split())
    if not name:
        raise WrongDefinition(_("Give the KPI a name."), field="name")
    if definition.direction not in Direction.values:
        raise WrongDefinition(_("Say which way is better."), field="direction")
    if None not in {definition.minimum, definition.maximum} and definition.minimum > definition.maximum:  # type: ignore[operator]
        raise WrongDefinition(_("The lowest possible value is above the highest. Swap them."), field="minimum")
    if definition.amber_pct < 0:
        raise WrongDefinition(_("Slightly off is a percentage of 0 or more."), field="amber_pct")
    if definition.scale == 0:
        raise WrongDefinition(_("The scale of a ratio cannot be 0. Write 100 for percent, 1 otherwise."), field="scale")
    return replace(definition, name=name, formula=definition.formula.strip())


def define_kpi(
    *,
    identity: Identity,
    definition: Definition,
    valid_from: date = ALWAYS,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> Kpi:
    """Define a new indicator. kpis.manage. Refuses a code the department has already, and a formula that cannot work."""
    definition, code = checked(definition), " ".join(identity.code.split())
    if not code or len(code) > 40:
        raise WrongDefinition(_("Give the KPI a code of at most 40 signs."), field="code")
    with transaction.atomic(), because("kpis.defined", reason=reason, by=by):
        try:
            with transaction.atomic():
                kpi = Kpi.objects.create(
                    department=identity.department,
                    code=code,
                    name=definition.name,
                    family=identity.family.strip(),
                    tags=tidy_tags(identity.tags),
                    owner=identity.owner,
                    needs_approval=identity.needs_approval,
                )
        except IntegrityError as error:
            message = _("%(department)s has a KPI with the code “%(code)s” already. Choose another code.")
            raise CodeTaken(message % {"department": identity.department, "code": code}, field="code") from error
        add_version(kpi, definition, first=valid_from.replace(day=1), note=reason)
        expect_reports(kpi, identity.reporting, first_month=local_date(now).replace(day=1))
        point_to_today(kpi, today=local_date(now))
        if definition.formula:
            refresh_all_months(kpi, first=ALWAYS, now=now, by=by)
    return kpi


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Each tag once, in order, without spaces around it."""
    return sorted({" ".join(tag.split())[:40] for tag in tags if tag.strip()})


def add_version(kpi: Kpi, definition: Definition, *, first: date, note: str) -> KpiVersion:
    """Store a definition that holds from FIRST on; what held then ends the day before. One that begins later is replaced."""
    KpiVersion.objects.filter(kpi=kpi, valid__startswith__gte=first).delete()
    for former in KpiVersion.objects.select_for_update().filter(kpi=kpi, valid__contains=first):
        former.valid = DateRange(former.valid.lower, first, "[)")
        former.save(update_fields=["valid", "updated_at"])
    made = KpiVersion.objects.create(
        kpi=kpi, valid=DateRange(first, None, "[)"), note=note[:500], **definition.values()
    )
    if definition.formula:
        keep_inputs(made, resolved(read_formula(definition.formula), department=kpi.department))
    return made


def locked(kpi: Kpi, expected: datetime | None) -> Kpi:
    """The indicator under lock. Refused when EXPECTED is given and it was changed since that moment."""
    row = Kpi.objects.select_for_update(of=("self",)).get(pk=kpi.pk)
    if expected is not None and row.updated_at != expected:
        raise KpiChanged(_("Somebody changed this KPI since you read it. Look at it again, then make your change."))
    return row


def change_definition(
    *,
    kpi: Kpi,
    definition: Definition,
    valid_from: date,
    reason: str,
    by: User | None,
    now: datetime,
    expected: datetime | None = None,
) -> KpiVersion:
    """Measure otherwise from a month on; earlier months keep what they were measured by. kpis.manage.

    The same first month again corrects that definition. Later definitions are replaced. Needs a reason.
    """
    definition, first = checked(definition), valid_from.replace(day=1)
    if not reason.strip():
        raise WrongDefinition(_("Write why the definition changes: readers of old figures will ask."), field="reason")
    with transaction.atomic(), because("kpis.redefined", reason=reason, by=by):
        row = locked(kpi, expected)
        earliest = KpiVersion.objects.filter(kpi=row).order_by("valid").values_list("valid", flat=True).first()
        if earliest is not None and first < earliest.lower:
            message = _("The KPI is defined from %(day)s. Choose that month or a later one.")
            raise WrongDefinition(message % {"day": date_format(earliest.lower, "F Y")}, field="valid_from")
        Kpi.objects.filter(pk=kpi.pk).update(definition=None, updated_at=now)
        made = add_version(row, definition, first=first, note=reason)
        point_to_today(row, today=local_date(now))
        refresh_all_months(row, first=first, now=now, by=by)
    kpi.refresh_from_db()
    return made


def change_identity(
    *, kpi: Kpi, identity: Identity, by: User | None, now: datetime, expected: datetime | None = None
) -> Kpi:
    """Change what is not dated: code, family, tags, owner, approval. The owning department stays. kpis.manage."""
    code = " ".join(identity.code.split())
    if not code or len(code) > 40:
        raise WrongDefinition(_("Give the KPI a code of at most 40 signs."), field="code")
    with transaction.atomic(), because("kpis.changed", by=by):
        row = locked(kpi, expected)
        row.code, row.family, row.tags = code, identity.family.strip(), tidy_tags(identity.tags)
        row.owner, row.needs_approval, row.updated_at = identity.owner, identity.needs_approval, now
        try:
            with transaction.atomic():
                row.save(update_fields=["code", "family", "tags", "owner", "needs_approval", "updated_at"])
        except IntegrityError as error:
            message = _("%(department)s has a KPI with the code “%(code)s” already. Choose another code.")
            raise CodeTaken(message % {"department": row.department, "code": code}, field="code") from error
    return row


def retire_kpi(
    *, kpi: Kpi, retired_from: date | None, reason: str, by: User | None, expected: datetime | None = None
) -> Kpi:
    """Take an indicator out of use from a month on, or (None) bring it back; what was reported stays. kpis.manage."""
    with transaction.atomic(), because("kpis.retired" if retired_from else "kpis.brought_back", reason=reason, by=by):
        row = locked(kpi, expected)
        row.retired_from = retired_from.replace(day=1) if retired_from else None
        row.save(update_fields=["retired_from", "updated_at"])
    return row


def expect_reports(kpi: Kpi, departments: Iterable[Department], *, first_month: date) -> None:
    """Say which departments are to report, from a month on. Those that do are kept."""
    KpiSeries.objects.bulk_create(
        [KpiSeries(kpi=kpi, department=department, first_month=first_month) for department in departments],
        ignore_conflicts=True,
    )


def point_to_today(kpi: Kpi, *, today: date) -> None:
    """Let the indicator show the definition of today (the first one, while none holds yet)."""
    rows = KpiVersion.objects.filter(kpi=kpi)
    version = rows.filter(valid__contains=today).first() or rows.order_by("valid").first()
    if version is not None:
        Kpi.objects.filter(pk=kpi.pk).update(definition=version, name=version.name)
        kpi.definition, kpi.name = version, version.name


def point_all_to_today(*, today: date) -> int:
    """The same for every indicator whose definition changed with the day; gives how many. For the nightly job."""
    moved = list(
        Kpi.objects.filter(versions__valid__contains=today).exclude(definition__valid__contains=today).distinct()
    )
    for kpi in moved:
        point_to_today(kpi, today=today)
    return len(moved)


def refresh_all_months(kpi: Kpi, *, first: date, now: datetime, by: User | None) -> None:
    """Work out the months a definition touches: at once while they are few, else by the job."""
    known = KpiValue.objects.filter(series__kpi=kpi, month__gte=first).order_by("month")
    inputs = KpiValue.objects.filter(series__kpi__read_by__version__kpi=kpi, month__gte=first)
    months = sorted(
        {*known.values_list("month", flat=True)[:1], *known.order_by("-month").values_list("month", flat=True)[:1]}
    )
    months += [*inputs.order_by("month").values_list("month", flat=True)[:1]]
    months += [*inputs.order_by("-month").values_list("month", flat=True)[:1]]
    if not months:
        return
    if known.count() + inputs.count() > AT_ONCE:
        note_stale([(kpi.pk, min(months), max(months))], now=now, by=by)
        return
    refresh_months(kpis=[kpi.pk], first=min(months), last=max(months))
