"""What proving a score found, in sentences that receipts and the API say alike."""

from django.utils.translation import gettext as _

from apps.assessments.services.proving import Proof
from apps.assessments.services.rejudging import PersonProof, ScoreProof


def score_findings(proof: ScoreProof) -> list[str]:
    """What is wrong about a department's score; empty where it stands as it was made."""
    rules = _("The rules give other digits than those stored: see the lines that are marked.")
    others = _("Scores of other departments in this month were added, changed or taken away.")
    return findings(rules if not proof.again.is_same else "", others, proof.proof, is_untouched=proof.is_untouched)


def person_findings(proof: PersonProof) -> list[str]:
    """The same of a person's score."""
    rules = _("The rules give other digits than those stored.")
    others = _("Scores of others in this month were added, changed or taken away.")
    return findings(rules if not proof.is_same else "", others, proof.proof, is_untouched=proof.is_untouched)


def findings(rules: str, others: str, proof: Proof, *, is_untouched: bool) -> list[str]:
    """RULES: what they say against it, empty where nothing; OTHERS: what is said where the run is not whole."""
    touched = _("Stored figures of this score were changed after it was made.")
    unchained = _("The publication no longer covers these scores, or not the publication before.")
    found = [
        rules,
        "" if is_untouched else touched,
        "" if proof.is_whole else others,
        "" if proof.is_chained else unchained,
    ]
    return [one for one in found if one]
