"""Odd and dirty series on purpose, and what must hold of every forecast whatever the history."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from apps.forecasts.rules.engine import Forecast, forecast
from apps.forecasts.rules.series import MONTHS, Floats, right_aligned

NOTHING = float("nan")


class Odd(NamedTuple):
    """A history that is not like others; lower and upper: declared bounds; model: the one it must get, '' for any."""

    name: str
    values: list[float]
    lower: float = NOTHING
    upper: float = NOTHING
    kind: str | None = None
    model: str = ""


def wave(months: int, level: float = 100.0, noise: float = 5.0, season: float = 0.0, seed: int = 7) -> Floats:
    """A plain history with a season of SEASON and noise."""
    random = np.random.default_rng(seed)
    place = np.arange(months)
    return np.asarray(level + season * np.sin(2 * np.pi * place / 12) + noise * random.standard_normal(months))


def odd_series() -> Iterator[Odd]:
    """Every kind of history that went wrong somewhere."""
    yield from short_ones()
    yield from flat_ones()
    yield from broken_ones()
    yield from bounded_ones()
    yield from sized_ones()


def short_ones() -> Iterator[Odd]:
    """Hardly any history."""
    yield Odd("no value", [NOTHING] * 24, model="none")
    yield Odd("one value", [42.0], model="last_value")
    yield Odd("one zero", [0.0], model="last_value")
    yield Odd("one value long ago", [5.0, *[NOTHING] * 40], model="last_value")
    yield Odd("two values", [10.0, 12.0], model="blend")
    yield Odd("two equal values", [10.0, 10.0], model="last_value")
    for months in (3, 6, 11, 12, 13, 14, 18, 23, 24, 25, 59, 60, 90):
        yield Odd(f"{months} months", wave(months, season=20).tolist())


def flat_ones() -> Iterator[Odd]:
    """Nothing moves."""
    yield Odd("constant", [7.5] * 30, model="constant")
    yield Odd("zeros", [0.0] * 30, model="constant")
    yield Odd("constant with one spike", [7.5] * 20 + [75.0] + [7.5] * 15)
    yield Odd("constant, then another", [5.0] * 30 + [6.0] * 12)
    yield Odd("zeros, then values", [0.0] * 30 + wave(12).tolist())
    yield Odd("values, then zeros", [*wave(30).tolist(), *[0.0] * 12])
    yield Odd("pure season", wave(48, noise=0, season=30).tolist())
    yield Odd("straight line", [float(number) for number in range(1, 49)])


def broken_ones() -> Iterator[Odd]:
    """Gaps, spikes, shifts."""
    gaps = wave(48, season=20)
    gaps[np.random.default_rng(3).random(48) < 0.3] = NOTHING
    gaps[-1] = 100.0
    yield Odd("many gaps", gaps.tolist())
    yield Odd("every second month", [value if place % 2 else NOTHING for place, value in enumerate(wave(48))])
    yield Odd("one value a year", [value if place % 12 == 11 else NOTHING for place, value in enumerate(wave(60))])
    yield Odd("gap at the end", [*wave(40).tolist(), NOTHING, NOTHING, NOTHING])
    for name, month, factor in (("spike", 20, 10.0), ("spike in the last month", 35, 10.0), ("hole", 20, 0.01)):
        spiked = wave(36)
        spiked[month] *= factor
        yield Odd(name, spiked.tolist())
    yield Odd("level shift", [*wave(24, 100, 3).tolist(), *wave(12, 220, 3).tolist()])
    yield Odd("infinite value", [*wave(30).tolist(), float("inf"), 100.0])
    yield Odd("huge growth", [1.5**number for number in range(48)])
    yield Odd("collapse", [0.7**number for number in range(48)])


def bounded_ones() -> Iterator[Odd]:
    """Signs and bounds."""
    yield Odd("negatives", wave(40, -50, 5).tolist())
    yield Odd("both signs", wave(40, 0, 10, 15).tolist())
    yield Odd("zeros in between", np.maximum(wave(48, 2, 5), 0).tolist())
    yield Odd("rare counts", [3.0 if number % 7 == 0 else 0.0 for number in range(48)], kind="count")
    yield Odd("percentage at its upper bound", np.minimum(wave(36, 99, 1), 100).tolist(), 0, 100, "rate")
    yield Odd("percentage at its lower bound", np.maximum(wave(36, 1, 1), 0).tolist(), 0, 100, "rate")
    yield Odd("always 100 %", [100.0] * 24, 0, 100, "rate", "constant")
    yield Odd("history outside the bounds", wave(36, 120, 4).tolist(), 0, 100)
    yield Odd("growth into the bound", [50 + number for number in range(48)], 0, 100)


def sized_ones() -> Iterator[Odd]:
    """Very large, very small."""
    for size in (1e-300, 1e-12, 1e-6, 1e9, 1e15, 1e120, 1e299):
        yield Odd(f"about {size:g}", (wave(36, season=10) * (size / 100)).tolist())
    yield Odd("a small change on a large level", (1e9 + wave(48, 0, 1)).tolist())
    yield Odd("every size", [10.0 ** (number % 19 - 9) for number in range(48)])


def forecast_odd(series: list[Odd], *, is_trained: bool = True) -> Forecast:
    """All of them at once."""
    values = right_aligned([odd.values for odd in series])
    lower, upper = np.array([odd.lower for odd in series]), np.array([odd.upper for odd in series])
    return forecast(values, lower=lower, upper=upper, kind=[odd.kind for odd in series], is_trained=is_trained)


def faults(series: list[Odd], found: Forecast) -> list[str]:
    """What does not hold, in words; nothing is the answer wanted."""
    told = []
    for row, odd in enumerate(series):
        if odd.model and odd.model != found.model[row]:
            told.append(f"{odd.name}: the model is {found.model[row]}, not {odd.model}.")
        if found.model[row] != "none":
            lines = np.stack([found.lo95[row], found.lo80[row], found.mean[row], found.hi80[row], found.hi95[row]])
            told += [f"{odd.name}: {what}" for what in line_faults(odd, lines)]
    return told


def line_faults(odd: Odd, lines: Floats) -> list[str]:
    """What does not hold of LINES [5, horizon], lowest first."""
    known = np.array(odd.values)[-MONTHS:]
    known = known[np.isfinite(known)]
    reach = 4 * np.ptp(known) + np.abs(known).max()
    checks = {
        "a line is not finite.": not np.isfinite(lines).all(),
        "the lines cross.": bool((np.diff(lines, axis=0) < 0).any()),
        "negative, though the history never was.": bool((known >= 0).all() and (lines < 0).any()),
        "outside the declared bounds.": bool((lines < odd.lower).any() or (lines > odd.upper).any()),
        f"runs away to {np.abs(lines[2]).max():g}.": bool((np.abs(lines[2]) > reach).any()),
    }
    return [what for what, is_wrong in checks.items() if is_wrong]


def dirtied(values: Floats, seed: int = 3) -> Floats:
    """VALUES [n, 60] with a tenth of the months missing and one outlier each: three to eight standard deviations off, ten
    times too large, or a tenth. First and last month are not gaps."""
    random = np.random.default_rng(seed)
    dirty = values.copy()
    for row in range(len(dirty)):
        inside = np.flatnonzero(~np.isnan(values[row]))
        holes = inside[1:-1][random.random(len(inside) - 2) < 0.1] if len(inside) > 2 else inside[:0]
        dirty[row, holes] = NOTHING
        place, way = random.choice(inside), random.integers(3)
        spread, value = np.std(values[row, inside]), values[row, place]
        off = value + random.choice([-1.0, 1.0]) * random.uniform(3, 8) * spread
        hit = (off, value * 10, value / 10)[way]
        dirty[row, place] = max(hit, value / 10) if values[row, inside].min() > 0 else hit
    return dirty
