"""Every job that is asked for exists, every job that exists is safe to send: names, arguments, schedule."""

import ast
import inspect

from celery import current_app
from django.conf import settings

from apps.jobs.services import KINDS, TOPICS
from tests.architecture.source import app_modules, dotted, listed

ASKERS = {"enqueue": "kind", "enqueue_next": "kind", "emit": "topic", "emit_many": "topic"}


def house_tasks():
    """The worker's registry without Celery's own."""
    current_app.loader.import_default_modules()
    return {name: task for name, task in current_app.tasks.items() if not name.startswith("celery.")}


def asked_for():
    """(place, word, name) of every job or topic asked for by a name written in the source (or in a constant)."""
    for module in app_modules():
        constants = {
            target.id: node.value.value
            for node in module.tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(module.tree):
            word = ASKERS.get(dotted(node.func).rpartition(".")[2]) if isinstance(node, ast.Call) else None
            for given in node.keywords if word else ():
                name = (
                    given.value.value if isinstance(given.value, ast.Constant) else constants.get(dotted(given.value))
                )
                if given.arg == word and name:
                    yield f"{module.place}:{node.lineno}", word, name


class TestNames:
    def test_every_job_asked_for_exists(self):
        house_tasks()
        known = {"kind": set(KINDS), "topic": set(TOPICS)}
        assert [(place, name) for place, word, name in asked_for() if name not in known[word]] == []

    def test_some_are_asked_for(self):
        assert list(asked_for())

    def test_every_kind_and_topic_has_its_task(self):
        tasks = house_tasks()
        assert [name for name in [*KINDS, *TOPICS] if f"{name}_job" not in tasks] == []

    def test_each_is_named_after_its_app(self):
        odd = [
            name
            for name, task in house_tasks().items()
            if not (name.endswith("_job") and task.__module__.split(".")[1:2] in ([name.split(".")[0]], ["jobs"]))
            and not name.startswith("demo.")
        ]
        assert not odd, listed(odd)

    def test_queues_are_those_the_worker_listens_to(self):
        queues = {kind.queue for kind in KINDS.values()} | {topic.queue for topic in TOPICS.values()}
        assert queues <= set(settings.JOB_QUEUES)


class TestSchedule:
    def test_beat_sends_only_tasks_that_exist(self):
        tasks = house_tasks()
        assert [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] not in tasks] == []

    def test_the_calendar_names_only_kinds_that_exist(self):
        house_tasks()
        assert [entry.kind for entry in settings.JOB_CALENDAR if entry.kind not in KINDS] == []


class TestContract:
    def test_tasks_take_only_names_and_tolerate_more(self):
        for name, task in house_tasks().items():
            kinds = {parameter.kind for parameter in inspect.signature(task.run).parameters.values()}
            assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}, name
            assert inspect.Parameter.VAR_KEYWORD in kinds, name

    def test_tasks_survive_a_lost_worker_and_keep_no_result(self):
        for name, task in house_tasks().items():
            assert (task.acks_late, task.reject_on_worker_lost, task.ignore_result) == (True, True, True), name

    def test_a_message_comes_back_only_after_twice_the_longest_run(self):
        longest = max(task.time_limit or settings.CELERY_TASK_TIME_LIMIT for task in house_tasks().values())
        assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] >= 2 * longest
