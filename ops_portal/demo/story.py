"""Three years of the demo company, told day by day through the services. The same database day gives the same story."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import account_for
from apps.core.clock import local_date
from apps.core.month import Month
from apps.departments.models import Department
from apps.departments.services import create_department
from apps.jobs.models import JobRun
from apps.jobs.services import report_progress
from apps.staff.choices import LeaveKind
from apps.staff.services import create_position
from ops_portal.demo.aftermath import give_accounts, plan_heads
from ops_portal.demo.cast import DEPUTY, HEAD, MEMBER, Cast, Member
from ops_portal.demo.company import FOUNDED_YEAR, JOBS, KEY_JOBS, UNITS, Unit
from ops_portal.demo.desk import fill_desks
from ops_portal.demo.keeping import Desk
from ops_portal.demo.sign_ins import SIGN_INS
from ops_portal.demo.telling_figures import tell_figures
from ops_portal.demo.turning import (
    appoint_acting_head,
    hire_regular_head,
    plan_ahead,
    reorganise,
    second_the_gm,
    succeed_engineering_head,
)

MONTHS_TOLD = 36
REORGANISED_AFTER = 19
DEPUTIES = frozenset({"PRD", "SCM", "ENG", "SRV", "ITS"})
REASONS = {
    LeaveKind.VOLUNTARY: (
        "Found another post",
        "Moves to another city",
        "Goes back to university",
        "Wants shorter ways",
    ),
    LeaveKind.INVOLUNTARY: ("Post no longer needed", "Trial period not passed"),
    LeaveKind.RETIREMENT: ("Reached retirement age",),
    LeaveKind.CONTRACT_END: ("Contract not prolonged",),
    LeaveKind.OTHER: ("By agreement",),
}


def tell(*, run: JobRun, now: datetime) -> dict[str, Any]:
    """The whole story, inside the caller's transaction. What it holds at the end."""
    today = local_date(now)
    rng = Random(20_090_401)  # noqa: S311 - a story, not a secret
    cast = found(rng, today)
    first = Month.of(today).plus(-MONTHS_TOLD)
    gather_crew(cast, first.first_day)
    months = first.until(Month.of(today).plus(1))
    steps = len(months) + 3
    turns = turning_points(first, cast)
    sizes = {unit.code: unit.size for unit in UNITS}
    for number, month in enumerate(months):
        for turn in turns.get(month, []):
            sizes |= turn() or {}
        live(cast, month, sizes)
        report_progress(run=run, done=number + 1, total=steps, note=str(month))
    reorganised_in = quarter_start(first.plus(REORGANISED_AFTER))
    plan_heads(cast, sizes, first=first, reorganised_in=reorganised_in)
    report_progress(run=run, done=steps - 2, total=steps, note="accounts")
    cast.counts["accounts"] = give_accounts(cast, now=now)
    report_progress(run=run, done=steps - 1, total=steps, note="figures")
    cast.counts.update(tell_figures(desk_of(cast, reorganised_in=reorganised_in, now=now)))
    cast.counts["cases"] = fill_desks(cast.accounts(), now=now)
    return {**cast.counts, "people_now": len(cast.members), "departments": len(cast.departments)}


def desk_of(cast: Cast, *, reorganised_in: Month, now: datetime) -> Desk:
    """Who keeps the figures at the end of the story."""
    accounts = cast.accounts()
    of_role = {known.role: accounts[known.email] for known in SIGN_INS}
    return Desk(
        departments=cast.departments,
        heads={member.unit: member.person for member in cast.members if member.role == HEAD},
        coo=of_role[Role.COO],
        gm=of_role[Role.GM],
        hr=of_role[Role.HR],
        finance=of_role[Role.FINANCE],
        manager=of_role[Role.MANAGER],
        now=now,
        reorganised_in=reorganised_in,
    )


def found(rng: Random, today: date) -> Cast:
    """The company with its departments and jobs, and nobody in it yet."""
    by = recorder()
    opened = date(FOUNDED_YEAR, 4, 1)
    moment = datetime.fromisoformat(f"{today}T10:00:00+00:00")
    departments: dict[str, Department] = {}
    for unit in UNITS:
        departments[unit.code] = create_department(
            code=unit.code,
            name=unit.name,
            parent=departments.get(unit.parent),
            on=opened,
            cost_center=unit.cost_center,
            purpose=unit.purpose,
            by=by,
            now=moment,
        )
    positions = {
        code: create_position(code=code, title=title, grade=grade, is_key=code in KEY_JOBS, by=by)
        for code, (title, grade) in JOBS.items()
    }
    return Cast(rng=rng, today=today, departments=departments, positions=positions, by=by)


def recorder() -> User | None:
    """Who records the story: the head of people and culture."""
    return account_for(email=next(known.email for known in SIGN_INS if known.job == "HRD"))


def gather_crew(cast: Cast, start: date) -> None:
    """Everybody who was there when the story begins, the earliest first."""
    posts: list[tuple[date, str, str, str]] = []
    for unit in UNITS:
        for place in range(unit.size - (1 if cast.rng.random() < 0.3 else 0)):
            role: str = HEAD if place == 0 else DEPUTY if place == 1 and unit.code in DEPUTIES else MEMBER
            day = early_day(cast.rng, start, is_early=role != MEMBER)
            posts.append((day, unit.code, job_of(unit, place), role))
    for day, code, job, role in sorted(posts):
        known = next((known for known in SIGN_INS if (known.unit, known.job) == (code, job)), None)
        is_free = known is not None and all(member.person.name != known.name for member in cast.members)
        cast.hire(code, job, day, role=role, known=known if is_free else None)
    second_the_gm(cast, on=start)


