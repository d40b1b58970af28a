"""python -m ops_portal.drills.process ROLE DRILL WITHOUT NUMBER: a worker or beat for a drill (see roles)."""

import importlib
import sys

import django

if __name__ == "__main__":
    django.setup()
    importlib.import_module("ops_portal.drills.roles").play(*sys.argv[1:])
