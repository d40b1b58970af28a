"""Without the look into a workbook's directory."""

import sys
from unittest import mock

from apps.imports.rules import child, tables

if __name__ == "__main__":
    mock.patch.object(tables, "check_workbook").start()
    sys.exit(child.main())
