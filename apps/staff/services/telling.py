"""What systems are told of a person's movements: ids and days, in the transaction of the act, once.

Acts on one person alone: what a file, a merger of departments or the undoing of an import moves is told as that one event
(`imports.committed`, `departments.merged`, `imports.undone`), after which a system reads the movements it lacks.
"""

from datetime import datetime

from apps.notifications.services import emit_webhook
from apps.staff.choices import MovementKind
from apps.staff.models import Movement

EVENTS = {
    MovementKind.JOIN: "staff.hired",
    MovementKind.LEAVE: "staff.left",
    MovementKind.TRANSFER: "staff.transferred",
}
CANCELLED = "staff.movement_cancelled"


def tell_movement(movement: Movement, *, now: datetime) -> Movement:
    """Somebody came, left, or counts elsewhere; gives the movement."""
    tell(EVENTS[MovementKind(movement.kind)], movement, movement.pk, now=now)
    return movement


def tell_cancelled(movement: Movement, key: int, *, now: datetime) -> None:
    """A movement, whose key was KEY, is as if it had not been."""
    tell(CANCELLED, movement, key, now=now)


def tell(event: str, movement: Movement, key: int, *, now: datetime) -> None:
    """One event: who, when, from where, to where. Neither names nor reasons."""
    payload = {
        "movement": key,
        "kind": movement.kind,
        "person": movement.person_id,
        "on": movement.on,
        "from_department": movement.from_department_id,
        "to_department": movement.to_department_id,
    }
    emit_webhook(event=event, key=str(key), payload=payload, now=now)
