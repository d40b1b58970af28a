"""The tree of departments over time: what exists, under whom, called what, from which day until which.

Every dated row covers the days `valid` = [first day, first day no longer): the database refuses overlaps. The closure
holds every pair of a department and one of those above it (itself included) with the days it holds; only
services.timeline writes it.
"""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.core.scope import Reach, Scope
from apps.departments.choices import AliasSource


class DepartmentQuerySet(models.QuerySet["Department"]):
    """Chaining words for departments."""

    def open_on(self, day: date) -> Self:
        """Departments that exist on the day."""
        return self.filter(
            models.Exists(DepartmentVersion.objects.filter(department=models.OuterRef("pk"), valid__contains=day))
        )

    def below(self, ancestor_ids: tuple[int, ...] | list[int] | set[int], day: date) -> Self:
        """These departments and everything under them in the tree of the day."""
        return self.filter(
            models.Exists(
                DepartmentClosure.objects.filter(
                    descendant=models.OuterRef("pk"), ancestor__in=tuple(ancestor_ids), valid__contains=day
                )
            )
        )

    def within(self, scope: Scope) -> Self:
        """Departments whose figures the person may see: all of them, or what they lead today and everything below it.

        Access to all history follows the org chart of today. Whoever leads nothing gets no row.
        """
        if scope.is_company:
            return self
        if scope.reach is Reach.DEPARTMENTS and scope.department_ids:
            return self.below(scope.department_ids, clock.today())
        return self.none()


@tracked()
class Department(BaseModel):
    """A part of the company. `name` is the name of today; the dated rows know the others."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    cost_center = models.CharField(_("cost centre"), max_length=20, blank=True)
    purpose = models.CharField(_("what it is for"), max_length=500, blank=True)
    successor = models.ForeignKey(
        "self", verbose_name=_("merged into"), null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        indexes = (
            models.Index(fields=("name", "id"), name="departments_by_name"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="departments_name_words"),
        )
        constraints = (
            models.UniqueConstraint(Upper("code"), name="departments_code_unique_anyhow"),
            models.CheckConstraint(condition=~models.Q(code=""), name="departments_code_not_empty"),
            models.CheckConstraint(condition=~models.Q(name=""), name="departments_name_not_empty"),
            models.CheckConstraint(condition=~models.Q(successor=models.F("id")), name="departments_not_own_successor"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("departments:detail", args=[self.pk])


class VersionQuerySet(models.QuerySet["DepartmentVersion"]):
    """Chaining words for the dated rows."""

    def on(self, day: date) -> Self:
        """Rows that hold on the day."""
        return self.filter(valid__contains=day)


@tracked()
class DepartmentVersion(BaseModel):
    """Name and place of a department over some days. No row: the department does not exist on those days."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="versions")
    parent = models.ForeignKey(
        Department, verbose_name=_("belongs to"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("name"), max_length=150)
    valid = DateRangeField(_("days"))

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("department_id", "valid")
        verbose_name = _("place in the tree")
        constraints = (
            ExclusionConstraint(
                name="departments_version_no_overlap",
                expressions=[("department", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=models.Q(valid__isempty=False, valid__lower_inf=False), name="departments_version_has_start"
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("department")),
                name="departments_version_not_own_parent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.valid.lower} – {self.valid.upper or '…'}"


class DepartmentClosure(models.Model):
    """One department above another, or the same one (depth 0), with the days this holds."""

    ancestor = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="closure_down")
    descendant = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="closure_up")
    depth = models.PositiveSmallIntegerField()
    valid = DateRangeField()

    class Meta:
        indexes = (models.Index(fields=("ancestor", "descendant"), name="departments_closure_down"),)
        constraints = (
            ExclusionConstraint(
                name="departments_closure_no_overlap",
                expressions=[
                    ("descendant", RangeOperators.EQUAL),
                    ("ancestor", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.ancestor_id} > {self.descendant_id} ({self.depth})"


@tracked()
class DepartmentAlias(BaseModel):
    """Another name under which files and systems know a department. `key` is the text made comparable (rules.alias_key)."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="aliases")
    alias = models.CharField(_("other name"), max_length=150)
    key = models.CharField(max_length=150, unique=True, editable=False)
    source = models.CharField(_("source"), max_length=20, choices=AliasSource, default=AliasSource.MANUAL)

    class Meta:
        ordering = ("alias",)
        verbose_name = _("other name")

    def __str__(self) -> str:
        return self.alias
