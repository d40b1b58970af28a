"""Two versions of the rules side by side, for pages and the API: what came, what went, what is otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.assessments.models import Scheme
from apps.assessments.models.schemes import SchemeQuerySet
from apps.assessments.selectors.schemes import Sheet, others_than, sheets_of
from apps.assessments.services.changes import terms_in_words
from apps.assessments.services.scheme_words import grade_facts, limit_facts, standing_parts, weight_text
from apps.core.errors import NotFound
from apps.core.scope import Scope


@dataclass(frozen=True, slots=True)
class Row:
    """One difference. Empty BEFORE: it came; empty AFTER: it went."""

    label: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"


@dataclass(frozen=True, slots=True)
class Group:
    """The differences in one part of the rules."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class ComparedSchemes:
    """A version beside another one. OTHER None: there is none to compare it with."""

    scheme: Scheme
    other: Scheme | None
    groups: Sequence[Group]


def compared_schemes(scheme: Scheme, scope: Scope, *, asked: str = "") -> ComparedSchemes:
    """SCHEME (from a scoped selector) beside the version ASKED for by its id, else the one it was copied from, else the one
    before. NotFound for an id that is none of theirs. Departments out of reach are left out."""
    other = other_of(scheme, others_than(scope, scheme), asked)
    if other is None:
        return ComparedSchemes(scheme, None, ())
    old, new = (sheets_of(one, scope, most=None) for one in (other, scheme))
    return ComparedSchemes(scheme, other, groups_of(other, scheme, old, new))


def other_of(scheme: Scheme, others: SchemeQuerySet, asked: str) -> Scheme | None:
    """The version to compare with; NotFound for one that is not there."""
    if asked:
        found: Scheme | None = others.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
        if found is None:
            raise NotFound(_("There is no such scheme to compare with. Choose one of the list."))
        return found
    basis: Scheme | None = others.filter(pk=scheme.basis_id).first() if scheme.basis_id else None
    earlier: Scheme | None = others.filter(version__lt=scheme.version).order_by("-version").first()
    return basis or earlier


def groups_of(before: Scheme, after: Scheme, old: Sequence[Sheet], new: Sequence[Sheet]) -> list[Group]:
    """Differences by where they stand: the whole, each scorecard, the departments."""
    former, later = ({sheet.card.name: sheet for sheet in sheets} for sheets in (old, new))
    found = [Group(_("Limits and grades"), list(rows_of(whole_words(before), whole_words(after))))]
    for one, other in zip(standing_parts(before), standing_parts(after), strict=True):
        rows = list(rows_of(*({str(label): text for label, text in part.facts} for part in (one, other))))
        found.append(Group(one.title, rows))
    said = terms_in_words(row for sheet in (*old, *new) for row in sheet.indicators)
    for name in dict.fromkeys([*later, *former]):
        rows = list(rows_of(*(card_words(sheets.get(name), said) for sheets in (former, later))))
        found.append(Group(name, rows))
    found.append(Group(_("Departments"), list(rows_of(place_words(old), place_words(new)))))
    return [group for group in found if group.rows]


def rows_of(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Row]:
    """Where the two say different things."""
    for label in dict.fromkeys([*after, *before]):
        row = Row(label, before.get(label, ""), after.get(label, ""))
        if row.before != row.after:
            yield row


def whole_words(scheme: Scheme) -> dict[str, str]:
    """What holds for all scorecards, in words."""
    return {str(label): value for label, value in (*limit_facts(scheme), *grade_facts(scheme))}


def card_words(sheet: Sheet | None, said: Mapping[int, str]) -> dict[str, str]:
    """Indicators by code, in words; SAID: what each says."""
    return {f"{row.code} · {row.name}": said[row.pk] for row in (sheet.indicators if sheet else ())}


def place_words(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Departments with the scorecard and difficulty they are judged by."""
    return {
        f"{place.department.name} ({place.department.code})": _("%(card)s, difficulty %(number)s")
        % {"card": sheet.card.name, "number": weight_text(place.coefficient)}
        for sheet in sheets
        for place in sheet.places
    }
