"""Settings for the type checker, which connects to nothing but must be able to read them."""

import os

os.environ.setdefault("SECRET_KEY", "types")
os.environ.setdefault("DATABASE_URL", "postgresql://types@localhost/types")
os.environ.setdefault("REDIS_URL", "redis://localhost/0")

from ops_portal.settings import *  # noqa: F403
