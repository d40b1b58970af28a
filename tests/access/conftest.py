"""One company for all cases of the matrix, made once; every request is undone after its answer was read."""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction

from tests.access.asking import Asker
from tests.access.world import NOW


@pytest.fixture(scope="package")
def asker(django_db_setup, django_db_blocker) -> Iterator[Asker]:
    """Asks as anybody, in a transaction that never commits."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        yield Asker()
        transaction.set_rollback(True)
