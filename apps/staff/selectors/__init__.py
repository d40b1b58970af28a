"""Reads of the staff app. Everything about rows of people takes the scope."""

from apps.staff.selectors.scope import scope_of

__all__ = ["scope_of"]
