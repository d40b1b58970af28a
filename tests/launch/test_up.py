"""A whole portal of its own: how it comes up, who it runs as, what it survives and what it leaves behind."""

import os
import subprocess
from pathlib import Path

import psycopg2
import pytest

from ops_portal.drills import restarts
from ops_portal.launch.leftovers import marked_processes, store_processes
from ops_portal.launch.place import find_place
from ops_portal.launch.portal import Portal
from ops_portal.launch.processes import answers

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow_up


def portal(own, *words):
    return subprocess.run(
        [str(ROOT / "portal"), *words], env=dict(own.place.environment), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def own():
    with restarts.trial(None) as started:
        yield started


class TestUp:
    def test_answers_pages(self, own):
        assert answers(f"{own.place.url}/health/")()
        assert answers(f"{own.place.url}/ready/")()

    def test_says_how_it_is(self, own):
        done = portal(own, "status")
        assert done.returncode == 0
        assert [line.split()[0:2] for line in done.stdout.splitlines()[1:]] == [
            [name, "ready"] for name in ("valkey", "postgres", "web", "worker", "beat")
        ]

    def test_refuses_to_be_started_twice(self, own):
        done = portal(own, "up")
        assert done.returncode == 1
        assert own.place.url in done.stderr

    def test_stays_outside_a_demo_at_a_start_that_does_not_say_so(self, own):
        silent = {name: value for name, value in own.place.environment.items() if name != "PORTAL_DEMO"}
        later = Portal(place=find_place(silent), say=print)
        assert later.is_demo is False
        own.place.demo_file.unlink()
        assert later.is_demo is True
        Portal(place=own.place, say=print).keep_demo()
        assert later.is_demo is False

    def test_shows_the_logs(self, own):
        assert "ready." in portal(own, "logs", "worker").stdout

    @pytest.mark.parametrize("name", ["web", "worker", "beat"])
    def test_keeps_the_owner_from_what_serves_people(self, own, name):
        surroundings = Path(f"/proc/{own.pid(name)}/environ").read_bytes().decode()
        assert "portal_app:" in surroundings
        assert "portal_owner" not in surroundings

    def test_connects_as_the_application_only(self, own):
        answers(f"{own.place.url}/ready/")()
        connection = psycopg2.connect(restarts.addresses(own)["app_url"])
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'portal'")
            assert cursor.fetchall() == [("portal_app",)]
        connection.close()

    def test_keeps_its_secrets_to_itself(self, own):
        private = [own.place.state / name for name in ("secrets.json", "stores.json", "logs", "media")]
        assert [path.name for path in private if path.stat().st_mode & 0o077] == []

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
    def test_runs_the_stores_as_nobody(self, own):
        assert Path(f"/proc/{own.pid('postgres')}").stat().st_uid != 0
        assert Path(f"/proc/{own.pid('valkey')}").stat().st_uid != 0

    def test_opens_the_first_account_and_no_second(self, own):
        assert "./portal manage open_administrator" in portal(own, "manage", "open_administrator").stdout
        opened = portal(own, "manage", "open_administrator", "first@company.example", "--name", "First Person")
        assert "Sign in as first@company.example with the password" in opened.stdout
        again = portal(own, "manage", "open_administrator", "second@company.example")
        assert again.returncode != 0
        assert "There is an administrator already" in again.stderr


class TestDown:
    def test_leaves_nothing_running(self, own):
        assert marked_processes(own.place.state)
        assert portal(own, "down").returncode == 0
        assert marked_processes(own.place.state) == []
        assert store_processes(own.place.data_folders) == []
        assert portal(own, "status").returncode == 3


class TestDrill:
    def test_loses_and_doubles_nothing_when_everything_is_killed_once(self):
        report = restarts.run(rounds=1)
        assert report.passed, report.figures
        assert report.figures["rows_acknowledged"] > 0
