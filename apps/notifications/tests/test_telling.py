"""What is offered to choose is sent by somebody; a job that failed is told once to whoever asked for it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from apps.accounts.tests.factories import UserFactory
from apps.jobs.tests.factories import JobRunFactory, OutboxFactory
from apps.notifications import services
from apps.notifications.choices import EVENTS, OFFERED
from apps.notifications.forms import EVENT_GROUPS
from apps.notifications.rules import subject_of
from apps.notifications.tests.factories import NOW, told

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs" / "webhooks.md"


@cache
def modules():
    """Every module of the apps, read once."""
    paths = [path for path in sorted(ROOT.glob("apps/*/**/*.py")) if not {"tests", "migrations"} & set(path.parts)]
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def calls(tree):
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def told_by(names):
    """The apps whose modules call one of these services."""
    return {path.relative_to(ROOT).parts[1] for path, tree in modules() if calls(tree) & set(names)}


class TestOffers:
    def test_people_choose_by_what_they_are_told_of(self):
        sending = told_by(("notify", "notify_each", "broadcast"))
        # The frame itself tells of paused webhooks (`accounts.`) and of failed jobs (`jobs.`).
        sending = sending - {"notifications"} | {"accounts", "jobs"}
        assert {about for about, _label in OFFERED} == {subject_of(f"{app}.any") for app in sending} | {"general"}

    def test_systems_subscribe_to_what_is_sent(self):
        offered = {pattern.removesuffix(".*") for pattern, _label in EVENT_GROUPS} - {"*"}
        assert offered == {event.partition(".")[0] for event in EVENTS}
        assert offered == told_by(("emit_webhook",)) - {"notifications"}

    def test_every_event_is_sent_and_described(self):
        text = "\n".join(path.read_text(encoding="utf-8") for path, _tree in modules() if path.name != "choices.py")
        assert {event for event in EVENTS if f'"{event}"' not in text} == set()
        described = re.findall(r"^\| `([a-z]+\.[a-z_]+)`", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
        assert sorted(described) == sorted(EVENTS)


@pytest.mark.django_db
class TestFailedJob:
    def message(self, run):
        return OutboxFactory(topic="notifications.failed_job", key=f"{run.pk}/1", payload={"run": run.pk})

    def test_is_told_once_with_its_reason_and_the_way_there(self):
        person = UserFactory()
        run = JobRunFactory(started_by=person, state="failed", error="Row 3 names no department.")
        message = self.message(run)
        for _time in range(2):
            services.tell_failed_job(message=message, now=NOW)
        [(kind, subject)] = told(person)
        assert kind == "jobs.failed"
        assert subject.startswith("This did not work: ")
        notice = person.notifications.get()
        assert (notice.body, notice.url) == ("Row 3 names no department.", f"/jobs/{run.pk}/")

    def test_is_not_told_once_it_was_started_again(self):
        person = UserFactory()
        run = JobRunFactory(started_by=person, state="queued")
        services.tell_failed_job(message=self.message(run), now=NOW)
        assert told(person) == []
