"""Small faults to be planted in a module, one at a time: another comparison, operator, number, a condition turned round.

Text is left alone (what a receipt or a refusal says is no arithmetic), and so are annotations, decorators and docstrings.

Our own, because mutmut passes over dataclasses, properties, defaults and constants, of which the rules are made, and
cosmic-ray starts the tests anew for every fault.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    **{ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt)},
    **{ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,)},
    **{ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,)},
}
"""At an order: the boundary moved, and the other way round."""
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult},
    **{ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult},
}
OPPOSITES = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}
TESTED = (ast.If, ast.IfExp, ast.While, ast.Assert)
PASSED_OVER = ("annotation", "returns", "decorator_list", "type_params")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Spot(NamedTuple):
    """Where a node hangs: in a field of its parent, at a place where the field is a list."""

    parent: ast.AST
    field: str
    place: int | None

    def hang(self, node: Any) -> None:
        """Put another node there."""
        if self.place is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.place] = node


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault. NAME stays the same when lines move: the function, what stood there, what stands there instead."""

    module: str
    line: int
    first_line: int | None
    """Of the outermost function it is in, as its code object counts; None for what runs on import."""
    name: str
    spot: Spot
    node: Any

    def plant(self) -> None:
        """Change the tree that was read. Once: the tree is spoilt afterwards."""
        self.spot.hang(self.node)


class Place(NamedTuple):
    """The function one is in."""

    name: str = ""
    first_line: int | None = None


def mutants_of(module: str, path: Path) -> tuple[ast.Module, list[Mutant]]:
    """The tree of a module and every fault that can be planted in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    seen: dict[str, int] = {}
    found = []
    for spot, node, place in walked(tree, Place()):
        for other in replacements(node):
            name = f"{module.rpartition('rules.')[2]}:{place.name}: {shown(node)} → {shown(other)}"
            seen[name] = seen.get(name, 0) + 1
            name += f" ({seen[name]})" if seen[name] > 1 else ""
            found.append(Mutant(module, node.lineno, place.first_line, name, spot, located(other, node)))
    return tree, found


def located(node: Any, like: Any) -> Any:
    """NODE where LIKE stood, so that it can be compiled."""
    return ast.fix_missing_locations(ast.copy_location(node, like)) if isinstance(node, ast.AST) else node


def shown(node: ast.AST) -> str:
    """A node on one line, cut where it is long."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 80 else f"{text[:78]}…"


def walked(parent: ast.AST, place: Place) -> Iterator[tuple[Spot, Any, Place]]:
    """Every expression and statement below PARENT that may be changed."""
    for field, value in ast.iter_fields(parent):
        if field in PASSED_OVER or isinstance(parent, ast.JoinedStr):
            continue
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST) or is_words(node):
                continue
            spot = Spot(parent, field, index if isinstance(value, list) else None)
            if isinstance(node, ast.expr | ast.stmt):
                yield spot, node, inside(parent, field, place)
            yield from walked(node, within(node, place))


def is_words(node: ast.AST) -> bool:
    """Docstrings, and keywords that only guard against slips of the programmer."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or (isinstance(node, ast.keyword) and node.arg == "strict")


def within(node: ast.AST, place: Place) -> Place:
    """The place of what stands below NODE: the outermost function counts, with the names of its classes before it."""
    if place.first_line is None and isinstance(node, Function | ast.ClassDef):
        name = f"{place.name}.{node.name}" if place.name else node.name
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        return Place(name, first if isinstance(node, Function) else None)
    return place


def inside(parent: ast.AST, field: str, place: Place) -> Place:
    """Where an expression is reckoned: what a parameter is by default, when the function is made."""
    return Place(place.name) if isinstance(parent, ast.arguments) and field.endswith("defaults") else place


def replacements(node: ast.AST) -> Iterator[Any]:
    """What may stand in the place of NODE instead."""
    for kind, changed in CHANGES.items():
        if isinstance(node, kind):
            yield from changed(node)
    test = getattr(node, "test", None)
    if isinstance(node, TESTED) and isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.BoolOp):
        yield like(node, test=negated(test))


def like(node: Any, **changes: Any) -> Any:
    """NODE with other fields."""
    return type(node)(**{**dict(ast.iter_fields(node)), **changes})


def negated(node: ast.expr) -> ast.UnaryOp:
    """Not NODE."""
    return ast.UnaryOp(ast.Not(), node)


def compared(node: ast.Compare) -> Iterator[ast.AST]:
    """Each comparison of a chain otherwise."""
    for index, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            yield like(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def reckoned(node: Any) -> Iterator[ast.AST]:
    """Plus for minus, times for divided by."""
    if type(node.op) in ARITHMETIC:
        yield like(node, op=ARITHMETIC[type(node.op)]())


def joined(node: ast.BoolOp) -> Iterator[ast.AST]:
    """And for or, and each part left out."""
    yield like(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for index in range(len(node.values)):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        yield rest[0] if len(rest) == 1 else like(node, values=rest)


def signed(node: ast.UnaryOp) -> Iterator[ast.AST]:
    """Without its `not` or its minus."""
    yield node.operand


def numbered(node: ast.Constant) -> Iterator[ast.AST]:
    """Yes for no; a number one more and one less, text that is a number too."""
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, str):
        try:
            yield from (ast.Constant(str(Decimal(value) + 1)), ast.Constant(str(Decimal(value) - 1)))
        except InvalidOperation:
            return


def called(node: ast.Call) -> Iterator[ast.AST]:
    """The largest for the smallest, any for all."""
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in OPPOSITES:
        field = "id" if isinstance(node.func, ast.Name) else "attr"
        yield like(node, func=like(node.func, **{field: OPPOSITES[name]}))


def filtered(node: Any) -> Iterator[ast.AST]:
    """A condition of a comprehension turned round."""
    for index, part in enumerate(node.generators):
        for at, test in enumerate(part.ifs):
            other = like(part, ifs=[*part.ifs[:at], negated(test), *part.ifs[at + 1 :]])
            yield like(node, generators=[*node.generators[:index], other, *node.generators[index + 1 :]])


def returned(node: ast.Return) -> Iterator[ast.AST]:
    """Nothing instead of something."""
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield like(node, value=ast.Constant(None))


def left_out(node: ast.stmt) -> Iterator[ast.AST]:
    """The statement is not there."""
    yield ast.Pass() if not isinstance(node, ast.Break) else ast.Continue()


CHANGES: dict[Any, Any] = {
    ast.Compare: compared,
    (ast.BinOp, ast.AugAssign): reckoned,
    ast.BoolOp: joined,
    ast.UnaryOp: signed,
    ast.Constant: numbered,
    ast.Call: called,
    (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp): filtered,
    ast.Return: returned,
    (ast.Raise, ast.Expr, ast.AugAssign, ast.Continue, ast.Break): left_out,
}
