"""What the API sends of a receipt: each line with its formula, the values behind its figure, and whose they are."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from apps.assessments import services
from apps.assessments.api.basis_shapes import BasisSerializer, basis_values
from apps.assessments.api.frame import plain
from apps.assessments.api.registers import SaidBySerializer
from apps.assessments.api.score_shapes import (
    EXTRA_KINDS,
    FIGURE,
    ScoreExtraSerializer,
    ScoreLineSerializer,
    ScoreSerializer,
    ScoreStepSerializer,
    extra_values,
    step_values,
)
from apps.assessments.api.shapes import (
    RaterSerializer,
    SchemeRefSerializer,
    ScoreDepartmentSerializer,
    rater_values,
    scheme_ref,
    short,
)
from apps.assessments.choices import Presence
from apps.assessments.models import Entry, Score
from apps.assessments.selectors.receipts import (
    BesideSource,
    Hands,
    ReceiptLine,
    ReceiptPart,
    beside_sources,
    hands_of,
)
from apps.assessments.services.changes import bases_of
from apps.assessments.services.since import number_of
from apps.assessments.services.since_beside import APPRAISAL, Came, came_to_score
from apps.core.month import Month
from apps.core.scope import Scope
from apps.kpis.choices import ValueKind, ValueSource
from apps.kpis.models import KpiValue, KpiVersion
from apps.kpis.selectors import Behind

PART_FIGURES = ("value", "numerator", "denominator", "scale", "target")


class ReceiptKpiSerializer(serializers.Serializer[Any]):
    """A KPI in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class ReceiptDefinitionSerializer(serializers.Serializer[Any]):
    """How the KPI was defined in the month."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()
    first_day = serializers.DateField(allow_null=True, help_text="Since when it has been defined so.")


class ReceiptValueSerializer(serializers.Serializer[KpiValue]):
    """One reported value behind a figure: the version that counted when the facts were gathered."""

    id = serializers.IntegerField()
    kpi = ReceiptKpiSerializer()
    department = ScoreDepartmentSerializer()
    version = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ValueKind.choices, help_text="A number, or which kind of nothing.")
    value = serializers.DecimalField(**FIGURE)
    numerator = serializers.DecimalField(**FIGURE)
    denominator = serializers.DecimalField(**FIGURE)
    source = serializers.ChoiceField(choices=ValueSource.choices)  # type: ignore[assignment]
    is_late = serializers.BooleanField(help_text="It came after the cut-off of its month.")
    is_restated = serializers.BooleanField(help_text="It replaced another after the cut-off.")
    entered_by = SaidBySerializer(allow_null=True)
    entered_at = serializers.DateTimeField()
    import_run = serializers.IntegerField(allow_null=True, help_text="Id of the import it came with.")
    approved_by = SaidBySerializer(allow_null=True, help_text="null: nobody was asked to.")
    approved_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: KpiValue) -> dict[str, Any]:
        """A value as plain values."""
        return {
            "id": instance.pk,
            "kpi": short(instance.series.kpi),
            "department": short(instance.series.department),
            "version": instance.number,
            **{name: getattr(instance, name) for name in ("kind", "source", "is_late", "is_restated")},
            **{name: plain(getattr(instance, name)) for name in ("value", "numerator", "denominator")},
            "entered_by": person(instance.entered_by),
            "entered_at": instance.entered_at.isoformat(),
            "import_run": instance.import_run_id,
            "approved_by": person(instance.decided_by),
            "approved_at": instance.decided_at.isoformat() if instance.decided_at else None,
        }


class ReceiptReportSerializer(serializers.Serializer[Entry]):
    """The report a line was judged by, where it is no KPI's value but counted events or milestones."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    note = serializers.CharField()
    evidence = serializers.CharField(help_text="Where it can be checked.")
    is_restated = serializers.BooleanField(help_text="A correction after the cut-off.")
    said_by = SaidBySerializer()
    said_at = serializers.DateTimeField()

    def to_representation(self, instance: Entry) -> dict[str, Any]:
        """A report as plain values."""
        return {
            **{"id": instance.pk, "version": instance.version, "note": instance.note},
            "evidence": instance.evidence,
            "is_restated": instance.is_restated,
            "said_by": person(instance.said_by),
            "said_at": instance.said_at.isoformat(),
        }


