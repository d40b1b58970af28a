"""Input of the importer's pages. The mapping form is made of the target's fields and the file's columns."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.imports.choices import CommitMode
from apps.imports.rules.sniffing import EDITABLE_ENCODINGS
from apps.imports.services.targets import FieldSpec, ImportTarget

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.json"
NOTHING, FIXED, RULE = "", "fixed", "rule"
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
    """One line for each field of the target: a column, a fixed value, a rule of its own, or nothing."""

    rules = RulesField(
        label=_("Rules"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_("For what a column or a fixed value cannot say; see the examples."),
    )

    def __init__(
        self, *args: Any, target: ImportTarget, headings: Sequence[str], mapping: dict[str, Any], **kwargs: Any
    ) -> None:
        self.target = target
        self.headings = list(headings)
        self.sources: dict[str, Any] = mapping.get("fields", {})
        super().__init__(*args, **kwargs)
        columns = [(f"column:{index}", heading) for index, heading in enumerate(self.headings)]
        for spec in target.fields:
            select = forms.Select(attrs={"class": "form-select", "data-import-column": spec.name})
            how = forms.ChoiceField(label=spec.label, required=False, choices=self._ways(columns), widget=select)
            how.initial, fixed_value = self._present(self.sources.get(spec.name))
            self.fields[f"how_{spec.name}"] = how
            self.fields[f"fixed_{spec.name}"] = forms.CharField(
                label=_("Fixed value for %(field)s") % {"field": spec.label},
                required=False,
                initial=fixed_value,
                max_length=255,
                widget=forms.TextInput(attrs={"class": "form-control"}),
            )
        self.fields["rules"].initial = self._rules(mapping)

    def _ways(self, columns: list[tuple[str, str]]) -> list[Any]:
        """What may be chosen for a field."""
        return [
            (NOTHING, _("leave as it is")),
            (_("Columns of the file"), columns),
            (_("Other"), [(FIXED, _("a fixed value")), (RULE, _("by a rule"))]),
        ]

    def _present(self, source: Any) -> tuple[str, str]:
        """The choice and fixed value that stand for a source."""
        if not isinstance(source, dict):
            return NOTHING, ""
        is_plain = set(source) == {"from", "column"} and source["from"] == "column"
        if is_plain and source["column"] in self.headings:
            return f"column:{self.headings.index(source['column'])}", ""
        if set(source) == {"from", "value"} and source["from"] == "constant":
            return FIXED, str(source["value"])
        return RULE, ""

    def _rules(self, mapping: dict[str, Any]) -> dict[str, Any] | None:
        """The part of a mapping that the selects cannot show."""
        kept = {name: source for name, source in self.sources.items() if self._present(source)[0] == RULE}
        rest: dict[str, Any] = {"fields": kept} if kept else {}
        if mapping.get("keep"):
            rest["keep"] = mapping["keep"]
        return rest or None

    def lines(self) -> list[dict[str, Any]]:
        """The form as the page draws it: one entry a field."""
        return [
            {"spec": spec, "how": self[f"how_{spec.name}"], "fixed": self[f"fixed_{spec.name}"]}
            for spec in self.target.fields
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        rules = cleaned.get("rules") or {}
        if not isinstance(rules, dict) or not isinstance(rules.get("fields", {}), dict):
            self.add_error("rules", _("Write the rules as an object with “fields” and, if wanted, “keep”."))
            return cleaned
        sources = {spec.name: self._source(spec, cleaned, rules.get("fields", {})) for spec in self.target.fields}
        mapping: dict[str, Any] = {"fields": {name: source for name, source in sources.items() if source}}
        if rules.get("keep"):
            mapping["keep"] = rules["keep"]
        cleaned["mapping"] = mapping
        return cleaned

    def _source(self, spec: FieldSpec, cleaned: dict[str, Any], rules: dict[str, Any]) -> Any:
        """The JSON form of what was chosen for one field."""
        how = cleaned.get(f"how_{spec.name}", NOTHING)
        if how == FIXED:
            return {"from": "constant", "value": cleaned.get(f"fixed_{spec.name}", "")}
        if how == RULE:
            if spec.name not in rules:
                self.add_error("rules", _("Write a rule for “%(name)s”.") % {"name": spec.name})
            return rules.get(spec.name)
        if how.startswith("column:"):
            return {"from": "column", "column": self.headings[int(how.removeprefix("column:"))]}
        return None


class CommitForm(forms.Form):
    """Everything or the right rows."""

    mode = forms.ChoiceField(choices=CommitMode.choices)


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
