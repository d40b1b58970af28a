"""How drill `tamper` tries to change what is published: by ORM, by SQL, by every address; and behind the triggers' back."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import Error, connection, transaction
from django.db.models import Model, ProtectedError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.models import User
from apps.assessments import services
from apps.assessments.choices import RewardState
from apps.assessments.models import (
    AssessedMonth,
    Indicator,
    PersonScore,
    Publication,
    Reward,
    Score,
    ScoreLine,
    ScoreRun,
)
from apps.core.clock import now
from apps.core.month import Month
from apps.departments.models import Department
from apps.notifications.models import Notification
from ops_portal.drills.company import ask

REFUSALS = {"P0001", "42501"}
"""What a trigger raises, and what a role may not do. Any other error is a fault of the drill, no refusal."""
UNSAFE = ("post", "put", "patch", "delete")
ABOUT_SCORES = ("assess", "score", "scheme", "audit", "publication")
CONTENT = "SELECT md5(string_agg(x::text, '' ORDER BY x::text)) FROM assessments_{table} x WHERE {key} = %s"
SQL = Callable[[str], str]


class Target(NamedTuple):
    """One row that is kept, and a change of it."""

    what: str
    model: type[Model]
    where: dict[str, int]
    column: str
    value: str


def targets(run: ScoreRun) -> list[Target]:
    """A row of everything that holds a published month and what was given for it."""
    line = ScoreLine.objects.filter(run=run).order_by("department_id", "indicator_id").first()
    assert line is not None
    place = {"run_id": run.pk, "department_id": line.department_id}
    event: Any = AssessedMonth._meta.get_field("events").related_model
    person = PersonScore.objects.filter(run=run, total__isnull=False).order_by("person_id").first()
    assert person is not None
    reward = Reward.objects.filter(month=run.month, state=RewardState.APPROVED).order_by("pk").first()
    assert reward is not None
    newest = event._default_manager.order_by("-pgh_id").values_list("pgh_id", flat=True)[0]
    return [
        Target("score", Score, place, "total", "0.01"),
        Target("line", ScoreLine, {**place, "indicator_id": line.indicator_id}, "points", "0.01"),
        Target("person", PersonScore, {"run_id": run.pk, "person_id": person.person_id}, "total", "0.01"),
        Target("run", ScoreRun, {"id": run.pk}, "mean_total", "0.01"),
        Target("publication", Publication, {"run_id": run.pk}, "digest", "0" * 64),
        Target("reward", Reward, {"id": reward.pk}, "amount", "0.01"),
        Target("indicator", Indicator, {"id": line.indicator_id}, "weight", "0.01"),
        Target("audit row", event, {"pgh_id": newest}, "month", "2001-01-01"),
    ]


def attempts(run: ScoreRun, *, sql: SQL) -> dict[str, str]:
    """Every attempt by ORM and, through SQL, as the application's role: name → 'refused', or what happened instead."""
    tried: dict[str, str] = {"control: a row that may be changed": control(sql)}
    for target in targets(run):
        for name, attempt in by_orm(target).items():
            tried[f"{target.what}: {name}"] = answer_to(attempt)
        for name, statement in by_sql(target).items():
            code = sql(statement)
            tried[f"{target.what}: {name}"] = "refused" if code in REFUSALS else f"taken {code}".strip()
    code = sql("SET session_replication_role = replica")
    tried["triggers switched off for a session"] = "refused" if code in REFUSALS else f"taken {code}".strip()
    return tried


def control(sql: SQL) -> str:
    """The role can change what it may change: so a refusal is one of the row, not of the role."""
    table = AssessedMonth._meta.db_table
    return "refused" if not sql(f"UPDATE {table} SET updated_at = updated_at") else "the role may change nothing at all"  # noqa: S608


def by_orm(target: Target) -> dict[str, Callable[[], Any]]:
    """The changes that Python code could make, in bulk and one by one."""
    rows = target.model._default_manager.filter(**target.where)

    def save() -> None:
        row = rows.get()
        setattr(row, target.column, target.value)
        row.save(update_fields=[target.column])

    return {
        "ORM update": lambda: rows.update(**{target.column: target.value}),
        "ORM save": save,
        "ORM delete": lambda: rows.get().delete(),
        "ORM delete in bulk": lambda: rows._raw_delete("default"),
    }


