"""docs/settings.md names every variable the code reads, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALLS = r"read_\w+\(ENV,\s*|ENV\.get\(|ENV\[|environ\.get\(|environ\[|env\.get\(|getenv\("
READ = re.compile(rf"""(?:{CALLS})["']([A-Z][A-Z0-9_]+)["']""")
NOT_OURS = {"PATH", "HOME", "CI", "TERM", "NO_COLOR", "DJANGO_SETTINGS_MODULE", "PIP_NO_INPUT", "USER", "LANG"}


def variables_read() -> set[str]:
    files = [*ROOT.glob("ops_portal/*.py"), *ROOT.glob("ops_portal/launch/**/*.py"), *ROOT.glob("apps/**/*.py")]
    found = {
        name for file in files if "tests" not in file.parts for name in READ.findall(file.read_text(encoding="utf-8"))
    }
    return {name for name in found if not name.startswith(("PORTAL_TEST_", "UV_", "PYTEST_"))} - NOT_OURS


def variables_described() -> set[str]:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", text, re.MULTILINE))


class TestSettingsPage:
    def test_names_every_variable_the_code_reads(self):
        assert variables_read() - variables_described() == set()

    def test_names_none_the_code_does_not_know(self):
        code = "\n".join(file.read_text(encoding="utf-8") for file in ROOT.glob("ops_portal/**/*.py"))
        assert [name for name in sorted(variables_described()) if name not in code] == []
