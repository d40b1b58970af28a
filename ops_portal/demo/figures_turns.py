"""What happened to the figures besides their course: a table, no logic. AGO counts complete months: 1 is the last one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spot:
    """One figure of one department in one month."""

    code: str
    unit: str
    ago: int


@dataclass(frozen=True, slots=True)
class Redefinition:
    """A figure measured otherwise from a month on. FORMER_TEXT and FORMER_LEVEL: what it said and came to before."""

    code: str
    ago: int
    former_text: str
    former_level: float
    why: str


MEASURED_OTHERWISE = Redefinition(
    "OTD",
    16,
    "Order lines that left the house on or before the confirmed day, of all dispatched in the month.",
    1.021,
    "Customers judge us by the day they asked for, not by the one we confirmed.",
)
# Corrected after the cut-off: what the value was multiplied by, and why.
RESTATED: dict[Spot, tuple[float, str]] = {
    Spot("REV", "REG", 14): (0.969, "Credit notes for a returned delivery were booked late."),
    Spot("OTD", "SCM", 9): (0.978, "Part deliveries had been counted as complete."),
    Spot("ENERGY", "MNT", 6): (1.08, "The meter of the north hall had been read wrongly."),
    Spot("COPQ", "PRD", 4): (1.12, "Two replacement deliveries were missing."),
    Spot("OVER", "SRV", 3): (1.15, "Stand-by hours of the weekend service were added."),
}
# Came in after the cut-off.
LATE: dict[Spot, str] = {
    Spot("TRAIN", "ENG", 7): "The course records came in after the cut-off.",
    Spot("COMPL", "REG", 11): "The list of the regions came after the holidays.",
    Spot("SUPP", "SCM", 5): "The order system was down for two days.",
}
GAPS = frozenset(
    {
        *(Spot("FCAST", "CTL", ago) for ago in (11, 10, 9)),
        *(Spot("NEAR", "MNT", ago) for ago in (17, 16)),
        Spot("LEAD", "MKT", 20),
        Spot("HELP", "ITS", 24),
    }
)
"""Never reported: while controlling had no head of its own, and where something stood still."""
NOTHING_TO_MEASURE: dict[Spot, str] = {
    Spot("CERT", "LAB", 13): "The bench was away for its own calibration: no certificate fell due.",
    Spot("NCR", "QUA", 18): "No nonconformity fell due.",
}
SUPPRESSED: dict[tuple[str, str], int] = {("ENGAGE", "DAT"): 2}
"""(figure, department) → how many of its latest values stay hidden: fewer than five answers."""
NOTES: dict[Spot, str] = {
    Spot("OTD", "SCM", 3): "First orders wait for optical sensors.",
    Spot("OTD", "SCM", 2): "Optical sensors come three weeks late; 90 order lines waited for them.",
    Spot("OTD", "SCM", 1): "Optical sensors still late; 140 order lines waited. A second supplier is being approved.",
    Spot("SUPP", "SCM", 1): "One supplier of optical sensors makes up most of it; the others are at 93 percent.",
    Spot("BKL", "PRD", 1): "Meters wait for sensors; frames and housings are built ahead.",
    Spot("EXPR", "SCM", 1): "Sensors flown in twice. Less than the month before: smaller lots.",
    Spot("CERT", "LAB", 1): "One bench for a third more orders. A second one has been asked for.",
    Spot("FPY", "PRD", 1): "Sensors of the substitute batch drift; incoming inspection was added.",
    Spot("ABS", "PRD", 1): "A wave of colds in the second shift.",
    Spot("DSO", "ACC", 1): "Two large customers hold payment until their deliveries are complete.",
}
NEEDS_APPROVAL_SINCE = {"CASH": 4}
"""Figure → since how many months its values take a second pair of eyes. The last month's still waits."""
