"""Writes of the importer. The apps that bring a target import `apps.imports.services.targets`."""
