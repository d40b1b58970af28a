"""Series no model can be fitted to: one value, or always the same."""

import numpy as np

from apps.forecasts.rules.series import Floats
from apps.forecasts.rules.widths import LARGEST_TOLD, NORMAL

UNSURE_SHARE = 0.2
"""One standard deviation a month ahead, as a share of the only value there is: nothing is known, so the range is wide."""


def single_quantiles(value: Floats, horizon: int) -> Floats:
    """[n, HORIZON, levels] about VALUE [n], widening with the root of the distance."""
    spread = np.where(value == 0, 1.0, np.abs(value)) * UNSURE_SHARE
    growth = np.sqrt(1 + np.arange(horizon) / 4)
    found = value[:, None, None] + spread[:, None, None] * growth[None, :, None] * NORMAL[None, None, :]
    return np.asarray(np.clip(found, -LARGEST_TOLD, LARGEST_TOLD))


def constant_quantiles(value: Floats, horizon: int) -> Floats:
    """[n, HORIZON, levels], all VALUE [n]."""
    return np.broadcast_to(value[:, None, None], (len(value), horizon, len(NORMAL))).copy()
