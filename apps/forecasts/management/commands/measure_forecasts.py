"""Measure the forecast engine on series whose future is known."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.management.files.oddities import dirtied, faults, forecast_odd, odd_series
from apps.forecasts.management.files.tables import SeriesTable, read_series
from apps.forecasts.rules.accuracy import Outcome, base_brier, brier, coverage, msis95, owa, reliability
from apps.forecasts.rules.chances import chance_at_least, chance_total_at_least
from apps.forecasts.rules.engine import Forecast, forecast
from apps.forecasts.rules.network import HORIZON
from apps.forecasts.rules.series import Flags, Floats

GROUPS = ((13, 18), (19, 24), (25, 36), (37, 60))
AT_LEAST = {
    "owa": 0.815, "worst group": 0.875, "msis95": 10.3, "dirty owa": 0.90, "dirty msis95": 12.0, "worst Brier share": 1.0,
}  # fmt: skip
BETWEEN = {"cov95": (0.93, 0.975), "cov80": (0.77, 0.85), "dirty cov95": (0.92, 0.985)}
TOTAL_MONTHS = (3, 6, 12)


class Command(BaseCommand):
    """measure_forecasts --input dev_input.csv --truth dev_truth.csv --meta dev_meta.csv."""

    help = "Print OWA, coverage, MSIS, dirty and odd series and whether chances keep their word; ends with 1 below the bar."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--input", type=Path, required=True, help="series_id,period,value")
        parser.add_argument("--truth", type=Path, required=True, help="the next 18 months of the same series")
        parser.add_argument("--meta", type=Path, required=True, help="series_id,scale,naive2_smape,naive2_mase")
        parser.add_argument("--untrained", action="store_true", help="measure the training-free blend")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, print, judge."""
        del args
        series = read_series(options["input"])
        of = outcome(series, options["truth"], options["meta"])
        is_trained = not options["untrained"]
        figures = self.clean(series, of, is_trained=is_trained)
        figures |= self.dirty(series, of, is_trained=is_trained)
        odd = list(odd_series())
        told = faults(odd, forecast_odd(odd, is_trained=is_trained))
        self.stdout.write(f"odd series: {len(odd)}, {len(told)} faults")
        broken = [*told, *below_bar(figures)]
        self.stdout.write("\n".join(broken) if broken else "Everything holds.")
        if broken and is_trained:
            message = f"{len(broken)} things do not hold."
            raise CommandError(message, returncode=1)

    def clean(self, series: SeriesTable, of: Outcome, *, is_trained: bool) -> dict[str, float]:
        """Histories as they are."""
        found = forecast(series.values, is_trained=is_trained)
        figures = measures(of, found)
        length = (~np.isnan(series.values)).sum(axis=1)
        groups = {f"{low}-{high}": (length >= low) & (length <= high) for low, high in GROUPS}
        by_group = {name: owa(of.chosen(rows), found.mean[rows]) for name, rows in groups.items() if rows.any()}
        figures["worst group"] = float(np.max(list(by_group.values())))  # NaN if one is
        self.show("clean", figures)
        self.show("OWA by months of history", by_group)
        figures["worst Brier share"] = self.chances(series, of, found)
        return figures

    def dirty(self, series: SeriesTable, of: Outcome, *, is_trained: bool) -> dict[str, float]:
        """The same with gaps and one outlier each."""
        figures = measures(of, forecast(dirtied(series.values), is_trained=is_trained))
        self.show("dirty (a tenth missing, one outlier)", figures)
        return {f"dirty {name}": figure for name, figure in figures.items()}

    def chances(self, series: SeriesTable, of: Outcome, found: Forecast) -> float:
        """Targets about the history: is a chance of 70 % right seven times in ten?

        Answers the worst Brier score as a share of the base rate's.
        """
        random = np.random.default_rng(1)
        low, high = np.nanmin(series.values, axis=1), np.nanmax(series.values, axis=1)
        sets: list[tuple[str, Floats, Flags]] = []
        told, came = [], []
        for month in range(HORIZON):
            target = low + (high - low) * random.random(len(low))
            told.append(chance_at_least(found, month, target))
            came.append(of.truth[:, month] >= target)
        sets.append(("one month", np.concatenate(told), np.concatenate(came)))
        for count in TOTAL_MONTHS:
            target = (low + (high - low) * random.random(len(low))) * count
            chance = chance_total_at_least(found, range(count), target)
            sets.append((f"total of {count} months", chance, of.truth[:, :count].sum(axis=1) >= target))
        shares = [brier(chance, is_met) / base_brier(is_met) for _, chance, is_met in sets]
        worse = float(np.max(shares))  # NaN if one is
        for name, chance, is_met in sets:
            self.stdout.write(
                f"chance of target, {name}: Brier {brier(chance, is_met):.4f}, base rate {base_brier(is_met):.4f}"
            )
            for row in reliability(chance, is_met):
                self.stdout.write(
                    f"  {row.low:.0%}-{row.high:.0%}: {row.number:5}  told {row.told:.1%}  came {row.came:.1%}"
                )
        self.stdout.write(f"80 % ranges of totals cover: {totals_cover(of, found)}")
        return worse

    def show(self, name: str, figures: dict[str, float]) -> None:
        """One line of figures."""
        self.stdout.write(f"{name}: " + ", ".join(f"{key} {figure:.3f}" for key, figure in figures.items()))


def totals_cover(of: Outcome, found: Forecast) -> str:
    """How often the true total of so many months lies inside 80 % of the chances."""
    told = []
    for count in TOTAL_MONTHS:
        chance = chance_total_at_least(found, range(count), of.truth[:, :count].sum(axis=1))
        told.append(f"{count} months {((chance >= 0.1) & (chance <= 0.9)).mean():.1%}")
    return ", ".join(told)


def measures(of: Outcome, found: Forecast) -> dict[str, float]:
    """The figures of FORECAST.md."""
    return {
        "owa": owa(of, found.mean),
        "cov95": coverage(of.truth, found.lo95, found.hi95),
        "cov80": coverage(of.truth, found.lo80, found.hi80),
        "msis95": msis95(of, found.lo95, found.hi95),
    }


def below_bar(figures: dict[str, float]) -> list[str]:
    """What falls short of FORECAST.md's "at least", in words."""
    told = [
        f"{name} is {figures[name]:.3f}, more than {most}."
        for name, most in AT_LEAST.items()
        if not figures[name] <= most  # what is no number holds nothing
    ]
    return told + [
        f"{name} is {figures[name]:.3f}, outside {low} to {high}."
        for name, (low, high) in BETWEEN.items()
        if not low <= figures[name] <= high
    ]


def outcome(series: SeriesTable, truth: Path, meta: Path) -> Outcome:
    """What came, in the order of SERIES."""
    came = read_series(truth)
    place = {name: row for row, name in enumerate(came.names)}
    rows = [place.get(name) for name in series.names]
    if None in rows:
        message = f"{truth} lacks series {series.names[rows.index(None)]}: it must hold the future of every series."
        raise CommandError(message)
    table = pl.read_csv(meta, schema_overrides={"series_id": pl.String})
    known = pl.DataFrame({"series_id": series.names}).join(table, on="series_id", how="left", maintain_order="left")
    parts = [known[name].to_numpy() for name in ("scale", "naive2_smape", "naive2_mase")]
    return Outcome(came.values[np.array(rows), -HORIZON:], *parts)
