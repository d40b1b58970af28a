"""A process that dies in the middle of what it does, on the database of the test."""

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from ops_portal.launch.system import wait_until


def killed(script: str, *given: object) -> None:
    """Run SCRIPT with the words GIVEN until it kills itself with SIGKILL, which it must.

    A process of its own and no fork: tables that months and values are judged by keep threads, which do not live on in one.
    """
    before = sessions()
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, given)],
        env={**os.environ, "DATABASE_URL": address},
        cwd=settings.BASE_DIR,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    # What it held is free once the server has noticed, which a busy machine may take a while for.
    assert wait_until(lambda: sessions() <= before, seconds=60, pause=0.05)


def sessions() -> set[int]:
    """The server's processes that serve somebody on this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}
