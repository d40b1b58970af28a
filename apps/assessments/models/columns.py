"""Kinds of columns that schemes and months share."""

from functools import reduce
from operator import or_
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q

FIRST_OF_MONTH = Q(month__day=1)


def points(label: Any, *, null: bool = True, **options: Any) -> "models.DecimalField[Any, Any]":
    """Points: two places, rounded once (DOMAIN.md section 2)."""
    return models.DecimalField(label, max_digits=9, decimal_places=2, null=null, blank=null, **options)


def figure(label: Any, places: int = 10) -> "models.DecimalField[Any, Any]":
    """A figure as the KPI keeps it: ten places. What was divided first has four more, so that no tie is lost."""
    return models.DecimalField(label, max_digits=18 + places, decimal_places=places, null=True, blank=True)


def any_changed(*fields: str) -> pgtrigger.Q:
    """That an update would change one of FIELDS: for the condition of a trigger."""
    return reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in fields))
