"""Scores of people: the list of a month, and the page of one person's month, which is its receipt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.choices import PersonStatus, RunState
from apps.assessments.models import PersonScore, ScoreRun
from apps.assessments.selectors.appraisers import people_warning
from apps.assessments.selectors.appraising import RATE, scheme_of_people
from apps.assessments.selectors.people import (
    PersonEdition,
    PersonReceipt,
    in_branch,
    opened_person,
    people_scores_in,
    person_month_for,
    person_receipt,
)
from apps.assessments.selectors.rewards import rewards_of_score, sees_rewards
from apps.assessments.selectors.scores import branch_choices, number_of, run_for, sees_drafts
from apps.assessments.services.placing import corrected_placement
from apps.assessments.services.since_beside import came_to_person
from apps.assessments.views.appeal import disagree_in_person
from apps.assessments.views.appraisers import warning_lines
from apps.assessments.views.bases import person_basis
from apps.assessments.views.beside import action_words
from apps.assessments.views.department import change_since, chart_of
from apps.assessments.views.editions import edition_row
from apps.assessments.views.lists import month_tabs
from apps.assessments.views.person_proof import proof_context
from apps.assessments.views.since import came_words
from apps.assessments.views.telling import (
    asked_version,
    grade_html,
    month_name,
    percent_text,
    run_badge,
    scope_of,
    shown,
    url_or_nothing,
)
from apps.core.errors import NotFound
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope
from apps.core.wording import day_text
from apps.staff.choices import AppointmentRole

PERSON_TONES = {
    PersonStatus.OK: "success",
    PersonStatus.NOT_ASSESSED: "neutral",
    PersonStatus.PENDING: "warning",
    PersonStatus.INVALID_CONFIG: "danger",
}


def person_score_url(row: PersonScore, version: int | None = None) -> str:
    """The page of somebody's month; of that VERSION where one is named."""
    address = reverse("assessments:person_score", args=[Month.of(row.run.month), row.person_id])
    return f"{address}?version={version}" if version is not None else address


def person_badge(row: PersonScore) -> Badge:
    """Whether somebody has a score."""
    return Badge(row.get_status_display(), PERSON_TONES[PersonStatus(row.status)])


def two_places(number: Decimal | None) -> Decimal | None:
    """A part as it is shown: the exact one has fourteen places."""
    return None if number is None else round_half_up(number, 2)


COLUMNS = (
    Column("person", _("Person"), value="person.name", kind="user", order_by="person__name", url=person_score_url,
           note="person.number"),
    Column("number", _("Staff number"), value="person.number", is_export_only=True),
    Column("department", _("Department"), value="department.name", order_by="department__name"),
    Column("role", _("Role"), value=lambda row: row.get_role_display(), order_by="role"),
    Column("state", _("State"), value=person_badge, kind="badge", order_by="status"),
    Column("days", _("Days"), kind="number", order_by="days"),
    Column("department_part", _("Department’s score"), value=lambda row: two_places(row.department_part), kind="number",
           order_by="department_part", nulls_last=True),
    Column("dept_weight", _("Weight of the department, %"), is_export_only=True),
    Column("personal", _("Personal part"), value=lambda row: two_places(row.personal), kind="number",
           order_by="personal", nulls_last=True),
    Column("personal_weight", _("Weight of the personal part, %"), is_export_only=True),
    Column("total", _("Score"), kind="number", order_by="total", nulls_last=True),
    Column("shield", _("Grade"), value=lambda row: grade_html(row.grade), is_page_only=True, order_by="grade"),
    Column("grade", _("Grade"), is_export_only=True),
)  # fmt: skip

PEOPLE = ListSpec(
    name="people-scores",
    title=_("Scores of people"),
    columns=COLUMNS,
    search=("person__name__icontains", "person__number__istartswith", "department__name__icontains"),
    search_hint=_("Name, number or department"),
    default_order=("department__name", "person__name"),
    empty_title=_("No scores of people here"),
    empty_text=_("None of the people you may see has a score in this month."),
    empty_icon="users",
    keep=("version",),
)


def people_filters(scope: Scope, run: ScoreRun) -> tuple[Filter, ...]:
    """What the list may be narrowed by."""
    last_day = Month.of(run.month).last_day
    grades = [(row["grade"], row["grade"]) for row in run.scheme.grades]
    return (
        Filter("role", _("Role"), choices=AppointmentRole.choices, apply=lambda rows, value: rows.filter(role=value)),
        Filter("grade", _("Grade"), choices=grades, apply=lambda rows, value: rows.filter(grade=value)),
        Filter("state", _("State"), choices=PersonStatus.choices, apply=lambda rows, value: rows.filter(status=value)),
        Filter(
            "branch",
            _("Branch"),
            choices=branch_choices(scope, last_day),
            apply=lambda rows, value: in_branch(rows, int(value), last_day),
        ),
    )


