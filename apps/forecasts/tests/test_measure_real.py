"""The measurement on published figures: how they are read, how histories are cut, and what is told."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.forecasts.management.files.headcounts import heads_told, read_headcounts
from apps.forecasts.management.files.published import read_attendances, read_services, read_tunnels
from apps.forecasts.rules.contest import cuts_of, same_as_last_month, same_as_last_year, scale_of, standing
from apps.forecasts.rules.engine import forecast


@pytest.fixture
def folder(tmp_path):
    """Two organisations (one without its last month), one indicator with an empty month, one service."""
    kpi = tmp_path / "kpi"
    kpi.mkdir()
    months = [(2016 + (place + 3) // 12, (place + 3) % 12 + 1) for place in range(36)]
    lines = ["period,org_code,type,attendances,breaches,admissions"]
    for place, (year, month) in enumerate(months):
        size = 1000 + 10 * (place % 12)
        lines += [f"{year}-{month:02d}-01,AAA,{kind},{size},{size // 10},0" for kind in ("1", "other")]
        lines += [f"{year}-{month:02d}-01,BBB,1,50,5,0"] if place < 35 else []
    (kpi / "nhs_ae_attendances_2016_2019.csv").write_text("\n".join(lines))
    heads = ["INDICATOR_NAME,PERIOD_YEAR,PERIOD_MONTH,MONTHLY_ACTUAL"]
    years = [(2008 + place // 12, place % 12 + 1) for place in range(48)]
    heads += [
        f"Traffic,{year},{month},{'' if year == 2008 and month == 2 else f'.{month:02d}'}" for year, month in years
    ]
    (kpi / "mta_bridges_tunnels_monthly.csv").write_text("\n".join(heads))
    rows = [
        {"_timestamp": f"{year + 13}-{month:02d}-01T00:00:00+00:00", "service": "s", "dataType": "d", "count": month}
        for year, month in years
    ]
    (kpi / "opg_one.json").write_text(json.dumps(rows))
    return tmp_path


def test_types_are_added_up_and_broken_histories_left_out(folder):
    found = read_attendances(folder)
    assert found.names == ["AAA"]
    assert found.attendances[0, :2].tolist() == [2000, 2020]
    assert found.rate[0, 0] == 90


def test_empty_months_are_gaps_and_services_go_by_figure(folder):
    assert np.isnan(read_tunnels(folder)["Traffic"][1])
    assert read_services(folder)["s: d"][:3].tolist() == [1, 2, 3]


def test_histories_are_cut_from_the_end_and_never_across_a_gap():
    one = np.arange(40.0)
    cuts = cuts_of([one], horizon=6, shortest=30, step=3)
    assert cuts.truth[:, 0].tolist() == [34, 31]
    assert cuts.known[0, -1] == 33
    one[35] = np.nan
    assert cuts_of([one], horizon=6, shortest=30, step=3).truth.shape == (0, 6)


def test_the_naive_ways_and_their_errors_by_hand():
    known = np.tile(np.arange(12.0), 3)[None, :]
    truth = np.arange(6.0)[None, :]
    assert same_as_last_month(known, 2).tolist() == [[11, 11]]
    assert same_as_last_year(known, 14)[0].tolist() == [*range(12), 0, 1]
    assert scale_of(known)[0] == pytest.approx((33 + 2 * 11) / 35)
    cuts = cuts_of([np.concatenate([known[0], truth[0]])], horizon=6, shortest=30, step=12)
    assert standing(cuts, same_as_last_year(cuts.known, 6)).mase == 0
    assert np.isnan(standing(cuts_of([np.ones(42)], horizon=6, shortest=36, step=6), np.ones((1, 6))).mase)


def test_ranges_are_counted():
    values = 100 + 5 * np.sin(np.arange(66) / 2)
    cuts = cuts_of([values], horizon=6, shortest=60, step=6)
    told = forecast(cuts.known, horizon=6)
    found = standing(cuts, told.mean, told)
    assert 0 <= found.in80 <= found.in95 <= 1


def test_the_command_prints_every_set(folder):
    out = StringIO()
    call_command("measure_real", dir=folder, stdout=out)
    told = out.getvalue()
    assert "NHS A&E, 1 organisations" in told
    assert "by parts" in told
    assert told.count("parts added up") == 6
    assert "Traffic" in told
    assert "s: d" in told
    assert told.count("last year") == told.count("engine")


def test_headcounts_by_year_are_told_with_ranges_as_wide_as_they_swing(folder):
    chance = np.random.default_rng(4)
    heads = np.round(np.exp(np.cumsum(chance.normal(0, 0.06, (60, 16)), axis=1) + chance.uniform(4, 9, (60, 1))))
    lines = ["Year,Universe,Department or agency,Number of employees"]
    lines += [f'{2010 + year},CPA,D{row},"{heads[row, year]:,.0f}"' for row in range(60) for year in range(16)]
    lines += ["2025,CPA,New one,12"]
    (folder / "hr").mkdir()
    (folder / "hr" / "gc_headcount_by_department.csv").write_text("\n".join(lines))
    found = heads_told(read_headcounts(folder))
    assert found.departments == 60
    assert (found.error <= 1.02).all()
    assert (found.in80 > 0.72).all()
    assert (found.in95 > 0.9).all()
    assert (found.by_chance < 0.75).all()
    out = StringIO()
    call_command("measure_real", dir=folder, stdout=out)
    assert "60 departments" in out.getvalue()


def test_a_folder_without_the_files_is_refused(tmp_path):
    with pytest.raises(CommandError, match="folder that holds kpi/"):
        call_command("measure_real", dir=tmp_path, stdout=StringIO())
