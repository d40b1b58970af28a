"""The demo's sign-ins are kept from one start to the next, and asked for anew whenever they might be wrong."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from ops_portal.launch.sign_ins import ask_sign_ins
from ops_portal.launch.system import LaunchError

TOLD = "  coo  coo@demo.example  demo-1\n  gm  gm@demo.example  demo-1\n"
LINES = ["  coo  coo@demo.example  demo-1", "  gm  gm@demo.example  demo-1"]


@dataclass
class Asked:
    said: str

    def finish(self):
        if not self.said:
            message = "demo_signins failed: no room"
            raise LaunchError(message)
        return self.said


@dataclass
class StandIn:
    """What is asked of a portal, without its processes."""

    place: SimpleNamespace
    accounts: set[str] = field(default_factory=lambda: {"coo@demo.example", "gm@demo.example", "a@demo.example"})
    key: str = "one"
    is_demo: bool = True
    said: str = TOLD
    asked: int = 0
    has_postgres: bool = True

    @property
    def postgres(self):
        return SimpleNamespace(demo_accounts=lambda: self.accounts) if self.has_postgres else None

    def django(self):
        return {"SECRET_KEY": self.key}

    def begin(self, *words):
        assert words == (("demo_signins",) if self.is_demo else ("open_administrator",))
        self.asked += 1
        return Asked(self.said)


@pytest.fixture
def portal(tmp_path):
    demo = tmp_path / "project" / "ops_portal" / "demo"
    demo.mkdir(parents=True)
    (demo / "sign_ins.py").write_text("COO")
    found = StandIn(SimpleNamespace(state=tmp_path, project=tmp_path / "project"))
    assert ask_sign_ins(found).lines() == LINES
    assert found.asked == 1
    return found


class TestAskSignIns:
    def test_shows_what_was_told_last_time(self, portal):
        assert ask_sign_ins(portal).lines() == LINES
        assert portal.asked == 1

    def test_is_readable_by_us_alone(self, portal):
        assert (portal.place.state / "sign-ins.txt").stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize(
        "change",
        [
            {"key": "another"},
            {"accounts": set()},
            {"accounts": {"coo@demo.example"}},
            {"has_postgres": False},
        ],
        ids=["key", "emptied", "one account gone", "outer database"],
    )
    def test_asks_anew(self, portal, change):
        for name, value in change.items():
            setattr(portal, name, value)
        ask_sign_ins(portal).lines()
        assert portal.asked == 2

    def test_asks_anew_when_other_code_tells_them(self, portal):
        (portal.place.project / "ops_portal" / "demo" / "sign_ins.py").write_text("COO, GM")
        ask_sign_ins(portal).lines()
        assert portal.asked == 2

    def test_asks_outside_a_demo_whether_anybody_can_sign_in_and_keeps_no_answer(self, portal):
        portal.is_demo, portal.said = False, "  Nobody can sign in yet."
        assert ask_sign_ins(portal).lines() == ["  Nobody can sign in yet."]
        portal.said = "\n"
        assert ask_sign_ins(portal).lines() == []
        assert portal.asked == 3
        portal.is_demo = True
        assert ask_sign_ins(portal).lines() == LINES

    def test_tells_a_failure_and_keeps_nothing_of_it(self, portal):
        portal.key, portal.said = "another", ""
        assert "no room" in ask_sign_ins(portal).lines()[0]
        portal.said = TOLD
        assert ask_sign_ins(portal).lines() == LINES
