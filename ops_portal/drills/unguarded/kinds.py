"""Without the look at what a file is: its name is believed."""

import sys
from pathlib import Path
from typing import Any
from unittest import mock

from apps.imports.rules import child


def believed(head: bytes, *, name: str) -> Any:
    """The kind a name claims."""
    del head
    return {".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xlsx", ".json": "json"}.get(Path(name).suffix, "csv")


if __name__ == "__main__":
    mock.patch.object(child, "kind_of", believed).start()
    sys.exit(child.main())
