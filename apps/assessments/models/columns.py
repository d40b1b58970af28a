"""Kinds of columns that schemes and months share."""

from typing import Any

from django.db import models
from django.db.models import Q

FIRST_OF_MONTH = Q(month__day=1)


def points(label: Any, *, null: bool = True, **options: Any) -> "models.DecimalField[Any, Any]":
    """Points: two places, rounded once (DOMAIN.md section 2)."""
    return models.DecimalField(label, max_digits=9, decimal_places=2, null=null, blank=null, **options)


def figure(label: Any, places: int = 10) -> "models.DecimalField[Any, Any]":
    """A figure as the KPI keeps it: ten places. What was divided first has four more, so that no tie is lost."""
    return models.DecimalField(label, max_digits=18 + places, decimal_places=places, null=True, blank=True)
