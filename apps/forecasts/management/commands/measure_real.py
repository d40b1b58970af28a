"""Measure the forecast engine on published figures of public bodies: against the two naive ways, and whether parts that are
made to add up to their whole cost the whole anything."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.management.files.headcounts import heads_told, read_headcounts
from apps.forecasts.management.files.published import rate_of, read_attendances, read_services, read_tunnels
from apps.forecasts.rules.coherence import reconciled
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
from apps.forecasts.rules.histories import NO_PARENT
from apps.forecasts.rules.network import MIDDLE
from apps.forecasts.rules.series import Floats

HORIZON = 6
SHORTEST, STEP = 30, 3
SHARES = ("percent", "take-up")
COHERENT_CUTS = (24, 27, 30)
MOST_WORSE = 1.02
"""What reconciling may cost the whole, times its error before."""
SAME = 1e-9
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
        self.coherence(folder)
        self.rolled("Bridges and tunnels", read_tunnels(folder))
        self.rolled("OPG", read_services(folder))
        self.headcounts(folder)

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

    def coherence(self, folder: Path) -> None:
        """All organisations as parts of one whole; refused where the whole loses by it or the parts do not add up."""
        found = read_attendances(folder)
        self.stdout.write("NHS A&E, all organisations as parts of one whole (errors as MASE)")
        for name, parts in (("attendances", found.attendances), ("within four hours", found.within)):
            values = np.vstack([parts.sum(axis=0), parts])
            for cut in COHERENT_CUTS:
                told = fitted(values[:, :cut], values[:, cut : cut + HORIZON])
                self.stdout.write(
                    f"  {name}, {cut} months: whole {told.before[0]:.3f} before, {told.after[0]:.3f} after, "
                    f"parts added up {told.added_up:.3f}; parts {told.before[1:].mean():.3f} before, "
                    f"{told.after[1:].mean():.3f} after; off by {told.gap:.0e} of the whole, {told.gap_before:.1%} before"
                )
                if told.after[0] > told.before[0] * MOST_WORSE or told.gap > SAME:
                    message = f"{name}, {cut} months: reconciling breaks what it must keep."
                    raise CommandError(message, returncode=1)

    def rolled(self, name: str, series: Mapping[str, Floats]) -> None:
        """Every series cut each quarter from thirty months on; all of them, then one by one."""
        self.stdout.write(f"{name}: six months ahead from every third month")
        shares, others = (
            [values for one, values in series.items() if is_share(one) == wanted] for wanted in (True, False)
        )
        self.contest("all", cut(shares), cut(others))
        for one, values in series.items():
            cuts = cut([values])
            if len(cuts.known):
                self.contest(one, *((cuts, cut([])) if is_share(one) else (cut([]), cuts)))

    def headcounts(self, folder: Path) -> None:
        """Yearly headcounts of a public service, where they are there."""
        heads = read_headcounts(folder)
        if heads is None:
            return
        found = heads_told(heads)
        self.stdout.write(
            f"Canada's public service, {found.departments} departments: heads one, two, three years ahead"
        )
        for name, shares in (
            ('error over that of "same as last year"', found.error),
            ("in 80 %", found.in80),
            ("in 95 %", found.in95),
            ("in 95 % of chance alone", found.by_chance),
        ):
            self.stdout.write(f"  {name:52} " + " ".join(f"{share:10.3f}" for share in shares))

    def contest(self, name: str, shares: Cuts, others: Cuts) -> None:
        """One table of three ways. The engine is told of SHARES what their KPI's definition would say of them."""
        count = len(shares.known)
        cuts = Cuts(np.vstack([shares.known, others.known]), np.vstack([shares.truth, others.truth]))
        kinds = ["rate"] * count + [""] * len(others.known)
        upper = np.where(np.arange(len(kinds)) < count, 100.0, np.inf)
        told = forecast(cuts.known, horizon=HORIZON, lower=np.zeros(len(kinds)), upper=upper, kind=kinds)
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


def is_share(name: str) -> bool:
    """Whether a service's figure is in percent, by its name."""
    return name.endswith(SHARES)


def cut(series: Sequence[Floats]) -> Cuts:
    """Each series cut each quarter from thirty months on."""
    return cuts_of(series, horizon=HORIZON, shortest=SHORTEST, step=STEP)


def last_months(values: Floats) -> Cuts:
    """The last six months against those before."""
    rows: Sequence[Floats] = list(values)
    known = np.full((len(rows), 60), np.nan)
    known[:, 60 - (values.shape[1] - HORIZON) :] = values[:, :-HORIZON]
    return Cuts(known, values[:, -HORIZON:])


class Fitted(NamedTuple):
    """Errors of the whole (first row) and its parts before and after they were made to add up; of the parts' sum; and how
    far the parts were and are from adding up, as a share of the whole."""

    before: Floats
    after: Floats
    added_up: float
    gap_before: float
    gap: float


def fitted(known: Floats, truth: Floats) -> Fitted:
    """KNOWN and TRUTH [1 + parts, …]: the whole first."""
    count = len(known)
    told = forecast(known, horizon=HORIZON, lower=np.zeros(count)).quantiles
    parent = np.zeros(count, dtype=np.int64)
    parent[0] = NO_PARENT
    moved, _rows = reconciled(told, parent, np.zeros(count), np.full(count, np.inf))
    before, after = told[:, :, MIDDLE], moved[:, :, MIDDLE]
    scale = scale_of(known)
    errors = [np.abs(truth - one).mean(axis=1) / scale for one in (before, after)]
    gaps = [float(np.abs(one[1:].sum(axis=0) / one[0] - 1).max()) for one in (before, after)]
    added_up = float(np.abs(truth[0] - before[1:].sum(axis=0)).mean() / scale[0])
    return Fitted(errors[0], errors[1], added_up, *gaps)
