"""How gunicorn runs the portal. Only this file knows; the supervisor and docker-compose name it."""

import gc
import os
from pathlib import Path
from typing import Any

bind = f"{os.environ.get('PORTAL_BIND') or '127.0.0.1'}:{os.environ.get('PORTAL_PORT') or '8000'}"
worker_class = "gthread"
workers = int(os.environ.get("PORTAL_WEB_WORKERS") or 2)
threads = int(os.environ.get("PORTAL_WEB_THREADS") or 4)
timeout = 60
graceful_timeout = 10
keepalive = 5
preload_app = True
control_socket_disable = True
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 -- gunicorn makes its own file there
accesslog = None
errorlog = "-"
loglevel = "warning"
# Whose X-Forwarded-… headers are believed: nobody's unless proxies were declared.
forwarded_allow_ips = "*" if int(os.environ.get("PORTAL_TRUSTED_PROXIES") or 0) else "127.0.0.1"


def when_ready(_server: Any) -> None:
    """Everything imported so far lives as long as the process: keep the collector from walking it, and workers share it."""
    gc.collect()
    gc.freeze()
