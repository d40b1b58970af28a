"""The API explained in the portal's own pages, drawn from the same description that machines read. Needs no network."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.settings import api_settings

from apps.core.http.api import ApiFrame

METHODS = ("get", "post", "put", "patch", "delete")
TONES = {"get": "info", "post": "success", "put": "warning", "patch": "warning", "delete": "danger"}


@dataclass(frozen=True, slots=True)
class Property:
    """One field of a body: dotted name, type in words, what it means."""

    name: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the API does."""

    name: str
    method: str
    tone: str
    path: str
    summary: str
    description: str
    capability: str
    parameters: list[dict[str, Any]]
    body: list[Property]
    answers: list[tuple[str, str]]
    result: list[Property]
    example: str = field(default="")


@cache
def description() -> dict[str, Any]:
    """The OpenAPI description of this version, made once a process."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema a reference stands for."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = description()["components"]["schemas"].get(name, {}) if name else schema
    for part in found.get("allOf", []):
        return {**resolved(part), **{key: value for key, value in found.items() if key != "allOf"}}
    return found


def kind_of(schema: dict[str, Any]) -> str:
    """A type in words."""
    whole = resolved(schema)
    for several in ("oneOf", "anyOf"):
        if several in whole:
            return " / ".join(dict.fromkeys(kind_of(part) for part in whole[several]))
    if "enum" in whole:
        return " | ".join(str(value) for value in whole["enum"] if value not in {"", None})
    kind = whole.get("type", "object")
    words = [word for word in (kind if isinstance(kind, list) else [kind]) if word != "null"]
    if words == ["array"]:
        return f"{kind_of(whole.get('items', {}))}[]"
    return str(whole.get("format") or "/".join(words))


def properties_of(schema: dict[str, Any], prefix: str = "", depth: int = 0) -> list[Property]:
    """The fields of a body, nested ones by dots, two levels deep."""
    whole = resolved(schema)
    if whole.get("type") == "array":
        return properties_of(whole.get("items", {}), f"{prefix}[].", depth + 1)
    found: list[Property] = []
    for name, part in whole.get("properties", {}).items():
        inner = resolved(part)
        is_required = name in whole.get("required", [])
        words = part.get("description") or inner.get("description", "") if inner.get("type") != "object" else ""
        found.append(Property(f"{prefix}{name}", kind_of(part), is_required, words))
        target = resolved(inner.get("items", {})) if inner.get("type") == "array" else inner
        if depth < 2 and "properties" in target:
            mark = "[]." if inner.get("type") == "array" else "."
            found += properties_of(target, f"{prefix}{name}{mark}", depth + 1)
    return found


def json_schema(part: dict[str, Any]) -> dict[str, Any]:
    """The schema of a request's or an answer's content."""
    contents: list[dict[str, Any]] = list(part.get("content", {}).values())
    return dict(contents[0].get("schema", {})) if contents else {}


def curl(method: str, path: str, *, has_body: bool) -> str:
    """A line to try it with."""
    words = ["curl", "-H 'Authorization: Bearer opk_…'"]
    if method != "get":
        words.append(f"-X {method.upper()}")
    if has_body:
        words.append("-H 'Content-Type: application/json' -d @body.json")
    return " ".join([*words, f"{settings.PUBLIC_URL}{path}"])


def operation_of(path: str, method: str, raw: dict[str, Any]) -> Operation:
    """One operation as the page shows it."""
    summary, _line, words = raw.get("description", "").strip().partition("\n")
    answers = raw.get("responses", {})
    good: dict[str, Any] = next((part for code, part in answers.items() if code.startswith("2")), {})
    body = raw.get("requestBody", {})
    return Operation(
        name=raw["operationId"],
        method=method.upper(),
        tone=TONES[method],
        path=path,
        summary=raw.get("summary") or summary or raw["operationId"].replace("_", " "),
        description=words.strip(),
        capability=raw.get("x-capability", ""),
        parameters=[{**part, "kind": kind_of(part.get("schema", {}))} for part in raw.get("parameters", [])],
        body=properties_of(json_schema(body)),
        answers=[(code, part.get("description", "")) for code, part in answers.items()],
        result=properties_of(json_schema(good)),
        example=curl(method, path, has_body=bool(body)),
    )


@cache
def operations_by_tag() -> dict[str, list[Operation]]:
    """Everything the API does, by resource."""
    groups: dict[str, list[Operation]] = {}
    for path, item in description()["paths"].items():
        for method in METHODS:
            if method in item:
                raw = item[method]
                groups.setdefault(raw["tags"][0], []).append(operation_of(path, method, raw))
    return groups


def docs_page(request: HttpRequest) -> HttpResponse:
    """The API, readable."""
    context = {
        "title": _("API"),
        "subtitle": _("What the pages show and do, for other systems."),
        "groups": operations_by_tag(),
        "rate": settings.API_RATE_PER_MINUTE,
        "base": f"{settings.PUBLIC_URL}/api/v1/",
    }
    return render(request, "core/api_docs.html", context)


class SchemaView(ApiFrame, SpectacularAPIView):
    """The description for machines: OpenAPI 3.1 as YAML, or as JSON with ?format=json."""

    capability = "signed_in"
    permission_classes = api_settings.DEFAULT_PERMISSION_CLASSES
    """The package's own default lets anyone in."""
