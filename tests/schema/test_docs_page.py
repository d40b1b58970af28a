"""The API explained on a page: complete, for those who are signed in, without anything from outside."""

import re

import pytest
from drf_spectacular.generators import SchemaGenerator

from apps.accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

DOCS, SCHEMA = "/api/v1/docs/", "/api/v1/schema/"


def test_strangers_see_neither(client):
    assert client.get(DOCS)["Location"].startswith("/accounts/login/")
    assert client.get(SCHEMA).status_code == 401


def test_every_operation_is_on_the_page(client):
    client.force_login(UserFactory(roles=["employee"]))
    page = client.get(DOCS).content.decode()
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    names = [part["operationId"] for item in paths.values() for part in item.values() if "operationId" in part]
    assert len(names) > 5
    assert [name for name in names if f'id="{name}"' not in page] == []


def test_nothing_is_loaded_from_elsewhere(client):
    client.force_login(UserFactory(roles=["employee"]))
    page = client.get(DOCS).content.decode()
    assert re.findall(r'(?:src|href)="(https?:)?//', page) == []


def test_machines_read_the_same_as_yaml_and_json(client):
    client.force_login(UserFactory(roles=["employee"]))
    assert "openapi: 3.1" in client.get(SCHEMA).content.decode()
    assert client.get(SCHEMA, {"format": "json"}).json()["openapi"].startswith("3.1")
