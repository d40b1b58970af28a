"""The supervisor on small processes: order, restarts, giving up, stopping, logs, and its own sudden death."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ops_portal.launch import supervisor as supervisors
from ops_portal.launch.supervisor import Managed, Supervisor, rotate_logs
from ops_portal.launch.system import LaunchError, wait_until

ROOT = Path(__file__).resolve().parents[2]


def member(folder, script, *, name="one", is_ready=None, stop_seconds=60.0):
    return Managed(
        name=name,
        command=["/bin/sh", "-c", script],
        environment=None,
        folder=folder,
        log=folder / f"{name}.log",
        is_ready=is_ready or (lambda _pid, _start: True),
        stop_signal=signal.SIGTERM,
        stop_seconds=stop_seconds,
        death_signal=signal.SIGTERM,
    )


@pytest.fixture
def supervisor(tmp_path):
    made = Supervisor(status_file=tmp_path / "status.json", logs=tmp_path, url="http://x")
    yield made
    made.stop_all()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class TestBringUp:
    def test_waits_until_each_says_it_is_ready(self, supervisor, tmp_path):
        sign = tmp_path / "sign"
        one = member(tmp_path, f"sleep 0.3; touch {sign}; sleep 60", is_ready=lambda _pid, _start: sign.exists())
        supervisor.bring_up([one])
        assert sign.exists()
        assert one.state == "ready"

    def test_gives_up_with_the_last_words_of_one_that_always_ends(self, supervisor, tmp_path):
        one = member(tmp_path, "echo no such table; exit 7", is_ready=lambda _pid, _start: False)
        with pytest.raises(LaunchError, match=r"one ends again and again \(code 7\)(.|\n)*no such table"):
            supervisor.bring_up([one])

    def test_gives_up_on_one_that_never_gets_ready(self, supervisor, tmp_path, monkeypatch):
        monkeypatch.setattr(supervisors, "STARTUP_SECONDS", 0.3)
        with pytest.raises(LaunchError, match="one was not ready"):
            supervisor.bring_up([member(tmp_path, "sleep 60", is_ready=lambda _pid, _start: False)])

    def test_writes_how_it_is(self, supervisor, tmp_path):
        supervisor.bring_up([member(tmp_path, "sleep 60")])
        status = json.loads((tmp_path / "status.json").read_text())
        assert status["pid"] == os.getpid()
        assert [(entry["name"], entry["restarts"]) for entry in status["processes"]] == [("one", 0)]


class TestRestart:
    def test_starts_again_what_was_killed(self, supervisor, tmp_path):
        one = member(tmp_path, "sleep 60")
        supervisor.bring_up([one])
        first = one.process.pid
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: one.check() is not None and one.restarts == 1, seconds=60)
        assert one.process.pid != first
        assert one.last_exit == "signal 9"

    def test_kills_what_the_dead_one_left_running(self, supervisor, tmp_path):
        child = tmp_path / "child"
        one = member(tmp_path, f"sleep 60 & echo $! > {child}; wait")
        supervisor.bring_up([one])
        assert wait_until(lambda: child.exists() and child.read_text().strip(), seconds=60)
        orphan = int(child.read_text())
        os.kill(one.process.pid, signal.SIGKILL)
        assert wait_until(lambda: one.check() is not None and one.restarts == 1, seconds=60)
        assert wait_until(lambda: not is_alive(orphan), seconds=60)

    def test_waits_longer_each_time(self, tmp_path, monkeypatch):
        monkeypatch.setattr(supervisors.time, "monotonic", lambda: 1000.0)
        one = member(tmp_path, "true")
        pauses = []
        for _ in range(9):
            one._note_end(1)
            pauses.append(one.not_before - 1000.0)
        assert pauses == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]

    def test_forgets_old_failures_of_one_that_is_well(self, supervisor, tmp_path, monkeypatch):
        monkeypatch.setattr(supervisors, "WELL_SECONDS", -1.0)
        one = member(tmp_path, "sleep 60")
        one.failures = 5
        one.start()
        supervisor.members.append(one)
        one.check()
        one.check()
        assert one.failures == 0


class TestStopAll:
    def test_stops_the_users_of_the_stores_before_the_stores(self, supervisor, tmp_path):
        order = tmp_path / "order"
        script = "trap 'echo {0} >> {1}; exit 0' TERM; touch {1}.{0}; while :; do sleep 0.05; done"
        members = [
            member(tmp_path, script.format(name, order), name=name, is_ready=lambda _p, _s, name=name: True)
            for name in ("valkey", "postgres", "web")
        ]
        supervisor.bring_up(members)
        assert wait_until(lambda: all((tmp_path / f"order.{one.name}").exists() for one in members), seconds=60)
        supervisor.stop_all()
        assert order.read_text().split() == ["web", "postgres", "valkey"]

    def test_kills_one_that_does_not_listen(self, supervisor, tmp_path):
        one = member(tmp_path, "trap '' TERM; while :; do sleep 0.1; done", stop_seconds=0.3)
        supervisor.bring_up([one])
        pid = one.process.pid
        time.sleep(0.2)
        supervisor.stop_all()
        assert not is_alive(pid)

    def test_goes_on_when_the_status_cannot_be_written(self, tmp_path):
        lost = Supervisor(status_file=tmp_path / "gone" / "status.json", logs=tmp_path, url="")
        lost.bring_up([member(tmp_path, "sleep 60")])
        lost.stop_all()
        assert lost.state == "stopped"


class TestSuddenDeath:
    def test_takes_its_processes_along(self, tmp_path):
        script = textwrap.dedent(f"""
            import signal, time
            from pathlib import Path
            from tests.launch.test_supervisor import member
            one = member(Path({str(tmp_path)!r}), "sleep 60")
            one.start()
            print(one.process.pid, flush=True)
            time.sleep(60)
        """)
        parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        assert wait_until(lambda: not is_alive(child), seconds=60)


class TestRotateLogs:
    def test_moves_a_long_log_aside_and_keeps_three(self, tmp_path, monkeypatch):
        monkeypatch.setattr(supervisors, "LOG_BYTES", 10)
        log = tmp_path / "web.log"
        for number in range(5):
            log.write_text(f"{number}" * 20)
            rotate_logs(tmp_path)
        assert log.read_text() == ""
        kept = {file.name: file.read_text()[0] for file in tmp_path.glob("web.log.*")}
        assert kept == {"web.log.1": "4", "web.log.2": "3", "web.log.3": "2"}

    def test_leaves_a_short_one_alone(self, tmp_path):
        log = tmp_path / "web.log"
        log.write_text("short")
        rotate_logs(tmp_path)
        assert log.read_text() == "short"

    def test_a_process_that_appends_goes_on_in_the_emptied_file(self, tmp_path, monkeypatch):
        monkeypatch.setattr(supervisors, "LOG_BYTES", 10)
        log = tmp_path / "web.log"
        with log.open("ab") as writer:
            writer.write(b"before before before")
            writer.flush()
            rotate_logs(tmp_path)
            writer.write(b"after")
        assert log.read_bytes() == b"after"
