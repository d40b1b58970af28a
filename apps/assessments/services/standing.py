"""What a scheme lays down beside its scorecards: bonus, deduction and veto items, people, rewards, calendar, calibration,
years.

Every part is read once when it is written: made plain (numbers as text) or refused by its field in one sentence. What
depends on another part (a grade that must exist) may be unfinished in a draft and is told by `standing_faults`.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import VetoAction, VetoScope
from apps.assessments.models import Scheme
from apps.assessments.rules.reading import exact
from apps.assessments.services.refusals import WrongScheme
from apps.core.rounding import round_half_up
from apps.staff.choices import AppointmentRole

LEAST_COEFFICIENT, MOST_COEFFICIENT = Decimal("0.5"), Decimal("1.5")
"""A difficulty beyond these turns the order of the company upside down."""
USUAL_COEFFICIENTS = (Decimal("0.9"), Decimal("1.1"))
"""DOMAIN.md section 2, order of assembly, step 5."""
ROLES = tuple(AppointmentRole.values)
"""What the staff rules call a role is what an appointment calls it, and what a person's score keeps."""
CALENDAR = ("calculate", "review", "publish", "appeal_days", "ruling_days")
LONGEST = {"code": 40, "name": 200, "clause": 200}
MOST_POINTS, MOST_DAYS, MOST_COEF = 1_000, 60, 10
MOST_BAND = 100
WHOLE_YEAR, SHARE_PLACES = 100, 2
ROLE_WORDS = {"head": lambda: _("Heads"), "deputy_head": lambda: _("Deputies"), "member": lambda: _("Members")}
STEP_WORDS = {
    "calculate": lambda: _("Calculated on working day"),
    "review": lambda: _("Reviewed by working day"),
    "publish": lambda: _("Published by working day"),
    "appeal_days": lambda: _("Days to appeal"),
    "ruling_days": lambda: _("Days to rule on an appeal"),
}


def read_items(rows: Sequence[Mapping[str, Any]], field: str) -> list[dict[str, Any]]:
    """Bonus items or deductions: code, name, points each, cap (none: no cap), clause."""
    found = []
    for number, row in enumerate(rows, 1):
        where = Place(field, number)
        item: dict[str, Any] = {**where.words(row), "points_each": where.points(row, "points_each", _("Points each"))}
        item["cap"] = None if empty(row.get("cap")) else where.points(row, "cap", _("At most"))
        found.append({name: item[name] for name in ("code", "name", "points_each", "cap", "clause")})
    return once(found, field)


