"""Who can sign in: the demo's accounts, or what to do in a new portal that has none.

The command that lists the demo's takes two seconds of every start: what it said is kept for the next."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ops_portal.launch.assets import digest
from ops_portal.launch.place import write_private
from ops_portal.launch.portal import Portal
from ops_portal.launch.system import Beside, LaunchError


@dataclass
class SignIns:
    """One line per role; either kept from the last start, or just being asked for. Outside a demo (no STAMP) a hint."""

    file: Path
    stamp: str
    kept: list[str]
    asked: Beside | None = None

    def lines(self) -> list[str]:
        """What to show; a failure to list them is told and stops nothing."""
        if self.asked is None:
            return self.kept
        try:
            told = self.asked.finish().rstrip().splitlines()
        except LaunchError as error:
            return [f"Who can sign in could not be listed: {error}"]
        if self.stamp:
            write_private(self.file, "\n".join([self.stamp, *told]))
        return told


def ask_sign_ins(portal: Portal) -> SignIns:
    """Begin to list one sign-in per role, in a demo; outside one, to ask whether anybody can sign in at all."""
    file = portal.place.state / "sign-ins.txt"
    if not portal.is_demo:
        return SignIns(file=file, stamp="", kept=[], asked=portal.begin("open_administrator"))
    found = SignIns(file=file, stamp=wanted_stamp(portal), kept=[])
    found.kept = read_kept(found.file, found.stamp)
    if not found.kept or not are_open(portal, found.kept):
        found.asked = portal.begin("demo_signins")
    return found


def wanted_stamp(portal: Portal) -> str:
    """What the lines depend on: who may sign in, and the key that the password comes from."""
    told_by = digest(*sorted((portal.place.project / "ops_portal" / "demo").glob("*.py")))
    return hashlib.sha256(f"{told_by}:{portal.django()['SECRET_KEY']}".encode()).hexdigest()


def read_kept(file: Path, stamp: str) -> list[str]:
    """The lines of the last start, unless they were told by other words or under another key."""
    with suppress(OSError):
        first, *lines = file.read_text(encoding="utf-8").splitlines()
        return lines if first == stamp else []
    return []


def are_open(portal: Portal, lines: list[str]) -> bool:
    """Whether the database at hand has these accounts: it may have been emptied, restored or exchanged since."""
    return portal.postgres is not None and {line.split()[1] for line in lines} <= portal.postgres.demo_accounts()
