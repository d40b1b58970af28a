"""Codes and other names made comparable."""

import unicodedata


def alias_key(text: str) -> str:
    """TEXT as it is compared: letters of one width and case, single spaces; “  R&D  Lab” equals “r&d lab”."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def tidy_code(text: str) -> str:
    """A department code as it is stored: upper case, no space around it."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def tidy_name(text: str) -> str:
    """A name as it is stored: composed letters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())