@require_GET
@allow("assessments.view")
def people_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """The scores of people in a month, as far as the reader may see them."""
    scope, version = scope_of(request), asked_version(request)
    run = run_for(scope, month, version)
    if run is None:
        raise NotFound(
            gettext_now("%(month)s has not been worked out yet. Work it out first, or choose another month.")
            % {"month": month_name(month)}
        )
    columns = COLUMNS if version is None else with_version(version)
    spec = replace(PEOPLE, name=f"people-{month}", filters=people_filters(scope, run), columns=columns)
    context = {
        "title": gettext_now("People in %(month)s") % {"month": month_name(month)},
        "subtitle": gettext_now("By %(scheme)s.") % {"scheme": run.scheme},
        "state": run_badge(run),
        "month": month,
        "may_appraise": scope.may(RATE) and scheme_of_people(scope, month) is not None,
        "is_open": run.state == RunState.CALCULATED,
        "people_warnings": warning_lines(people_warning(run)) if sees_drafts(scope) else [],
        "may_compare": scope.may("assessments.compute"),
        "sees_rewards": sees_rewards(scope) and run.state == RunState.PUBLISHED,
        "crumbs": month_crumbs(month, _("People")),
        "tabs": month_tabs(month, "people", run) if sees_drafts(scope) else [],
    }
    rows = people_scores_in(scope, run)
    return list_response(request, spec=spec, queryset=rows, template="assessments/people.html", context=context)


def with_version(version: int) -> tuple[Column, ...]:
    """The columns; links keep to the version that is looked at."""
    first, *others = COLUMNS
    return (replace(first, url=lambda row: person_score_url(row, version)), *others)


def month_crumbs(month: Month, title: Any) -> list[tuple[Any, str]]:
    """The way to a page of a month."""
    return [
        (_("Assessments"), reverse("assessments:list")),
        (month_name(month), reverse("assessments:month", args=[month])),
        (title, ""),
    ]


@require_GET
@allow("assessments.view")
def own_month_page(request: HttpRequest, month: Month) -> HttpResponse:
    """The reader's own month, for links in notices."""
    scope = scope_of(request)
    if scope.person_id is None:
        raise NotFound(gettext_now("Your account is not linked to a person. Ask human resources to link it."))
    score = person_month_for(scope, month, scope.person_id)
    return redirect(person_score_url(score))


@require_GET
@allow("assessments.view")
def person_score_page(request: HttpRequest, month: Month, person: int) -> HttpResponse:
    """How one person's score of a month came about."""
    scope, version = scope_of(request), asked_version(request)
    opened = opened_person(scope, month, person, version)
    score, history = opened.score, opened.history
    receipt = person_receipt(score, scope, [one.score for one in opened.editions])
    context = {
        "title": score.person.name,
        "score": score,
        "month": month,
        "month_name": month_name(month),
        "state": run_badge(score.run),
        "status": person_badge(score),
        "why": why_not(receipt),
        "edition": number_of(score.run),
        "scheme": score.run.scheme,
        "figures": figures(score),
        "stays": stay_rows(receipt, month, version),
        **placement_context(receipt, scope),
        "raters": receipt.raters,
        "steps": steps(receipt),
        "rewards": rewards_of_score(scope, score),
        "disagree": disagree_in_person(scope, score, [one.score for one in opened.editions]),
        "is_draft": score.run.state in {RunState.CALCULATED, RunState.UNDER_REVIEW, RunState.APPROVED},
        "is_old": score.run.state == RunState.SUPERSEDED,
        "editions": [edition_of(one, score) for one in opened.editions],
        "chart": chart_of(history),
        "history": time_rows(history),
        **proof_context(request, score),
        "basis": person_basis(score, scope),
        "came": came_words(came_to_person(score), score.run),
        "version": version,
        "crumbs": [
            (_("Assessments"), reverse("assessments:list")),
            (gettext_now("People in %(month)s") % {"month": month_name(month)},
             reverse("assessments:people", args=[month])),
            (score.person.name, ""),
        ],
    }  # fmt: skip
    return render(request, "assessments/person_score.html", context)


def why_not(receipt: PersonReceipt) -> str:
    """Why somebody has no score, in a sentence; empty where they have one."""
    score = receipt.score
    if score.status == PersonStatus.NOT_ASSESSED:
        least = score.run.scheme.staff_rules.get("min_days", 15)
        return gettext_now("Not assessed: %(days)s days in the month, %(least)s are needed.") % {
            "days": score.days,
            "least": least,
        }
    if score.status == PersonStatus.PENDING:
        if score.personal is None and score.personal_weight:
            return gettext_now("No score yet: whoever leads them has not given the personal part.")
        return gettext_now("No score yet: a department they were in has no score.")
    if score.status == PersonStatus.INVALID_CONFIG:
        return gettext_now("No score: the weights of the scheme for this role do not make 100.")
    return ""


def figures(score: PersonScore) -> dict[str, Any]:
    """The figures at the top."""
    return {
        "total": shown(score.total),
        "has_total": score.total is not None,
        "grade": score.grade,
        "department_part": shown(two_places(score.department_part)),
        "dept_weight": percent_text(score.dept_weight),
        "personal": shown(two_places(score.personal)),
        "personal_weight": percent_text(score.personal_weight),
        "has_personal": bool(score.personal_weight),
        "days": score.days,
    }


