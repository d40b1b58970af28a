"""Without the marking of cells that cannot be read without guessing: formulas, merged cells, bytes that are no text."""

import sys
from typing import Any
from unittest import mock

from apps.imports.rules import child, tables


def guessed(text: str) -> str:
    """The text, whatever its bytes were."""
    return text.encode("utf-8", "replace").decode("utf-8")


def as_it_comes(cell: Any) -> Any:
    """A workbook's cell: dates as dates, the rest as it is."""
    return cell.value if cell.value is None or isinstance(cell.value, (bool, int, float)) else shown(cell.value)


def shown(value: Any) -> Any:
    """A date, or text."""
    return tables.date_cell(value) if hasattr(value, "isoformat") else str(value)


if __name__ == "__main__":
    mock.patch.object(tables, "text_cell", guessed).start()
    mock.patch.object(tables, "sheet_cell", as_it_comes).start()
    mock.patch.object(tables, "merged_cells", return_value={}).start()
    sys.exit(child.main())
