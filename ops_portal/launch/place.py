"""Where this portal keeps its things, what the person set, and the passwords it made for itself."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ops_portal.launch.binaries import SHARED_FOLDER
from ops_portal.launch.postgres import Passwords
from ops_portal.launch.system import Account, LaunchError, can_enter, store_account

PROJECT = Path(__file__).resolve().parent.parent.parent
LEAST_FREE_MEGABYTES = 500
DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Keys:
    """What signs sessions and tokens, and the passwords of the stores. Made once, kept in a file only we can read."""

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    token_pepper: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    stores: Passwords = field(default_factory=Passwords)


@dataclass(frozen=True)
class Place:
    """One portal on this machine."""

    project: Path
    state: Path
    account: Account | None
    environment: Mapping[str, str]

    def outer(self, name: str) -> str:
        """What the person set, directly or by NAME_FILE; empty when neither."""
        if file := self.environment.get(f"{name}_FILE"):
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                message = f"{name}_FILE names {file}, which cannot be read ({error.strerror}): correct it or unset it."
                raise LaunchError(message) from error
        return self.environment.get(name, "")

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self.state / "logs"

    @property
    def status_file(self) -> Path:
        """What the supervisor says about itself."""
        return self.state / "status.json"

    @property
    def stores_file(self) -> Path:
        """Addresses of the running stores, for commands started beside the supervisor."""
        return self.state / "stores.json"

    @property
    def demo_file(self) -> Path:
        """Whether the last start was one of the demo."""
        return self.state / "demo"

    @property
    def lock_file(self) -> Path:
        """Held by the one process that may touch the data."""
        return self.state / "lock"

    @property
    def data_folders(self) -> list[Path]:
        """Where the embedded stores keep their data."""
        return [self.state / "postgres", self.state / "valkey"]

    @property
    def media(self) -> Path:
        """Uploaded files."""
        return Path(self.environment.get("PORTAL_MEDIA_DIR") or self.state / "media")

    @property
    def port(self) -> int:
        """Port of the web server."""
        return read_port(self.environment)

    @property
    def host(self) -> str:
        """Address that the web server listens on: this machine only unless PORTAL_BIND says otherwise."""
        return self.environment.get("PORTAL_BIND") or "127.0.0.1"

    @property
    def url(self) -> str:
        """Address that a browser opens."""
        return (self.environment.get("PORTAL_PUBLIC_URL") or f"http://127.0.0.1:{self.port}").rstrip("/")


def read_port(environment: Mapping[str, str]) -> int:
    """PORTAL_PORT, refused when it is no port."""
    text = environment.get("PORTAL_PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        message = f"PORTAL_PORT is {text!r}: set it to a number between 1 and 65535."
        raise LaunchError(message)
    return int(text)


def find_place(environment: Mapping[str, str] | None = None, project: Path = PROJECT) -> Place:
    """The place of this project's portal: .portal/, PORTAL_STATE_DIR, or a shared folder when root's servers need one."""
    values = os.environ if environment is None else environment
    account = store_account()
    if named := values.get("PORTAL_STATE_DIR"):
        state = Path(named).expanduser().absolute()
    elif account is None or can_enter(project, account):
        state = project / ".portal"
    else:
        state = SHARED_FOLDER / hashlib.sha256(str(project).encode()).hexdigest()[:12]
    return Place(project=project, state=state, account=account, environment=dict(values))


def prepare_place(place: Place) -> None:
    """Make the folders; refuse a folder we cannot write to or that the stores' account cannot reach."""
    try:
        place.state.mkdir(parents=True, exist_ok=True)
        # The stores' account passes through; only their own folders inside are opened to it.
        place.state.chmod(0o711)
        for folder in (place.logs, place.media):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.lock_file.touch()
    except PermissionError as error:
        message = (
            f"{error.filename} cannot be written by this user: run as the user that made it, "
            "or set PORTAL_STATE_DIR to a folder of your own."
        )
        raise LaunchError(message) from error
    if not can_enter(place.state, place.account):
        name = place.account.name if place.account else "this user"
        message = (
            f"{place.state} cannot be reached by the user {name!r} that PostgreSQL runs as: "
            "set PORTAL_STATE_DIR to a folder like /var/lib/ops-portal/data."
        )
        raise LaunchError(message)


def refuse_full_disk(folder: Path, least_megabytes: int = LEAST_FREE_MEGABYTES) -> None:
    """Refuse to start when the disk is nearly full: a database that stops midway is worse than one that never began."""
    free = shutil.disk_usage(folder).free // 2**20
    if free < least_megabytes:
        message = (
            f"Only {free} MB are free on the disk of {folder}: free at least {least_megabytes} MB, "
            "or set PORTAL_STATE_DIR to a folder on another disk."
        )
        raise LaunchError(message)


def load_keys(state: Path) -> Keys:
    """Read the keys, or make them on the first start. Written under another name first: never half a file."""
    file = state / "secrets.json"
    if file.exists():
        found = json.loads(file.read_text(encoding="utf-8"))
        return Keys(
            secret_key=found["secret_key"], token_pepper=found["token_pepper"], stores=Passwords(**found["stores"])
        )
    keys = Keys()
    write_private(file, json.dumps(asdict(keys), indent=1))
    return keys


def write_private(file: Path, text: str) -> None:
    """Replace a file by one that only we can read, in one step."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(text)
    draft.replace(file)
