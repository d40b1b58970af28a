"""The source as these tests see it: which modules there are, what each imports, which app stands on which row."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ROOT / "apps"
CODE = ("apps", "ops_portal", "tests")


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path

    @property
    def app(self) -> str:
        """The house app it belongs to; '' outside apps/."""
        parts = self.path.relative_to(ROOT).parts
        return parts[1] if parts[0] == "apps" and len(parts) > 2 else ""

    @property
    def part(self) -> str:
        """Which file of its app it is: models, services, views… (a package counts as one part)."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return parts[2] if self.app else ""

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def tree(self) -> ast.Module:
        return parsed(self.path)

    @property
    def is_test(self) -> bool:
        return "tests" in self.path.relative_to(ROOT).parts


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of ours but migrations."""
    found = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(Module(path) for path in found if "migrations" not in path.parts)


def app_modules() -> list[Module]:
    """Code of the apps, without their tests."""
    return [module for module in modules() if module.app and not module.is_test]


@cache
def rows() -> dict[str, int]:
    """App → its row in the stack of pyproject.toml, 0 at the bottom."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "apps-stack")
    placed = {}
    for number, line in enumerate(reversed(layers)):
        for name in line.split("|"):
            placed[name.strip(" ()")] = number
    return placed


def imports(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """(module, name, name as it is called here) for every import; name is '' for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.module, alias.name, alias.asname or alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, "", alias.asname or alias.name


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def dotted(node: ast.AST) -> str:
    """`a.b.c` as text; '' for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def listed(faults: object) -> str:
    """Every fault on a line of its own: what to mend, in full."""
    lines = [f"{name}: {value}" for name, value in faults.items()] if isinstance(faults, dict) else faults
    return "\n" + "\n".join(str(line) for line in lines)