def placement_context(receipt: PersonReceipt, scope: Scope) -> dict[str, Any]:
    """What was corrected of days, departments and role, and where they are, for those who correct a published month."""
    score = receipt.score
    may_correct = score.run.state == RunState.PUBLISHED and scope.may("assessments.compute")
    address = reverse("assessments:revise", args=[Month.of(score.run.month)]) if may_correct else ""
    return {
        "corrected": corrected_placement(receipt.former, score),
        "revise_url": f"{address}?person={score.person_id}" if address else "",
    }


def stay_rows(receipt: PersonReceipt, month: Month, version: int | None) -> list[dict[str, Any]]:
    """Days in departments with what each reached, and the way to its own receipt."""
    suffix = f"?version={version}" if version is not None else ""
    return [
        {
            "name": stay.name or gettext_now("No assessed department"),
            "counts": stay.is_assessed,
            "days": stay.days,
            "score": shown(Decimal(stay.score)) if stay.score is not None else "",
            "url": url_or_nothing("assessments:score", month, stay.department) + suffix
            if stay.may_open and stay.department
            else "",
        }
        for stay in receipt.stays
    ]


def steps(receipt: PersonReceipt) -> list[str]:
    """The formula with the numbers in it, a sentence a step; as far as it went."""
    score, found = receipt.score, list[str]()
    scored = [stay for stay in receipt.stays if stay.score is not None and stay.is_assessed]
    if score.department_part is not None and len(scored) > 1:
        parts = " + ".join(f"{shown(Decimal(stay.score or 0))} × {stay.days}" for stay in scored)
        found.append(
            gettext_now("Department’s score by days: (%(parts)s) ÷ %(days)s = %(part)s")
            % {
                "parts": parts,
                "days": sum(stay.days for stay in scored),
                "part": exact(score.department_part),
            }
        )
    if score.personal is not None and len(receipt.raters) > 1:
        parts = " + ".join(shown(Decimal(one.points)) for one in receipt.raters)
        found.append(
            gettext_now("Personal part, the mean of %(n)s raters: (%(parts)s) ÷ %(n)s = %(part)s")
            % {"n": len(receipt.raters), "parts": parts, "part": exact(score.personal)}
        )
    return found + sum_steps(score)


def sum_steps(score: PersonScore) -> list[str]:
    """Both parts by their weights, rounded once, and the grade."""
    if score.total is None:
        return []
    parts = [(score.department_part, score.dept_weight), (score.personal, score.personal_weight)]
    weighed = [(part, weight) for part, weight in parts if weight and part is not None]
    words = " + ".join(f"{exact(part)} × {percent_text(weight)}" for part, weight in weighed)
    whole = sum((part * weight / 100 for part, weight in weighed), Decimal(0))
    found = [f"{words} = {exact(whole)}"]
    rounded = round_half_up(whole, 2)
    if whole != rounded:
        found.append(gettext_now("Rounded once, half up, to two places: %(total)s") % {"total": shown(rounded)})
    for veto in score.vetoes:
        told = {
            "veto": f"{veto['name']}: {action_words(veto)}",
            "department": veto["headed"],
            "day": day_text(date.fromisoformat(veto["on"])),
            "total": shown(score.total),
        }
        text = gettext_now("Veto of the head alone, who headed %(department)s on %(day)s: %(veto)s. Score: %(total)s")
        found.append(text % told)
    if score.grade:
        least = next((row["min"] for row in score.run.scheme.grades if row["grade"] == score.grade), None)
        if least is not None:
            found.append(gettext_now("Grade %(grade)s begins at %(least)s") % {"grade": score.grade, "least": least})
    return found


def exact(number: Decimal) -> str:
    """A part with every digit that is kept, none that says nothing."""
    text = f"{number:,.14f}".rstrip("0").rstrip(".")
    whole, _dot, rest = text.partition(".")
    return f"{whole}.{rest.ljust(2, '0')}".replace("-", "\u2212")


def time_rows(history: Sequence[PersonScore]) -> list[dict[str, Any]]:
    """One row a month, the newest first, with the change against the month before."""
    before: dict[int, PersonScore] = {late.pk: early for early, late in pairwise(history)}
    return [time_row(row, before.get(row.pk)) for row in reversed(history)]


def time_row(row: PersonScore, before: PersonScore | None) -> dict[str, Any]:
    """One month."""
    return {
        "month": row.run.month,
        "url": person_score_url(row),
        "total": shown(row.total),
        "has_total": row.total is not None,
        "word": row.get_status_display(),
        "grade": row.grade,
        "department": row.department.name,
        "role": row.get_role_display(),
        "change": change_since(before, row),
    }


def edition_of(one: PersonEdition, score: PersonScore) -> dict[str, Any]:
    """A version of this person's month, for the list of them."""
    url = person_score_url(one.score, one.score.run.version)
    return edition_row(one.score, number=one.number, url=url, is_this=one.score.pk == score.pk)
