"""The bench of forecasts has its rival or fails saying why: it never passes by leaving the comparison out."""

import re
import sys
from pathlib import Path

import pytest

from ops_portal.bench import forecasts, rival
from ops_portal.launch.system import LaunchError


def says_no(monkeypatch, why):
    def install(python, packages):
        assert packages == ["-r", str(rival.REQUIREMENTS)]
        raise LaunchError(why)

    monkeypatch.setattr(rival, "install", install)


def test_the_rival_is_pinned():
    lines = [line for line in rival.REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z]+==[0-9.]+", line) for line in lines)
    assert [line.split("==")[0] for line in lines] == ["statsforecast"]


def test_where_it_cannot_be_installed_the_bench_fails_and_says_so(monkeypatch, tmp_path, capsys):
    says_no(monkeypatch, "no network")
    monkeypatch.setattr(rival.rival_python, "__kwdefaults__", {"folder": tmp_path / "env"})
    monkeypatch.setattr(forecasts, "measured", lambda *args: pytest.fail("measured without a rival"))
    assert forecasts.run_forecasts(python=None, json_file=None) == 1
    told = capsys.readouterr().out
    assert "statsforecast, with which forecasts are compared, cannot be installed here: no network." in told
    assert "Every limit holds." not in told


def test_an_interpreter_without_it_is_no_rival(tmp_path):
    for named in (sys.executable, str(tmp_path / "nothing")):
        with pytest.raises(rival.NoRival, match=r"has no statsforecast\. Install it there"):
            rival.rival_python(named)


def test_what_is_there_is_used_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setattr(rival, "has_statsforecast", lambda python: True)
    says_no(monkeypatch, "nothing is installed anew")
    assert rival.rival_python(folder=tmp_path) == str(tmp_path / "bin" / "python")
    assert rival.rival_python(sys.executable) == sys.executable
    assert Path(rival.ENVIRONMENT).parts[-2:] == (".portal", "bench-env")
