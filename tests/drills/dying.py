"""A process that dies in the middle of what it does, on the database of the test."""

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection


def killed(script: str, *given: object) -> None:
    """Run SCRIPT with the words GIVEN until it kills itself with SIGKILL, which it must.

    A process of its own and no fork: tables that months and values are judged by keep threads, which do not live on in one.
    """
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, given)],
        env={**os.environ, "DATABASE_URL": address},
        cwd=settings.BASE_DIR,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
