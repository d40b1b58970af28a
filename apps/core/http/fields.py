"""Fields that bodies and query parameters of the API share: months, ids."""

import re
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

ID_LIST = r"^[0-9]{1,18}(,[0-9]{1,18}){0,199}$"
MONTH = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"
LARGEST_ID = 2**63 - 1


@extend_schema_field({"type": "string", "pattern": MONTH})
class MonthField(serializers.CharField):
    """A month, as YYYY-MM; read as its first day."""

    pattern: ClassVar[str] = MONTH

    def to_internal_value(self, data: Any) -> Any:
        text = str(super().to_internal_value(data))
        if not re.fullmatch(self.pattern, text):
            raise serializers.ValidationError(_("“%(text)s” is not a month. Write it as YYYY-MM.") % {"text": text})
        return date(int(text[:4]), int(text[5:7]), 1)


@extend_schema_field({"type": "string", "pattern": ID_LIST})
class IdsField(serializers.CharField):
    """One id, or several with commas between."""

    def to_internal_value(self, data: Any) -> Any:
        text = str(super().to_internal_value(data))
        if not re.fullmatch(ID_LIST, text):
            raise serializers.ValidationError(_("Write ids with commas between, at most 200: 1,2,3."))
        return sorted({int(word) for word in text.split(",")})


def id_field(help_text: str, **options: Any) -> serializers.IntegerField:
    """The id of a row."""
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text=help_text, **options)
