"""Where things are kept, and what is refused before anything is started."""

import os
import stat

import pytest

from ops_portal.launch import place as places
from ops_portal.launch.system import LaunchError, store_account


def make_place(tmp_path, **environment):
    return places.Place(project=tmp_path, state=tmp_path / "state", account=None, environment=environment)


class TestReadPort:
    @pytest.mark.parametrize("text", ["0", "65536", "eighty", "-1", "80.5"])
    def test_refuses_what_is_no_port(self, text):
        with pytest.raises(LaunchError, match="between 1 and 65535"):
            places.read_port({"PORTAL_PORT": text})

    def test_is_8000_when_nothing_is_said(self):
        assert places.read_port({}) == 8000


class TestFindPlace:
    def test_is_beside_the_project(self, tmp_path, monkeypatch):
        monkeypatch.setattr(places, "store_account", lambda: None)
        assert places.find_place({}, project=tmp_path).state == tmp_path / ".portal"

    def test_is_where_the_person_says(self, tmp_path):
        assert places.find_place({"PORTAL_STATE_DIR": str(tmp_path / "x")}).state == tmp_path / "x"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
    def test_is_elsewhere_when_the_servers_of_root_cannot_enter_the_project(self, tmp_path):
        tmp_path.chmod(0o700)
        found = places.find_place({}, project=tmp_path)
        assert found.state.parent == places.SHARED_FOLDER
        assert found.state == places.find_place({}, project=tmp_path).state


class TestPreparePlace:
    def test_keeps_logs_and_uploads_from_other_people(self, tmp_path):
        place = make_place(tmp_path)
        places.prepare_place(place)
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in (place.logs, place.media)} == {0o700}

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_names_the_remedy_for_a_folder_of_somebody_else(self):
        place = places.find_place({"PORTAL_STATE_DIR": "/proc/nothing"})
        with pytest.raises(LaunchError, match="PORTAL_STATE_DIR"):
            places.prepare_place(place)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
    def test_refuses_a_folder_that_the_servers_cannot_reach(self, tmp_path):
        tmp_path.chmod(0o700)
        place = places.Place(project=tmp_path, state=tmp_path / "in", account=store_account(), environment={})
        with pytest.raises(LaunchError, match="cannot be reached by the user 'nobody'"):
            places.prepare_place(place)


class TestRefuseFullDisk:
    def test_names_the_free_space_and_the_remedy(self, tmp_path):
        with pytest.raises(LaunchError, match=r"Only \d+ MB are free .* free at least 999999999 MB"):
            places.refuse_full_disk(tmp_path, least_megabytes=999_999_999)

    def test_accepts_a_disk_with_room(self, tmp_path):
        places.refuse_full_disk(tmp_path, least_megabytes=1)


class TestLoadKeys:
    def test_makes_them_once_and_only_for_us(self, tmp_path):
        first = places.load_keys(tmp_path)
        assert places.load_keys(tmp_path) == first
        assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600

    def test_makes_different_ones_for_each_portal(self, tmp_path):
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
        one, two = places.load_keys(tmp_path / "a"), places.load_keys(tmp_path / "b")
        assert one.secret_key != two.secret_key
        assert one.stores.app != one.stores.owner != two.stores.owner


class TestOuter:
    def test_reads_a_file_when_one_is_named(self, tmp_path):
        (tmp_path / "address").write_text("postgresql://a@b/c\n")
        place = make_place(tmp_path, DATABASE_URL_FILE=str(tmp_path / "address"))
        assert place.outer("DATABASE_URL") == "postgresql://a@b/c"

    def test_names_a_file_that_is_not_there(self, tmp_path):
        place = make_place(tmp_path, DATABASE_URL_FILE=str(tmp_path / "missing"))
        with pytest.raises(LaunchError, match=r"DATABASE_URL_FILE names .*missing"):
            place.outer("DATABASE_URL")
