"""The figures of what is made, delivered and mended: Delivery, Quality, Service, Development. A table, no logic."""

from ops_portal.demo.figures import (
    HIGHER,
    LAST,
    LOWER,
    MEAN,
    NONE,
    QUARTER,
    RANGE,
    WEIGHTED,
    YEAR,
    Curve,
    Figure,
    Goal,
    percent,
)

DELIVERY = (
    percent(
        "OTD", "Orders delivered on time", "Delivery", "OPS", HIGHER,
        text="Order lines that reached the customer on or before the day that counts, of all delivered in the month.",
        reports=(("SCM", 0.7), ("PRD", 0.3)), source="Order system", tags=("customer promise",),
        curve=Curve(93.0, 96.4, noise=0.008, lately=(94.4, 91.2, 87.1)), volume=Curve(1450, 1780, "sales"),
        goal=Goal("94", "88", "97", earlier="93", why="The new frame contracts promise 94 percent."),
    ),
    Figure(
        "LT", "Order lead time", "Delivery", "OPS", "working days", LOWER,
        text="From order to dispatch, weighted by the orders of the month.",
        over_time=WEIGHTED, over_departments=WEIGHTED, minimum="0",
        reports=(("SCM", 0.6), ("PRD", 0.4)), curve=Curve(14.5, 11.2, noise=0.03), volume=Curve(620, 740, "sales"),
        goal=Goal("12.5", "16", "10"), source="Order system", tags=("customer promise",),
    ),
    Figure(
        "BKL", "Order backlog", "Delivery", "OPS", "k€", RANGE,
        text="Orders accepted and not yet delivered at the end of the month. Too few starve the lines, too many are late.",
        over_time=LAST, minimum="0", amber="10", reports=(("PRD", 1.0),),
        curve=Curve(1120, 1240, noise=0.05, lately=(1390, 1520, 1710)), goal=Goal("950", upper="1450"),
        source="Order system",
    ),
    Figure(
        "OUT", "Meters built", "Delivery", "PRD", "pieces", HIGHER, decimals=0, minimum="0",
        text="Meters that passed final inspection.", reports=(("PRD", 1.0),),
        curve=Curve(4300, 5450, "works", 0.03), goal=Goal("4600", stretch="5600"), source="Production system",
    ),
    percent(
        "SCHED", "Production orders finished as planned", "Delivery", "PRD", HIGHER, reports=(("PRD", 1.0),),
        text="Finished in the planned week, of all planned for the month.", source="Production system",
        curve=Curve(88, 92.8, noise=0.01), volume=Curve(210, 260, "works"), goal=Goal("90", "80", "95"),
    ),
    percent(
        "SUPP", "Supplier deliveries on time", "Delivery", "SCM", HIGHER, reports=(("SCM", 1.0),),
        text="Deliveries received on or before the confirmed day.", source="Order system",
        curve=Curve(91, 94.5, noise=0.01, lately=(88.6, 84.0, 81.5)), volume=Curve(330, 380),
        goal=Goal("92", "85", "96"),
    ),
    Figure(
        "EXPR", "Express freight cost", "Delivery", "SCM", "€", LOWER, decimals=0, minimum="0", amber="15",
        text="Freight beyond the contract rates, in and out.", reports=(("SCM", 1.0),), source="Accounting",
        curve=Curve(6900, 5200, noise=0.12, lately=(6100, 7900, 7050)), goal=Goal("6500"),
    ),
    Figure(
        "TURNS", "Stock turns", "Delivery", "SCM", "turns a year", HIGHER, frequency=QUARTER, over_time=MEAN,
        over_departments=NONE, text="Cost of goods sold over mean stock, as a yearly rate.", reports=(("SCM", 1.0),),
        curve=Curve(4.6, 5.9, noise=0.02), goal=Goal("5.0", stretch="6.5"), source="Accounting",
    ),
    Figure(
        "OEE", "Equipment effectiveness", "Delivery", "PRD", "%", HIGHER, over_time=WEIGHTED, over_departments=WEIGHTED,
        text="Availability times performance times quality, weighted by planned hours.", minimum="0", maximum="100",
        reports=(("PRD", 1.0),), curve=Curve(71, 78.5, noise=0.015), volume=Curve(1980, 2140, "works"),
        goal=Goal("74", "65", "80"), source="Production system",
    ),
    Figure(
        "DOWN", "Unplanned machine downtime", "Delivery", "MNT", "hours", LOWER, minimum="0", reports=(("MNT", 1.0),),
        text="Hours in which a machine stood that was planned to run.", source="Maintenance log",
        curve=Curve(96, 58, noise=0.15), goal=Goal("75", stretch="50"),
    ),
)  # fmt: skip
QUALITY = (
    percent(
        "FPY", "First-pass yield", "Quality", "OPS", HIGHER, reports=(("PRD", 0.85), ("SRV", 0.15)),
        text="Meters that pass final inspection at the first attempt.", source="Production system",
        curve=Curve(95.2, 97.6, noise=0.006, lately=(96.6, 95.6, 95.1)), volume=Curve(4500, 5600, "works"),
        goal=Goal("96.5", "92", "98.5"), tags=("zero defects",),
    ),
    percent(
        "SCRAP", "Scrap rate", "Quality", "PRD", LOWER, reports=(("PRD", 1.0),), decimals=2,
        text="Parts scrapped, of all parts used.", source="Production system",
        curve=Curve(2.5, 1.55, noise=0.05), volume=Curve(52000, 66000, "works"),
        goal=Goal("2.0", stretch="1.5", earlier="2.4", why="The new test bench finds faults before assembly."),
    ),
    Figure(
        "COMPL", "Customer complaints", "Quality", "BRM", "complaints", LOWER, decimals=0, minimum="0",
        text="Complaints received, by the department they concern.", source="Service desk", tags=("customer promise",),
        reports=(("PRD", 0.4), ("SCM", 0.25), ("SRV", 0.2), ("REG", 0.15)), curve=Curve(34, 21, noise=0.1),
        goal=Goal("30", is_shared=True),
    ),
    Figure(
        "CPT", "Complaints per 1,000 meters built", "Quality", "BRM", "per 1,000", LOWER, decimals=2,
        text="Complaints of the month for each thousand meters built in it.", formula="COMPL * 1000 / [PRD/OUT]",
        goal=Goal("6.5", stretch="4"),
    ),
    Figure(
        "COPQ", "Cost of poor quality", "Quality", "OPS", "€", LOWER, decimals=0, minimum="0",
        text="Rework, scrap and replacement at cost.", reports=(("PRD", 0.6), ("SRV", 0.25), ("SCM", 0.15)),
        curve=Curve(41000, 30500, noise=0.06), goal=Goal("36000", stretch="28000", is_shared=True), source="Accounting",
    ),
    percent(
        "NCR", "Nonconformities closed within 30 days", "Quality", "QUA", HIGHER, reports=(("QUA", 1.0),),
        text="Closed within 30 days, of those that fell due in the month.", source="Quality log",
        curve=Curve(76, 89, noise=0.03), volume=Curve(34, 28), goal=Goal("82", "70", "95"),
    ),
    percent(
        "CERT", "Calibration certificates within four days", "Quality", "LAB", HIGHER, reports=(("LAB", 1.0),),
        text="Certificates issued within four working days of receipt.", source="Laboratory system",
        curve=Curve(86, 78, noise=0.02, lately=(66, 61, 54)), volume=Curve(96, 148), goal=Goal("80", "60", "92"),
        tags=("customer promise",),
    ),
    percent(
        "AUDIT", "Internal audits held as planned", "Quality", "QUA", HIGHER, frequency=QUARTER, decimals=0,
        text="Audits held in the quarter, of those planned for it.", reports=(("QUA", 1.0),),
        curve=Curve(96, 99, noise=0.01), volume=Curve(8, 8, noise=0), goal=Goal("90"), source="Audit plan",
    ),
    Figure(
        "NEAR", "Near misses reported", "Safety", "OPS", "reports", HIGHER, decimals=0, minimum="0",
        text="Reports of what nearly went wrong: many are a sign of trust.", source="Safety log", tags=("safety",),
        reports=(("PRD", 0.5), ("SCM", 0.3), ("MNT", 0.2)), curve=Curve(11, 22, noise=0.12), goal=Goal("16"),
    ),
    Figure(
        "LTI", "Accidents with lost days", "Safety", "BRM", "accidents", LOWER, decimals=0, minimum="0",
        text="Accidents at work after which somebody was away for a day or more.", source="Safety log", tags=("safety",),
        reports=(("PRD", 0.4), ("SCM", 0.25), ("MNT", 0.2), ("SRV", 0.1), ("LAB", 0.05)),
        curve=Curve(0.6, 0.3, lately=(0, 1, 0)), goal=Goal("0"),
    ),
)  # fmt: skip
SERVICE = (
    percent(
        "FIRST4", "First answer within four hours", "Service", "SRV", HIGHER, reports=(("SRV", 1.0),),
        text="Requests answered by a person within four working hours.", source="Service desk",
        curve=Curve(82, 93, noise=0.015), volume=Curve(540, 690), goal=Goal("88", "75", "95"), tags=("customer promise",),
    ),
    percent(
        "FIX1", "Repairs done at the first visit", "Service", "SRV", HIGHER, reports=(("SRV", 1.0),),
        text="Visits after which no second one was needed.", source="Service desk",
        curve=Curve(74, 83.5, noise=0.02), volume=Curve(88, 104), goal=Goal("78", "65", "85"),
    ),
    Figure(
        "TICK", "Open service requests", "Service", "SRV", "requests", LOWER, decimals=0, minimum="0", over_time=LAST,
        text="Requests not yet closed at the end of the month.", reports=(("SRV", 1.0),), source="Service desk",
        curve=Curve(142, 84, noise=0.08), goal=Goal("110", stretch="75"),
    ),
    Figure(
        "TAT", "Repair turnaround time", "Service", "SRV", "days", LOWER, over_time=WEIGHTED, over_departments=WEIGHTED,
        text="From receipt to dispatch of a repair, weighted by repairs.", reports=(("SRV", 1.0),), minimum="0",
        curve=Curve(9.8, 6.9, noise=0.04), volume=Curve(120, 150), goal=Goal("8", stretch="6"), source="Service desk",
    ),
    Figure(
        "NPS", "Recommendation score", "Service", "SRV", "points", HIGHER, frequency=QUARTER, over_time=LAST, decimals=0,
        over_departments=NONE, minimum="-100", maximum="100", text="Promoters less detractors, in percentage points.",
        reports=(("SRV", 1.0),), curve=Curve(-4, 38, noise=0.03), goal=Goal("30", stretch="45"), source="Customer survey",
    ),
)  # fmt: skip
DEVELOPMENT = (
    percent(
        "MILE", "Development milestones met", "Development", "RND", HIGHER, frequency=QUARTER, decimals=0,
        text="Milestones reached in their quarter, of those planned.", reports=(("ENG", 1.0),), source="Project plans",
        curve=Curve(78, 92, noise=0.03), volume=Curve(14, 18), goal=Goal("80"),
    ),
    Figure(
        "PAT", "Patents filed", "Development", "RND", "filings", HIGHER, frequency=YEAR, decimals=0, minimum="0",
        text="First filings of the year.", reports=(("ENG", 1.0),), curve=Curve(3, 5, noise=0), goal=Goal("4"),
    ),
    Figure(
        "UP", "Availability of core systems", "Information systems", "ITS", "%", HIGHER, decimals=2, over_time=MEAN,
        over_departments=MEAN, minimum="0", maximum="100", amber="0.3", text="Of the agreed hours.", reports=(("ITS", 1.0),),
        curve=Curve(99.4, 99.8, noise=0.0006), goal=Goal("99.5", "99", "99.9"), source="Monitoring",
    ),
    percent(
        "HELP", "Help requests solved within a day", "Information systems", "ITS", HIGHER, reports=(("ITS", 1.0),),
        text="Solved by the end of the next working day.", source="Help desk",
        curve=Curve(79, 88, noise=0.02), volume=Curve(260, 300), goal=Goal("82", "70", "90"),
    ),
    Figure(
        "DATAQ", "Records without a fault", "Information systems", "ITS", "%", HIGHER, over_time=LAST,
        over_departments=MEAN, minimum="0", maximum="100", text="Of the records checked by the data team.",
        reports=(("DAT", 1.0),), curve=Curve(84, 96, noise=0.01), goal=Goal("92", "85", "98"), source="Data checks",
    ),
)  # fmt: skip
MAKING: tuple[Figure, ...] = (*DELIVERY, *QUALITY, *SERVICE, *DEVELOPMENT)
