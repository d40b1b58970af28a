"""One search over everything the person may see: departments, people, KPIs, cases, what is assessed and reported.

Pages are found by their names. A new kind of thing is a function that gives its hits, and a group in `found`.
"""

from datetime import date

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals.selectors import visible_cases
from apps.core.scope import Scope
from apps.dashboards.selectors.hits import Hit, HitGroup
from apps.dashboards.selectors.search_assessed import assessed_groups
from apps.departments.selectors import search_departments
from apps.kpis.selectors import search_kpis, visible_kpis
from apps.staff.selectors import place_of, search_people

SHORTEST = 2


def cleaned(text: str) -> str:
    """What was typed, as far as it can be searched for."""
    return " ".join(text.replace("\x00", "").split())[:100]


def found(*, scope: Scope, user: User, day: date, text: str, limit: int) -> list[HitGroup]:
    """Groups with hits; none for less than two letters. At most thirteen queries."""
    if len(text) < SHORTEST:
        return []
    groups = [
        HitGroup(_("Departments"), department_hits(scope, text, limit)),
        HitGroup(_("People"), people_hits(scope, text, limit, day)),
        HitGroup(_("KPIs"), kpi_hits(scope, text, limit)),
        HitGroup(_("Approvals"), case_hits(scope, user, text, limit, day)),
        *assessed_groups(scope, text, limit),
    ]
    return [group for group in groups if group.hits]


def department_hits(scope: Scope, text: str, limit: int) -> list[Hit]:
    """Departments by name, code or other name."""
    if not scope.may("departments.view"):
        return []
    rows = search_departments(scope, text)[:limit]
    return [Hit(row.name, row.get_absolute_url(), row.code, "sitemap") for row in rows]


def people_hits(scope: Scope, text: str, limit: int, day: date) -> list[Hit]:
    """People by name, number or e-mail."""
    if not (scope.may("staff.view") or scope.may("staff.view_own")):
        return []
    hits = []
    for person in search_people(scope=scope, text=text, limit=limit):
        place = place_of(person, day)
        note = " · ".join(part for part in (person.number, place.department.name if place else "") if part)
        hits.append(Hit(person.name, person.get_absolute_url(), note, "user"))
    return hits


def kpi_hits(scope: Scope, text: str, limit: int) -> list[Hit]:
    """Indicators by name, code, family or tag."""
    if not scope.may("kpis.view"):
        return []
    rows = search_kpis(visible_kpis(scope).active(), text).select_related("department").order_by("name", "pk")[:limit]
    return [Hit(row.name, row.get_absolute_url(), f"{row.code} · {row.department.name}", "target") for row in rows]


def case_hits(scope: Scope, user: User, text: str, limit: int, day: date) -> list[Hit]:
    """Cases by title."""
    rows = visible_cases(scope=scope, user=user, today=day)
    for word in text.split()[:5]:
        rows = rows.filter(title__icontains=word)
    return [
        Hit(row.title, row.get_absolute_url(), f"{row.get_kind_display()} · {row.get_state_display()}", "gavel")
        for row in rows.order_by("-submitted_at")[:limit]
    ]
