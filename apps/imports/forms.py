"""Input of the importer's pages. The mapping form is made of the target's fields and the file's columns."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from apps.imports.choices import CommitMode
from apps.imports.rules.reshaping import RESHAPING, headings_with
from apps.imports.rules.sniffing import EDITABLE_ENCODINGS
from apps.imports.services.targets import FieldSpec, ImportTarget

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.json"
NOTHING, FIXED, TEXT, YEAR, RULE = "", "fixed", "text", "year", "rule"
IS, NOT = "is", "not"
MAPPING_FORM = "mapping"
MADE_OF_YEARS = frozenset({"month", "date"})
PLACEHOLDERS = {"date": "2026-03-31", "month": "2026-03"}
DELIMITERS = ((",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Bar |")))


class UploadForm(forms.Form):
    """What to import, and the file."""

    target = forms.ChoiceField(label=_("What is in the file"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, Excel (.xlsx) or JSON. Encoding, delimiter and headings are found out by themselves."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, targets: Sequence[ImportTarget], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["target"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(target.name, target.label) for target in targets]


class LayoutForm(forms.Form):
    """How the file is to be read, where the guess was wrong."""

    encoding = forms.ChoiceField(label=_("Text encoding"))
    delimiter = forms.ChoiceField(label=_("Delimiter"))
    sheet = forms.ChoiceField(label=_("Sheet"))
    heading_row = forms.IntegerField(label=_("Headings in row"), min_value=1, max_value=60)
    decimal = forms.ChoiceField(label=_("Numbers"), choices=[(".", "1,234.56"), (",", "1.234,56")])
    date_order = forms.ChoiceField(
        label=_("Dates like 03/04/2026"), choices=[("dmy", _("day first")), ("mdy", _("month first"))]
    )

    def __init__(self, data: Any = None, *, layout: dict[str, Any], file_format: str) -> None:
        known = {**layout, "encoding": str(layout.get("encoding", "")).removesuffix("-sig")}
        super().__init__(data, initial=known)
        for field in self.fields.values():
            # They stand beside the mapping and are sent together with it.
            field.widget.attrs["form"] = MAPPING_FORM
        unused = {"csv": ("sheet",), "xlsx": ("encoding", "delimiter"), "json": ("delimiter", "sheet", "heading_row")}
        for name in unused[file_format]:
            del self.fields[name]
        self._offer("encoding", [(name, name) for name in EDITABLE_ENCODINGS], known["encoding"])
        self._offer("delimiter", DELIMITERS, str(layout.get("delimiter", ",")))
        self._offer("sheet", [(name, name) for name in layout.get("sheets", [])], str(layout.get("sheet", "")))

    def _offer(self, name: str, choices: Sequence[tuple[str, Any]], found: str) -> None:
        """What was found stays choosable, even when it is unusual."""
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            unusual = [] if found in {code for code, _label in choices} else [(found, found)]
            field.choices = [*unusual, *choices]


class RulesField(forms.JSONField):
    """JSON that starts out as an empty box."""

    def prepare_value(self, value: Any) -> Any:
        """Rules as people write them."""
        if value is None:
            return ""
        return value if isinstance(value, str) else pretty(value)


class MappingForm(forms.Form):
    """One line for each field of the target: a column, a fixed value, something made of columns, a rule, or nothing."""

    keep_column = forms.ChoiceField(label=_("Import rows where"), required=False)
    keep_how = forms.ChoiceField(label=_("is or is not"), required=False, choices=[(IS, _("is")), (NOT, _("is not"))])
    keep_words = forms.CharField(
        label=_("one of these"), required=False, max_length=500, help_text=_("Several are parted by a semicolon.")
    )
    totals = forms.ChoiceField(
        label=_("Rows that look like totals"),
        required=False,
        choices=[
            ("problem", _("are named as problems")),
            ("leave_out", _("are left out")),
            ("import", _("are imported like any other row")),
        ],
    )
    side = forms.CharField(
        label=_("Columns that become rows"),
        required=False,
        max_length=500,
        help_text=_(
            "For months side by side: {month} {year}, or headings parted by a semicolon. Then press “Read it again”: "
            "the words in braces and “amount” can be chosen above."
        ),
    )
    rules = RulesField(
        label=_("Rules"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_("For what the lines above cannot say; see the examples."),
    )

    def __init__(
        self, *args: Any, target: ImportTarget, headings: Sequence[str], mapping: dict[str, Any], **kwargs: Any
    ) -> None:
        self.target = target
        self.headings = headings_with(mapping, headings)
        self.sources: dict[str, Any] = mapping.get("fields", {})
        super().__init__(*args, **kwargs)
        self.columns = [(f"column:{index}", heading) for index, heading in enumerate(self.headings)]
        for spec in target.fields:
            self._add_line(spec)
        self._start_rows(mapping)
        self.fields["rules"].initial = self._rules(mapping)

    def _add_line(self, spec: FieldSpec) -> None:
        """The inputs of one field: the way, and what each way needs besides."""
        given = self._present(spec, self.sources.get(spec.name))
        select = forms.Select(attrs={"class": "form-select", "data-import-column": spec.name})
        self.fields[f"how_{spec.name}"] = forms.ChoiceField(
            label=spec.label, required=False, choices=self._ways(spec), widget=select, initial=given["how"]
        )
        texts: list[tuple[str, Any, Any]] = [(FIXED, _("Fixed value for %(field)s"), PLACEHOLDERS.get(spec.kind, ""))]
        if spec.kind == "text":
            texts.append((TEXT, _("Text for %(field)s"), _("Employee {Number}")))
        for way, label, placeholder in texts:
            self.fields[f"{way}_{spec.name}"] = forms.CharField(
                label=label % {"field": spec.label},
                required=False,
                initial=given.get(way, ""),
                max_length=255,
                widget=forms.TextInput(attrs={"class": "form-control", "placeholder": placeholder}),
            )
        if spec.kind in MADE_OF_YEARS:
            parts = (
                ("year", _("Column with the year for %(field)s"), [("", _("year in …")), *self.columns]),
                ("month", _("Month for %(field)s"), [("", _("month …")), *self._months()]),
            )
            for part, label, choices in parts:
                self.fields[f"{part}_{spec.name}"] = forms.ChoiceField(
                    label=label % {"field": spec.label},
                    required=False,
                    choices=choices,
                    initial=given.get(part, ""),
                    widget=forms.Select(attrs={"class": "form-select"}),
                )

    def _months(self) -> list[Any]:
        """Which month of the year is meant: always the same, or the one in another column."""
        return [(_("Always"), list(MONTHS.items())), (_("Columns of the file"), self.columns)]

    def _ways(self, spec: FieldSpec) -> list[Any]:
        """What may be chosen for a field."""
        others: list[tuple[str, Any]] = [(FIXED, _("a fixed value"))]
        if spec.kind == "text":
            others.append((TEXT, _("a text with columns in it")))
        if spec.kind in MADE_OF_YEARS:
            others.append((YEAR, _("a year and a month")))
        others.append((RULE, _("by a rule")))
        return [(NOTHING, _("leave as it is")), (_("Columns of the file"), self.columns), (_("Other"), others)]

    def _present(self, spec: FieldSpec, source: Any) -> dict[str, Any]:
        """The choices that stand for a source; `how` is a rule where there are none."""
        if not isinstance(source, dict):
            return {"how": NOTHING}
        said, kind = set(source) - {"from"}, source.get("from")
        column = self._choice_of(source.get("column"))
        if kind == "column" and said == {"column"} and column:
            return {"how": column}
        if kind == "constant" and said == {"value"}:
            return {"how": FIXED, FIXED: str(source["value"])}
        if kind == "template" and said == {"template"} and spec.kind == "text":
            return {"how": TEXT, TEXT: source["template"]}
        month = self._month_of(source)
        if month is not None and column and spec.kind in MADE_OF_YEARS:
            return {"how": YEAR, "year": column, "month": month}
        return {"how": RULE}

    def _month_of(self, source: dict[str, Any]) -> Any:
        """The month beside a column with years: one of twelve, or the choice that stands for a column; None: neither."""
        said, kind = set(source) - {"from"}, source.get("from")
        if kind == "month_of_year" and said <= {"column", "month"}:
            return source.get("month", "")
        is_column = kind == "year_and_month" and said == {"column", "month_column"}
        return self._choice_of(source["month_column"]) or None if is_column else None

    def _choice_of(self, column: Any) -> str:
        """The choice that stands for a column; empty when the file has none of this name."""
        return f"column:{self.headings.index(column)}" if column in self.headings else ""

    def _column_of(self, choice: str) -> str:
        """The column a choice stands for."""
        return self.headings[int(choice.removeprefix("column:"))]

    def _start_rows(self, mapping: dict[str, Any]) -> None:
        """Which rows count, as far as one condition says it."""
        column = self.fields["keep_column"]
        assert isinstance(column, forms.ChoiceField)
        column.choices = [("", _("(all rows)")), *self.columns]
        self.fields["totals"].initial = mapping.get("totals", "problem")
        if self._is_plain_side(mapping):
            self.fields["side"].initial = "; ".join(mapping["unpivot"]["columns"])
        keep = mapping.get("keep") or []
        if self._is_plain_keep(keep):
            how = IS if IS in keep[0] else NOT
            column.initial = self._choice_of(keep[0]["column"])
            self.fields["keep_how"].initial = how
            self.fields["keep_words"].initial = "; ".join(str(word) for word in keep[0][how])

    def _is_plain_side(self, mapping: dict[str, Any]) -> bool:
        """Columns that become rows, and no more said about it than the input can show."""
        unpivot = mapping.get("unpivot")
        if not isinstance(unpivot, dict) or set(unpivot) != {"columns"} or not isinstance(unpivot["columns"], list):
            return False
        return all(isinstance(text, str) and ";" not in text for text in unpivot["columns"])

    def _is_plain_keep(self, keep: Any) -> bool:
        """One condition, on a column of this file, that the inputs can show."""
        if not isinstance(keep, list) or len(keep) != 1 or not isinstance(keep[0], dict):
            return False
        words = keep[0].get(IS, keep[0].get(NOT))
        is_listed = isinstance(words, list) and not any(";" in str(word) for word in words)
        return is_listed and set(keep[0]) in ({"column", IS}, {"column", NOT}) and keep[0]["column"] in self.headings

    def _rules(self, mapping: dict[str, Any]) -> dict[str, Any] | None:
        """The part of a mapping that the other inputs cannot show."""
        specs = {spec.name: spec for spec in self.target.fields}
        kept = {
            name: source
            for name, source in self.sources.items()
            if name in specs and self._present(specs[name], source)["how"] == RULE
        }
        rest: dict[str, Any] = {"fields": kept} if kept else {}
        if mapping.get("keep") and not self._is_plain_keep(mapping["keep"]):
            rest["keep"] = mapping["keep"]
        shown = {"unpivot"} if self._is_plain_side(mapping) else set()
        return rest | {key: mapping[key] for key in RESHAPING if mapping.get(key) and key not in shown} or None

    def lines(self) -> list[dict[str, Any]]:
        """The form as the page draws it: one entry a field, with the inputs of each way."""
        parts = {FIXED: (FIXED,), TEXT: (TEXT,), YEAR: ("year", "month")}
        return [
            {
                "spec": spec,
                "how": self[f"how_{spec.name}"],
                "ways": [
                    (way, [self[f"{part}_{spec.name}"] for part in names])
                    for way, names in parts.items()
                    if f"{names[0]}_{spec.name}" in self.fields
                ],
            }
            for spec in self.target.fields
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        rules = cleaned.get("rules") or {}
        if not isinstance(rules, dict) or not isinstance(rules.get("fields", {}), dict):
            self.add_error("rules", _("Write the rules as an object with “fields” and, if wanted, “keep”."))
            return cleaned
        written = rules.get("fields", {})
        sources = {spec.name: self._source(spec, cleaned, written) for spec in self.target.fields}
        strangers = {name: source for name, source in written.items() if name not in sources}
        mapping: dict[str, Any] = {"fields": {name: source for name, source in sources.items() if source} | strangers}
        keep = self._keep(cleaned) + (rules["keep"] if isinstance(rules.get("keep"), list) else [])
        totals = rules.get("totals") or cleaned.get("totals") or "problem"
        mapping |= ({"keep": keep} if keep else {}) | ({"totals": totals} if totals != "problem" else {})
        cleaned["mapping"] = (
            mapping | self._side(cleaned, rules) | {key: rules[key] for key in RESHAPING if rules.get(key)}
        )
        return cleaned

    def _side(self, cleaned: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
        """The columns that become rows, if some were named; said in one place only."""
        columns = [text.strip() for text in cleaned.get("side", "").split(";") if text.strip()]
        if columns and rules.get("unpivot"):
            self.add_error(
                "side", _("The rules name columns that become rows too. Leave them in one of the two places.")
            )
        return {"unpivot": {"columns": columns}} if columns else {}

    def _keep(self, cleaned: dict[str, Any]) -> list[dict[str, Any]]:
        """The condition on rows, if one was chosen."""
        words = [word.strip() for word in cleaned.get("keep_words", "").split(";")]
        if not cleaned.get("keep_column"):
            if any(words):
                self.add_error("keep_column", _("Choose the column these words are looked for in."))
            return []
        return [{"column": self._column_of(cleaned["keep_column"]), cleaned.get("keep_how") or IS: words}]

    def _source(self, spec: FieldSpec, cleaned: dict[str, Any], rules: dict[str, Any]) -> Any:
        """The JSON form of what was chosen for one field. A rule beside another choice is not thrown away in silence."""
        how = cleaned.get(f"how_{spec.name}", NOTHING)
        if how == RULE:
            if spec.name not in rules:
                self.add_error("rules", _("Write a rule for “%(name)s”.") % {"name": spec.name})
            return rules.get(spec.name)
        chosen = self._chosen(spec, how, cleaned)
        written = rules.get(spec.name)
        was_rule = self._present(spec, self.sources.get(spec.name))["how"] == RULE
        if written is None or written == chosen or (chosen is None and was_rule):
            return chosen
        if chosen is None:
            return written
        message = _(
            "The rules say something else about “%(field)s” than the line above. Choose “by a rule”, or take it out."
        )
        self.add_error("rules", message % {"field": spec.label})
        return chosen

    def _chosen(self, spec: FieldSpec, how: str, cleaned: dict[str, Any]) -> Any:
        """What the line of a field says, rules apart."""
        if how == FIXED:
            return {"from": "constant", "value": cleaned.get(f"fixed_{spec.name}", "")}
        if how == TEXT:
            return {"from": "template", "template": cleaned.get(f"text_{spec.name}", "")}
        if how == YEAR:
            year, month = (cleaned.get(f"{part}_{spec.name}") for part in ("year", "month"))
            if not (year and month):
                self.add_error(
                    f"month_{spec.name}", _("Choose the column with the year, and which month of it is meant.")
                )
                return None
            if month.startswith("column:"):
                return {
                    "from": "year_and_month",
                    "column": self._column_of(year),
                    "month_column": self._column_of(month),
                }
            return {"from": "month_of_year", "column": self._column_of(year), "month": int(month)}
        return {"from": "column", "column": self._column_of(how)} if how.startswith("column:") else None


class CommitForm(forms.Form):
    """Everything or the right rows."""

    mode = forms.ChoiceField(choices=CommitMode.choices)
    confirmed = forms.BooleanField(required=False)


class UndoForm(forms.Form):
    """Why an import is taken back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Kept in the history of every record that changes back."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SaveMappingForm(forms.Form):
    """A name to find the mapping by."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Offered again for files with the same headings.")
    )
    is_replacing = forms.BooleanField(label=_("Replace a mapping of this name"), required=False)


def pretty(rules: Any) -> str:
    """Rules as text to be read and changed."""
    return json.dumps(rules, indent=2, ensure_ascii=False)
