"""Training of the quantile nets: pinball loss in units of OWA, Adam, fixed seed, nothing but numpy."""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from apps.forecasts.rules.features import Single, features
from apps.forecasts.rules.network import HIDDEN, HORIZON, LEVELS, forward
from apps.forecasts.rules.preparing import prepared
from apps.forecasts.rules.series import ahead
from apps.forecasts.rules.windows import MOST_WEIGHT, Windows

EPOCHS, BATCH = 14, 512
RATE, DECAY = 2e-3, 1e-4
FIRST_MOMENT, SECOND_MOMENT = 0.9, 0.99
FAR_AWAY = 40.0


class Examples(NamedTuple):
    """What the net learns from: signed and plain features, targets [n, 18] in errors of the history off the blend,
    cost [n, 18] of an error of one."""

    signed: Single
    plain: Single
    target: Single
    cost: Single


@dataclass
class Adam:
    """One parameter with its moments."""

    value: Single
    first: Single
    second: Single
    steps: int = 0

    @classmethod
    def of(cls, value: Single) -> "Adam":
        return cls(value, np.zeros_like(value), np.zeros_like(value))

    def step(self, slope: Single, rate: float) -> None:
        """Kingma and Ba (2015), with decoupled decay."""
        self.steps += 1
        self.first += (1 - FIRST_MOMENT) * (slope - self.first)
        self.second += (1 - SECOND_MOMENT) * (slope * slope - self.second)
        lean = rate / (1 - FIRST_MOMENT**self.steps)
        size = np.sqrt(self.second / (1 - SECOND_MOMENT**self.steps)) + 1e-8
        self.value -= lean * self.first / size + rate * DECAY * self.value


def examples(windows: Windows) -> Examples:
    """The same preparation as at work, and what would have been right."""
    of = prepared(windows.history)
    signed, plain = features(of)
    index = ahead(of.season.index, HORIZON)
    future = windows.future / of.unit[:, None]
    multiplies = of.season.multiplies[:, None]
    plain_future = np.where(multiplies, future / np.where(index == 0, 1.0, index), future - index)
    scale = of.scale[:, None]
    target = (plain_future - of.blend(HORIZON)) / scale
    cost = windows.weight * of.unit[:, None] * scale * np.where(multiplies, index, 1.0)
    cost = np.minimum(cost / np.median(cost), MOST_WEIGHT)
    target = np.clip(target, -FAR_AWAY, FAR_AWAY)
    return Examples(signed, plain, target.astype(np.float32), cost.astype(np.float32))


def standardisation(given: Examples) -> tuple[Single, Single]:
    """(centre, spread) of the features; the signed ones are centred on nothing, so that turning them over is fair."""
    centre = np.concatenate([np.zeros(given.signed.shape[1]), given.plain.mean(axis=0)])
    spread = np.concatenate([np.sqrt((given.signed**2).mean(axis=0)), given.plain.std(axis=0)])
    return centre.astype(np.float32), np.maximum(spread, 1e-3).astype(np.float32)


def first_layers(inputs: int, random: Generator) -> list[Adam]:
    """Matrices and biases of one net before it has seen anything."""
    sizes = (inputs, HIDDEN, HIDDEN, HORIZON * len(LEVELS))
    kept = []
    for into, out in itertools.pairwise(sizes):
        spread = np.sqrt(2.0 / into) * (0.1 if out == sizes[-1] else 1.0)
        kept.append(Adam.of((random.standard_normal((into, out)) * spread).astype(np.float32)))
        kept.append(Adam.of(np.zeros((1, out), dtype=np.float32)))
    start = np.tile(np.array([-3.0, -1.6, -0.8, 0.0, 0.8, 1.6, 3.0], dtype=np.float32), HORIZON)
    kept[-1].value[0] = start
    return kept


def trained(given: Examples, standard: tuple[Single, Single], random: Generator) -> list[Single]:
    """One net: its six arrays."""
    inputs = np.concatenate([given.signed, given.plain], axis=1)
    inputs = (inputs - standard[0]) / standard[1]
    signed = given.signed.shape[1]
    layers = first_layers(inputs.shape[1], random)
    batches = len(inputs) // BATCH
    total, done = EPOCHS * batches, 0
    for _ in range(EPOCHS):
        order = random.permutation(len(inputs))
        for rows in np.array_split(order[: batches * BATCH], batches):
            done += 1
            rate = RATE * min(1.0, done / 200) * (0.5 + 0.5 * np.cos(np.pi * done / total)) + 1e-6
            seen, target = inputs[rows], given.target[rows]
            turned = np.where(random.random((len(rows), 1)) < 0.3, -1, 1).astype(np.float32)
            seen[:, :signed] *= turned
            learn(layers, seen, target * turned, given.cost[rows], float(rate))
    return [layer.value for layer in layers]


def learn(layers: list[Adam], seen: Single, target: Single, cost: Single, rate: float) -> None:
    """One step down the pinball loss."""
    pairs = tuple((layers[k].value[None], layers[k + 1].value[None]) for k in (0, 2, 4))
    first, second, last = forward(pairs, 0, seen)
    told = last.reshape(len(seen), HORIZON, len(LEVELS))
    levels = np.asarray(LEVELS, dtype=np.float32)
    slope = np.where(target[:, :, None] > told, -levels, 1 - levels).astype(np.float32)
    slope *= cost[:, :, None] / (len(seen) * HORIZON)
    down = slope.reshape(len(seen), -1)
    for number, under in ((4, second), (2, first), (0, seen)):
        matrix, bias = layers[number], layers[number + 1]
        lower = (down @ matrix.value.T) * (under > 0) if number else None
        matrix.step(under.T @ down, rate)
        bias.step(down.sum(axis=0, keepdims=True), rate)
        if lower is not None:
            down = lower
