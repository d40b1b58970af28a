"""Who stands above whom, all departments at once, for work over the whole company. No scope: never for pages."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from apps.departments.models import DepartmentClosure

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lines:
    """The tree of a day: each department (below) with itself and everything above it, and how many steps lie between."""

    below: Keys
    above: Keys
    depth: Keys


def lines_on(day: date) -> Lines:
    """Every department open on DAY. One query."""
    rows = DepartmentClosure.objects.filter(valid__contains=day).order_by("descendant_id", "depth")
    found = np.array(list(rows.values_list("descendant_id", "ancestor_id", "depth")), dtype=np.int64).reshape(-1, 3)
    return Lines(found[:, 0], found[:, 1], found[:, 2])
