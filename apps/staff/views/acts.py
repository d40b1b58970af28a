"""The acts on a person: each is one form, one service call, one sentence."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.core.clock import now, today
from apps.core.errors import Refusal
from apps.core.http.forms import add_refusal, form_response
from apps.staff import forms, selectors, services
from apps.staff.models import Appointment, Person
from apps.staff.views.people import scope_of

form_page = require_http_methods(["GET", "POST"])


def act(
    request: HttpRequest, form: Any, do: Callable[[], Any], *, back_url: str, done: str, **page: Any
) -> HttpResponse:
    """Show the form; when it is sent and clean, do the act and go back, or show the refusal beside what was typed.

    PAGE: title, submit_label, and what else the form layout takes.
    """
    if request.method == "POST" and form.is_valid():
        try:
            result = do()
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done)
            return redirect(result.get_absolute_url() if isinstance(result, Person) else back_url)
    title, submit_label = page.pop("title"), page.pop("submit_label")
    return form_response(request, form=form, title=title, submit_label=submit_label, back_url=back_url, context=page)


def crumbs(person: Person, label: str) -> list[tuple[str, str]]:
    """The way to a form about a person."""
    return [(_("People"), reverse("staff:list")), (person.name, person.get_absolute_url()), (label, "")]


def subtitle(person: Person) -> str:
    """Who it is about, in a line."""
    place = selectors.place_of(person, today())
    return f"{person.number} · {place.department}" if place else person.number


@form_page
@allow("staff.manage")
def hire_page(request: HttpRequest) -> HttpResponse:
    """Take on somebody new."""
    initial = {"hired_on": today(), "department": request.GET.get("department")}
    form = forms.HireForm(request.POST or None, initial=initial, scope=scope_of(request))

    def do() -> Person:
        given = {
            name: form.cleaned_data[name] for name in ("number", "name", "email", "hired_on", "contract", "reason")
        }
        return services.hire_person(**given, place=form.place(), by=acting_user(request), now=now())

    return act(
        request,
        form,
        do,
        back_url=reverse("staff:list"),
        done=_("Hired. The person stands in the department from the first day on."),
        title=_("Hire somebody"),
        submit_label=_("Hire"),
        crumbs=[(_("People"), reverse("staff:list")), (_("Hire somebody"), "")],
        aside_template="staff/_hire_aside.html",
    )


@form_page
@allow("staff.manage")
def rehire_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody comes back."""
    person = selectors.person_for(scope=scope_of(request), pk=pk)
    form = forms.RehireForm(request.POST or None, initial={"hired_on": today()}, scope=scope_of(request))

    def do() -> Any:
        given = {name: form.cleaned_data[name] for name in ("hired_on", "contract", "reason")}
        return services.rehire_person(person=person, place=form.place(), **given, by=acting_user(request), now=now())

    return act(
        request,
        form,
        do,
        back_url=person.get_absolute_url(),
        done=_("Hired again."),
        title=_("Hire %(person)s again") % {"person": person},
        submit_label=_("Hire again"),
        subtitle=subtitle(person),
        crumbs=crumbs(person, _("Hire again")),
    )


@form_page
@allow("staff.manage")
def leave_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that somebody leaves."""
    person = selectors.person_for(scope=scope_of(request), pk=pk)
    form = forms.LeaveForm(request.POST or None)

    def do() -> Any:
        return services.leave_person(person=person, **form.cleaned_data, by=acting_user(request), now=now())

    return act(
        request,
        form,
        do,
        back_url=person.get_absolute_url(),
        done=_("Recorded. All appointments end with the last day."),
        title=_("%(person)s leaves") % {"person": person},
        submit_label=_("Record"),
        tone="danger",
        subtitle=subtitle(person),
        crumbs=crumbs(person, _("Leave")),
    )


@form_page
@allow("staff.manage")
def transfer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Move somebody to another department."""
    person = selectors.person_for(scope=scope_of(request), pk=pk)
    place = selectors.place_of(person, today())
    initial = {"on": today(), "position": place.position_id if place else None}
    form = forms.TransferForm(request.POST or None, initial=initial, scope=scope_of(request))

    def do() -> Any:
        given = {name: form.cleaned_data[name] for name in ("on", "reason")}
        return services.transfer_person(person=person, place=form.place(), **given, by=acting_user(request), now=now())

    return act(
        request,
        form,
        do,
        back_url=person.get_absolute_url(),
        done=_("Transferred. The person counts in the new department from that day on."),
        title=_("Transfer %(person)s") % {"person": person},
        submit_label=_("Transfer"),
        subtitle=subtitle(person),
        crumbs=crumbs(person, _("Transfer")),
    )


