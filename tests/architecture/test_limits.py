"""Files stay short enough to read, carry only the names of the house, and pages keep script and style in files."""

import re
import subprocess

from tests.architecture.source import APPS, ROOT, app_modules, functions, listed, modules

MODULE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 400, 40, 150
TEST_LINES = 500
"""A module of tests is a list that nobody reads from end to end: it may be a little longer."""
NAMES = {
    "models", "selectors", "services", "rules", "choices", "forms", "views", "api", "tasks", "admin", "http", "urls",
    "apps", "migrations", "management", "templatetags", "tests", "__init__", "__pycache__",
}  # fmt: skip
INLINE = re.compile(r"<[^>]*\s(style|on[a-z]+)\s*=\s*[\"']|<style\b|<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE)

COMMENT = re.compile(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", re.DOTALL)


def line_count(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def templates():
    return sorted((ROOT / "templates").rglob("*.html"))


class TestLength:
    def test_of_modules(self):
        long = {
            module.place: count
            for module in modules()
            if (count := line_count(module.path)) > (TEST_LINES if module.is_test else MODULE_LINES)
        }
        assert not long, listed(long)

    def test_of_functions(self):
        long = {
            f"{module.place}:{node.lineno} {node.name}": count
            for module in modules()
            if not module.is_test
            for node in functions(module.tree)
            if (count := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
        }
        assert not long, listed(long)

    def test_of_templates(self):
        assert {str(path): count for path in templates() if (count := line_count(path)) > TEMPLATE_LINES} == {}

    def test_of_the_settings_and_the_command(self):
        assert line_count(ROOT / "ops_portal" / "settings.py") <= 350
        assert line_count(ROOT / "portal") <= 60


class TestNames:
    def test_files_of_an_app(self):
        """core is shared words and names its own modules."""
        odd = [
            str(path.relative_to(ROOT))
            for app in APPS.iterdir()
            if app.is_dir() and app.name not in {"core", "__pycache__"}
            for path in app.iterdir()
            if path.stem not in NAMES
        ]
        assert not odd, listed(odd)

    def test_core_owns_no_tables(self):
        assert not (APPS / "core" / "migrations").exists()

    def test_no_module_is_a_drawer_for_anything(self):
        drawers = {"utils", "helpers", "common", "misc", "base", "manager", "handlers"}
        assert [module.place for module in app_modules() if module.path.stem in drawers] == []


class TestTemplates:
    def test_carry_no_style_script_or_handler_of_their_own(self):
        faults = [
            f"{path.relative_to(ROOT)}: {found.group(0)[:60]}"
            for path in templates()
            if "emails" not in path.parts
            for found in INLINE.finditer(COMMENT.sub("", path.read_text(encoding="utf-8")))
        ]
        assert not faults, listed(faults)

    def test_load_nothing_from_elsewhere(self):
        outside = re.compile(r"(src|href|action)=[\"']https?://", re.IGNORECASE)
        assert [str(path) for path in templates() if outside.search(path.read_text(encoding="utf-8"))] == []


class TestNothingForeignIsKept:
    def test_no_vendored_file_is_committed(self):
        listed = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.split()
        assert [name for name in listed if "/vendor/" in name or name.endswith((".min.js", ".min.css", ".woff2"))] == []
