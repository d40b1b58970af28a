"""Every address of the portal with the methods it answers, read from the URLconf: nothing is listed by hand here."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:[a-z_]+:)?([a-z_]+)>|\(\?P<([a-z_]+)>")


@dataclass(frozen=True)
class Route:
    """One address: its full name, its path pattern, its view, and what it answers."""

    name: str
    path: str
    view: Callable[..., Any] = field(compare=False)
    methods: tuple[str, ...] = ()

    @property
    def is_api(self) -> bool:
        return self.path.startswith("api/")

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(first or second for first, second in PARAMETER.findall(self.path))


def walk(patterns: list[Any], path: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str, URLPattern]]:
    """(full name, path, pattern) for every leaf of the URLconf."""
    for entry in patterns:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from walk(entry.url_patterns, here, inner)
        else:
            yield ":".join([*spaces, entry.name or here]), here, entry


def function_methods(view: Callable[..., Any]) -> tuple[str, ...]:
    """What a function view answers: the list in its @require_… decorator; GET and POST where it has none."""
    current: Any = view
    while current is not None:
        names = getattr(getattr(current, "__code__", None), "co_freevars", ())
        if "request_method_list" in names:
            wanted = current.__closure__[names.index("request_method_list")].cell_contents
            return tuple(method for method in wanted if method not in {"HEAD", "OPTIONS"})
        current = getattr(current, "__wrapped__", None)
    return ("GET", "POST")


def methods_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """What a view answers, whatever kind of view it is."""
    actions = getattr(view, "actions", None)
    if actions:
        return tuple(method.upper() for method in actions if method not in {"head", "options"})
    view_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if view_class is None:
        return function_methods(view)
    names = ("get", "post", "put", "patch", "delete")
    return tuple(name.upper() for name in names if name in view_class.http_method_names and hasattr(view_class, name))


@cache
def all_routes() -> tuple[Route, ...]:
    """Every address once, in the order of the URLconf."""
    found: dict[tuple[str, str], Route] = {}
    for name, path, pattern in walk(get_resolver().url_patterns):
        found.setdefault((name, path), Route(name, path, pattern.callback, methods_of(pattern.callback)))
    return tuple(found.values())


def is_third_party(route: Route) -> bool:
    """Whether the view is a package's own: it declares no capability, the matrix alone says who opens it."""
    view = getattr(route.view, "cls", None) or getattr(route.view, "view_class", None) or route.view
    return not view.__module__.startswith(("apps.", "ops_portal."))
