"""Codes and other names made comparable."""

import unicodedata
from collections.abc import Container


def alias_key(text: str) -> str:
    """TEXT as it is compared: letters of one width and case, single spaces; “  R&D  Lab” equals “r&d lab”."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def tidy_code(text: str) -> str:
    """A department code as it is stored: upper case, no space around it."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def tidy_name(text: str) -> str:
    """A name as it is stored: composed letters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


SHORTEST, LONGEST = 2, 8
SMALL_WORDS = frozenset({"and", "of", "the", "for", "in", "to", "a", "an", "de", "und", "et", "des", "la"})


def code_from(name: str, taken: Container[str]) -> str:
    """A free code for a department that came without one: initials of its name, with a number where they are taken."""
    words = [word for word in (only_letters(part) for part in tidy_name(name).split()) if word]
    telling = [word for word in words if word.casefold() not in SMALL_WORDS] or words or ["D"]
    base = "".join(word[0] for word in telling)[:LONGEST] if len(telling) >= SHORTEST else telling[0][: LONGEST // 2]
    base = tidy_code(base)
    if base not in taken:
        return base
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def only_letters(text: str) -> str:
    """The letters and digits of a word."""
    return "".join(sign for sign in text if sign.isalnum())
