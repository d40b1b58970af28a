"""How the score of a year comes about, in sentences that pages, files and other systems read alike."""

from django.utils.translation import gettext as _

from apps.assessments.rules.blend import Blend, YearScore
from apps.assessments.selectors.stretches import StretchLine
from apps.assessments.selectors.years import YearBasis, year_basis
from apps.assessments.services.scheme_words import blend_words, weight_text
from apps.core.wording import month_text


def year_sentences(line: StretchLine) -> list[str]:
    """What the score of a blended year is made of, by which rules, and whether that is the last word. Nothing for quarters
    and for years that are, and will be, the mean of their months. At most one query."""
    basis = year_basis(line)
    if basis is None or (basis.blend is None and basis.at_end is None):
        return []
    return [how_words(basis), rules_words(basis), *missing_words(basis), *provisional_words(basis)]


def how_words(basis: YearBasis) -> str:
    """What it is made of."""
    said = {"how": blend_words(basis.scheme.cumulative_pct)}
    if basis.blend is None:
        return _("Score of the year: %(how)s.") % said
    return _(
        "Score of the year: %(how)s. Difficulty, bonuses, deductions and vetoes count in the months; the scorecard on "
        "cumulative values stands before them."
    ) % said  # fmt: skip


def rules_words(basis: YearBasis) -> str:
    """Which version of the rules says so, and which others its months were judged by."""
    said = {"scheme": basis.scheme, "month": month_text(basis.last_month)}
    if len(basis.judged) == 1:
        return _("So say the rules by which its months were judged: %(scheme)s.") % said
    versions = [
        _("%(scheme)s, to %(month)s") % {"scheme": one.scheme, "month": month_text(one.last)}
        for one in basis.judged[:-1]
    ]
    return _(
        "The rules changed inside the year. What counts is the version of its last published month, %(month)s: %(scheme)s. "
        "Months before stay as they were judged: %(versions)s."
    ) % {**said, "versions": "; ".join(versions)}  # fmt: skip


def missing_words(basis: YearBasis) -> list[str]:
    """What becomes of a department of which one part is not known."""
    if basis.blend is None:
        return []
    text = _(
        "Where a part is not known, there is no score, and the other part does not stand in for it; so it is with a "
        "department that was not assessed in %(month)s."
    )
    return [text % {"month": month_text(basis.last_month)}]


def provisional_words(basis: YearBasis) -> list[str]:
    """That months are still to come, and which rules will hold at the end of the year."""
    if not basis.is_provisional:
        return []
    said = {"month": month_text(basis.last_month), "last": month_text(basis.line.stretch.last)}
    found = [_("Provisional: %(last)s is not published yet, so this is the score to date, up to %(month)s.") % said]
    if basis.last_month == basis.line.stretch.last:
        found = [_("Provisional: a month of the year before %(last)s is not published.") % said]
    if basis.at_end is not None:
        said |= {"scheme": str(basis.at_end), "how": blend_words(basis.at_end.cumulative_pct)}
        found.append(_("At the end of the year %(scheme)s will count: %(how)s.") % said)
    return found


def made_words(made: YearScore, blend: Blend) -> str:
    """One department's year as a sum: 60 % × 99.25 + 40 % × 102.75 = 100.65; or why there is none."""
    if made.score is None:
        return nothing_words(made)
    share = blend.share
    parts = [
        _("%(share)s %% × %(points)s") % {"share": weight_text(weight), "points": f"{points:.2f}"}
        for weight, points in ((100 - share, made.months_mean), (share, made.cumulative))
        if weight and points is not None
    ]
    said = {"sum": " + ".join(parts), "score": f"{made.score:.2f}"}
    if not made.is_held:
        return _("%(sum)s = %(score)s") % said
    return _("%(sum)s, held to %(score)s: no total goes beyond") % said


def nothing_words(made: YearScore) -> str:
    """Which part is missing."""
    if made.months_mean is None and made.cumulative is None:
        return _("No score: no month has one, and nothing is known on cumulative values.")
    if made.months_mean is None:
        return _("No score: no month has one.")
    return _("No score: nothing is known on cumulative values.")
