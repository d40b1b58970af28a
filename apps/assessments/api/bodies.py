"""What the API of assessments takes: a whole scheme as one document, months, reasons."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.assessments.api.shapes import AnyObjectField, GradeSerializer
from apps.assessments.api.standing import StandingInput, as_text, standing_of
from apps.assessments.choices import Method, TargetPolicy
from apps.assessments.services import CardText, Limits, SchemeText, Terms, WrongScheme
from apps.assessments.services.composing import parts_of
from apps.core.errors import NotFound
from apps.core.http.fields import MonthField
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import find_by_code_or_alias, visible_departments
from apps.kpis.models import Kpi
from apps.kpis.selectors import resolve_kpis, visible_kpis
from apps.staff.selectors import visible_people

KEY = {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 150}]}
LARGEST_ID = 2**63 - 1
MOST_PARTS = 200
LIMITS = ("min_coverage", "min_total", "max_total", "bonus_cap", "deduction_cap", "is_gated")


@extend_schema_field(KEY)
class KeyField(serializers.Field[Any, Any, Any, Any]):
    """An id, or a code."""

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= LARGEST_ID:
            return data
        text = data.replace("\x00", "").strip() if isinstance(data, str) else ""
        if not text or len(text) > 150:
            raise serializers.ValidationError(_("Write an id or a code of at most 150 signs."))
        return str(text)

    def to_representation(self, value: Any) -> Any:
        return value


class PlaceInput(serializers.Serializer[Any]):
    """A department to be judged."""

    department = KeyField(help_text="Id, code or another name of the department.")
    difficulty = serializers.DecimalField(max_digits=6, decimal_places=4, required=False, default=Decimal(1))


class IndicatorInput(serializers.Serializer[Any]):
    """An indicator."""

    kpi = KeyField(
        required=False,
        allow_null=True,
        help_text="Id, code or CODE@DEPARTMENT of the KPI; null for methods that judge events, milestones, ratings or "
        "several KPIs.",
    )
    code = serializers.CharField(max_length=40, required=False, help_text="Left out: the KPI's.")
    name = serializers.CharField(max_length=200, required=False, help_text="Left out: the KPI's.")
    method = serializers.ChoiceField(choices=Method.choices)
    params = AnyObjectField(required=False, help_text="Parameters of the method with `missing`; numbers as text.")
    weight = serializers.DecimalField(max_digits=6, decimal_places=2)
    target_policy = serializers.ChoiceField(
        choices=TargetPolicy.choices, required=False, default=TargetPolicy.PERIOD_END
    )
    clause = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")

    def validate_params(self, value: Any) -> dict[str, Any]:
        """An object; its numbers become text, so that no digit is lost later."""
        if not isinstance(value, Mapping):
            raise serializers.ValidationError(_("Parameters are an object, such as {“cap”: “1.2”}."))
        kept: dict[str, Any] = as_text(value)
        return kept


class CardInput(serializers.Serializer[Any]):
    """A scorecard."""

    name = serializers.CharField(max_length=120)
    departments = serializers.ListField(child=PlaceInput(), max_length=20_000, required=False)
    indicators = serializers.ListField(child=IndicatorInput(), max_length=MOST_PARTS, required=False)


class SchemeInput(StandingInput):
    """A whole scheme. What is left out of the limits is as usual."""

    name = serializers.CharField(max_length=120)
    first_month = MonthField(help_text="The first month it is meant to hold in, YYYY-MM.")
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")
    min_coverage = serializers.DecimalField(max_digits=5, decimal_places=2, required=False)
    min_total = serializers.DecimalField(max_digits=9, decimal_places=2, required=False)
    max_total = serializers.DecimalField(max_digits=9, decimal_places=2, required=False)
    bonus_cap = serializers.DecimalField(max_digits=9, decimal_places=2, required=False, allow_null=True)
    deduction_cap = serializers.DecimalField(max_digits=9, decimal_places=2, required=False, allow_null=True)
    is_gated = serializers.BooleanField(required=False)
    grades = serializers.ListField(child=GradeSerializer(), max_length=20, required=False)
    scorecards = serializers.ListField(child=CardInput(), max_length=MOST_PARTS, required=False)


class SchemeReasonInput(serializers.Serializer[Any]):
    """Why, for the history."""

    reason = serializers.CharField(max_length=500)


class ComputeInput(serializers.Serializer[Any]):
    """A month to be worked out."""

    month = MonthField(help_text="YYYY-MM")


class RecomputeInput(ComputeInput):
    """A published month to be worked out anew, and why."""

    reason = serializers.CharField(max_length=500)


class ReviseInput(serializers.Serializer[Any]):
    """What of a published month is read again."""

    month = MonthField(help_text="YYYY-MM")
    departments = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        max_length=5000,
        help_text=(
            "Ids. All else stays as published, or as in the draft that carries out the ruling on an appeal. May be empty "
            "where that appeal is a person's: their personal part is read again. May be empty where `people` are named."
        ),
    )
    people = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        max_length=5000,
        required=False,
        default=list,
        help_text=(
            "Ids of people whose days, departments and role are read again, as the records have them now, with their "
            "personal part and their own vetoes. Who had no score gets one; who has no day any more has none."
        ),
    )
    reason = serializers.CharField(max_length=500)


class HandInInput(serializers.Serializer[Any]):
    """Words for whoever approves."""

    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


def text_of(given: Mapping[str, Any], scope: Scope) -> SchemeText:
    """The document as the services take it; what it names must exist and be the caller's. Six queries."""
    limits = {name: given[name] for name in LIMITS if name in given}
    if "grades" in given:
        limits["grades"] = [
            {
                name: value if name == "grade" else f"{value.normalize():f}"
                for name, value in row.items()
                if value is not None
            }
            for row in given["grades"]
        ]
    limits |= standing_of(given)
    cards = given.get("scorecards", ())
    places = departments_named({row["department"] for card in cards for row in card.get("departments", ())}, scope)
    kpis = kpis_named(list(kpi_keys(cards, places)), scope)
    return SchemeText(
        name=given["name"],
        first_month=Month.of(given["first_month"]),
        limits=Limits(**limits),
        note=given["note"],
        scorecards=[card_text(card, places, kpis) for card in cards],
    )