def by_sql(target: Target) -> dict[str, str]:
    """The statements that somebody with the application's password could send."""
    table = target.model._meta.db_table
    where = " AND ".join(f"{column} = {value}" for column, value in target.where.items())
    return {
        "SQL update": f"UPDATE {table} SET {target.column} = '{target.value}' WHERE {where}",  # noqa: S608
        "SQL delete": f"DELETE FROM {table} WHERE {where}",  # noqa: S608
        "SQL truncate": f"TRUNCATE {table} CASCADE",
        "SQL triggers off": f"ALTER TABLE {table} DISABLE TRIGGER USER",
    }


def answer_to(attempt: Callable[[], Any]) -> str:
    """Try it and take it back."""
    try:
        with transaction.atomic():
            attempt()
            transaction.set_rollback(True)
    except ProtectedError:
        return "refused"
    except Error as error:
        code = getattr(error.__cause__, "pgcode", "")
        return "refused" if code in REFUSALS else f"taken {code}".strip()
    return "taken"


class Doors(NamedTuple):
    """What the addresses answered, and whether anything published was changed through them."""

    answers: dict[str, int]
    is_changed: bool


def doors(run: ScoreRun, *, users: list[User]) -> Doors:
    """Send every unsafe method to every address about scores, schemes and audit, as each of USERS."""
    before, answers = content_of(run), dict[str, int]()
    for user in users:
        client = Client(raise_request_exception=False, headers={"host": "localhost"})
        client.force_login(user)
        for path in addresses(run):
            for method in UNSAFE:
                status = f"{getattr(client, method)(path, {'total': '0.01'}, 'application/json').status_code // 100}xx"
                answers[status] = answers.get(status, 0) + 1
    return Doors(answers, content_of(run) != before)


def content_of(run: ScoreRun) -> list[Any]:
    """Everything of a published run, its rewards and its scheme's indicators too, as checksums."""
    tables = {
        "score": "run_id",
        "scoreline": "run_id",
        "personscore": "run_id",
        "publication": "run_id",
        "scorerun": "id",
    }
    found: list[Any] = [ask(CONTENT.format(table=table, key=key), [run.pk]) for table, key in tables.items()]
    given = "SELECT md5(string_agg(x::text, '' ORDER BY id)) FROM assessments_reward x WHERE month = %s AND state = %s"
    found.append(ask(given, [run.month, RewardState.APPROVED.value]))
    indicators = "SELECT md5(string_agg(x::text, '' ORDER BY id)) FROM assessments_indicator x WHERE scheme_id = %s"
    return [*found, ask(indicators, [run.scheme_id])]


def addresses(run: ScoreRun) -> list[str]:
    """Every address whose path speaks of scores, filled in for this run."""
    known = keys_of(run)
    return sorted({filled(path, known) for path in walk(get_resolver().url_patterns, "/") if speaks_of_scores(path)})


def keys_of(run: ScoreRun) -> dict[str, str]:
    """What fills the gaps of a path, by a word of the gap; the last one fills all others."""
    kept = {one.what: one.where for one in targets(run)}
    return {
        "month": str(Month.of(run.month)),
        "department": str(kept["score"]["department_id"]),
        "person": str(kept["person"]["person_id"]),
        "": str(run.pk),
    }


def speaks_of_scores(path: str) -> bool:
    """Whether it is worth trying."""
    return any(word in path for word in ABOUT_SCORES)


def walk(entries: list[Any], prefix: str) -> Iterator[str]:
    """Every path of the portal, with its gaps."""
    for entry in entries:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, here)
        elif isinstance(entry, URLPattern):
            yield here


def filled(path: str, known: dict[str, str]) -> str:
    """A path with its gaps filled: a month, a department or a person where it asks for one, else the run's number."""
    text, rest = "", path.replace("^", "").replace("$", "")
    while "<" in rest:
        head, _mark, rest = rest.partition("<")
        gap, _mark, rest = rest.partition(">")
        text += head + next(key for word, key in known.items() if word in gap)
    return text + rest


@dataclass(frozen=True, slots=True)
class Finding:
    """One change behind the triggers' back, and what the check said. FAULT is '' when it said what it should."""

    name: str
    fault: str
    seconds: float


class Change(NamedTuple):
    """A change that only somebody who owns the database can make."""

    name: str
    statements: list[str]
    named: int | None
    """The department that must be named, and no other; None: nobody's figures, but the run, chain or pointer."""
    person: int | None = None
    """The person who must be named, and no other."""


def findings(run: ScoreRun, outside: Department | None) -> list[Finding]:
    """Each change in turn, in a transaction that is taken back: whether the check of everything published names it."""
    return [found_of(change, run) for change in changes(run, outside)]


