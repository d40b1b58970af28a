"""Who owes a month what, for the job that reminds them; and who stands above somebody. Not for pages: no scope."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability, users_with_role
from apps.assessments.models import Appraisal, AssessedDepartment, AssessedMonth, Entry, Indicator, Rating, Scheme
from apps.assessments.rules.owing import owners_of
from apps.assessments.selectors.appraising import takes_appraisals, weighing_roles
from apps.assessments.selectors.assessed import ENTERED, RATED
from apps.assessments.selectors.entries import ENTER
from apps.assessments.selectors.exemptions import exempted
from apps.assessments.selectors.givers import PersonPlace, givers_of, heads_of_departments
from apps.assessments.selectors.raters import raters_in
from apps.assessments.selectors.rating import RATE
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.selectors import ancestors_of, nearest_above, open_department_ids, visible_departments
from apps.kpis.selectors import month_facts
from apps.staff.selectors import last_places
from apps.staff.selectors.colleagues import places_of_accounts

RECORD = "kpis.record"
COMPANY = Scope(user_id=None, reach=Reach.COMPANY, capabilities=frozenset())
Owed = dict[int, int]
"""Account → how many are open."""


def months_owed(months: Iterable[Month]) -> list[Month]:
    """Those of MONTHS that still take what is owed: neither handed in nor published. One query."""
    known = list(months)
    places = AssessedMonth.objects.select_related("draft").filter(month__in=[month.first_day for month in known])
    closed = {Month.of(place.month) for place in places if not takes_appraisals(place)}
    return [month for month in known if month not in closed]


def judged_places(scheme: Scheme, month: Month) -> dict[int, list[int]]:
    """Scorecard → its departments that were open on the last day. Two queries."""
    rows = list(AssessedDepartment.objects.filter(scheme=scheme).values_list("scorecard", "department"))
    is_open = open_department_ids([department for _card, department in rows], month.last_day)
    found: dict[int, list[int]] = {}
    for card, department in rows:
        if department in is_open:
            found.setdefault(card, []).append(department)
    return found


def values_owed(scheme: Scheme, month: Month, today: date) -> Owed:
    """KPI values of which nothing was reported, by whoever heads the department. At most twelve queries."""
    places = judged_places(scheme, month)
    rows = Indicator.objects.filter(scheme=scheme).exclude(kpi=None).values_list("scorecard", "kpi", "code")
    exempt = exempted(month)
    asked = ((kpi, code, place) for card, kpi, code in rows for place in places.get(card, ()))
    pairs = list(dict.fromkeys((kpi, place) for kpi, code, place in asked if code not in exempt.get(place, ())))
    facts = month_facts(month=month, kpis=[kpi or 0 for kpi, _ in pairs], departments=[place for _, place in pairs])
    missing = Counter(fact.department for fact in facts if fact.presence == "missing") if pairs else Counter()
    return by_head(missing, RECORD, today)


def reports_owed(scheme: Scheme, month: Month, today: date) -> Owed:
    """Counts and milestones nobody reported, by whoever heads the department. At most twelve queries."""
    places = judged_places(scheme, month)
    rows = Indicator.objects.filter(scheme=scheme, method__in=ENTERED, kpi=None)
    exempt = exempted(month)
    said = set(Entry.objects.filter(month=month.first_day).values_list("indicator", "department"))
    missing = Counter(
        place
        for card, indicator, code in rows.values_list("scorecard", "pk", "code")
        for place in places.get(card, ())
        if (indicator, place) not in said and code not in exempt.get(place, ())
    )
    return by_head(missing, ENTER, today)


def by_head(missing: Mapping[int, int], capability: str, today: date) -> Owed:
    """What is missing by department as it is owed: by the nearest head at or above who may give it, else by the COO."""
    if not missing:
        return {}
    lines = ancestors_of(set(missing), today)
    heads = heads_of_departments({pk for line in lines.values() for pk in line}, today)
    able = set(users_with_capability(capability).values_list("pk", flat=True))
    accounts = {department: giver.user.pk for department, giver in heads.items() if giver.user.pk in able}
    return owners_of(missing, lines, accounts, users_with_role(Role.COO).values_list("pk", flat=True))


def ratings_owed(scheme: Scheme, month: Month, today: date) -> Owed:
    """Departments of which a rater of the rules has not said everything. Ten queries.

    Nobody rates a department they lead or belong to.
    """
    places, exempt = judged_places(scheme, month), exempted(month)
    rows = [
        (one, place)
        for one in Indicator.objects.filter(scheme=scheme, method__in=RATED, kpi=None)
        for place in places.get(one.scorecard_id, ())
        if one.code not in exempt.get(place, ())
    ]
    said = set(Rating.objects.filter(month=month.first_day).values_list("indicator", "department", "said_by"))
    able = set(users_with_capability(RATE).values_list("pk", flat=True))
    named = raters_in({one.pk: one for one, _place in rows}.values())
    raters = {pk: {user.pk for user in found.values()} & able for pk, found in named.items()}
    own = own_places({user for found in raters.values() for user in found}, month, today)
    found = {
        (user, place)
        for one, place in rows
        for user in raters.get(one.pk, ())
        if (one.pk, place, user) not in said and place not in own.get(user, frozenset())
    }
    return dict(Counter(user for user, _place in found))


def own_places(users: Collection[int], month: Month, today: date) -> dict[int, frozenset[int]]:
    """`assessed.own_departments` for many accounts: what they lead or belong to in the month or today, and what stands above
    it. Three queries."""
    in_month = places_of_accounts(users, first=month.first_day, last=month.last_day)
    now = places_of_accounts(users, first=today, last=today)
    places = {user: in_month.get(user, set()) | now.get(user, set()) for user in users}
    above = ancestors_of({pk for found in places.values() for pk in found}, min(month.last_day, today))
    return {user: frozenset(found.union(*(above.get(pk, ()) for pk in found))) for user, found in places.items()}


def parts_owed(scheme: Scheme, month: Month, today: date) -> Owed:
    """People whose personal part nobody gave, by whose turn it is. At most eleven queries."""
    roles = weighing_roles(scheme)
    if not roles:
        return {}
    given = Appraisal.objects.filter(month=month.first_day, person=OuterRef("person"))
    everywhere = visible_departments(COMPANY).values("pk")
    rows: Any = last_places(everywhere, month.first_day, month.last_day).filter(~Exists(given), role__in=roles)
    found = {row[0]: row for row in rows.values_list("person", "department", "role", "person__user")}
    among = list(scheme.assessed.values_list("department", flat=True)) if found else []
    assessed = nearest_above({row[1] for row in found.values()}, among=among, day=month.last_day) if found else {}
    places = [PersonPlace(*row) for row in found.values() if row[1] in assessed]
    turns = givers_of(places, today) if places else {}
    return dict(Counter(giver.user.pk for givers in turns.values() for giver in givers))


def lines_above(users: Iterable[User], day: date) -> dict[int, list[User]]:
    """Account → who stands above it on the day: above the COO the GM, above HR the COO, above everybody else the nearest
    other head of their departments or over them, and where there is none the COO. Nobody above the GM. Nine queries."""
    known = {user.pk for user in users}
    chiefs = {role: list(users_with_role(role).order_by("pk")) for role in (Role.HR, Role.COO, Role.GM)}
    in_role = {role: {user.pk for user in found} for role, found in chiefs.items()}
    places = places_of_accounts(known, first=day, last=day)
    lines = ancestors_of({pk for found in places.values() for pk in found}, day)
    heads = heads_of_departments({pk for line in lines.values() for pk in line}, day)
    found: dict[int, list[User]] = {}
    for user in known:
        if user in in_role[Role.GM]:
            found[user] = []
        elif user in in_role[Role.COO]:
            found[user] = chiefs[Role.GM]
        else:
            above = [(far, heads[pk].user) for own in sorted(places.get(user, ()))
                     for far, pk in enumerate(lines.get(own, ())) if pk in heads and heads[pk].user.pk != user]  # fmt: skip
            nearest = min(above, key=lambda one: one[0], default=None) if user not in in_role[Role.HR] else None
            found[user] = [nearest[1]] if nearest else chiefs[Role.COO]
    return found
