"""The cache fails open."""

import pytest
from django.core.cache import cache

from apps.core.http import cache as module
from apps.core.http.cache import OpenFailingRedisCache


@pytest.fixture
def away(monkeypatch):
    """A cache whose server does not answer."""
    monkeypatch.setattr(OpenFailingRedisCache, "closed_until", 0.0)
    return OpenFailingRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})


def test_works_while_redis_is_there(monkeypatch):
    monkeypatch.setattr(OpenFailingRedisCache, "closed_until", 0.0)
    cache.set("word", {"a": 1}, 30)
    assert cache.get("word") == {"a": 1}
    assert cache.get("nothing", "default") == "default"
    assert cache.add("word", 2, 30) is False
    cache.delete("word")
    assert cache.get("word") is None


def test_reads_miss_and_writes_are_dropped_while_it_is_away(away):
    assert away.get("a", "default") == "default"
    assert away.set("a", 1) is False
    assert away.add("a", 1) is False
    assert away.get_many(["a"]) == {}
    assert away.delete("a") is False
    assert away.has_key("a") is False
    away.clear()


def test_knocks_once_and_then_waits(away, monkeypatch):
    knocks = []

    def knock(self, *args, **kwargs):
        knocks.append(1)
        raise module.RedisConnectionError

    monkeypatch.setattr(module.RedisCache, "get", knock)
    for _ in range(5):
        away.get("a")
    assert len(knocks) == 1


def test_sessions_go_on_in_the_database_alone(client, db, away, monkeypatch, django_user_model):
    user = django_user_model.objects.create(email="a@example.com", name="A", password="!")
    monkeypatch.setattr(OpenFailingRedisCache, "closed_until", float("inf"))
    client.force_login(user)
    assert client.get("/api/v1/me/").status_code == 200
