"""Values on their way into COPY: whatever people write arrives as it was."""

import json

import pytest
from django.db import connection

from apps.assessments.services.copying import NOTHING, copy_text
from apps.assessments.services.storing import copy_rows

ODD = [
    "plain",
    "back\\slash",
    "tab\there",
    "line\nend",
    "both\\\tand\r\n",
    '"quoted" \\n',
    "\\N",
    "Überstunden – 100 %",
]


class TestCopyText:
    def test_writes_nothing_as_nothing(self):
        assert copy_text(None) == NOTHING

    def test_keeps_one_row_on_one_line(self):
        assert not any(sign in copy_text(text) for text in ODD for sign in "\t\n\r")

    @pytest.mark.django_db
    def test_arrives_as_it_was_written(self):
        objects = [{"name": text, "rows": [text, None, 1]} for text in ODD]
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE assessments_copied (place int, said text, told jsonb) ON COMMIT DROP")
            rows = [
                "\t".join(map(copy_text, (place, text, told))) + "\n"
                for place, (text, told) in enumerate(zip(ODD, objects, strict=True))
            ]
            rows.append("\t".join(map(copy_text, (len(ODD), None, None))) + "\n")
            copy_rows(cursor, "assessments_copied", ("place", "said", "told"), rows)
            cursor.execute("SELECT said, told::text FROM assessments_copied ORDER BY place")
            found = cursor.fetchall()
        assert [said for said, _told in found] == [*ODD, None]
        assert [told and json.loads(told) for _said, told in found] == [*objects, None]
