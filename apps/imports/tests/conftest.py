"""Every test of this app imports accounts."""

import pytest

from apps.imports.services import targets
from apps.imports.tests.factories import ACCOUNT_TARGET_PATH


@pytest.fixture(autouse=True)
def account_target(settings):
    settings.SCOPE_OF = "apps.imports.tests.factories.company_scope"
    settings.IMPORT_TARGETS = [ACCOUNT_TARGET_PATH]
    targets.import_targets.cache_clear()
    yield
    targets.import_targets.cache_clear()
