"""The quantile net: two hidden layers of 64, several nets averaged, in numpy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.forecasts.rules.features import Single

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""The quantiles the net tells."""
MIDDLE = LEVELS.index(0.5)
HORIZON = 18
HIDDEN = 64
WEIGHTS_FILE = Path(__file__).with_name("weights.npz")


@dataclass(frozen=True, slots=True)
class Weights:
    """What training found.

    layers: three pairs (matrix [nets, in, out], bias [nets, 1, out]); centre, spread [features]: the features'
    standardisation; widths [length groups, horizon, levels]: factors on the distance from the median; bonds
    [horizon, horizon]: correlation of the errors of two months of one forecast; sums [horizon]: factor on the width of
    a sum of so many months.
    """

    layers: tuple[tuple[Single, Single], ...]
    centre: Single
    spread: Single
    widths: NDArray[np.float64]
    bonds: NDArray[np.float64]
    sums: NDArray[np.float64]


def outputs(weights: Weights, inputs: Single) -> NDArray[np.float64]:
    """[n, horizon, levels], rising along the levels: average of all nets, in errors of the history off the blend."""
    standard = (inputs - weights.centre) / weights.spread
    total = np.zeros((inputs.shape[0], HORIZON * len(LEVELS)), dtype=np.float32)
    nets = weights.layers[0][0].shape[0]
    for net in range(nets):
        total += forward(weights.layers, net, standard)[-1]
    found = (total / nets).astype(np.float64).reshape(-1, HORIZON, len(LEVELS))
    return np.sort(found, axis=2)


def forward(layers: tuple[tuple[Single, Single], ...], net: int, standard: Single) -> list[Single]:
    """What each layer of one net gives."""
    given, seen = standard, []
    for number, (matrix, bias) in enumerate(layers):
        given = given @ matrix[net]
        given += bias[net]
        if number < len(layers) - 1:
            np.maximum(given, 0, out=given)
        seen.append(given)
    return seen


def load_weights(path: Path) -> Weights:
    """Read what `saved_weights` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        layers = tuple(
            (kept[f"matrix{number}"].astype(np.float32), kept[f"bias{number}"].astype(np.float32))
            for number in range(3)
        )
        return Weights(
            layers,
            kept["centre"].astype(np.float32),
            kept["spread"].astype(np.float32),
            kept["widths"].astype(np.float64),
            kept["bonds"].astype(np.float64),
            kept["sums"].astype(np.float64),
        )


def save_weights(weights: Weights, path: Path) -> None:
    """Write the weights in half precision, compressed: their rounding is far below the noise of any forecast."""
    parts: dict[str, NDArray[Any]] = {}
    for number, (matrix, bias) in enumerate(weights.layers):
        parts[f"matrix{number}"], parts[f"bias{number}"] = matrix.astype(np.float16), bias.astype(np.float16)
    for name in ("centre", "spread", "widths", "bonds", "sums"):
        parts[name] = getattr(weights, name).astype(np.float32)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **parts)
