"""Storing and removing files. Other apps import from here."""

from apps.files.services.storing import FileRefused, remove_files, store_file

__all__ = ["FileRefused", "remove_files", "store_file"]
