"""The file ./portal: short, readable by old interpreters, and clear to them."""

import ast
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "portal"


class TestPortalFile:
    def test_is_short_and_executable(self):
        assert len(FILE.read_text().splitlines()) <= 60
        assert os.access(FILE, os.X_OK)

    def test_can_be_read_by_an_old_python(self):
        ast.parse(FILE.read_text(), feature_version=(3, 5))

    def test_tells_an_old_python_what_to_install(self, capsys):
        names = {"__name__": "portal", "__file__": str(FILE)}
        exec(compile(FILE.read_text(), str(FILE), "exec"), names)
        names["find_newer_python"] = lambda: None
        names["OLDEST"] = (9, 9)
        assert names["main"]() == 1
        assert "sudo apt-get install -y python3.11 python3.11-venv" in capsys.readouterr().err

    def test_prints_help_from_any_folder(self, tmp_path):
        done = subprocess.run([str(FILE)], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert "./portal up" in done.stdout


class TestLauncher:
    def test_needs_nothing_but_the_standard_library(self):
        # -I -S: no environment, no site-packages; only the project's own folder is added.
        script = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import ops_portal.launch.cli;"
            "print(*sorted(name for name in sys.modules if 'django' in name or 'celery' in name))"
        )
        done = subprocess.run(
            ["python3", "-I", "-S", "-c", script], cwd="/", capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
