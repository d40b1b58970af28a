"""docker-compose.yml and Dockerfile say the same as the launcher, and name nothing that is not there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ops_portal.launch.processes import SERVICES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# Read by the servers' own images, not by us.
FOREIGN = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRES_INITDB_ARGS", "REDISCLI_AUTH"}
SECRETS = {
    "PORTAL_OWNER_PASSWORD": "a",
    "PORTAL_APP_PASSWORD": "b",
    "PORTAL_REDIS_PASSWORD": "c",
    "SECRET_KEY": "d",
    "PORTAL_TOKEN_PEPPER": "e",
}


class TestServices:
    def test_are_the_stores_the_migration_and_the_processes_of_the_supervisor(self):
        assert set(COMPOSE["services"]) == {"postgres", "redis", "migrate", *(one.name for one in SERVICES)}

    @pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
    def test_run_the_commands_of_the_supervisor(self, service):
        entry = COMPOSE["services"][service.name]
        assert entry["command"] == service.words("/data")
        assert entry.get("stop_signal", "SIGTERM") == service.stop_signal.name
        assert entry["stop_grace_period"] == f"{service.stop_seconds}s"

    def test_can_all_be_asked_how_they_are(self):
        lasting = {name: entry for name, entry in COMPOSE["services"].items() if name != "migrate"}
        assert [name for name, entry in lasting.items() if "healthcheck" not in entry] == []

    @pytest.mark.parametrize("name", [one.name for one in SERVICES])
    def test_wait_for_the_migration(self, name):
        depends = COMPOSE["services"][name]["depends_on"]
        assert depends == {"migrate": {"condition": "service_completed_successfully"}}

    def test_only_the_migration_knows_the_owner(self):
        text = {name: str(entry) for name, entry in COMPOSE["services"].items()}
        assert [name for name, entry in text.items() if "PORTAL_OWNER_PASSWORD" in entry] == ["postgres", "migrate"]

    def test_postgres_keeps_its_data_where_version_18_wants_it(self):
        postgres = COMPOSE["services"]["postgres"]
        assert postgres["image"] == "postgres:18"
        assert postgres["volumes"] == ["database:/var/lib/postgresql"]

    def test_the_broker_forgets_nothing(self):
        words = " ".join(COMPOSE["services"]["redis"]["command"])
        assert "--appendonly yes" in words
        assert "--maxmemory-policy noeviction" in words

    def test_stores_are_open_to_nobody_outside(self):
        assert [name for name, entry in COMPOSE["services"].items() if "ports" in entry] == ["web"]


class TestVariables:
    def test_are_all_that_a_portal_in_services_can_be_told(self):
        """What is missing: where things lie (the image says), what is for demos and tests, what only `./portal` reads."""
        described = re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
        of_the_image = {"PORTAL_BIND", "PORTAL_STATE_DIR", "PORTAL_MEDIA_DIR", "PORTAL_STATIC_DIR", "PORTAL_PORT"}
        of_the_launcher = {"DATABASE_OWNER_URL", "PORTAL_APP_DATABASE_URL"}
        of_demos = {"PORTAL_DEMO", "PORTAL_TODAY", "PORTAL_DEBUG"}
        wanted = set(described) - of_the_image - of_the_launcher - of_demos
        assert "PORTAL_OIDC_SECRET" in wanted
        for name in ("web", "worker", "beat", "migrate"):
            assert wanted - set(COMPOSE["services"][name]["environment"]) == set(), name

    def test_are_all_described(self):
        known = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (ROOT / "docs/settings.md").read_text()))
        used = {name for entry in COMPOSE["services"].values() for name in entry.get("environment", {})}
        assert used - FOREIGN - known == set()

    def test_hold_no_secret_in_the_file(self):
        for entry in COMPOSE["services"].values():
            for name, value in entry.get("environment", {}).items():
                if any(word in name for word in ("PASSWORD", "SECRET", "PEPPER", "AUTH")):
                    assert value.startswith("${"), name

    def test_without_a_default_stop_the_start(self):
        text = (ROOT / "docker-compose.yml").read_text()
        assert set(re.findall(r"\$\{(\w+):\?", text)) == set(SECRETS)


class TestDockerfile:
    def test_copies_only_what_is_there(self):
        sources = [
            word
            for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
            for word in line.split()[:-1]
        ]
        assert sources
        assert [source for source in sources if not (ROOT / source).exists()] == []

    def test_copies_what_the_settings_read(self):
        copied = {
            word.strip("/") for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE) for word in line.split()
        }
        settings = (ROOT / "ops_portal/settings.py").read_text()
        read = {name for name in re.findall(r'BASE_DIR / "([\w.]+)"', settings) if (ROOT / name).exists()}
        assert read - copied - {".portal", "staticfiles"} == set()

    def test_ignores_nothing_that_it_copies(self):
        ignored = {line.strip("/") for line in (ROOT / ".dockerignore").read_text().splitlines()}
        sources = {
            word
            for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
            for word in line.split()[:-1]
        }
        assert sources & ignored == set()

    def test_runs_as_nobody_special(self):
        last = DOCKERFILE.rpartition("FROM ")[2]
        assert "\nUSER portal\n" in last
        assert last.index("USER portal") < last.index("CMD")

    def test_starts_the_web_process_by_default(self):
        command = next(one for one in SERVICES if one.name == "web").words("/data")
        assert f"CMD {command}".replace("'", '"') in DOCKERFILE

    def test_uses_the_python_that_the_project_asks_for(self):
        assert set(re.findall(r"FROM python:([\d.]+)-slim", DOCKERFILE)) == {"3.11"}


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
class TestDockerCompose:
    def run(self, **environment):
        return subprocess.run(
            ["docker-compose", "config", "-q"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_accepts_the_file(self):
        done = self.run(**SECRETS)
        assert (done.returncode, done.stderr) == (0, "")

    @pytest.mark.parametrize("name", sorted(SECRETS))
    def test_names_a_secret_that_is_not_set(self, name):
        done = self.run(**{key: value for key, value in SECRETS.items() if key != name})
        assert done.returncode != 0
        assert f"set {name}" in done.stderr
