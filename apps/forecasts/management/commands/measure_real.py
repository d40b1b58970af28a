"""Measure the forecast engine on published figures of public bodies, against the two naive ways."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from apps.forecasts.management.files.published import rate_of, read_attendances, read_services, read_tunnels
from apps.forecasts.rules.contest import (
    Cuts,
    Standing,
    cuts_of,
    same_as_last_month,
    same_as_last_year,
    scale_of,
    standing,
)
from apps.forecasts.rules.engine import forecast
from apps.forecasts.rules.series import Floats

HORIZON = 6
SHORTEST, STEP = 30, 3
HEAD = f"{'':54} {'':>10} {'MASE':>7} {'sMAPE':>7} {'in 80 %':>8} {'in 95 %':>8}\n"


class Command(BaseCommand):
    """measure_real --dir FOLDER."""

    help = "Print MASE, sMAPE and coverage on NHS A&E, bridges and tunnels and OPG services, six months ahead."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dir", type=Path, required=True, help="the folder that holds kpi/ with the published files"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        del args
        folder: Path = options["dir"]
        self.stdout.write(HEAD, ending="")
        self.attendances(folder)
        self.rolled("Bridges and tunnels", read_tunnels(folder))
        self.rolled("OPG", read_services(folder))

    def attendances(self, folder: Path) -> None:
        """The last six months of 36 from the first thirty, for each organisation."""
        found = read_attendances(folder)
        count = len(found.names)
        self.stdout.write(f"NHS A&E, {count} organisations with 36 months: the last 6 from the first 30")
        told = {}
        for name, values in (("attendances", found.attendances), ("within four hours", found.within)):
            cuts = last_months(values)
            told[name] = forecast(cuts.known, horizon=HORIZON, lower=np.zeros(count))
            self.show(name, cuts, told[name].mean, told[name])
        cuts = last_months(found.rate)
        low, high = np.zeros(count), np.full(count, 100.0)
        straight = forecast(cuts.known, horizon=HORIZON, lower=low, upper=high, kind=["rate"] * count)
        self.show("share within four hours, by itself", cuts, straight.mean, straight)
        ratio = np.minimum(rate_of(told["within four hours"].mean, told["attendances"].mean), 100)
        self.line("", "by parts", standing(cuts, np.where(np.isnan(ratio), straight.mean, ratio)))

    def rolled(self, name: str, series: Mapping[str, Floats]) -> None:
        """Every series cut each quarter from thirty months on; all of them, then one by one."""
        self.stdout.write(f"{name}: six months ahead from every third month")
        everything = cuts_of(list(series.values()), horizon=HORIZON, shortest=SHORTEST, step=STEP)
        self.contest("all", everything)
        for one, values in series.items():
            cuts = cuts_of([values], horizon=HORIZON, shortest=SHORTEST, step=STEP)
            if len(cuts.known):
                self.contest(one, cuts)

    def contest(self, name: str, cuts: Cuts) -> None:
        """One table of three ways."""
        told = forecast(cuts.known, horizon=HORIZON)
        self.show(f"{name} ({len(cuts.known)} cuts)", cuts, told.mean, told)

    def show(self, name: str, cuts: Cuts, mean: Floats, ranges: Any) -> None:
        """The engine and the naive ways."""
        moving = int((~np.isnan(scale_of(cuts.known))).sum())
        self.line(name, "engine", standing(cuts, mean, ranges))
        self.line(f"  {moving} of them move" if moving < len(mean) else "", "last year",
                  standing(cuts, same_as_last_year(cuts.known, HORIZON)))  # fmt: skip
        self.line("", "last month", standing(cuts, same_as_last_month(cuts.known, HORIZON)))

    def line(self, name: str, way: str, found: Standing) -> None:
        """One line of figures."""
        shares = " ".join(f"{'' if share is None else f'{share:.3f}':>8}" for share in (found.in80, found.in95))
        self.stdout.write(f"  {name:52} {way:>10} {found.mase:7.3f} {found.smape:7.2f} {shares}".rstrip())


def last_months(values: Floats) -> Cuts:
    """The last six months against those before."""
    rows: Sequence[Floats] = list(values)
    known = np.full((len(rows), 60), np.nan)
    known[:, 60 - (values.shape[1] - HORIZON) :] = values[:, :-HORIZON]
    return Cuts(known, values[:, -HORIZON:])
