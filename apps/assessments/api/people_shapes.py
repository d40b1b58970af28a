"""What the API of people's scores and rewards sends and takes."""

from typing import Any

from rest_framework import serializers

from apps.assessments.api.frame import month_word, plain
from apps.assessments.api.shapes import POINTS
from apps.assessments.choices import PersonStatus, RewardSource, RewardState
from apps.assessments.models import PayBase, PersonScore
from apps.assessments.services.gm_limit import is_for_gm
from apps.core.http.fields import IdsField, MonthField, id_field
from apps.staff.choices import AppointmentRole

PART: dict[str, Any] = {"max_digits": 23, "decimal_places": 14, "allow_null": True}
MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 2}
MOST_ROWS = 1_000
SHARED = ("points", "weight", "shared_by")
ROLES = AppointmentRole.choices


class PersonScoresQuery(serializers.Serializer[Any]):
    """Narrow the scores of people; the published ones unless a run is asked for."""

    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    run = id_field("Id of a run.", required=False)
    person = IdsField(required=False, help_text="Ids of people.")
    grade = serializers.CharField(required=False, max_length=10, help_text="With this grade.")
    role = serializers.ChoiceField(required=False, choices=ROLES, help_text="In this role.")


class RewardsQuery(serializers.Serializer[Any]):
    """Narrow the rewards."""

    source = serializers.ChoiceField(  # type: ignore[assignment]
        required=False, choices=RewardSource.choices, help_text="From this source."
    )
    month = MonthField(required=False, help_text="Of this month, YYYY-MM.")
    state = serializers.ChoiceField(required=False, choices=RewardState.choices, help_text="In this state.")
    person = IdsField(required=False, help_text="Ids of people.")


class PayBasesQuery(serializers.Serializer[Any]):
    """Narrow the pay bases."""

    person = IdsField(required=False, help_text="Ids of people.")
    on = serializers.DateField(required=False, help_text="In force on this day.")


class AppraisalsQuery(serializers.Serializer[Any]):
    """The month that is appraised."""

    month = MonthField(help_text="YYYY-MM")


class PersonScoreSerializer(serializers.Serializer[PersonScore]):
    """A person's month."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    run = serializers.IntegerField()
    run_version = serializers.IntegerField()
    person = serializers.IntegerField()
    person_number = serializers.CharField()
    person_name = serializers.CharField()
    department = serializers.IntegerField(help_text="Where the person was last in the month.")
    role = serializers.ChoiceField(choices=ROLES)
    status = serializers.ChoiceField(choices=PersonStatus.choices)
    days = serializers.IntegerField()
    department_part = serializers.DecimalField(**PART, help_text="Score of the departments by days.")
    dept_weight = serializers.DecimalField(max_digits=9, decimal_places=2)
    personal = serializers.DecimalField(**PART, help_text="Mean of what the raters gave.")
    personal_weight = serializers.DecimalField(max_digits=9, decimal_places=2)
    total = serializers.DecimalField(**POINTS)
    grade = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A score as plain values."""
        return {
            "id": instance.pk,
            "month": month_word(instance.run.month),
            "run": instance.run_id,
            "run_version": instance.run.version,
            "person": instance.person_id,
            "person_number": instance.person.number,
            "person_name": instance.person.name,
            "department": instance.department_id,
            **{name: getattr(instance, name) for name in ("role", "status", "days", "grade")},
            "department_part": plain(instance.department_part),
            "dept_weight": f"{instance.dept_weight:f}",
            "personal": plain(instance.personal),
            "personal_weight": f"{instance.personal_weight:f}",
            "total": None if instance.total is None else f"{instance.total:f}",
        }


