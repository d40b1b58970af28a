"""The list of people, and one person: where they work, what happened, who changed what."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.audit.selectors import history_of
from apps.core.clock import today
from apps.core.http.listing import Badge, Chosen, Column, Filter, ListSpec, list_response
from apps.core.scope import Scope
from apps.departments.selectors import subtree_ids, visible_departments
from apps.staff import selectors
from apps.staff.choices import AppointmentRole, PersonState
from apps.staff.models import Appointment, Employment, Movement, Person

TONES = {
    PersonState.EMPLOYED: "success",
    PersonState.LEAVING: "warning",
    PersonState.COMING: "info",
    PersonState.LEFT: "neutral",
}


def scope_of(request: HttpRequest) -> Scope:
    """Who asks, and how far they see."""
    return request.scope  # type: ignore[attr-defined,no-any-return]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as the list shows them: where they stand today."""

    person: Person
    place: Appointment | None
    spell: Employment | None
    state: PersonState

    @property
    def badge(self) -> Badge:
        """The state as a coloured word."""
        return Badge(self.state.label, TONES[self.state])

    @property
    def role(self) -> str:
        """The role, where it is more than being a member."""
        place = self.place
        return "" if place is None or place.role == AppointmentRole.MEMBER else str(place.get_role_display())


def person_line(person: Person) -> PersonLine:
    """A person from `with_places` as a line of the list."""
    day = today()
    return PersonLine(
        person=person,
        place=selectors.place_of(person, day),
        spell=selectors.spell_of(person, day),
        state=selectors.state_of(person, day),
    )


def department_choices(request: HttpRequest) -> list[tuple[int, str]]:
    """The departments the person may ask for."""
    rows = visible_departments(scope_of(request)).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


PEOPLE = ListSpec(
    name="people",
    title=_("People"),
    subtitle=_("Everybody who works or worked in the departments you see."),
    line=person_line,
    columns=(
        Column(
            "name",
            _("Name"),
            value="person.name",
            kind="user",
            order_by="name",
            url=lambda line: line.person.get_absolute_url(),
            note="person.number",
        ),
        Column("number", _("Staff number"), value="person.number", order_by="number", is_export_only=True),
        Column("email", _("E-mail"), value="person.email", is_export_only=True),
        Column("department", _("Department"), value="place.department.name", note="place.department.code"),
        Column("position", _("Position"), value="place.position.title", note="role"),
        Column("share", _("Share, %"), value="place.share", kind="number"),
        Column("hired_on", _("First day"), value="spell.hired_on", kind="date"),
        Column("last_day", _("Last day"), value="spell.last_day", kind="date", is_export_only=True),
        Column("state", _("State"), value="badge", kind="badge"),
    ),
    filters=(
        Filter("department", _("Department"), choices=department_choices),
        Filter("state", _("State"), choices=PersonState.choices, default=PersonState.EMPLOYED.value),
        Filter(
            "role",
            _("Role"),
            choices=AppointmentRole.choices,
            apply=lambda rows, value: selectors.in_role(rows, value, today()),
        ),
    ),
    search=("name__icontains", "number__icontains"),
    search_hint=_("Name or staff number"),
    default_order="name",
    empty_title=_("Nobody here"),
    empty_text=_("Clear the filters to see everybody, or hire somebody."),
    empty_icon="users",
)


@require_GET
@allow("staff.view")
def list_page(request: HttpRequest) -> HttpResponseBase:
    """People in the scope, filtered, sorted, exported."""
    scope = scope_of(request)

    def people(chosen: Chosen) -> QuerySet[Person]:
        department, state = chosen.filters.get("department"), chosen.filters.get("state", "")
        branch = subtree_ids(int(department), today()) if department else None
        return selectors.with_places(selectors.visible_people(scope, department_ids=branch, state=state))

    context = {"may_manage": scope.may("staff.manage"), "may_import": scope.may("imports.run")}
    return list_response(request, spec=PEOPLE, queryset=people, template="staff/list.html", context=context)


@require_GET
@allow("staff.view_own")
def own_page(request: HttpRequest) -> HttpResponse:
    """One's own record, or a word on why there is none."""
    person = selectors.own_person(scope=scope_of(request))
    if person is not None:
        return redirect(person)
    return render(request, "staff/no_record.html", {"title": _("Your record")})


def head_context(request: HttpRequest, person: Person, current: str) -> dict[str, Any]:
    """What both tabs of a person show: name, state, tabs, what may be done."""
    scope, day = scope_of(request), today()
    state = selectors.state_of(person, day)
    spell = selectors.spell_of(person, day)
    names = [("overview", _("Overview"), "staff:detail")]
    if scope.may("audit.view_object"):
        names.append(("history", _("History"), "staff:history"))
    may_list = scope.may("staff.view")
    may_manage = scope.may("staff.manage")
    return {
        "title": person.name,
        "person": person,
        "state": state,
        "state_tone": TONES[state],
        "place": selectors.place_of(person, day),
        "spell": spell,
        "may_manage": may_manage,
        "may_leave": may_manage and spell is not None and spell.last_day is None,
        "may_rehire": may_manage and (spell is None or (spell.last_day is not None and state == PersonState.LEFT)),
        "crumbs": [(_("People"), reverse("staff:list")), (person.name, "")] if may_list else [],
        "tabs": [
            {"label": label, "url": reverse(name, args=[person.pk]), "is_current": key == current}
            for key, label, name in names
        ],
    }


def place_line(place: Appointment, day: date) -> dict[str, Any]:
    """An appointment as a line of the page."""
    is_now = place.starts_on <= day and (place.ends_on is None or place.ends_on >= day)
    return {
        "row": place,
        "is_now": is_now,
        "tone": "success" if is_now else "info" if place.starts_on > day else "neutral",
        "word": _("Now") if is_now else _("Later") if place.starts_on > day else _("Past"),
    }


@require_GET
@allow("staff.view", "staff.view_own")
def detail_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: where they work, since when, and what happened."""
    scope, day = scope_of(request), today()
    person = selectors.person_for(scope=scope, pk=pk)
    places: list[Appointment] = getattr(person, selectors.PLACES)
    movements: list[Movement] = list(selectors.movements_of(person))
    seen = set(visible_departments(scope).values_list("pk", flat=True))
    context = head_context(request, person, "overview")
    context |= {
        "places": [place_line(place, day) for place in places],
        "spells": getattr(person, selectors.SPELLS),
        "movements": movements,
        "latest": movements[0].pk if movements else None,
        "seen_departments": seen if scope.may("departments.view") else set(),
    }
    return render(request, "staff/detail.html", context)


@require_GET
@allow("audit.view_object")
def history_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed what about a person, when and why."""
    person = selectors.person_for(scope=scope_of(request), pk=pk)
    related = [
        *getattr(person, selectors.PLACES),
        *getattr(person, selectors.SPELLS),
        *selectors.movements_of(person),
    ]
    entries = history_of(person, scope=scope_of(request), related=related)
    context = head_context(request, person, "history") | {"entries": entries}
    return render(request, "staff/history.html", context)
