"""Front-end files: the icon sprite, source maps, and when they are made again."""

import json

import pytest

from ops_portal.launch import assets
from ops_portal.launch.system import LaunchError

ICONS = {
    "width": 24,
    "height": 24,
    "icons": {"home": {"body": "<path d='M1 1'/>"}, "number-123": {"body": "<g/>"}},
    "aliases": {"123": {"parent": "number-123"}},
}


class TestBuildSprite:
    def test_has_a_symbol_for_each_name(self):
        sprite = assets.build_sprite(["home", "123"], ICONS)
        assert '<symbol id="home" viewBox="0 0 24 24"><path' in sprite
        assert '<symbol id="123" viewBox="0 0 24 24"><g/></symbol>' in sprite

    def test_refuses_names_that_do_not_exist(self):
        with pytest.raises(LaunchError, match="nothing-like-it, other"):
            assets.build_sprite(["nothing-like-it", "home", "other"], ICONS)


class TestReadIconNames:
    def test_ignores_remarks_blank_lines_and_doubles(self, tmp_path):
        (tmp_path / "static").mkdir()
        (tmp_path / "static/icons.txt").write_text("# navigation\nhome\n\nuser  # people\nhome\n")
        assert assets.read_icon_names(tmp_path) == ["home", "user"]


class TestMakeAssets:
    @pytest.fixture
    def project(self, tmp_path):
        for source in assets.COPIED:
            file = tmp_path / "node_modules" / source
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"a{}\n/*# sourceMappingURL=a.css.map */\n//# sourceMappingURL=a.js.map")
        icons = tmp_path / "node_modules" / assets.ICON_SET
        icons.parent.mkdir(parents=True)
        icons.write_text(json.dumps(ICONS))
        (tmp_path / "static").mkdir()
        (tmp_path / "static/icons.txt").write_text("home\n")
        (tmp_path / "package-lock.json").write_text("{}")
        return tmp_path

    def test_drops_the_pointers_to_maps_that_are_not_shipped(self, project):
        assets.make_assets(project, is_fetched=True)
        made = (project / "static/vendor/tabler.min.css").read_text()
        assert "sourceMappingURL" not in made
        assert "a{}" in made

    def test_is_made_again_only_when_its_sources_changed(self, project):
        assets.make_assets(project, is_fetched=True)
        sprite = project / "static/vendor/icons.svg"
        sprite.write_text("kept")
        assets.make_assets(project, is_fetched=True)
        assert sprite.read_text() == "kept"
        (project / "static/icons.txt").write_text("home\n123\n")
        assets.make_assets(project, is_fetched=True)
        assert 'id="123"' in sprite.read_text()


class TestLockfile:
    def test_holds_no_download_address(self, pytestconfig):
        packages = json.loads((pytestconfig.rootpath / "package-lock.json").read_text())["packages"]
        assert [name for name, entry in packages.items() if "resolved" in entry] == []
        assert all("integrity" in entry for name, entry in packages.items() if name)

    def test_pins_what_package_json_names(self, pytestconfig):
        wanted = json.loads((pytestconfig.rootpath / "package.json").read_text())["dependencies"]
        packages = json.loads((pytestconfig.rootpath / "package-lock.json").read_text())["packages"]
        assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