class ReceiptPartSerializer(serializers.Serializer[Any]):
    """One KPI of a composite: the figure and the target it was judged by, and the share of the target that was reached."""

    code = serializers.CharField(help_text="Its key in `reported` of the line.")
    name = serializers.CharField(help_text="Of the KPI in the month.")
    unit = serializers.CharField()
    kpi = serializers.IntegerField(help_text="Id of the KPI.")
    weight = serializers.CharField(help_text="Of the hundred, as the rule writes it.")
    direction = serializers.ChoiceField(choices=["higher", "lower"], help_text="Which way is better.")
    presence = serializers.ChoiceField(choices=Presence.choices)
    value = serializers.DecimalField(**FIGURE)
    numerator = serializers.DecimalField(**FIGURE)
    denominator = serializers.DecimalField(**FIGURE)
    scale = serializers.DecimalField(**FIGURE, help_text="The exact figure is scale x numerator / denominator.")
    target = serializers.DecimalField(**FIGURE)
    rate = serializers.DecimalField(**FIGURE, help_text="1 = all of the target; null: no value, or no target.")
    values = ReceiptValueSerializer(many=True, help_text="The first forty that the caller may see.")
    value_count = serializers.IntegerField(help_text="Values behind the figure in all.")
    hidden_value_count = serializers.IntegerField(help_text="Of departments whose figures the caller may not see.")


class ReceiptLineSerializer(ScoreLineSerializer):
    """A line with its formula and what stood behind its figure."""

    steps = ScoreStepSerializer(many=True)
    is_proven = serializers.BooleanField(help_text="The rules give the stored points again.")
    definition = ReceiptDefinitionSerializer(allow_null=True)
    parts = ReceiptPartSerializer(many=True, help_text="Of a composite, in the order of its rule.")
    values = ReceiptValueSerializer(many=True, help_text="The first forty that the caller may see.")
    value_count = serializers.IntegerField(help_text="Values behind the figure in all.")
    hidden_value_count = serializers.IntegerField(help_text="Of departments whose figures the caller may not see.")
    told = ReceiptReportSerializer(allow_null=True)
    raters = RaterSerializer(many=True, help_text="Whose the answers are that it was judged by.")


class ReceiptExtraSerializer(ScoreExtraSerializer):
    """What stood beside the hundred points, and through whose hands it went."""

    adjustment = serializers.IntegerField(
        allow_null=True, help_text="Its entry in the register, for whoever may read it."
    )
    proposed_by = SaidBySerializer(allow_null=True, help_text="Who proposed the entry, or made the calibration.")
    confirmed_by = SaidBySerializer(
        allow_null=True, help_text="Who confirmed the entry; null for a calibration, which the approval confirms."
    )
    evidence = serializers.CharField(help_text="Empty for whoever may not read the register.")


class ReceiptApprovalSerializer(serializers.Serializer[Any]):
    """One who approved the month."""

    approved_by = SaidBySerializer()
    approved_at = serializers.DateTimeField(allow_null=True)


class CameSerializer(serializers.Serializer[Any]):
    """Something beside the points, or a personal part, that stands otherwise now than in the score."""

    kind = serializers.ChoiceField(choices=[*EXTRA_KINDS[:-1], (APPRAISAL, APPRAISAL)])
    code = serializers.CharField(help_text="The item of the scheme; empty for an appraisal.")
    name = serializers.CharField()
    is_gone = serializers.BooleanField(
        help_text="The score holds it and it no longer counts; false: the score lacks it."
    )


def came_values(came: Iterable[Came]) -> list[dict[str, Any]]:
    """What came since as plain values."""
    return [{name: one.what[name] for name in ("kind", "code", "name")} | {"is_gone": one.is_gone} for one in came]


