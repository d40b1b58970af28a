"""docs/openapi.yaml says what the API is: committed, valid, and equal to the code."""

import re
from pathlib import Path

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
REMEDY = "Run `./portal manage spectacular --file docs/openapi.yaml` and look at the difference before you commit it."


@pytest.fixture(scope="module")
def described():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def test_the_committed_file_is_the_present_api(described):
    committed = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    present = yaml.safe_load(yaml.safe_dump(plain(described), sort_keys=False))
    changed = {
        path
        for path in committed["paths"].keys() | present["paths"].keys()
        if committed["paths"].get(path) != present["paths"].get(path)
    }
    assert not changed, f"{sorted(changed)} differ. {REMEDY}"
    assert committed == present, REMEDY


def test_it_is_valid_openapi_31(described):
    assert described["openapi"].startswith("3.1")
    validate_schema(plain(described))


def test_no_set_of_choices_has_a_name_that_nobody_gave_it(described):
    made_up = [
        name
        for name in described["components"]["schemas"]
        if re.search(r"[a-z](?=[0-9a-fA-F]*\d)[0-9a-fA-F]{3}Enum$", name)
    ]
    assert made_up == [], "Give it a name in ops_portal/api_names.py."


def test_every_operation_declares_its_capability_and_says_what_it_does(described):
    bare = [name for name, operation in operations(described) if not operation["x-capability"]]
    silent = [name for name, operation in operations(described) if not operation.get("description")]
    assert (bare, silent) == ([], [])


def test_every_error_has_the_one_shape(described):
    wrong = []
    for name, operation in operations(described):
        for code, answer in operation["responses"].items():
            schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
            if code >= "400" and schema.get("$ref") != "#/components/schemas/Error":
                wrong.append((name, code))
    assert wrong == []


def plain(value):
    """Dictionaries, lists and plain scalars only, as a file has them."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
