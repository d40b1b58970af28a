"""Which kinds of work exist. Filled when the apps' tasks are read, in every process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.core.errors import Refusal
from apps.jobs.models import JobRun, JobShard, Outbox

Result = dict[str, Any] | None
RunBody = Callable[[JobRun, datetime], Result]
ShardBody = Callable[[JobShard, datetime], Result]
MessageBody = Callable[[Outbox, datetime], None]


class UnknownJob(Refusal):
    """No task of that name is registered: a fault of the program or of a row from another release."""

    code = "unknown_job"


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of run. `is_whole` bodies run inside one transaction that also finishes the run."""

    kind: str
    label: Any
    body: RunBody
    queue: str
    is_whole: bool
    shard: ShardBody | None
    combine: RunBody | None
    retry_on: tuple[type[Exception], ...]
    attempts: int
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message to the outside."""

    name: str
    label: Any
    body: MessageBody
    queue: str
    attempts: int
    lease: timedelta


KINDS: dict[str, JobKind] = {}
TOPICS: dict[str, Topic] = {}


def kind_of(name: str) -> JobKind:
    """The registered kind; refuses a name without a task."""
    if name not in KINDS:
        message = f"There is no job called {name!r}. Known jobs: {', '.join(sorted(KINDS)) or 'none'}."
        raise UnknownJob(message)
    return KINDS[name]


def topic_of(name: str) -> Topic:
    """The registered topic; refuses a name without a task."""
    if name not in TOPICS:
        message = f"There is no topic called {name!r}. Known topics: {', '.join(sorted(TOPICS)) or 'none'}."
        raise UnknownJob(message)
    return TOPICS[name]


def label_of(run: JobRun) -> str:
    """A run's kind in words; the bare name for a kind this release no longer has."""
    return kind_label(run.kind)


def kind_label(kind: str) -> str:
    """A kind of run in words; its bare name when this release no longer has it."""
    known = KINDS.get(kind)
    return str(known.label) if known else kind


def topic_label(message: Outbox) -> str:
    """A message's topic in words."""
    known = TOPICS.get(message.topic)
    return str(known.label) if known else message.topic
