"""The receipt of a person's score: by which rules it came about, and the proof that they give it again."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.assessments import services
from apps.assessments.models import PersonScore
from apps.assessments.selectors.receipts import hands_of
from apps.assessments.services import PersonProof
from apps.assessments.services.proof_words import person_findings
from apps.assessments.views.bundles import sealed_by
from apps.assessments.views.own_rules import rules_url
from apps.assessments.views.telling import percent_text, scope_of, verdict
from apps.core.month import Month


def proof_context(request: HttpRequest, score: PersonScore) -> dict[str, Any]:
    """What the page shows of rules and proof; ?proof=1 proves the score."""
    proof = services.prove_person(score) if "proof" in request.GET else None
    return {
        "rule": rule_words(score),
        "scheme_url": rules_url(scope_of(request), score.run.scheme_id, Month.of(score.run.month)),
        "proof": proof_words(proof) | sealed_by(score.run) if proof else None,
        "hands": hands_of(score.run),
    }


def rule_words(score: PersonScore) -> str:
    """What the rules lay down for somebody in this role."""
    words = {
        "role": score.get_role_display(),
        "department": percent_text(score.dept_weight),
        "personal": percent_text(score.personal_weight),
        "days": score.run.scheme.staff_rules.get("min_days", 15),
    }
    return (
        _("Scores of people, %(role)s: department %(department)s, personal part %(personal)s; at least %(days)s days")
        % words
    )


def proof_words(proof: PersonProof) -> dict[str, Any]:
    """What proving somebody's score found, in sentences."""
    text = _(
        "Worked out again from the stored days, scores and ratings by the rules of the scheme: the score and the grade are "
        "the same to the last digit. The seals over this score, the month and the publication are unbroken."
    )
    return verdict(person_findings(proof), text)
