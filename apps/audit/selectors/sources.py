"""What a change came through: a job, an import. Said to all who read the change, linked for those who may open it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.core.scope import Scope
from apps.jobs.services import kind_label

Links = Callable[[Scope, set[int]], Mapping[int, str]]
"""(who reads, numbers) → the addresses of those among them that the reader may open"""


@dataclass(frozen=True, slots=True)
class Source:
    """A job's run or an import, by its number. WORDS name it; ASKED_BY: who asked for the job, "" for the portal itself."""

    kind: str
    number: int
    words: str
    asked_by: str = ""
    url: str = ""

    @property
    def sentence(self) -> str:
        """The whole of it as text, for files."""
        facts = {"source": self.words, "person": self.asked_by}
        return _("%(source)s, asked for by %(person)s") % facts if self.asked_by else self.words


def sources_of(stamp: Mapping[str, Any]) -> tuple[Source, ...]:
    """The job and the import that a context names, if any."""
    found = []
    if job := whole(stamp.get("job")):
        words = _("Job “%(label)s”, no. %(number)s") % {
            "label": kind_label(str(stamp.get("job_kind", ""))),
            "number": job,
        }
        found.append(Source("job", job, words, asked_by=str(stamp.get("asked_by_name", ""))))
    if run := whole(stamp.get("import_run")):
        found.append(Source("import_run", run, _("Import no. %(number)s") % {"number": run}))
    return tuple(found)


def whole(value: Any) -> int | None:
    """A number of a row; None for anything else a context may hold under the name."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@cache
def linkers() -> dict[str, Links]:
    """Who gives the addresses of each kind of source, from settings.HISTORY_LINKS."""
    return {kind: import_string(path) for kind, path in settings.HISTORY_LINKS.items()}


def with_urls(sources: Iterable[Source], urls: Mapping[str, Mapping[int, str]]) -> tuple[Source, ...]:
    """Sources with their addresses."""
    return tuple(replace(source, url=urls[source.kind].get(source.number, "")) for source in sources)
