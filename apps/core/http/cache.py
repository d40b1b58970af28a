"""A cache that fails open: while Redis is away, reads miss and writes are dropped, and pages still answer."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)

AWAY = (RedisConnectionError, RedisTimeoutError, OSError)
PAUSE_SECONDS = 2.0
"""After a failure nobody knocks for this long, or every call of a page would wait for its own time-out."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
Method = Callable[Concatenate["OpenFailingRedisCache", Given], Answer]


def open_failing(fallback: Callable[[], Any]) -> Callable[[Method[Given, Answer]], Method[Given, Answer]]:
    """Method decorator: FALLBACK() is the answer while Redis is away."""

    def wrap(method: Method[Given, Answer]) -> Method[Given, Answer]:
        @wraps(method)
        def guarded(self: "OpenFailingRedisCache", /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
            if time.monotonic() < OpenFailingRedisCache.closed_until:
                return fallback()  # type: ignore[no-any-return]
            try:
                return method(self, *args, **kwargs)
            except AWAY as error:
                OpenFailingRedisCache.closed_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("The cache is away, going on without it: %s", type(error).__name__)
                return fallback()  # type: ignore[no-any-return]

        return guarded

    return wrap


class OpenFailingRedisCache(RedisCache):
    """Django's Redis cache whose every call has an answer without Redis. `set` tells a failure by False, not None."""

    closed_until: float = 0.0
    """Shared by all threads of the process; a plain float is written atomically."""

    @open_failing(lambda: False)
    def add(self, *args: Any, **kwargs: Any) -> bool:
        return super().add(*args, **kwargs)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        found = self.get_or_none(key, default, version)
        return default if found is None else found

    @open_failing(lambda: None)
    def get_or_none(self, key: Any, default: Any, version: int | None) -> Any:
        """The stored value; None while Redis is away."""
        return super().get(key, default, version)

    @open_failing(lambda: False)
    def set(self, *args: Any, **kwargs: Any) -> Any:
        return super().set(*args, **kwargs)

    @open_failing(lambda: False)
    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return super().touch(*args, **kwargs)

    @open_failing(lambda: False)
    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return super().delete(*args, **kwargs)

    @open_failing(dict)
    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return super().get_many(*args, **kwargs)

    @open_failing(lambda: False)
    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return super().has_key(*args, **kwargs)

    @open_failing(lambda: 0)
    def incr(self, *args: Any, **kwargs: Any) -> int:
        return super().incr(*args, **kwargs)

    @open_failing(list)
    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        return super().set_many(*args, **kwargs)

    @open_failing(lambda: None)
    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        super().delete_many(*args, **kwargs)

    @open_failing(lambda: None)
    def clear(self) -> None:
        super().clear()
