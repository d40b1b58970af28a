"""Reading settings from the environment: unknown words are refused, secrets may come from files."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def read_text(env: Mapping[str, str], name: str, default: str | None = None) -> str:
    """Value of NAME, or the content of the file named by NAME_FILE; refuses when neither is set and there is no default."""
    if file_name := env.get(f"{name}_FILE"):
        return Path(file_name).read_text(encoding="utf-8").strip()
    if name in env:
        return env[name]
    if default is None:
        message = f"{name} is not set. Set it, or {name}_FILE to the path of a file that holds it."
        raise ImproperlyConfigured(message)
    return default


def read_flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    """1/true/yes/on or 0/false/no/off; anything else is refused."""
    word = env.get(name, "").strip().lower()
    if not word:
        return default
    if word not in WORDS:
        message = f"{name} is {word!r}. Use 1 or 0."
        raise ImproperlyConfigured(message)
    return WORDS[word]


def read_number(env: Mapping[str, str], name: str, default: int) -> int:
    """A whole number, zero or more."""
    word = env.get(name, "").strip()
    if not word:
        return default
    if not word.isdecimal():
        message = f"{name} is {word!r}. Use a whole number, zero or more."
        raise ImproperlyConfigured(message)
    return int(word)


def read_list(env: Mapping[str, str], name: str, default: str = "") -> list[str]:
    """Comma-separated words, blanks dropped."""
    return [word.strip() for word in env.get(name, default).split(",") if word.strip()]


def database_settings(url: str) -> dict[str, object]:
    """Django's DATABASES entry for postgresql://user:password@host:port/name, or …@/name?host=/socket/folder&port=N.

    With &pooled=1 a pooler in transaction mode stands between: nothing is kept in a session (cursors, the locks of workers).
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        message = f"DATABASE_URL begins with {parts.scheme!r}. Use postgresql://user:password@host:port/name."
        raise ImproperlyConfigured(message)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = query.pop("host", "") or parts.hostname or ""
    port = query.pop("port", "") or str(parts.port or "")
    is_pooled = read_flag(query, "pooled", default=False)
    query.pop("pooled", None)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": is_pooled,
        "OPTIONS": query,
    }


def mail_settings(url: str) -> dict[str, object]:
    """Django's mail settings for smtp://user:password@host:port (smtp+tls:// for STARTTLS); mails become files without."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls"}:
        message = f"EMAIL_URL begins with {parts.scheme!r}. Use smtp://user:password@host:port or smtp+tls://…"
        raise ImproperlyConfigured(message)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 10,
    }


def read_version(changelog: Path) -> str:
    """The newest version heading of CHANGELOG.md: the one place where the version is written."""
    found = re.search(r"^## (\d+\.\d+\.\d+)", changelog.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else "0.0.0"
