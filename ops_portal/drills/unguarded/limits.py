"""Without limits on time and memory."""

import sys
from unittest import mock

from apps.imports.rules import child

if __name__ == "__main__":
    mock.patch("apps.imports.rules.child.resource.setrlimit").start()
    sys.exit(child.main())
