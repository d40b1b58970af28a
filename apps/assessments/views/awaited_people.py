"""On the board: the people who keep a month back, and whose turn it is to give their personal part."""

from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.selectors.awaiting_people import AwaitedPerson, PeopleBlockers
from apps.assessments.selectors.givers import Giver


def people_context(found: PeopleBlockers) -> dict[str, Any]:
    """What _people_blockers.html draws."""
    return {
        "count": found.count,
        "more_count": found.more_count,
        "lines": [
            {
                "person": one.score.person,
                "department": one.score.department.name,
                "what": _("the personal part") if one.is_part else _("the score of a department they were in"),
                "who": who_words(one),
            }
            for one in found.people
        ],
    }


def who_words(one: AwaitedPerson) -> str:
    """Whose turn it is; empty where it is nobody's."""
    return ", ".join(giver_words(giver) for giver in one.givers)


def giver_words(giver: Giver) -> str:
    """One of them, with who does it while they are away."""
    if giver.stand_in is None:
        return giver.user.name
    return _("%(name)s, away: %(stand_in)s stands in") % {"name": giver.user.name, "stand_in": giver.stand_in.name}
