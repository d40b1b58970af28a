"""The stage: throwaway stores, tables, static files and a web server as in production; all gone at the end."""

import contextlib
import os
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from ops_portal.bench.circumstances import PROJECT
from ops_portal.launch.stores import ThrowawayStores
from ops_portal.launch.system import free_port, wait_until

STORE_OPTIONS = {"shared_buffers": "256MB", "work_mem": "16MB", "max_wal_size": "4GB", "jit": "off"}


def run_on_stage(
    *,
    sizes: list[int],
    values: list[int],
    rounds: int,
    json_file: Path | None,
    from_file: int = 0,
    only_scores: bool = False,
    only_issues: bool = False,
    only_forecast_pages: bool = False,
) -> int:
    """Set the stage, run the bench on it, clear it away."""
    with ThrowawayStores(options=STORE_OPTIONS) as stores:
        port = free_port()
        set_environment(stores, port)
        django.setup()
        # Only now may modules with models be imported: the settings are read at that moment.
        from ops_portal.bench import running  # noqa: PLC0415

        call_command("migrate", verbosity=0, interactive=False)
        if from_file:
            return running.run_values(count=from_file, json_file=json_file)
        if only_issues:
            return running.run_issues(json_file=json_file)
        call_command("collectstatic", verbosity=0, interactive=False)
        if only_scores:
            return running.run_scores(json_file=json_file)
        address = ("127.0.0.1", port)
        if only_forecast_pages:
            return running.run_forecast_page_rows(rounds=rounds, json_file=json_file, address=address)
        return running.run(sizes=sizes, values=values, rounds=rounds, json_file=json_file, address=address)


def set_environment(stores: ThrowawayStores, port: int) -> None:
    """The settings of production, on these stores."""
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "ops_portal.settings",
            "SECRET_KEY": secrets.token_hex(32),
            "DATABASE_URL": stores.database_url,
            "REDIS_URL": stores.redis_url,
            "PORTAL_STATE_DIR": str(stores.folder),
            "PORTAL_STATIC_DIR": str(stores.folder / "static"),
            "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PORTAL_PORT": str(port),
            "PORTAL_REQUIRE_TOTP": "off",
            "PORTAL_API_RATE_PER_MINUTE": "1000000",
        }
    )


@contextlib.contextmanager
def web_server(address: tuple[str, int]) -> Iterator[None]:
    """The web server as the supervisor runs it."""
    command = [sys.executable, "-m", "gunicorn", "--config", "ops_portal/gunicorn.py", "ops_portal.wsgi:application"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
        try:
            if not wait_until(lambda: is_up(address), seconds=60):
                message = "The web server did not answer in 60 s."
                raise RuntimeError(message)
            yield
        finally:
            process.terminate()
            process.wait(20)


def is_up(address: tuple[str, int]) -> bool:
    """Whether the server answers."""
    with contextlib.suppress(OSError):
        answer: Any = urllib.request.urlopen(f"http://{address[0]}:{address[1]}/health/", timeout=2)
        with answer:
            return bool(answer.status == 200)
    return False