@form_page
@allow("staff.manage")
def appoint_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a further appointment."""
    person = selectors.person_for(scope=scope_of(request), pk=pk)
    form = forms.AppointForm(request.POST or None, initial={"starts_on": today()}, scope=scope_of(request))

    def do() -> Any:
        given = {name: form.cleaned_data[name] for name in ("starts_on", "ends_on", "reason")}
        return services.appoint(person=person, place=form.place(), **given, by=acting_user(request), now=now())

    return act(
        request,
        form,
        do,
        back_url=person.get_absolute_url(),
        done=_("Appointed."),
        title=_("Appoint %(person)s elsewhere too") % {"person": person},
        submit_label=_("Appoint"),
        subtitle=subtitle(person),
        crumbs=crumbs(person, _("Appoint")),
    )


def asked_place(request: HttpRequest, pk: int) -> Appointment:
    """The appointment of the address."""
    return selectors.appointment_for(scope=scope_of(request), pk=pk)


@form_page
@allow("staff.manage")
def change_appointment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Another role, position or share in the same department."""
    place = asked_place(request, pk)
    initial = {"on": today(), "role": place.role, "position": place.position_id, "share": place.share}
    form = forms.ChangeAppointmentForm(request.POST or None, initial=initial, scope=scope_of(request))

    def do() -> Any:
        given = {name: form.cleaned_data[name] for name in ("on", "reason")}
        wanted = form.place(place.department)
        return services.change_appointment(appointment=place, place=wanted, **given, by=acting_user(request), now=now())

    return act(
        request,
        form,
        do,
        back_url=place.person.get_absolute_url(),
        done=_("Changed."),
        title=_("Change the appointment of %(person)s") % {"person": place.person},
        submit_label=_("Change"),
        subtitle=place.department.name,
        crumbs=crumbs(place.person, _("Change appointment")),
    )


@form_page
@allow("staff.manage")
def end_appointment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """End a further appointment."""
    place = asked_place(request, pk)
    form = forms.EndAppointmentForm(request.POST or None, initial={"last_day": today()})

    def do() -> Any:
        return services.end_appointment(appointment=place, **form.cleaned_data, by=acting_user(request), now=now())

    return act(
        request,
        form,
        do,
        back_url=place.person.get_absolute_url(),
        done=_("The appointment ends on that day."),
        title=_("End the appointment of %(person)s") % {"person": place.person},
        submit_label=_("End"),
        subtitle=place.department.name,
        crumbs=crumbs(place.person, _("End appointment")),
    )


@form_page
@allow("staff.manage")
def remove_appointment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a further appointment that was recorded by mistake."""
    place = asked_place(request, pk)
    form = forms.CancelForm(request.POST or None)

    def do() -> None:
        services.remove_appointment(appointment=place, reason=form.cleaned_data["reason"], by=acting_user(request))

    return act(
        request,
        form,
        do,
        back_url=place.person.get_absolute_url(),
        done=_("Removed. The history keeps it."),
        title=_("Remove the appointment of %(person)s") % {"person": place.person},
        submit_label=_("Remove"),
        tone="danger",
        subtitle=place.department.name,
        crumbs=crumbs(place.person, _("Remove appointment")),
    )


@form_page
@allow("staff.manage")
def cancel_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the latest movement of a person."""
    movement = selectors.movement_for(scope=scope_of(request), pk=pk)
    form = forms.CancelForm(request.POST or None)
    person_pk = movement.person_id

    def do() -> None:
        services.cancel_movement(
            movement=movement, reason=form.cleaned_data["reason"], by=acting_user(request), now=now()
        )

    if request.method == "POST" and form.is_valid():
        try:
            do()
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Taken back. The history keeps both."))
            is_known = selectors.visible_people(scope_of(request)).filter(pk=person_pk).exists()
            return redirect("staff:detail", person_pk) if is_known else redirect("staff:list")
    return form_response(
        request,
        form=form,
        title=_("Take back: %(movement)s") % {"movement": movement.get_kind_display()},
        submit_label=_("Take back"),
        back_url=movement.person.get_absolute_url(),
        context={
            "tone": "danger",
            "subtitle": movement.person.name,
            "intro": _("Everything is restored as it was before. The history keeps both."),
            "crumbs": crumbs(movement.person, _("Take back")),
        },
    )


@form_page
@allow("staff.manage")
def change_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct number, name or e-mail."""
    person = selectors.person_for(scope=scope_of(request), pk=pk)
    initial = {"number": person.number, "name": person.name, "email": person.email}
    form = forms.PersonForm(request.POST or None, initial=initial)

    def do() -> Any:
        return services.change_person(person=person, **form.cleaned_data, by=acting_user(request))

    return act(
        request,
        form,
        do,
        back_url=person.get_absolute_url(),
        done=_("Changed."),
        title=_("Change %(person)s") % {"person": person},
        submit_label=_("Save"),
        crumbs=crumbs(person, _("Change")),
    )


@form_page
@allow("staff.manage")
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which account the person signs in with."""
    person = selectors.person_for(scope=scope_of(request), pk=pk)
    form = forms.AccountForm(request.POST or None, initial={"user": person.user_id}, person=person)

    def do() -> Any:
        return services.link_account(person=person, **form.cleaned_data, by=acting_user(request))

    return act(
        request,
        form,
        do,
        back_url=person.get_absolute_url(),
        done=_("Saved. It counts from the next page on."),
        title=_("Account of %(person)s") % {"person": person},
        submit_label=_("Save"),
        crumbs=crumbs(person, _("Account")),
    )