class ReceiptSerializer(ScoreSerializer):
    """A score with its lines, for each how its points came about, and who approved and published them."""

    approvals = ReceiptApprovalSerializer(many=True, help_text="In the order in which they were asked.")
    published_by = SaidBySerializer(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    extras = ReceiptExtraSerializer(many=True)
    scheme = SchemeRefSerializer()
    bases = BasisSerializer(
        many=True, help_text="Changes of the rules inside the year, on whose one side it was judged."
    )
    came_since = CameSerializer(
        many=True, help_text="Confirmed or lifted since the score was worked out: it does not know it."
    )
    lines = ReceiptLineSerializer(many=True)


def receipt_body(score: Score, lines: list[ReceiptLine], scope: Scope) -> dict[str, Any]:
    """A receipt as plain values, with the names behind it as far as SCOPE may read them."""
    sources = beside_sources(score, scope)
    return {
        **ScoreSerializer().to_representation(score),
        **hands_values(hands_of(score.run)),
        "extras": [extra_receipt(extra, sources) for extra in score.extras],
        "scheme": scheme_ref(score.run.scheme),
        "bases": basis_values(bases_of(score.run.scheme, Month.of(score.run.month), score.department_id)),
        "came_since": came_values(came_to_score(score, sources)),
        "lines": [line_receipt(score, one) for one in lines],
    }


def hands_values(hands: Hands) -> dict[str, Any]:
    """Who approved and who published the month."""
    publication = hands.publication
    return {
        "approvals": [
            {"approved_by": person(user), "approved_at": at.isoformat() if at else None} for user, at in hands.rulings
        ],
        "published_by": person(publication.published_by) if publication else None,
        "published_at": publication.published_at.isoformat() if publication else None,
    }


def extra_receipt(extra: Mapping[str, Any], sources: Mapping[tuple[str, int], BesideSource]) -> dict[str, Any]:
    """An extra with who proposed and who confirmed it; nobody where the portal itself reckoned it."""
    key = int(extra.get("id") or 0)
    source = sources.get((str(extra["kind"]), key))
    is_register = source is not None and source.may_open and extra["kind"] != "calibration"
    return {
        **extra_values(extra),
        "adjustment": key if is_register else None,
        "proposed_by": person(source.told_by) if source else None,
        "confirmed_by": person(source.confirmed_by) if source else None,
        "evidence": source.evidence if source else "",
    }


def line_receipt(score: Score, one: ReceiptLine) -> dict[str, Any]:
    """A line with the steps of its formula, worked out again from what is stored of it, and what stood behind it."""
    line = one.line
    line.run, line.department = score.run, score.department
    told = services.retold_line(line)
    return {
        **ScoreLineSerializer().to_representation(line),
        "steps": [step_values(step) for step in told.steps],
        "is_proven": told.points == line.points and told.status == line.status,
        "definition": definition_values(one.definition),
        "parts": [part_values(part) for part in one.parts],
        **behind_values(one.behind),
        "told": ReceiptReportSerializer().to_representation(one.told) if one.told else None,
        "raters": rater_values(one.raters),
    }


def part_values(part: ReceiptPart) -> dict[str, Any]:
    """One KPI of a composite as plain values."""
    return {
        "code": part.code,
        "name": part.name,
        "unit": part.behind.definition.unit if part.behind.definition else "",
        "kpi": part.kpi,
        "weight": part.weight,
        "direction": part.direction,
        "presence": part.fact.presence,
        **{name: plain(number_of(getattr(part.fact, name))) for name in PART_FIGURES},
        "rate": plain(number_of(part.rate)),
        **behind_values(part.behind),
    }


def behind_values(behind: Behind) -> dict[str, Any]:
    """The reported values behind a figure as plain values."""
    return {
        "values": [ReceiptValueSerializer().to_representation(value) for value in behind.values],
        "value_count": behind.count,
        "hidden_value_count": behind.hidden_count,
    }


def definition_values(version: KpiVersion | None) -> dict[str, Any] | None:
    """A definition in short; null where the line is not the value of one KPI."""
    if version is None:
        return None
    first = version.valid.lower
    return {
        **{"id": version.pk, "name": version.name, "unit": version.unit},
        "first_day": first.isoformat() if first else None,
    }


def person(user: Any) -> dict[str, Any] | None:
    """An account in short."""
    return {"id": user.pk, "name": user.name} if user is not None else None