class AppraiseeSerializer(serializers.Serializer[Any]):
    """Somebody whose personal part the caller gives."""

    person = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    department = serializers.CharField()
    points = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True, help_text="Given so far.")
    note = serializers.CharField()
    version = serializers.IntegerField(help_text="0: nothing was given yet.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A row of `people_to_appraise` as plain values."""
        given = instance.given
        return {
            "person": instance.person.pk,
            "number": instance.person.number,
            "name": instance.person.name,
            "department": instance.department,
            "points": f"{given.points:f}" if given else None,
            "note": given.note if given else "",
            "version": given.version if given else 0,
        }


class AppraisalRowInput(serializers.Serializer[Any]):
    """What one person is given."""

    person = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    points = serializers.DecimalField(max_digits=7, decimal_places=2, help_text="0 to 100.")
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class AppraisalsInput(serializers.Serializer[Any]):
    """Personal parts of a month; all are stored or none."""

    month = MonthField(help_text="YYYY-MM")
    rows = serializers.ListField(child=AppraisalRowInput(), min_length=1, max_length=MOST_ROWS)


class AppraisedSerializer(serializers.Serializer[Any]):
    """How many are new versions, how many said what was stored."""

    saved = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class RewardSerializer(serializers.Serializer[Any]):
    """What a score is worth."""

    id = serializers.IntegerField()
    month = serializers.CharField(help_text="YYYY-MM")
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=RewardSource.choices, help_text="rule: it follows from a score; spot: it is given for one deed."
    )
    score = serializers.IntegerField(
        allow_null=True,
        help_text="Id of the person's score; null of a spot reward, and where a corrected edition has none any more.",
    )
    occasion = serializers.CharField(help_text="Of a spot reward: what for.")
    evidence = serializers.CharField(help_text="Of a spot reward.")
    happened_on = serializers.DateField(allow_null=True, help_text="Of a spot reward.")
    proposed_by = serializers.CharField(help_text="Empty: the rules.")
    reverses = serializers.IntegerField(allow_null=True, help_text="Id of the spot reward that it takes back.")
    department = serializers.IntegerField(help_text="Id of the person's department.")
    person = serializers.IntegerField()
    person_number = serializers.CharField()
    person_name = serializers.CharField()
    grade = serializers.CharField()
    state = serializers.ChoiceField(choices=RewardState.choices)
    base_amount = serializers.DecimalField(**MONEY)
    dept_coef = serializers.DecimalField(max_digits=6, decimal_places=4)
    personal_coef = serializers.DecimalField(max_digits=6, decimal_places=4)
    days_worked = serializers.IntegerField()
    days_in_period = serializers.IntegerField()
    points = serializers.DecimalField(**POINTS, help_text="Of a share of the pool (base_amount: the pool): the score.")
    weight = serializers.DecimalField(
        max_digits=6, decimal_places=4, allow_null=True, help_text="Of a share of the pool: weight of the role."
    )
    shared_by = serializers.DecimalField(
        max_digits=24, decimal_places=6, allow_null=True, help_text="Points x weight x days of everybody in the pool."
    )
    amount = serializers.DecimalField(**MONEY)
    settles_amount = serializers.DecimalField(**MONEY, help_text="Approved for an earlier edition of the month.")
    difference_amount = serializers.DecimalField(**MONEY, help_text="What is to be paid; negative: to be set off.")
    is_for_gm = serializers.BooleanField(help_text="Above the limit of the rules, and not the GM's own.")
    decided_by = serializers.CharField(help_text="Empty: nobody yet.")
    decided_at = serializers.DateTimeField(allow_null=True)
    ruling = serializers.CharField(help_text="The reason of the decision.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A reward as plain values."""
        amounts = ("base_amount", "dept_coef", "personal_coef", "amount", "settles_amount", "difference_amount")
        return {
            "id": instance.pk,
            "month": month_word(instance.month),
            "score": instance.score_id,
            **{name: getattr(instance, name) for name in ("source", "occasion", "evidence", "happened_on")},
            "proposed_by": instance.proposed_by.name if instance.proposed_by else "",
            "reverses": instance.reverses_id,
            "department": instance.department_id,
            "person": instance.person_id,
            "person_number": instance.person.number,
            "person_name": instance.person.name,
            "grade": instance.score.grade if instance.score else "",
            "state": instance.state,
            **{name: f"{getattr(instance, name):f}" for name in amounts},
            **{name: None if getattr(instance, name) is None else f"{getattr(instance, name):f}" for name in SHARED},
            "is_for_gm": is_for_gm(instance),
            **{name: getattr(instance, name) for name in ("days_worked", "days_in_period", "decided_at", "ruling")},
            "decided_by": instance.decided_by.name if instance.decided_by else "",
        }


class SpotRewardInput(serializers.Serializer[Any]):
    """A deed and what it is worth."""

    person = id_field("Id of a person.")
    happened_on = serializers.DateField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    occasion = serializers.CharField(max_length=200, allow_blank=True)
    evidence = serializers.CharField(max_length=2000, allow_blank=True)


class ReverseInput(serializers.Serializer[Any]):
    """Why it is taken back."""

    reason = serializers.CharField(max_length=500, allow_blank=True)


class ProposeInput(serializers.Serializer[Any]):
    """A published month."""

    month = MonthField(help_text="YYYY-MM")


class RewardsProposedSerializer(serializers.Serializer[Any]):
    """What came of it."""

    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    superseded = serializers.IntegerField()
    without_base = serializers.IntegerField(help_text="People with a grade and no pay base.")
    without_coefficient = serializers.IntegerField(help_text="People whose grades the rules give no coefficient.")


class DecideRewardsInput(serializers.Serializer[Any]):
    """Which rewards, and why."""

    ids = serializers.ListField(child=id_field("Id of a reward."), min_length=1, max_length=20_000)
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class RewardsDecidedSerializer(serializers.Serializer[Any]):
    """How many, and what they come to."""

    count = serializers.IntegerField()
    amount = serializers.DecimalField(**MONEY)


class PayBaseSerializer(serializers.Serializer[PayBase]):
    """From which day on a person's rewards are reckoned from which amount."""

    id = serializers.IntegerField()
    person = serializers.IntegerField()
    person_number = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True, help_text="The first day it no longer holds; null: open end.")
    base_amount = serializers.DecimalField(**MONEY)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """A pay base as plain values."""
        return {
            "id": instance.pk,
            "person": instance.person_id,
            "person_number": instance.person.number,
            "since": instance.valid.lower,
            "until": instance.valid.upper,
            "base_amount": f"{instance.base_amount:f}",
        }


class PayBaseInput(serializers.Serializer[Any]):
    """A base from a month on."""

    person = id_field("Id of a person.")
    month = MonthField(help_text="YYYY-MM")
    amount = serializers.DecimalField(**MONEY, min_value=0)
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")
