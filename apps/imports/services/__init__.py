"""Writes of the importer: reading hostile files, mapping, checking, committing, undoing."""
