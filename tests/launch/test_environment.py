"""The environment step: what makes it run again, and what it tells uv."""

import importlib.metadata
import json
import re
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ops_portal.launch import environment
from ops_portal.launch.system import LaunchError

# Pinned for other versions of Python than the one that runs here.
ABSENT_HERE = {"async-timeout"}


@pytest.fixture
def project(tmp_path):
    (tmp_path / "requirements.txt").write_text("one==1\n")
    (tmp_path / "requirements-dev.txt").write_text("two==2\n")
    python = environment.venv_python(tmp_path)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return tmp_path


def stamp(project, *kinds):
    content = {kind: environment.wanted_stamp(project, dev=kind == "dev") for kind in kinds}
    environment.stamp_file(project).write_text(json.dumps(content))


class TestIsEnvironmentCurrent:
    def test_is_false_before_the_first_time(self, project):
        assert not environment.is_environment_current(project, dev=False)

    def test_is_true_when_the_stamp_fits(self, project):
        stamp(project, "run")
        assert environment.is_environment_current(project, dev=False)

    def test_asks_for_more_when_the_tools_are_needed_too(self, project):
        stamp(project, "run")
        assert not environment.is_environment_current(project, dev=True)
        stamp(project, "run", "dev")
        assert environment.is_environment_current(project, dev=True)

    def test_is_false_after_a_requirement_changed(self, project):
        stamp(project, "run", "dev")
        (project / "requirements.txt").write_text("one==1.1\n")
        assert not environment.is_environment_current(project, dev=False)
        assert not environment.is_environment_current(project, dev=True)

    def test_a_changed_tool_does_not_concern_running(self, project):
        stamp(project, "run", "dev")
        (project / "requirements-dev.txt").write_text("two==3\n")
        assert environment.is_environment_current(project, dev=False)

    def test_is_false_after_something_pulled_in_changed(self, project):
        stamp(project, "run")
        (project / "constraints.txt").write_text("three==4\n")
        assert not environment.is_environment_current(project, dev=False)

    def test_is_false_when_the_stamp_is_damaged(self, project):
        environment.stamp_file(project).write_text("{")
        assert not environment.is_environment_current(project, dev=False)

    def test_is_false_when_the_interpreter_is_gone(self, project):
        stamp(project, "run")
        environment.venv_python(project).unlink()
        assert not environment.is_environment_current(project, dev=False)


class TestPipCommand:
    def test_names_the_exact_line_when_there_is_no_pip_anywhere(self, project, monkeypatch):
        monkeypatch.setattr(environment, "bundled_pip", lambda: None)
        monkeypatch.setattr(environment.importlib.util, "find_spec", lambda _name: None)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        with pytest.raises(LaunchError, match=f"sudo apt-get install -y python{version}-venv"):
            environment.pip_command(environment.venv_python(project))

    def test_runs_the_bundled_one_without_installing_it(self, project):
        command, extra = environment.pip_command(environment.venv_python(project))
        assert command[1:] == ["-m", "pip"]
        assert extra["PYTHONPATH"].endswith(".whl")


class TestUvEnvironment:
    def test_passes_a_mirror_of_pip_on(self):
        told = environment.uv_environment({"PIP_INDEX_URL": "https://mirror.example/simple", "HOME": "/nowhere"})
        assert told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"

    def test_reads_pip_conf_of_the_person(self, tmp_path):
        (tmp_path / ".config/pip").mkdir(parents=True)
        (tmp_path / ".config/pip/pip.conf").write_text("[global]\nindex-url = https://inside.example/simple\n")
        assert environment.uv_environment({"HOME": str(tmp_path)})["UV_DEFAULT_INDEX"] == (
            "https://inside.example/simple"
        )

    def test_leaves_alone_what_was_set_for_uv(self):
        told = environment.uv_environment({"PIP_INDEX_URL": "https://a", "UV_DEFAULT_INDEX": "https://b"})
        assert "UV_DEFAULT_INDEX" not in told


class TestRequirementFiles:
    @pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "constraints.txt"])
    def test_pin_everything(self, name, pytestconfig):
        lines = (pytestconfig.rootpath / name).read_text().splitlines()
        loose = [line for line in lines if line and not line.startswith(("#", "-")) and "==" not in line]
        assert loose == []

    def test_leave_nothing_open_that_is_pulled_in(self, pytestconfig):
        lines = "\n".join(
            (pytestconfig.rootpath / name).read_text()
            for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt")
        )
        named = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==", lines, re.MULTILINE)}
        needed = {
            canonicalize_name(requirement.name)
            for name in named - ABSENT_HERE
            for requirement in map(Requirement, importlib.metadata.requires(name) or [])
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        }
        assert needed - named == set()

    def test_leave_the_newer_driver_out(self):
        # Django would silently prefer it.
        assert environment.importlib.util.find_spec("psycopg") is None
