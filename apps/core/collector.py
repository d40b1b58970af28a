"""Work that makes a great many small objects and keeps them until its end runs without Python's cycle collector.

The collector would walk all of them again and again and find nothing to free (ARCHITECTURE.md 12.18).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """No collection inside; as before afterwards."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
