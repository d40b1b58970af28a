"""Keys of rows as a browser sends them: text that may be anything."""

LONGEST = 18
"""Digits; every number of so many fits the column of a key."""


def sent_key(text: object) -> int | None:
    """The key that TEXT can be; None for what is none."""
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST else None
