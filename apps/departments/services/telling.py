"""What systems are told of the tree: which department, from which day on. In the transaction of the act, once.

Acts of people alone: a file of departments is told as one event (`imports.committed`).
"""

from datetime import date, datetime
from typing import Any

from apps.departments.models import Department
from apps.notifications.services import emit_webhook


def tell_tree(event: str, department: Department, *, on: date, now: datetime, **facts: Any) -> None:
    """EVENT happened to a department from the day ON; FACTS say what else belongs to it."""
    payload = {"department": department.pk, "code": department.code, "name": department.name, "on": on, **facts}
    emit_webhook(event=event, key=f"{department.pk}/{on}/{now.isoformat()}", payload=payload, now=now)
