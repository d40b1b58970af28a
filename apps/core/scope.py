"""Scope: which rows a person may see, and what they may do. Built by staff.selectors.scope_of, obeyed by every selector."""

from dataclasses import dataclass, field
from enum import StrEnum


class Reach(StrEnum):
    """How far a person sees: the whole company, the departments led and all below them, or only the own record."""

    COMPANY = "company"
    DEPARTMENTS = "departments"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, how far they see today, and their capabilities. Frozen: made once a request from the org chart of today."""

    user_id: int | None
    reach: Reach
    capabilities: frozenset[str] = field(default_factory=frozenset)
    person_id: int | None = None
    department_ids: tuple[int, ...] = ()
    """Departments led today (roots of the subtrees that may be seen); empty unless reach is DEPARTMENTS."""
    home_department_id: int | None = None
    """Department of the own main appointment."""

    def may(self, capability: str) -> bool:
        """Whether the person holds the capability at all (rows are another question)."""
        return capability in self.capabilities

    @property
    def is_company(self) -> bool:
        return self.reach is Reach.COMPANY