def card_text(card: Mapping[str, Any], places: Mapping[Any, Department], kpis: Mapping[Any, Kpi]) -> CardText:
    """One scorecard."""
    first = first_place(card, places)
    return CardText(
        name=card["name"],
        departments={places[row["department"]]: row["difficulty"] for row in card.get("departments", ())},
        indicators=[terms_of(row, first, kpis) for row in card.get("indicators", ())],
    )


def terms_of(row: Mapping[str, Any], place: int, kpis: Mapping[Any, Kpi]) -> Terms:
    """One indicator; the parts of a composite are given the keys and codes of their KPIs."""
    kpi, params = kpis.get((row.get("kpi"), place)), dict(row.get("params", {}))
    if kpi is None:
        for name in ("code", "name"):
            if not row.get(name):
                text = _("An indicator without a KPI needs a code and a name of its own: write “%(name)s”.")
                raise WrongScheme(text % {"name": name}, field=name)
    children = children_of(row)
    if children:
        parts = parts_of([(kpis[key_of(child), place], child.get("direction") or "") for child in children])
        params["children"] = [{**child, **part} for child, part in zip(children, parts, strict=True)]
    return Terms(
        code=row.get("code") or (kpi.code if kpi else ""),
        name=row.get("name") or (kpi.name if kpi else ""),
        kpi=kpi,
        params=params,
        **{name: row[name] for name in ("method", "weight", "target_policy", "clause")},
    )


def children_of(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parts of a composite, where they are written as they should be; anything else is a problem of the draft."""
    found = row.get("params", {}).get("children") if row["method"] == Method.COMPOSITE else None
    is_whole = isinstance(found, list) and all(isinstance(child, Mapping) and key_of(child) for child in found)
    return list(found) if is_whole and found else []


def key_of(child: Mapping[str, Any]) -> int | str:
    """What is written for the KPI of a part: its key, else its code. Numbers have become text by now."""
    key = str(child.get("kpi") or "").strip()
    return int(key) if key.isdecimal() and len(key) < 18 else key or str(child.get("code") or "").strip()


def first_place(card: Mapping[str, Any], places: Mapping[Any, Department]) -> int:
    """The department whose own KPI a code means first; 0 where none is placed yet."""
    rows = card.get("departments", ())
    return places[rows[0]["department"]].pk if rows else 0


def kpi_keys(cards: Sequence[Mapping[str, Any]], places: Mapping[Any, Department]) -> Iterator[tuple[int | str, int]]:
    """(what was written for a KPI, department it is looked for from)."""
    for card in cards:
        first = first_place(card, places)
        for row in card.get("indicators", ()):
            if row.get("kpi") is not None:
                yield row["kpi"], first
            yield from ((key_of(child), first) for child in children_of(row))


def departments_named(keys: set[int | str], scope: Scope) -> dict[int | str, Department]:
    """What was written → the department; refused by name when one is unknown or not the caller's."""
    texts = find_by_code_or_alias([key for key in keys if isinstance(key, str)])
    ids = {key for key in keys if isinstance(key, int)} | {row.pk for row in texts.values()}
    seen = {row.pk: row for row in visible_departments(scope).filter(pk__in=ids)}
    found = {key: seen.get(key if isinstance(key, int) else texts[key].pk if key in texts else 0) for key in keys}
    for key, row in found.items():
        if row is None:
            raise NotFound(
                _("There is no department “%(key)s”, or it lies outside what you may see.") % {"key": key},
                field="department",
            )
    return {key: row for key, row in found.items() if row is not None}


def require_in_reach(scope: Scope, people: Sequence[int]) -> None:
    """Refuse people, by their ids, who are not there or not the caller's. One query, none for nobody."""
    seen = set(visible_people(scope).filter(pk__in=people).values_list("pk", flat=True)) if people else set()
    strange = sorted(set(people) - seen)
    if strange:
        raise NotFound(
            _("There is no person “%(key)s”, or they lie outside what you may see.") % {"key": strange[0]},
            field="people",
            details={"people": strange},
        )


def kpis_named(pairs: Sequence[tuple[int | str, int]], scope: Scope) -> dict[tuple[int | str, int], Kpi]:
    """(what was written, from where) → the KPI; refused by name when one is unknown or not the caller's."""
    ids = {key for key, _place in pairs if isinstance(key, int)}
    seen = {row.pk: row for row in visible_kpis(scope).filter(pk__in=ids).select_related("definition", "department")}
    codes = resolve_kpis(scope, [(key, place) for key, place in pairs if isinstance(key, str)])
    found: dict[tuple[int | str, int], Kpi] = {}
    for key, place in pairs:
        row = seen.get(key) if isinstance(key, int) else codes.get((key, place))
        if row is None:
            raise NotFound(
                _("There is no KPI “%(key)s”, or it lies outside what you may see.") % {"key": key}, field="kpi"
            )
        found[key, place] = row
    return found
