"""python -m ops_portal.drills.mutating [--most N] [--only MODULE] [--without WORDS] [--jobs N]: plants faults in the rules,
one after the other, and sees whether the tests of the rules notice. Needs no store, nor Django.

The tests are collected once. For every fault a child of this process changes the rules in its own memory, runs those tests
that go through the changed function, the quickest first, until one fails, and ends: 1 killed, 0 survived.
"""

import argparse
import contextlib
import json
import os
import pickle
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import hypothesis
import pytest

from ops_portal.drills.mutation import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[2]
RULES = "apps.assessments.rules"
TESTS = ("invariants", "methods", "people_and_periods", "properties", "quick", "rules_*", "score_cases", "scorecard")
"""Files of tests that need neither a database nor Django set up: started in seconds, and cheap to fork."""
NEEDS_DJANGO = {"TestCommand", "test_the_command_gives_the_same_answers_in_the_same_order"}
PER_PROPERTY = 40
"""Examples of a property test: enough to see a fault, few enough for thousands of runs."""
TOLD_EVERY = 50
MEGABYTES, LEAST_SECONDS, TIMES_SLOWER = 2_000, 10, 10
ENDS = KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed_out"


@dataclass(slots=True)
class Found:
    """What became of the faults: (fault, how it ended), and how long it took."""

    ended: list[tuple[Mutant, str]] = field(default_factory=list)
    tests: int = 0
    seconds: float = 0.0
    fault: str = ""

    def figures(self) -> dict[str, Any]:
        """As JSON: numbers for each module, and the names of what was not noticed."""
        modules: dict[str, dict[str, int]] = {}
        for mutant, how in self.ended:
            row = modules.setdefault(mutant.module.removeprefix(f"{RULES}."), dict.fromkeys(ENDS, 0))
            row[how] += 1
        left = [{"line": mutant.line, "name": mutant.name} for mutant, how in self.ended if how == SURVIVED]
        return {
            **{"mutants": len(self.ended), "tests": self.tests, "seconds": round(self.seconds, 1)},
            **{"fault": self.fault, "modules": modules, "survivors": left},
        }


def sources() -> Iterator[tuple[str, Path]]:
    """Every module of the rules and its file."""
    for path in sorted((ROOT / Path(*RULES.split("."))).rglob("*.py")):
        if path.name != "__init__.py":
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def test_files(without: Sequence[str]) -> list[Path]:
    """The files of tests, but for those whose names begin with one of these words."""
    folder = ROOT / "apps" / "assessments" / "tests"
    found = sorted(path for name in TESTS for path in folder.glob(f"test_{name}.py"))
    return [path for path in found if not path.name.startswith(tuple(without))]