def job_of(unit: Unit, place: int) -> str:
    """The job of the nth post of a unit."""
    return unit.head_job if place == 0 else unit.jobs[(place - 1) % len(unit.jobs)]


def early_day(rng: Random, start: date, *, is_early: bool) -> date:
    """A day before the story on which somebody joined; most joined in the later years."""
    days = (start - date(FOUNDED_YEAR, 4, 1)).days - 60
    part = rng.random() * 0.5 if is_early else 1 - rng.random() ** 1.6
    return working_day(date(FOUNDED_YEAR, 4, 1) + timedelta(days=int(days * part)))


def working_day(day: date) -> date:
    """The day, or the Monday after it."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def quarter_start(month: Month) -> Month:
    """The first month of the quarter."""
    return month.plus(-((month.number - 1) % 3))


def turning_points(first: Month, cast: Cast) -> dict[Month, list[Callable[[], dict[str, int] | None]]]:
    """What happens besides the daily coming and going, by month. A turn may change how many heads the units aim at."""
    reorganised = quarter_start(first.plus(REORGANISED_AFTER))
    last = Month.of(cast.today)
    turns: dict[Month, list[Callable[[], dict[str, int] | None]]] = {}

    def at(month: Month, turn: Callable[[], dict[str, int] | None]) -> None:
        turns.setdefault(month, []).append(turn)

    at(first.plus(9), lambda: succeed_engineering_head(cast, first.plus(9)))
    at(reorganised, lambda: reorganise(cast, reorganised.first_day))
    at(first.plus(25), lambda: appoint_acting_head(cast, first.plus(25)))
    at(first.plus(28), lambda: hire_regular_head(cast, first.plus(28)))
    at(last, lambda: plan_ahead(cast, quarter_start(last).plus(3).first_day))
    return turns


def live(cast: Cast, month: Month, sizes: dict[str, int]) -> None:
    """One month of coming, going and moving. Nothing happens to anybody twice in a month."""
    acts: list[tuple[date, int, Callable[[], None]]] = []
    still = [member for member in cast.members if member.since < month.first_day and member.role == MEMBER]
    still = [member for member in still if not member.is_lasting]
    cast.rng.shuffle(still)
    rate = 0.0115 if month <= Month.of(cast.today) else 0.02
    leavers = [member for member in still if cast.rng.random() < rate and is_settled(member, month)]
    for member in leavers:
        acts.append(leaving_act(cast, member, month, len(acts)))
    movers = [member for member in still if member not in leavers][: cast.rng.choices((0, 1, 2), (45, 40, 15))[0]]
    heads = {code: len(cast.of(code)) for code in sizes}
    for member in movers:
        targets = [code for code in sizes if sizes[code] > heads[code] and code != member.unit]
        if targets:
            target = cast.rng.choice(targets)
            heads[target] += 1
            acts.append(moving_act(cast, member, target, month, len(acts)))
    for code, size in sizes.items():
        for _vacancy in range(max(0, size - heads[code])):
            if cast.rng.random() < (0.5 if month <= Month.of(cast.today) else 0.8):
                acts.append(joining_act(cast, code, month, len(acts)))
    for _day, _order, act in sorted(acts, key=lambda entry: entry[:2]):
        act()


def is_settled(member: Member, month: Month) -> bool:
    """Whether somebody has been here for three months; newcomers go less often."""
    return (month.first_day - member.hired_on).days > 90


def leaving_act(cast: Cast, member: Member, month: Month, order: int) -> tuple[date, int, Callable[[], None]]:
    """Somebody goes, most at the end of the month."""
    ends = cast.rng.random() < 0.7
    day = month.last_day if ends else month.first_day + timedelta(days=cast.rng.randrange(9, 27))
    kind = cast.leave_kind(member, day)
    reason = cast.rng.choice(REASONS[LeaveKind(kind)])
    return day, order, lambda: cast.leave(member, day, kind, reason)


def moving_act(
    cast: Cast, member: Member, target: str, month: Month, order: int
) -> tuple[date, int, Callable[[], None]]:
    """Somebody goes to another department, on the first of the month or in its middle."""
    day = month.first_day + timedelta(days=cast.rng.choice((0, 0, 14)))
    job = cast.rng.choice(jobs_in(cast, target))
    return day, order, lambda: cast.transfer(member, target, job, day, reason="Applied for the post")


def joining_act(cast: Cast, code: str, month: Month, order: int) -> tuple[date, int, Callable[[], None]]:
    """Somebody new, on the first of the month or in its middle."""
    day = working_day(month.first_day + timedelta(days=cast.rng.choice((0, 0, 0, 14))))
    job = cast.rng.choice(jobs_in(cast, code))
    return day, order, lambda: void(cast.hire(code, job, day))


def jobs_in(cast: Cast, code: str) -> tuple[str, ...]:
    """Jobs of a unit: as it was laid out, or as its people have them."""
    laid_out = next((unit.jobs for unit in UNITS if unit.code == code), ())
    return laid_out or tuple({member.job for member in cast.of(code) if member.role == MEMBER}) or ("DATA",)


def void(_result: object) -> None:
    """Forget a result."""