def found_of(change: Change, run: ScoreRun) -> Finding:
    """Make it, prove all that is published, tell it twice, take it back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for table in ("score", "scoreline", "personscore", "scorerun", "publication"):
                cursor.execute(f"ALTER TABLE assessments_{table} DISABLE TRIGGER USER")
            for statement in change.statements:
                cursor.execute(statement)
        began = time.monotonic()
        unsound = [proof for proof in services.prove_published() if not proof.is_sound]
        seconds = time.monotonic() - began
        fault = fault_of(change, run, unsound)
        transaction.set_rollback(True)
    return Finding(change.name, fault, seconds)


def fault_of(change: Change, run: ScoreRun, unsound: list[services.Proof]) -> str:
    """What is wrong with what the check found."""
    if not unsound:
        return "nothing was found"
    named = {(proof.run.pk, place) for proof in unsound for place in proof.changed}
    wanted = set() if change.named is None else {(run.pk, change.named)}
    if named != wanted:
        return f"{len(named)} departments were named instead of {len(wanted)}"
    people = {(proof.run.pk, person) for proof in unsound for person in proof.changed_people}
    if people != (set() if change.person is None else {(run.pk, change.person)}):
        return f"{len(people)} people were named"
    for _ in range(2):
        for proof in unsound:
            services.tell_unsound(proof=proof, now=now())
    told = Notification.objects.filter(kind="assessments.unsound")
    users = set(told.values_list("user", flat=True))
    return "" if users and told.count() == len(users) * len(unsound) else f"{told.count()} notices to {len(users)}"


def changes(run: ScoreRun, outside: Department | None) -> list[Change]:
    """One cell, one row more or less, one publication for another."""
    kept = {one.what: one.where for one in targets(run)}
    place, indicator = kept["line"]["department_id"], kept["line"]["indicator_id"]
    person = kept["person"]["person_id"]
    somebody = f"run_id = {run.pk} AND person_id = {person}"
    score = f"run_id = {run.pk} AND department_id = {place}"
    line = f"{score} AND indicator_id = {indicator}"
    other = Publication.objects.exclude(run=run).order_by("pk").first()
    own = Publication.objects.get(run=run)
    assert other is not None
    assert outside is not None
    copied = "status, coverage_pct, base, coefficient, bonus, deduction, total, grade, rank, below_count, below_points"
    copied += ", calibration, uncalibrated, extras, digest"
    return [
        Change("one figure", [f"UPDATE assessments_scoreline SET value = value + 0.000001 WHERE {line}"], place),  # noqa: S608
        Change("one weight", [f"UPDATE assessments_scoreline SET weight = weight + 0.01 WHERE {line}"], place),  # noqa: S608
        Change("one total", [f"UPDATE assessments_score SET total = total + 0.01 WHERE {score}"], place),  # noqa: S608
        Change("one person's total", [
            f"UPDATE assessments_personscore SET total = total + 0.01 WHERE {somebody}",  # noqa: S608
        ], None, person),
        Change("one person less", [f"DELETE FROM assessments_personscore WHERE {somebody}"], None),  # noqa: S608
        Change("one line less", [f"DELETE FROM assessments_scoreline WHERE {line}"], place),  # noqa: S608
        Change("one score less, its lines left", [f"DELETE FROM assessments_score WHERE {score}"], place),  # noqa: S608
        Change("one score more", [
            f"INSERT INTO assessments_score (run_id, department_id, scorecard_id, {copied})"  # noqa: S608
            f" SELECT run_id, {outside.pk}, scorecard_id, {copied} FROM assessments_score WHERE {score}",
        ], outside.pk),
        Change("the mean", [f"UPDATE assessments_scorerun SET mean_total = mean_total + 0.01 WHERE id = {run.pk}"], None),  # noqa: S608
        Change("two publications for each other", [
            f"UPDATE assessments_publication SET run_id = -1, month = '1900-01-01' WHERE id = {own.pk}",  # noqa: S608
            f"UPDATE assessments_publication SET run_id = {run.pk}, month = '{own.month}' WHERE id = {other.pk}",  # noqa: S608
            f"UPDATE assessments_publication SET run_id = {other.run_id}, month = '{other.month}' WHERE id = {own.pk}",  # noqa: S608
        ], None),
        Change("the newest publication less", [
            "DELETE FROM assessments_publication WHERE id = (SELECT max(id) FROM assessments_publication)",
        ], None),
    ]  # fmt: skip