def evenly(mutants: Sequence[Mutant], most: int) -> list[Mutant]:
    """At most so many, spread over all of them; always the same ones."""
    if not most or most >= len(mutants):
        return list(mutants)
    return [mutants[index * len(mutants) // most] for index in range(most)]


class Mutating:
    """The loop over the tests, in place of pytest's own."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        self.found = Found()
        self.has_failed = False

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Leave out what only Django can run."""
        items[:] = [item for item in items if not NEEDS_DJANGO & {item.originalname, item.parent.name}]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note a failure of any phase."""
        self.has_failed = self.has_failed or report.failed

    def passes(self, item: Any, following: Any) -> bool:
        """Run one test. What FOLLOWING needs as well is left standing."""
        self.has_failed = False
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self.has_failed

    def pytest_runtestloop(self, session: Any) -> bool:
        """Look once at what each test goes through, then plant one fault after the other."""
        started = time.monotonic()
        trees = [mutants_of(name, path) for name, path in sources() if name.startswith(f"{RULES}.{self.chosen.only}")]
        mutants = evenly([one for _tree, found in trees for one in found], self.chosen.most)
        tree_of = {id(one): tree for tree, found in trees for one in found}
        self.found.tests = len(session.items)
        reached = Reached(session.items)
        self.found.fault = self.look(reached)
        if self.found.fault:
            return True
        if ended(os.waitpid(self.child(None, None, reached), 0)[1]) != SURVIVED:
            self.found.fault = "The tests fail in another order, without any fault planted."
            return True
        waiting = list(reversed(mutants))
        running: dict[int, Mutant] = {}
        while waiting or running:
            while waiting and len(running) < self.chosen.jobs:
                mutant = waiting.pop()
                running[self.child(mutant, tree_of[id(mutant)], reached)] = mutant
            pid, status = os.wait()
            self.note(running.pop(pid), ended(status), len(mutants))
        self.found.seconds = time.monotonic() - started
        return True

    def look(self, reached: "Reached") -> str:
        """Run every test on the rules as they are and note what it goes through; a fault in words, '' when there is none.

        In a process of its own: the tables of the rules keep threads, and what is forked after they were begun waits for
        them for ever. So this process, from which all others are forked, runs no test.
        """
        with tempfile.NamedTemporaryFile() as file:
            pid = os.fork()
            if not pid:
                code = 1
                try:
                    hush()
                    Path(file.name).write_bytes(pickle.dumps(self.looked(reached)))
                    code = 0
                finally:
                    os._exit(code)
            if os.waitpid(pid, 0)[1]:
                return "The tests could not be run."
            fault, *seen = pickle.loads(file.read())  # noqa: S301 - written by ourselves just now
        reached.functions, reached.modules, reached.seconds = seen
        return str(fault)

    def looked(self, reached: "Reached") -> tuple[str, Any, Any, list[float]]:
        """The fault, and what `reached` noted."""
        fault = ""
        for place, (item, following) in enumerate(pairwise([*reached.items, None])):
            with reached.watching(place):
                is_sound = self.passes(item, following)
            if not is_sound:
                fault = f"{item.nodeid} fails on the rules as they are."
                break
        return fault, reached.functions, reached.modules, reached.seconds

    def note(self, mutant: Mutant, how: str, total: int) -> None:
        """Keep how it ended, and say how far it is."""
        self.found.ended.append((mutant, how))
        done = len(self.found.ended)
        if how != KILLED or not done % TOLD_EVERY:
            print(f"\n{done} of {total}: {how}: {mutant.name}, line {mutant.line}", file=sys.__stderr__, flush=True)

    def child(self, mutant: Mutant | None, tree: Any, reached: "Reached") -> int:
        """Try one fault, or none, in a process of its own; gives its number."""
        places = reached.places_of(mutant)
        seconds = LEAST_SECONDS + int(TIMES_SLOWER * sum(reached.seconds[place] for place in places))
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            hush()
            resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20))
            signal.setitimer(signal.ITIMER_REAL, 3 * seconds)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            if mutant is not None:
                mutant.plant()
                transplant(sys.modules[mutant.module], tree)
            items = [reached.items[place] for place in places]
            code = 0 if all(self.passes(*pair) for pair in pairwise([*items, None])) else 1
        finally:
            os._exit(code)


def hush() -> None:
    """What a child says goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def ended(status: int) -> str:
    """How a child ended: one that had to be stopped never came to an end."""
    return TIMED_OUT if os.WIFSIGNALED(status) else KILLED if os.WEXITSTATUS(status) else SURVIVED


class Reached:
    """Which tests go through which function of the rules, and how long each takes."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items
        self.functions: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.modules: dict[str, set[int]] = defaultdict(set)
        self.seconds = [0.0] * len(items)
        self.names = {str(path): name for name, path in sources()}

    @contextlib.contextmanager
    def watching(self, place: int) -> Iterator[None]:
        """Note what test number PLACE goes through, and how long it takes."""
        seen: set[CodeType] = set()

        def enter(frame: FrameType, event: str, told: Any) -> None:
            """Called at every call."""
            del event, told
            seen.add(frame.f_code)

        started = time.process_time()
        sys.settrace(enter)
        try:
            yield
        finally:
            sys.settrace(None)
        self.seconds[place] = time.process_time() - started
        for code in seen:
            self.note(code, place)

    def note(self, code: CodeType, place: int) -> None:
        """Test number PLACE has entered CODE."""
        if code.co_filename in self.names:
            module = self.names[code.co_filename]
            self.functions[module, code.co_firstlineno].add(place)
            self.modules[module].add(place)

    def places_of(self, mutant: Mutant | None) -> list[int]:
        """The tests that may notice it, the quickest first. What runs on import concerns every test of its module."""
        places: Iterable[int] = range(len(self.items))
        if mutant is not None and mutant.first_line is None:
            places = self.modules[mutant.module]
        elif mutant is not None and mutant.first_line is not None:
            places = self.functions[mutant.module, mutant.first_line]
        return sorted(places, key=lambda place: (self.seconds[place], place))


def transplant(module: ModuleType, tree: Any) -> None:
    """Put the code of TREE into the functions of MODULE as they are known everywhere, and its constants into every name."""
    fresh = ModuleType(module.__name__)
    fresh.__file__ = module.__file__
    exec(compile(tree, str(module.__file__), "exec"), vars(fresh))  # noqa: S102 - the rules themselves, changed
    for name, new in vars(fresh).items():
        old = vars(module).get(name)
        if isinstance(new, FunctionType):
            swap(old, new)
        elif isinstance(new, type) and new.__module__ == module.__name__:
            for inner, value in vars(new).items():
                swap(vars(old).get(inner), value)
        elif not name.startswith("__") and type(new).__module__ != module.__name__ and new != old:
            rebind(name, old, new)


def swap(old: Any, new: Any) -> None:
    """The code and the defaults of one function into another; what is no function stays."""
    inner = getattr(new, "fget", None) or getattr(new, "__func__", new)
    outer = getattr(old, "fget", None) or getattr(old, "__func__", old)
    if isinstance(inner, FunctionType) and isinstance(outer, FunctionType) and inner is not outer:
        outer.__code__ = inner.__code__
        outer.__defaults__ = inner.__defaults__
        outer.__kwdefaults__ = inner.__kwdefaults__


def rebind(name: str, old: Any, new: Any) -> None:
    """Everywhere in the app where OLD is known by this name: NEW."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("apps.assessments") and vars(module).get(name) is old:
            setattr(module, name, new)


def main(words: list[str] | None = None) -> int:
    """Print the figures as JSON; 0 when the tests held on the rules as they are."""
    parser = argparse.ArgumentParser(prog="python -m ops_portal.drills.mutating", description=__doc__)
    parser.add_argument("--most", type=int, default=0, help="at most so many faults, spread evenly (all of them)")
    parser.add_argument("--only", default="", metavar="MODULE", help="in modules whose names begin so: methods.ratio")
    parser.add_argument("--without", nargs="*", default=[], help="leave out the test files whose names begin so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many at once")
    chosen = parser.parse_args(words)
    os.environ["PORTAL_TEST_CASES"] = "300"
    os.chdir(ROOT)
    found = mutate(chosen)
    print(json.dumps(found.figures(), ensure_ascii=False, indent=1))
    return 1 if found.fault else 0


def mutate(chosen: argparse.Namespace) -> Found:
    """Run the tests over the faults. What pytest says goes beside the figures."""
    hypothesis.settings.register_profile(
        "mutating",
        max_examples=PER_PROPERTY,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutating")
    loop = Mutating(chosen)
    options = ["-q", "-c", os.devnull, f"--rootdir={ROOT}", "--noconftest"]
    options += [word for name in ("cacheprovider", "xdist", "django", "randomly") for word in ("-p", f"no:{name}")]
    with contextlib.redirect_stdout(sys.stderr):
        code = pytest.main([*options, *map(str, test_files(chosen.without))], plugins=[loop])
    if not loop.found.ended and not loop.found.fault:
        loop.found.fault = f"The tests could not be run: pytest ended with {int(code)}."
    return loop.found


if __name__ == "__main__":
    sys.exit(main())
