"""Which departments a scorecard judges: a list one can paste, found ones to tick, a whole branch at once."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.assessments.forms.rows import Redrawn
from apps.assessments.models import AssessedDepartment
from apps.assessments.services.standing import LEAST_COEFFICIENT, MOST_COEFFICIENT
from apps.departments.models import Department
from apps.departments.selectors import find_by_code_or_alias

MOST_LINES = 20_000
SHOWN = 10
ALIKE = Decimal(1)


class DepartmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A department by name and code."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.code})"


class DepartmentChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several departments, ticked."""


class PlacesForm(Redrawn, forms.Form):
    """Everything together is what the scorecard judges afterwards."""

    rows = forms.CharField(
        label=_("Departments and difficulty"),
        required=False,
        strip=False,
        help_text=_("One line each: code, then the difficulty (1: as everybody's). What stands behind it is not read."),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "scheme-rows"}),
    )
    branch = DepartmentChoice(
        label=_("Add a whole branch"),
        queryset=None,
        required=False,
        help_text=_("The department and everything below it in the first month."),
    )
    difficulty = forms.DecimalField(
        label=_("Difficulty of what is added"),
        max_digits=6,
        decimal_places=4,
        min_value=LEAST_COEFFICIENT,
        max_value=MOST_COEFFICIENT,
        required=False,
        initial=ALIKE,
        help_text=_("From 0.5 to 1.5; 0.9 to 1.1 is usual."),
    )
    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    pick = DepartmentChoices(queryset=None, required=False)

    def __init__(self, *arguments: Any, choices: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("branch", "pick"):
            field: Any = self.fields[name]
            field.queryset = choices

    def clean_rows(self) -> dict[Department, Decimal]:
        """Department → difficulty; every line that cannot be read is named."""
        if "rows" not in self.data:
            raise ValidationError(_now("The list is missing. Send it, empty if nobody is judged by the scorecard."))
        lines = [line for line in self.cleaned_data["rows"].splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise ValidationError(_now("At most %(most)s lines.") % {"most": f"{MOST_LINES:,}"})
        return read_rows(lines)


def read_rows(lines: Sequence[str]) -> dict[Department, Decimal]:
    """What the lines say; ValidationError names those that cannot be read. Three queries, however many lines."""
    cells = [split(line) for line in lines]
    known = find_by_code_or_alias([code for code, _text in cells])
    found: dict[Department, Decimal] = {}
    problems: list[str] = []
    for number, (code, text) in enumerate(cells, 1):
        place, difficulty = known.get(code), number_of(text)
        if place is None:
            problems.append(_now("Line %(n)s: there is no department “%(code)s”.") % {"n": number, "code": code[:60]})
        elif difficulty is None:
            words = {"n": number, "text": text[:40]}
            problems.append(
                _now("Line %(n)s: “%(text)s” is no difficulty. Write a number from 0.5 to 1.5, such as 1.05.") % words
            )
        elif place in found:
            problems.append(_now("Line %(n)s: %(code)s stands there twice.") % {"n": number, "code": code[:60]})
        else:
            found[place] = difficulty
    if problems:
        more = len(problems) - SHOWN
        rest = [_now("… and %(count)s more lines.") % {"count": more}] if more > 0 else []
        raise ValidationError([*problems[:SHOWN], *rest])
    return found


def split(line: str) -> tuple[str, str]:
    """(code, difficulty) of a line: by tab or semicolon, as spreadsheets paste them, else by spaces."""
    for sign in ("\t", ";"):
        if sign in line:
            cells = [cell.strip() for cell in line.split(sign)]
            return cells[0], cells[1]
    words = line.split()
    return words[0], words[1] if len(words) > 1 else ""


def number_of(text: str) -> Decimal | None:
    """A difficulty; nothing written is 1, and None is no difficulty."""
    if not text:
        return ALIKE
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    is_fit = (
        number.is_finite()
        and LEAST_COEFFICIENT <= number <= MOST_COEFFICIENT
        and number == number.quantize(Decimal("0.0001"))
    )
    return number if is_fit else None


def rows_of(places: Iterable[AssessedDepartment]) -> str:
    """What the list starts from; each with its `department`."""
    return "\n".join(f"{row.department.code}\t{row.coefficient.normalize():f}\t{row.department.name}" for row in places)
