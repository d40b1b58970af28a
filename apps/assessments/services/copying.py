"""Values as PostgreSQL's COPY reads them: columns parted by tabs, rows by line ends, what is written with either escaped."""

import json
from typing import Any

NOTHING = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(value: Any) -> str:
    """One column: nothing, a list or an object as JSON, anything else as its own text."""
    if value is None:
        return NOTHING
    text = json.dumps(value) if isinstance(value, list | dict) else str(value)
    return text.translate(ESCAPES)
