"""Who works where, over time. Spells and appointments are dated rows; the database itself refuses overlaps.

A spell of employment is covered day by day by exactly one main appointment: the services keep that, and because of it
headcount by department adds up to the company.
"""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.staff.choices import AppointmentRole, ContractKind, LeaveKind, MovementKind

LEADING_ROLES = (AppointmentRole.HEAD, AppointmentRole.DEPUTY_HEAD)
WHOLE_DAYS = RangeBoundary(inclusive_lower=True, inclusive_upper=True)


class DateSpan(models.Func):
    """daterange(first, last, '[]'): both days belong to it, no last day means open."""

    function = "DATERANGE"
    output_field = DateRangeField()


class KeyOnly(models.Func):
    """A foreign key in a constraint against overlaps, written so that only the constraint uses its index.

    With the bare column the planner looks people up there too, because it thinks all indexes alike; that one takes five
    times as long as the b-tree beside it.
    """

    template = "(%(expressions)s + 0)"
    output_field = models.BigIntegerField()


@tracked()
class Person(BaseModel):
    """Somebody who works or worked here. The number is what other systems know them by."""

    number = models.CharField(_("staff number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    user = models.OneToOneField(
        "accounts.User",
        verbose_name=_("account"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="person",
    )

    class Meta:
        ordering = ("name", "pk")
        indexes = (
            models.Index(fields=("name", "id"), name="staff_person_by_name"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="staff_person_name_words"),
            GinIndex(OpClass(Upper("number"), "gin_trgm_ops"), name="staff_person_number_words"),
        )
        constraints = (
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="staff_person_email_unique"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("staff:detail", args=[self.pk])


@tracked()
class Position(BaseModel):
    """A job as the company names it. Key positions need successors (talent)."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=150)
    grade = models.CharField(_("grade"), max_length=20, blank=True)
    is_key = models.BooleanField(_("key position"), default=False)

    class Meta:
        ordering = ("title", "pk")

    def __str__(self) -> str:
        return self.title


class EmploymentQuerySet(models.QuerySet["Employment"]):
    def on(self, day: date) -> Self:
        """Spells that cover the day; the last day still counts."""
        return self.filter(hired_on__lte=day).filter(models.Q(last_day=None) | models.Q(last_day__gte=day))


@tracked()
class Employment(BaseModel):
    """One spell, first day to last day employed. Coming back later is a new spell of the same person."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="employments")
    hired_on = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    contract = models.CharField(_("contract"), max_length=20, choices=ContractKind, default=ContractKind.PERMANENT)
    leave_kind = models.CharField(_("kind of leaving"), max_length=20, choices=LeaveKind, blank=True)
    leave_reason = models.CharField(_("reason for leaving"), max_length=500, blank=True)

    objects = EmploymentQuerySet.as_manager()

    class Meta:
        ordering = ("-hired_on",)
        indexes = (
            models.Index(fields=("last_day", "hired_on"), name="staff_employment_by_last_day"),
            models.Index(fields=("person", "hired_on"), include=("last_day",), name="staff_employment_by_person"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(last_day=None) | models.Q(last_day__gte=models.F("hired_on")),
                name="staff_employment_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(last_day=None, leave_kind="")
                | (~models.Q(last_day=None) & ~models.Q(leave_kind="")),
                name="staff_employment_leave_has_kind",
            ),
            ExclusionConstraint(
                name="staff_employment_no_overlap",
                expressions=[
                    (KeyOnly("person"), RangeOperators.EQUAL),
                    (DateSpan("hired_on", "last_day", WHOLE_DAYS), RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.hired_on} – {self.last_day or '…'}"


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def on(self, day: date) -> Self:
        """Appointments that cover the day."""
        return self.filter(starts_on__lte=day).filter(models.Q(ends_on=None) | models.Q(ends_on__gte=day))

    def main(self) -> Self:
        """The one appointment a day that the person is counted under."""
        return self.filter(is_main=True)

    def belonging_on(self, day: date) -> Self:
        """Appointments by which a person belongs to a department on the day: those that cover it, and for whoever left or
        is still to come the last or the first one."""
        return self.filter(
            models.Q(shown_from=None) | models.Q(shown_from__lte=day),
            models.Q(shown_until=None) | models.Q(shown_until__gte=day),
        )

    def leading(self) -> Self:
        """Heads and deputies: they see what they lead."""
        return self.filter(role__in=LEADING_ROLES)


@tracked(exclude=("shown_from", "shown_until"))
class Appointment(BaseModel):
    """Somebody's place in a department from a day to a day, with the share of their working time.

    The main appointment is where the person is counted; further ones add full-time equivalents, or make them lead a
    second department.

    `shown_from` and `shown_until` say on which days the person belongs to the department for those who lead it (None: open).
    A main appointment goes on showing after the person left, until they come back elsewhere, and shows somebody hired before
    their first day. They follow from the dates of the person's other appointments; only services.belonging writes them.
    """

    employment = models.ForeignKey(Employment, on_delete=models.PROTECT, related_name="appointments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    department = models.ForeignKey("departments.Department", on_delete=models.PROTECT, related_name="appointments")
    position = models.ForeignKey(Position, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(_("role"), max_length=20, choices=AppointmentRole, default=AppointmentRole.MEMBER)
    share = models.PositiveSmallIntegerField(_("share of working time, %"), default=100)
    is_main = models.BooleanField(_("main appointment"), default=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    shown_from = models.DateField(null=True, editable=False)
    shown_until = models.DateField(null=True, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_on", "-is_main", "pk")
        indexes = (
            models.Index(
                fields=("department", "ends_on", "starts_on"),
                include=("person", "is_main", "share"),
                name="staff_appointment_by_dept",
            ),
            models.Index(
                fields=("department", "starts_on"),
                condition=models.Q(role__in=LEADING_ROLES),
                name="staff_appointment_leading",
            ),
            models.Index(
                fields=("department", "shown_until", "shown_from"), include=("person",), name="staff_appointment_shown"
            ),
            models.Index(fields=("person", "starts_on"), name="staff_appointment_by_person"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="staff_appointment_ends_after_start",
            ),
            models.CheckConstraint(condition=models.Q(share__lte=100), name="staff_appointment_share_to_100"),
            ExclusionConstraint(
                name="staff_appointment_one_head",
                expressions=[
                    ("department", RangeOperators.EQUAL),
                    (DateSpan("starts_on", "ends_on", WHOLE_DAYS), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(role=AppointmentRole.HEAD),
            ),
            ExclusionConstraint(
                name="staff_appointment_one_main",
                expressions=[
                    (KeyOnly("person"), RangeOperators.EQUAL),
                    (DateSpan("starts_on", "ends_on", WHOLE_DAYS), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(is_main=True),
            ),
            ExclusionConstraint(
                name="staff_appointment_once_per_dept",
                expressions=[
                    (KeyOnly("person"), RangeOperators.EQUAL),
                    (KeyOnly("department"), RangeOperators.EQUAL),
                    (DateSpan("starts_on", "ends_on", WHOLE_DAYS), RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} – {self.department}"


@tracked()
class Movement(BaseModel):
    """A dated act: joined, transferred, left. Written with the spell or appointment it changes, in one transaction.

    `undo` keeps which further appointments a leaving ended early, so that cancelling it restores exactly those.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=MovementKind)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="movements")
    employment = models.ForeignKey(Employment, on_delete=models.CASCADE, related_name="movements")
    on = models.DateField(_("day"))
    from_department = models.ForeignKey(
        "departments.Department", null=True, blank=True, on_delete=models.PROTECT, related_name="movements_out"
    )
    to_department = models.ForeignKey(
        "departments.Department", null=True, blank=True, on_delete=models.PROTECT, related_name="movements_in"
    )
    leave_kind = models.CharField(_("kind of leaving"), max_length=20, choices=LeaveKind, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    recorded_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undo = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        ordering = ("-on", "-pk")
        indexes = (
            models.Index(fields=("on", "id"), name="staff_movement_by_day"),
            models.Index(fields=("from_department", "on"), name="staff_movement_out"),
            models.Index(fields=("to_department", "on"), name="staff_movement_in"),
        )
        constraints = (
            models.CheckConstraint(
                name="staff_movement_sides",
                condition=(
                    models.Q(kind=MovementKind.JOIN, from_department=None, to_department__isnull=False)
                    | models.Q(kind=MovementKind.LEAVE, from_department__isnull=False, to_department=None)
                    | models.Q(
                        ~models.Q(from_department=models.F("to_department")),
                        kind=MovementKind.TRANSFER,
                        from_department__isnull=False,
                        to_department__isnull=False,
                    )
                ),
            ),
            models.UniqueConstraint(
                fields=("employment", "kind"),
                condition=~models.Q(kind=MovementKind.TRANSFER),
                name="staff_movement_once_per_spell",
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()} {self.on}"


@tracked()
class HeadcountPlan(BaseModel):
    """How many heads a department should have at the end of a month. Own heads, not those of departments below."""

    department = models.ForeignKey("departments.Department", on_delete=models.PROTECT, related_name="headcount_plans")
    month = models.DateField(_("month"))
    planned = models.PositiveIntegerField(_("planned heads"))

    class Meta:
        ordering = ("month", "department_id")
        constraints = (
            models.UniqueConstraint(fields=("month", "department"), name="staff_headcount_plan_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="staff_headcount_plan_first_day"),
        )

    def __str__(self) -> str:
        return f"{self.department} {self.month:%Y-%m}: {self.planned}"
