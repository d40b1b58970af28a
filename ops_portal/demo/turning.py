"""The turning points of the story: succession, the re-organisation, what is planned. Each may change the units' sizes."""

from datetime import date, timedelta
from typing import Any

from apps.core.month import Month
from apps.departments.services import (
    create_department,
    merge_departments,
    move_department,
    rename_department,
)
from apps.staff.choices import AppointmentRole, LeaveKind
from apps.staff.models import Appointment
from apps.staff.services import Place, appoint, end_appointment
from ops_portal.demo.cast import DEPUTY, HEAD, MEMBER, Cast

WHY = "New structure: one sales region, service beside production, testing apart from development"


def second_the_gm(cast: Cast, *, on: date) -> None:
    """The chief operating officer stands in for the general manager."""
    appoint(
        person=cast.head_of("OPS").person,
        place=Place(cast.departments["BRM"], role=AppointmentRole.DEPUTY_HEAD, position=cast.positions["COO"], share=0),
        starts_on=on,
        by=cast.by,
        now=cast.moment(on),
        reason="Stands in for the general manager",
    )


def succeed_engineering_head(cast: Cast, month: Month) -> None:
    """The head of engineering retires; the deputy takes over the next morning."""
    cast.leave(cast.head_of("ENG"), month.first_day - timedelta(days=1), LeaveKind.RETIREMENT, "Reached retirement age")
    deputy = next(member for member in cast.of("ENG") if member.role == DEPUTY)
    cast.promote(deputy, "ENGH", month.first_day, "Takes over from the retired head")


def reorganise(cast: Cast, on: date) -> dict[str, int]:
    """Two regions become one, service goes to operations, the laboratory to quality, a data team is opened."""
    moment = cast.moment(on)
    places = cast.departments
    shared: dict[str, Any] = {"on": on, "by": cast.by, "now": moment}
    places["REG"] = create_department(
        code="REG",
        name="Regional Sales",
        parent=places["SAL"],
        cost_center="3150",
        purpose="Sells in all regions.",
        reason=WHY,
        **shared,
    )
    north = cast.head_of("SAL-N")
    merge_departments(sources=[places["SAL-N"], places["SAL-S"]], into=places["REG"], reason=WHY, **shared)
    for member in (*cast.of("SAL-N"), *cast.of("SAL-S")):
        member.unit, member.since = "REG", on
        member.role = DEPUTY if member.role == HEAD else member.role
    cast.promote(north, "REGM", on, WHY)
    move_department(department=places["SRV"], parent=places["OPS"], reason=WHY, **shared)
    move_department(department=places["LAB"], parent=places["QUA"], reason=WHY, **shared)
    rename_department(department=places["MNT"], name="Plant Engineering", reason=WHY, **shared)
    places["DAT"] = create_department(
        code="DAT",
        name="Data and Analytics",
        parent=places["ITS"],
        cost_center="8100",
        purpose="Makes one truth of many spreadsheets.",
        reason=WHY,
        **shared,
    )
    for job, role, source in (("DATH", HEAD, "ITS"), ("DATA", MEMBER, "CTL")):
        mover = next(
            member
            for member in cast.of(source)
            if member.role == MEMBER and not member.is_lasting and member.since < on
        )
        cast.transfer(mover, "DAT", job, on, role=role, reason=WHY)
    return {"SAL-N": 0, "SAL-S": 0, "REG": 22, "DAT": 5, "ENG": 17}


def appoint_acting_head(cast: Cast, month: Month) -> None:
    """The head of controlling leaves; the head of finance leads both meanwhile."""
    cast.leave(cast.head_of("CTL"), month.first_day - timedelta(days=1), LeaveKind.VOLUNTARY, "Found another post")
    appoint(
        person=cast.head_of("FIN").person,
        place=Place(cast.departments["CTL"], role=AppointmentRole.HEAD, position=cast.positions["CTLH"], share=0),
        starts_on=month.first_day,
        by=cast.by,
        now=cast.moment(month.first_day),
        reason="Acting head until the post is filled",
    )


def hire_regular_head(cast: Cast, month: Month) -> None:
    """Controlling has a head of its own again."""
    acting = Appointment.objects.get(department=cast.departments["CTL"], is_main=False, ends_on=None)
    eve = month.first_day - timedelta(days=1)
    end_appointment(appointment=acting, last_day=eve, by=cast.by, now=cast.moment(eve), reason="The post is filled")
    cast.hire("CTL", "CTLH", month.first_day, role=HEAD)


def plan_ahead(cast: Cast, on: date) -> None:
    """What is decided and not yet in force: a new name from the next quarter on."""
    rename_department(
        department=cast.departments["MKT"],
        name="Brand and Communication",
        on=on,
        reason="The team writes for the press and the website as well",
        by=cast.by,
        now=cast.moment(on),
    )
