"""One table cell: how a value is read from a row, written on a page, and written into an export."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from typing import Any, Literal

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.month import Month

Kind = Literal["text", "number", "date", "moment", "month", "badge", "link", "user", "flag"]
Reader = Callable[[Any], Any] | str
MINUS = "\u2212"
NOTHING = mark_safe('<span class="text-faint" aria-label="none">–</span>')


@dataclass(frozen=True, slots=True)
class Badge:
    """A short state with its colour: the value of a `badge` cell. Tones: neutral, info, success, warning, danger."""

    label: Any
    tone: str = "neutral"

    def __str__(self) -> str:
        return str(self.label)


def escaped(value: Any) -> str:
    """A value as text that may stand in HTML; what is marked as HTML already stays as it is."""
    if type(value) is SafeString:
        return value
    text = str(value) if isinstance(value, Promise) else value
    return str(text.__html__()) if hasattr(text, "__html__") else escape(str(text))


def markup(pattern: str, *values: Any) -> SafeString:
    """PATTERN with the values escaped: Django's format_html without its guards for lazy text, which a table of a
    thousand cells would pay for a thousand times."""
    return SafeString(pattern.format(*map(escaped, values)))


def joined(parts: Iterable[Any]) -> SafeString:
    """The parts one after the other, each escaped unless it is HTML already."""
    return SafeString("".join(map(escaped, parts)))


def read_value(row: Any, reader: Reader) -> Any:
    """The value of a row: by calling READER, or by walking a dotted path over attributes and keys (None ends the walk)."""
    if callable(reader):
        return reader(row)
    value = row
    for step in steps_of(reader):
        if value is None:
            return None
        value = value.get(step) if isinstance(value, dict) else getattr(value, step)
    return value() if callable(value) else value


@cache
def steps_of(path: str) -> tuple[str, ...]:
    """The attributes and keys of a dotted path; a declaration's paths are few and read for every row."""
    return tuple(path.replace("__", ".").split("."))


def plain_text(value: Any) -> str:
    """A value as a reader expects to see it: dates in the company's words and zone, numbers grouped, with a true minus,
    nothing for None. For pages; files and the API have `export_value` and their own shapes, with the hyphen of ASCII."""
    match value:
        case None:
            text = ""
        case str():
            text = str(value)
        case bool():
            text = str(_("Yes") if value else _("No"))
        case datetime():
            text = date_format(value.astimezone(settings.COMPANY_ZONE), "j M Y, H:i")
        case date():
            text = day_text(value, get_language())
        case int():
            text = whole_number_text(value, get_language())
        case Decimal() | float():
            text = number_text(value)
        case _:
            text = date_format(value.first_day, "M Y") if isinstance(value, Month) else str(value)
    return text


@lru_cache(maxsize=10_000)
def day_text(day: date, language: str | None) -> str:
    """A date in the words of the reader's language; the same few days stand on every page."""
    del language
    return date_format(day, "j M Y")


@lru_cache(maxsize=10_000)
def whole_number_text(value: int, language: str | None) -> str:
    """A whole number grouped as the reader's language does it. Only whole ones: 1.0 and 1.00 would be one key."""
    del language
    return number_text(value)


def number_text(value: Decimal | float) -> str:
    """A number grouped as the reader's language does it, with a true minus."""
    return str(number_format(value, use_l10n=True, force_grouping=True)).replace("-", MINUS)


def export_value(value: Any) -> Any:
    """A value for a file: numbers stay numbers, dates stay dates, words become text."""
    if isinstance(value, (Badge, Promise, Month)):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(settings.COMPANY_ZONE)
    if value is None or isinstance(value, (bool, int, float, Decimal, date, str)):
        return value
    return str(value)


def initials(name: str) -> str:
    """Two letters that stand for a name."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def badge_html(label: Any, tone: str = "neutral") -> SafeString:
    """A badge as HTML: a dot and a word, so that colour is never the only sign."""
    return markup('<span class="tag tag-{}"><span class="tag-dot"></span>{}</span>', tone, label)


def avatar_html(name: str) -> SafeString:
    """Initials in a disc whose shade follows the name, so the same person looks the same everywhere."""
    shade = sum(map(ord, name)) % 6 + 1
    return markup('<span class="face face-{}" aria-hidden="true">{}</span>', shade, initials(name))


def month_text(value: Any) -> str:
    """A month column holds the first day; people read 'Mar 2026'."""
    return date_format(value, "M Y") if isinstance(value, date) else plain_text(value)


def person_html(name: Any, url: str | None = None, note: Any = "") -> SafeString:
    """A person: disc, name (a link when there is an address), quiet second line."""
    shown = markup('<a href="{}" class="cell-link">{}</a>', url, name) if url else name
    second = markup('<span class="cell-note">{}</span>', plain_text(note)) if note not in (None, "") else ""
    return markup('<span class="who">{}<span>{}{}</span></span>', avatar_html(str(name)), shown, second)


def cell_html(value: Any, kind: Kind, url: str | None = None, note: Any = "") -> SafeString:
    """The inside of a table cell: the value, and under it a quiet second line if there is a NOTE."""
    if value is None or value == "":
        return NOTHING
    if kind == "user":
        return person_html(value, url, note)
    inside = value_html(value, kind, url)
    return inside if note in (None, "") else markup('{}<span class="cell-note">{}</span>', inside, plain_text(note))


def value_html(value: Any, kind: Kind, url: str | None) -> SafeString:
    """A value in its kind's dress."""
    if isinstance(value, Badge):
        body: Any = badge_html(value.label, value.tone)
    elif kind == "badge":
        body = badge_html(value)
    elif kind == "month":
        body = month_text(value)
    elif isinstance(value, SafeString):
        body = value
    else:
        body = plain_text(value)
    if url:
        return markup('<a href="{}" class="cell-link">{}</a>', url, body)
    return body if isinstance(body, SafeString) else markup("{}", body)
