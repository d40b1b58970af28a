"""Gives every test run its own PostgreSQL and Valkey, started before Django reads its settings.

The run that was started by hand (or by `./portal test`) starts them; the workers of xdist inherit the addresses.
"""

import importlib
import os
from collections.abc import Generator, Iterator
from datetime import datetime, time, timedelta
from time import monotonic

import pytest
from hypothesis import settings as hypothesis_settings

from ops_portal.launch.stores import ThrowawayStores

NEEDS_DATABASE = {"django_db", "db", "transactional_db", "django_db_setup"}
# The gate tries the same cases every time, so that red means the change is wrong. PORTAL_TEST_RANDOM=1 looks for new ones.
hypothesis_settings.register_profile("same", derandomize=not os.environ.get("PORTAL_TEST_RANDOM"), deadline=None)
hypothesis_settings.load_profile("same")

STARTED_BY = "PORTAL_TEST_STORES"
key = pytest.StashKey[ThrowawayStores]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Start the stores. A wrapper: pytest-django reads the settings in this same hook and must come after us."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if STARTED_BY not in os.environ:
        stores = ThrowawayStores().start()
        early_config.stash[key] = stores
        os.environ.update(
            {
                STARTED_BY: str(os.getpid()),
                "DATABASE_URL": stores.database_url,
                "PORTAL_TEST_APP_DATABASE_URL": stores.app_database_url,
                "REDIS_URL": stores.redis_url,
                "PORTAL_STATE_DIR": str(stores.folder),
                "PORTAL_MEDIA_DIR": str(stores.folder / "media"),
            }
        )
        os.environ.pop("DATABASE_OWNER_URL", None)
    elif worker:
        # Workers share one Valkey; each gets a database of its own there, as it does in PostgreSQL.
        base = os.environ["REDIS_URL"].rpartition("/")[0]
        os.environ["REDIS_URL"] = f"{base}/{int(worker.removeprefix('gw')) + 1}"
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Prepare the database that test databases are copied from, where any chosen test needs one."""
    if not session.config.option.collectonly and any(NEEDS_DATABASE & names_of(item) for item in session.items):
        # Imported here because the module needs Django, which is not set up when this plugin is loaded.
        importlib.import_module("tests.template").use_template()


def names_of(item: pytest.Item) -> set[str]:
    """Fixtures and markers of a test."""
    return {*getattr(item, "fixturenames", ()), *(mark.name for mark in item.iter_markers())}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that bring up a whole portal share one process of xdist: two at once would only wait for each other."""
    for item in items:
        if item.get_closest_marker("slow_up"):
            item.add_marker(pytest.mark.xdist_group("slow_up"))


@pytest.fixture(scope="session", autouse=True)
def clock_of_the_suite() -> Iterator[None]:
    """On a day that a test fixes, clocks show two in the afternoon when the suite begins and go on from there: after what
    the test says was done that morning, whatever the hour at which somebody runs it."""
    clock = importlib.import_module("apps.core.clock")
    begun, two = monotonic(), datetime(2000, 1, 1, 14)

    def time_of_day() -> time:
        return (two + timedelta(seconds=monotonic() - begun)).time()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "time_of_day", time_of_day)
        yield


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Take them down again."""
    stores = config.stash.get(key, None)
    if stores is not None:
        stores.stop()
        del config.stash[key]
        os.environ.pop(STARTED_BY, None)
