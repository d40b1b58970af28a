"""Every operation of the API, called with what its own description allows and with what it does not, as three callers.

No answer may be a server error, an undocumented status or a body that breaks the description. A few examples each run in
the gate; PORTAL_FUZZ_EXAMPLES=200 asks for the full battery.
"""

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import UserFactory, make_key
from apps.departments.models import Department
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis.models import Kpi, KpiTarget, KpiValue
from apps.kpis.tests.factories import NOW, aim, entry, make_kpi, record
from apps.periods.services import open_periods
from apps.staff.models import Appointment, Employment, Movement, Person
from apps.staff.tests.factories import PersonFactory
from tests.schema.test_openapi import plain

EXAMPLES = int(os.environ.get("PORTAL_FUZZ_EXAMPLES", "4"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = ("hr", "manager", "administrator", "coo", "integration")


def application(environ, start_response):
    """The portal, without its habit of closing the connection around a request: the test's transaction lives in it."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        response = PORTAL(environ, start_response)
        body = [b"".join(response)]
        response.close()
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)
    return body


def loaded():
    found = schemathesis.openapi.from_dict(plain(SchemaGenerator().get_schema(request=None, public=True)))
    found.app = application
    return found


PORTAL = get_wsgi_application()


SCHEMA = loaded()
OPERATIONS = {f"{found.ok().method.upper()} {found.ok().path}": found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture
def callers(db, settings):
    """One key for each role, on a small company."""
    settings.API_RATE_PER_MINUTE = 0
    open_periods(now=NOW)
    department = DepartmentFactory()
    PersonFactory()
    keys = []
    for role in ROLES:
        user = UserFactory(roles=[role])
        _key, text = make_key(user, sorted(capabilities_of([role])), now=timezone.now())
        keys.append(f"Bearer {text}")
    kpi = make_kpi(department, needs_approval=True)
    aim(kpi, 10)
    record([entry(kpi, department, "2026-01", 7)], by=UserFactory(roles=["coo"]))
    return keys


def known_ids():
    """Numbers that are some row's, so that not every answer is 404."""
    found = [
        row
        for model in (Department, Person, Employment, Appointment, Movement, Kpi, KpiTarget, KpiValue)
        for row in model.objects.order_by("pk").values_list("pk", flat=True)[:3]
    ]
    return st.sampled_from([*found, 0, 2**31, 10**20])


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_answers_are_as_described(name, callers):
    operation = OPERATIONS[name]
    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES * 2,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(good, bad), caller=st.sampled_from(callers), row=known_ids())
    def ask(case, caller, row):
        if case.path_parameters and row is not None:
            case.path_parameters = dict.fromkeys(case.path_parameters, row)
        with transaction.atomic():
            try:
                case.call_and_validate(headers={"Authorization": caller, "Accept-Encoding": "identity"}, checks=CHECKS)
            finally:
                transaction.set_rollback(True)

    ask()
