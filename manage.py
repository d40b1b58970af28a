#!/usr/bin/env python
"""Django's command line. `./portal manage …` runs it with the portal's services up."""

import os
import sys

from django.core.management import execute_from_command_line

from ops_portal.files_only import is_files_only, run_files_only

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")
    if is_files_only(sys.argv[1:]):
        run_files_only(sys.argv)
    else:
        execute_from_command_line(sys.argv)