def read_vetoes(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Veto items: code, name, what it does, with the most points left or the best grade left, clause, whom it hits (left
    out: the department)."""
    found = []
    for number, row in enumerate(rows, 1):
        where = Place("veto_items", number)
        words, action = where.words(row), str(row.get("action") or "")
        if action not in VetoAction.values:
            where.refuse(_("say whether it takes every point, limits the total or limits the grade."))
        value = where.number(row, "value", _("Most points left")) if action == VetoAction.CAP else None
        grade = str(row.get("grade") or "").strip() if action == VetoAction.GRADE_CAP else ""
        if action == VetoAction.GRADE_CAP and not grade:
            where.refuse(_("name the best grade that is left."))
        scope = str(row.get("scope") or VetoScope.DEPARTMENT)
        if scope not in VetoScope.values:
            where.refuse(_("say whether it hits the department, its head alone, or the department and all above it."))
        found.append(
            {
                **{"code": words["code"], "name": words["name"], "action": action},
                **{"value": value, "grade": grade, "clause": words["clause"]},
                # What is usual is not written: so a scheme from before there were scopes says the same.
                **({} if scope == VetoScope.DEPARTMENT else {"scope": scope}),
            }
        )
    return once(found, "veto_items")


class Place:
    """A line of a list: what is read from it, and its number for the refusal."""

    def __init__(self, field: str, number: int) -> None:
        self.field, self.number_of_line = field, number

    def refuse(self, problem: str) -> None:
        """WrongScheme that names the line."""
        text = _("Line %(number)s: %(problem)s") % {"number": self.number_of_line, "problem": problem}
        raise WrongScheme(text, field=self.field)

    def words(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Code and name, which must be there, and the clause."""
        found = {name: str(row.get(name) or "").strip() for name in LONGEST}
        if not found["code"] or not found["name"]:
            self.refuse(_("give it a code and a name."))
        for name, longest in LONGEST.items():
            if len(found[name]) > longest:
                self.refuse(
                    _("“%(text)s …” is too long: at most %(most)s signs.") % {"text": found[name][:20], "most": longest}
                )
        return found

    def number(self, row: Mapping[str, Any], key: str, label: str) -> str:
        """A number of at most two places from 0 up, as text."""
        found = exact(row.get(key))
        if found is None or found < 0 or found > MOST_POINTS or round_half_up(found, 2) != found:
            self.refuse(_("“%(label)s” is a number from 0 to 1000 with at most two places.") % {"label": label})
        return plain_text(found or Fraction(0))

    def points(self, row: Mapping[str, Any], key: str, label: str) -> str:
        """Points above 0, as text."""
        found = self.number(row, key, label)
        if found == "0":
            self.refuse(_("“%(label)s” must be above 0.") % {"label": label})
        return found


def empty(value: Any) -> bool:
    """Whether nothing is written."""
    return value is None or value == ""


def plain_text(number: Fraction) -> str:
    """A number of few places without zeros at the end."""
    return f"{round_half_up(number, 4).normalize():f}"


def once(found: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    """Refuse a code that stands there twice."""
    seen: set[str] = set()
    for row in found:
        if row["code"] in seen:
            raise WrongScheme(_("The code %(code)s stands there twice. Give each its own.") % row, field=field)
        seen.add(row["code"])
    return found


def read_staff_rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Weights of the department's score and of the personal part by role, fewest days; empty: people have no scores."""
    if not rules:
        return {}
    unknown(rules, (*ROLES, "min_days"), "staff_rules")
    found: dict[str, Any] = {}
    for role in ROLES:
        weights = rules.get(role)
        both = [exact(weights.get(key)) if isinstance(weights, Mapping) else None for key in WEIGHTS]
        if None in both or sum(one for one in both if one is not None) != 100 or min(one or 0 for one in both) < 0:
            text = _(
                "%(role)s: the weight of the department and of the personal part are two numbers that add up to 100. "
                "Write such numbers."
            )
            raise WrongScheme(text % {"role": ROLE_WORDS[role]()}, field="staff_rules")
        found[role] = {key: plain_text(one or Fraction(0)) for key, one in zip(WEIGHTS, both, strict=True)}
    found["min_days"] = whole(rules, "min_days", "staff_rules", _("Fewest days in the month"), least=0, most=31)
    return found


WEIGHTS = ("dept_weight", "personal_weight")


def read_reward_rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Coefficients by grade, of the department and of the person; a pool to be shared; empty: no rewards."""
    if not rules or not any(rules.values()):
        return {}
    unknown(rules, (*COEFFICIENTS, GM_LIMIT, POOL), "reward_rules")
    found: dict[str, Any] = {}
    for key in COEFFICIENTS:
        given = rules.get(key)
        found[key] = {}
        for grade, value in given.items() if isinstance(given, Mapping) else ():
            number = exact(value)
            if number is None or not 0 <= number <= MOST_COEF or round_half_up(number, 4) != number:
                text = _(
                    "The coefficient of grade %(grade)s is a number from 0 to 10 with at most four places. "
                    "Write such a number."
                )
                raise WrongScheme(text % {"grade": grade}, field="reward_rules")
            found[key][str(grade)] = plain_text(number)
    pool = read_pool(rules.get(POOL))
    return {**found, **pool, **read_limit(rules.get(GM_LIMIT), has_rewards=bool(pool) or any(found.values()))}


def read_pool(given: Any) -> dict[str, Any]:
    """The amount that a month's scores share, and each role's weight in it; nothing for no pool."""
    if empty(given) or (isinstance(given, Mapping) and not given):
        return {}
    if not isinstance(given, Mapping):
        raise WrongScheme(
            _("Write the pool as an amount and a weight for heads, deputies and members; leave it out for no pool."),
            field="reward_rules",
        )
    unknown(given, ("amount", *ROLES), "reward_rules")
    amount = exact(given.get("amount"))
    if amount is None or not 0 < amount <= MOST_LIMIT or round_half_up(amount, 2) != amount:
        raise WrongScheme(
            _("The amount of the pool is a number above 0 with at most two places. Leave it out for no pool."),
            field="reward_rules",
        )
    weights = {role: exact(given.get(role, "1")) for role in ROLES}
    for role, weight in weights.items():
        if weight is None or not 0 <= weight <= MOST_COEF or round_half_up(weight, 4) != weight:
            text = _(
                "%(role)s: the weight in the pool is a number from 0 to 10 with at most four places. Write such a number."
            )
            raise WrongScheme(text % {"role": ROLE_WORDS[role]()}, field="reward_rules")
    if not any(weights.values()):
        raise WrongScheme(
            _("Nobody would share the pool: give heads, deputies or members a weight above 0."), field="reward_rules"
        )
    kept = {role: plain_text(weight or Fraction(0)) for role, weight in weights.items()}
    return {POOL: {"amount": plain_text(amount), **kept}}


def read_limit(given: Any, *, has_rewards: bool) -> dict[str, str]:
    """The amount above which the GM decides on a reward; nothing for no limit."""
    if empty(given):
        return {}
    limit = exact(given)
    if limit is None or not 0 <= limit <= MOST_LIMIT or round_half_up(limit, 2) != limit:
        raise WrongScheme(
            _(
                "The amount above which the GM decides is a number from 0 up with at most two places. Write such a number."
            ),
            field="reward_rules",
        )
    if not has_rewards:
        raise WrongScheme(
            _(
                "There is no reward that the limit could hold for: write coefficients or a pool, or leave the limit out."
            ),
            field="reward_rules",
        )
    return {GM_LIMIT: plain_text(limit)}


COEFFICIENTS = ("dept_coef", "personal_coef")
GM_LIMIT = "gm_limit"
POOL = "pool"
MOST_LIMIT = 10**13


def read_calendar(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Working days of the following month by which each step is done, then the days to appeal and to rule."""
    if not rules:
        return {}
    unknown(rules, CALENDAR, "calendar")
    found = {name: whole(rules, name, "calendar", STEP_WORDS[name](), least=1, most=MOST_DAYS) for name in CALENDAR}
    days = [int(found[name]) for name in ("calculate", "review", "publish")]
    if sorted(days) != days:
        raise WrongScheme(
            _("A month is calculated, then reviewed, then published: let no step come before the one ahead of it."),
            field="calendar",
        )
    return found


def whole(rules: Mapping[str, Any], key: str, field: str, label: str, *, least: int, most: int) -> str:
    """A whole number as text."""
    number = exact(rules.get(key))
    if number is None or number.denominator != 1 or not least <= number <= most:
        words = {"label": label, "least": least, "most": most}
        raise WrongScheme(
            _("“%(label)s” is a whole number from %(least)s to %(most)s. Write such a number.") % words, field=field
        )
    return str(int(number))


def unknown(rules: Mapping[str, Any], known: Sequence[str], field: str) -> None:
    """Refuse a key that nobody reads."""
    for key in rules:
        if key not in known:
            words = {"key": key, "known": ", ".join(known)}
            raise WrongScheme(
                _("There is nothing called “%(key)s” here. Known: %(known)s. Use one of these.") % words, field=field
            )


def read_band(band: Decimal) -> Decimal:
    """The most points a calibration moves a score, up or down."""
    if not 0 <= band <= MOST_BAND:
        raise WrongScheme(
            _("A calibration moves a score by 0 to 100 points at most. Write such a number."), field="calibration_band"
        )
    return band


def read_cumulative_pct(share: Decimal) -> Decimal:
    """How much of a year's score stands on cumulative values, in percent with at most two places."""
    if not 0 <= share <= WHOLE_YEAR or share != round_half_up(share, SHARE_PLACES):
        raise WrongScheme(
            _(
                "The share of the year's score that stands on cumulative values is 0 to 100 %, with at most two places. "
                "Write such a number."
            ),
            field="cumulative_pct",
        )
    return share


def standing_faults(scheme: Scheme) -> Iterator[tuple[str, str, str]]:
    """(field, where, what) of everything that does not fit the scheme's grades and limits."""
    grades = [str(row.get("grade")) for row in scheme.grades]
    for row in scheme.veto_items:
        text = veto_fault(row, grades, scheme.max_total) or head_fault(row, scheme)
        if text:
            yield "veto_items", _("Vetoes"), text
    for key in COEFFICIENTS if any(scheme.reward_rules.get(one) for one in COEFFICIENTS) else ():
        for text in coefficient_faults(scheme.reward_rules.get(key) or {}, grades):
            yield "reward_rules", REWARD_WORDS[key](), text
    if scheme.reward_rules and not scheme.staff_rules:
        text = _("Rewards are reckoned from the scores of people: say first how people are scored.")
        yield "reward_rules", _("Rewards"), text


def veto_fault(row: Mapping[str, Any], grades: Sequence[str], most: Decimal) -> str:
    """A veto that names no grade of the scheme, or leaves more points than there are."""
    words = {"code": row["code"], "grade": row["grade"], "known": ", ".join(grades), "value": row["value"]}
    if row["action"] == VetoAction.GRADE_CAP and row["grade"] not in grades:
        return _("%(code)s leaves the grade “%(grade)s”, which is none of %(known)s.") % words
    if row["action"] == VetoAction.CAP and Decimal(row["value"]) >= most:
        words["most"] = plain_text(Fraction(most))
        return _("%(code)s leaves %(value)s points, and no total is above %(most)s: it would do nothing.") % words
    return ""


def head_fault(row: Mapping[str, Any], scheme: Scheme) -> str:
    """A veto of heads alone where people have no score that it could hit."""
    if row.get("scope") != VetoScope.HEAD or scheme.staff_rules:
        return ""
    text = _(
        "%(code)s hits heads alone, and people have no scores: say how people are scored, or let it hit the department."
    )
    return text % {"code": row["code"]}


def coefficient_faults(given: Mapping[str, Any], grades: Sequence[str]) -> Iterator[str]:
    """Every grade needs its coefficient, and nothing else has one."""
    missing, spare = [one for one in grades if one not in given], [one for one in given if one not in grades]
    if missing:
        yield _("Grade %(grades)s has no coefficient. Write one, 0 for no reward.") % {"grades": ", ".join(missing)}
    if spare:
        yield _("There is no grade %(grades)s any more: take its coefficient out.") % {"grades": ", ".join(spare)}


REWARD_WORDS = {
    "dept_coef": lambda: _("Coefficients of the department"),
    "personal_coef": lambda: _("Personal coefficients"),
}
