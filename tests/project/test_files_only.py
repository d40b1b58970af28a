"""Commands that need files and nothing else run without Django's start, so that 20,000 series do not wait for it."""

import subprocess
import sys

from ops_portal.files_only import COMMANDS, is_files_only
from tests.architecture.source import ROOT

GIVEN = "series_id,period,value\na,2024-01,5\na,2024-02,6\n"


def run(*command):
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False, env={})


class TestFilesOnly:
    def test_the_commands_import_neither_models_nor_settings(self):
        code = "import importlib, sys\n" + "".join(f"importlib.import_module({name!r})\n" for name in COMMANDS.values())
        code += "from django.conf import settings\n"
        code += (
            "print(settings.configured, any(name.startswith('apps.') and '.models' in name for name in sys.modules))"
        )
        assert run("-c", code).stdout.split() == ["False", "False"]

    def test_manage_runs_them_without_an_environment(self, tmp_path):
        (tmp_path / "in.csv").write_text(GIVEN)
        told = run(
            "manage.py", "forecast_csv", "--input", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv")
        )
        assert told.returncode == 0
        assert told.stdout.splitlines() == [
            "1 series forecast, 18 months each.",
            "  1 short_history: less than 13 months are known: no season can be seen",
        ]

    def test_a_refusal_is_told_without_a_traceback(self, tmp_path):
        told = run(
            "manage.py", "forecast_csv", "--input", str(tmp_path / "no.csv"), "--output", str(tmp_path / "out.csv")
        )
        assert told.returncode == 1
        assert "is not there" in told.stderr
        assert "Traceback" not in told.stderr

    def test_others_are_left_to_django(self):
        assert is_files_only(["forecast_csv", "--help"])
        assert not is_files_only(["migrate"])
        assert not is_files_only([])
