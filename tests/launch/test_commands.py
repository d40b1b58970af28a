"""The commands' refusals and answers, on real locks, ports and folders."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ops_portal.launch import cli, commands, leftovers
from ops_portal.launch.logs import show_logs, tail
from ops_portal.launch.place import Place, prepare_place
from ops_portal.launch.system import LaunchError, wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path):
    made = Place(project=ROOT, state=tmp_path / "state", account=None, environment={})
    prepare_place(made)
    return made


class TestSecondStart:
    def test_is_refused_with_the_address_of_the_first(self, place):
        place.status_file.write_text(json.dumps({"state": "running", "url": "http://127.0.0.1:8123", "pid": 42}))
        with commands.held_lock(place):
            assert commands.is_running(place)
            second = commands.held_lock(place)
            with pytest.raises(LaunchError, match=r"already running at http://127.0.0.1:8123 \(process 42\)"):
                second.__enter__()

    def test_is_accepted_once_the_first_is_gone_however_it_went(self, place):
        with commands.held_lock(place):
            pass
        assert not commands.is_running(place)
        with commands.held_lock(place):
            pass

    def test_is_refused_by_the_command_before_anything_is_installed(self, place, capsys, monkeypatch):
        monkeypatch.setenv("PORTAL_STATE_DIR", str(place.state))
        monkeypatch.setattr(cli, "_enter_environment", lambda *_a, **_k: pytest.fail("went on"))
        with commands.held_lock(place):
            assert cli.main(["up"]) == 1
        assert "already" in capsys.readouterr().err


class TestPortInUse:
    def test_is_one_sentence_with_the_next_port(self, place):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            taken = Place(project=ROOT, state=place.state, account=None, environment={"PORTAL_PORT": str(port)})
            with pytest.raises(LaunchError, match=f"Port {port} is in use.*PORTAL_PORT={port + 1}"):
                commands.refuse_taken_port(taken)
        commands.refuse_taken_port(taken)


class TestStatus:
    def test_is_3_when_nothing_runs(self, place, capsys):
        assert commands.status(place) == 3
        assert "./portal up" in capsys.readouterr().out

    def test_does_not_believe_an_old_file(self, place):
        place.status_file.write_text(json.dumps({"state": "running", "pid": 1}))
        assert commands.status(place) == 3

    def test_lists_what_was_restarted(self, place, capsys):
        entry = {"name": "web", "state": "ready", "pid": 7, "restarts": 2, "last_exit": "signal 9"}
        place.status_file.write_text(json.dumps({"state": "running", "url": "u", "processes": [entry]}))
        with commands.held_lock(place):
            assert commands.status(place) == 0
        assert "restarted 2 times, last signal 9" in capsys.readouterr().out


class TestDown:
    def test_is_content_when_nothing_runs(self, place, capsys):
        assert commands.down(place) == 0
        assert "not running" in capsys.readouterr().out

    def test_ends_what_a_killed_supervisor_left(self, place):
        mark = {**os.environ, leftovers.MARK: str(place.state)}
        orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=mark)
        stranger = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"], env={**mark, leftovers.MARK: f"{place.state}2"}
        )
        assert wait_until(lambda: orphan.pid in leftovers.marked_processes(place.state), seconds=60)
        assert leftovers.marked_processes(place.state) == [orphan.pid]
        commands.down(place)
        assert orphan.wait(60) != 0
        assert stranger.poll() is None
        stranger.kill()
        stranger.wait()


class TestReset:
    def test_is_refused_while_running(self, place):
        with commands.held_lock(place), pytest.raises(LaunchError, match=r"\./portal down"):
            commands.reset(place, is_sure=True)

    def test_does_nothing_without_the_word(self, place, monkeypatch):
        monkeypatch.setattr("builtins.input", lambda _question: "yes")
        (place.state / "postgres").mkdir()
        assert commands.reset(place, is_sure=False) == 1
        assert (place.state / "postgres").exists()

    def test_does_nothing_when_there_is_nobody_to_ask(self, place, monkeypatch):
        def nobody(_question):
            raise EOFError

        monkeypatch.setattr("builtins.input", nobody)
        assert commands.reset(place, is_sure=False) == 1

    def test_deletes_everything_of_this_portal(self, place):
        (place.state / "postgres").mkdir()
        (place.state / "secrets.json").write_text("{}")
        assert commands.reset(place, is_sure=True) == 0
        assert [entry.name for entry in place.state.iterdir()] == ["lock"]


class TestMain:
    def test_prints_help_without_words(self, capsys):
        assert cli.main([]) == 0
        printed = capsys.readouterr().out
        assert all(f"./portal {name}" in printed for name in cli.COMMANDS)

    def test_refuses_an_unknown_word(self, capsys):
        assert cli.main(["upp"]) == 1
        assert "no command 'upp'" in capsys.readouterr().err

    def test_says_that_the_disk_is_full(self, capsys, monkeypatch):
        def full(_place, _rest):
            Path("/dev/full").write_text("x")

        monkeypatch.setitem(cli.COMMANDS, "status", full)
        assert cli.main(["status"]) == 1
        assert "The disk is full" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("words", "wanted"),
        [
            (["manage", "drill", "access"], True),
            (["test"], True),
            (["manage", "migrate"], False),
            (["manage"], False),
            (["up", "drill"], False),
        ],
    )
    def test_brings_the_tools_where_they_are_needed(self, monkeypatch, place, words, wanted):
        asked = []
        monkeypatch.setattr(cli, "find_place", lambda: place)
        monkeypatch.setattr(cli, "_enter_environment", lambda _place, *, is_dev, words: asked.append(is_dev))
        monkeypatch.setitem(cli.COMMANDS, words[0], lambda _place, _rest: 0)
        assert cli.main(words) == 0
        assert asked == [wanted]

    def test_does_not_go_round_in_circles(self, monkeypatch, place):
        monkeypatch.setenv(cli.ENTERED, "1")
        monkeypatch.setattr(cli, "is_environment_current", lambda *_a, **_k: False)
        with pytest.raises(LaunchError, match=r"remove the folder \.venv"):
            cli._enter_environment(place, is_dev=False, words=["up"])

    def test_keeps_compiled_modules_for_the_next_start(self, monkeypatch, place):
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        monkeypatch.setattr(cli, "is_environment_current", lambda *_a, **_k: False)
        monkeypatch.setenv(cli.ENTERED, "1")
        with pytest.raises(LaunchError):
            cli._enter_environment(place, is_dev=False, words=["up"])
        assert "PYTHONDONTWRITEBYTECODE" not in os.environ


class TestLogs:
    def test_shows_the_end_of_one(self, tmp_path, capsys):
        (tmp_path / "web.log").write_text("".join(f"line {number}\n" for number in range(100)))
        (tmp_path / "beat.log").write_text("other\n")
        show_logs(tmp_path, "web", follow=False, lines=2)
        assert capsys.readouterr().out == "line 98\nline 99\n"

    def test_names_each_when_there_are_several(self, tmp_path, capsys):
        (tmp_path / "web.log").write_text("a\n")
        (tmp_path / "beat.log").write_text("b\n")
        show_logs(tmp_path, "", follow=False)
        assert capsys.readouterr().out.split() == ["beat", "b", "web", "a"]

    def test_names_those_there_are_for_an_unknown_one(self, tmp_path):
        (tmp_path / "web.log").write_text("a\n")
        with pytest.raises(LaunchError, match="there are web"):
            show_logs(tmp_path, "wbe", follow=False)

    def test_reads_only_the_end_of_a_long_file(self, tmp_path):
        log = tmp_path / "web.log"
        log.write_text("x" * 100_000 + "\nlast\n")
        assert tail(log, 1) == ["last"]
