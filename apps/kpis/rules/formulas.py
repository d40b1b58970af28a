"""Formulas over other indicators: read safely, evaluated exactly, circles found.

A formula is arithmetic on words: `REVENUE - COST`, `100 * [FIN/COST-1] / max(REVENUE, 1)`. A word is a code, in square
brackets where it holds other signs than letters, digits and underscores, with its department before a slash where the code
alone is not enough. Allowed: + - * / and brackets, numbers, min, max, abs.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

LONGEST = 500
DEEPEST = 40
BRACKETED = re.compile(r"\[([^\[\]]{1,100})\]")
OPERATIONS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
FUNCTIONS: dict[str, Callable[..., Fraction]] = {"min": min, "max": max, "abs": abs}


class FormulaProblem(ValueError):
    """A formula cannot be read. CODE picks the sentence, TEXT is the part in question."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text


class Formula:
    """A formula that was read: the words it needs, and its value for given ones."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise FormulaProblem("too_long")
        names: dict[str, str] = {}
        plain = BRACKETED.sub(lambda match: f" {names.setdefault(match[1].strip(), f'kpi_{len(names)}_')} ", text)
        self.words_of = {name: word for word, name in names.items()}
        try:
            self.body = ast.parse(plain.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise FormulaProblem("unreadable", text) from error
        self.words = tuple(sorted(self.found_words(self.body)))
        if not self.words:
            raise FormulaProblem("no_words")

    def found_words(self, node: ast.AST, depth: int = 0) -> set[str]:
        """The words below NODE; a FormulaProblem for anything that is not plain arithmetic."""
        if depth > DEEPEST:
            raise FormulaProblem("too_deep")
        if isinstance(node, ast.Name):
            return {self.words_of.get(node.id, node.id)}
        if isinstance(node, ast.Constant):
            require_number(node)
            return set()
        return set().union(*(self.found_words(part, depth + 1) for part in parts_of(node)))

    def value(self, given: Mapping[str, Decimal | Fraction | None]) -> Fraction | None:
        """The exact value for GIVEN words; None when one of them has none or something is divided by zero."""
        if any(given.get(word) is None for word in self.words):
            return None
        try:
            return self.reckon(self.body, given)
        except ZeroDivisionError:
            return None

    @property
    def adds_up(self) -> bool:
        """Whether the formula of a total is the total of the formulas: only sums and differences of words, and shares of
        them by fixed numbers. A quotient of two words is not: what it comes to in a year is no sum of its months."""
        return self.degree(self.body) == 1

    def degree(self, node: ast.AST) -> int:
        """0 for a fixed number, 1 for what adds up, 2 for everything else."""
        if isinstance(node, ast.Name):
            return 1
        if isinstance(node, ast.Constant):
            return 0
        degrees = [self.degree(part) for part in parts_of(node)]
        if isinstance(node, ast.UnaryOp):
            return degrees[0]
        if isinstance(node, ast.BinOp):
            return degree_of(node.op, *degrees)
        return 2 if any(degrees) else 0

    def reckon(self, node: ast.AST, given: Mapping[str, Decimal | Fraction | None]) -> Fraction:
        """The value of one node. Only called on what `found_words` has let pass."""
        if isinstance(node, ast.Name):
            return Fraction(given[self.words_of.get(node.id, node.id)] or 0)
        if isinstance(node, ast.Constant):
            return Fraction(str(node.value))
        values = [self.reckon(part, given) for part in parts_of(node)]
        if isinstance(node, ast.BinOp):
            return OPERATIONS[type(node.op)](*values)
        if isinstance(node, ast.UnaryOp):
            return -values[0] if isinstance(node.op, ast.USub) else values[0]
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return FUNCTIONS[node.func.id](*values)


def degree_of(sign: ast.operator, left: int, right: int) -> int:
    """Of two parts put together: a sum adds up where both parts do, a product where one of them is a fixed number."""
    if isinstance(sign, (ast.Add, ast.Sub)):
        return left if left == right else 2
    if isinstance(sign, ast.Div) and right:
        return 2
    return min(left + right, 2)


def require_number(node: ast.Constant) -> None:
    """A constant must be a plain number."""
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)) or abs(node.value) > 10**15:
        raise FormulaProblem("not_a_number", str(node.value)[:40])


def parts_of(node: ast.AST) -> list[ast.AST]:
    """The operands of an allowed node."""
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return [node.operand]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        count = len(node.args)
        if node.func.id in FUNCTIONS and (count == 1 if node.func.id == "abs" else count > 1):
            return list(node.args)
        raise FormulaProblem("unknown_function", node.func.id)
    raise FormulaProblem("not_arithmetic", type(node).__name__)


def evaluation_order(needs: Mapping[int, Iterable[int]]) -> list[int]:
    """Formula indicators so that each comes after those it reads; what is not in NEEDS holds plain values."""
    order: list[int] = []
    seen: set[int] = set()

    def visit(key: int) -> None:
        if key in seen or key not in needs:
            return
        seen.add(key)
        for needed in sorted(needs[key]):
            visit(needed)
        order.append(key)

    for key in sorted(needs):
        visit(key)
    return order


def circle_through(start: int, needs: Mapping[int, Iterable[int]]) -> list[int]:
    """The way from START back to itself along what each reads; empty when there is none."""
    path: list[int] = []
    seen: set[int] = set()

    def leads_back(key: int) -> bool:
        path.append(key)
        for needed in needs.get(key, ()):
            if needed == start or (needed not in seen and not seen.add(needed) and leads_back(needed)):  # type: ignore[func-returns-value]
                return True
        path.pop()
        return False

    return [*path, start] if leads_back(start) else []
