"""The figures of what is sold, earned and spent, and of the people: Sales, Finance, People, Environment. A table."""

from ops_portal.demo.figures import (
    GIVEN,
    HIGHER,
    LAST,
    LOWER,
    MEAN,
    NEUTRAL,
    NONE,
    QUARTER,
    RANGE,
    WEIGHTED,
    YEAR,
    Curve,
    Figure,
    Goal,
    Parts,
    percent,
)

EVERYBODY: Parts = (
    ("PRD", 0.18), ("SCM", 0.08), ("MNT", 0.05), ("SRV", 0.08), ("REG", 0.15), ("MKT", 0.05), ("ENG", 0.11), ("LAB", 0.05),
    ("ACC", 0.05), ("CTL", 0.03), ("HRM", 0.04), ("QUA", 0.04), ("ITS", 0.06), ("DAT", 0.03),
)  # fmt: skip
SALES = (
    Figure(
        "ORD", "Orders received", "Sales", "BRM", "k€", HIGHER, minimum="0",
        text="Value of orders accepted in the month.", reports=(("REG", 0.68), ("SRV", 0.18), ("MKT", 0.14)),
        curve=Curve(1980, 2680, "sales", 0.03), goal=Goal("2250", "1800", "2700", is_shared=True), source="Order system",
    ),
    percent(
        "WIN", "Offers won", "Sales", "SAL", HIGHER, reports=(("REG", 1.0),), text="Offers won, of those decided.",
        curve=Curve(27, 34, noise=0.04), volume=Curve(150, 175), goal=Goal("29", "22", "36"), source="Customer system",
    ),
    Figure(
        "PIPE", "Open offers", "Sales", "SAL", "k€", HIGHER, over_time=LAST, minimum="0", reports=(("REG", 1.0),),
        text="Value of offers not yet decided at the end of the month.", curve=Curve(5200, 6900, noise=0.04),
        goal=Goal("5800"), source="Customer system",
    ),
    Figure(
        "NEWC", "New customers", "Sales", "SAL", "customers", HIGHER, decimals=0, minimum="0",
        text="Customers who ordered for the first time.", reports=(("REG", 0.7), ("MKT", 0.3)),
        curve=Curve(15, 24, noise=0.1), goal=Goal("17"), source="Customer system",
    ),
    Figure(
        "DISC", "Average discount", "Sales", "SAL", "%", RANGE, over_time=WEIGHTED, over_departments=WEIGHTED, minimum="0",
        text="Discount off the list price, weighted by orders. Too little loses orders, too much loses money.",
        maximum="100", reports=(("REG", 0.8), ("MKT", 0.2)), curve=Curve(7.4, 6.3, noise=0.04), volume=Curve(210, 260),
        goal=Goal("4", upper="7.5"), source="Order system",
    ),
    Figure(
        "LEAD", "Enquiries from the website", "Sales", "MKT", "enquiries", HIGHER, decimals=0, minimum="0",
        text="Enquiries with a name and a need.", reports=(("MKT", 1.0),), curve=Curve(130, 235, "sales", 0.06),
        goal=Goal("175", stretch="240"), source="Website",
    ),
    Figure(
        "BTB", "Orders to revenue", "Sales", "BRM", "ratio", HIGHER, decimals=2, formula="ORD / REV",
        text="Above 1 the backlog grows, below 1 it shrinks.", goal=Goal("0.95"),
    ),
)  # fmt: skip
FINANCE = (
    Figure(
        "REV", "Revenue", "Finance", "BRM", "k€", HIGHER, text="Invoiced, without tax.", source="Accounting",
        reports=(("REG", 0.68), ("SRV", 0.2), ("MKT", 0.12)), curve=Curve(1900, 2560, "sales", 0.02),
        goal=Goal("2150", "1750", "2600", is_shared=True), tags=("board",),
    ),
    Figure(
        "COGS", "Cost of goods sold", "Finance", "BRM", "k€", NEUTRAL, text="Material and work in what was invoiced.",
        reports=(("REG", 0.7), ("SRV", 0.19), ("MKT", 0.11)), curve=Curve(1150, 1420, "sales", 0.02), source="Accounting",
    ),
    Figure(
        "OPEX", "Operating cost", "Finance", "FIN", "k€", LOWER, text="All cost that is not in the goods sold.",
        reports=(("FIN", 1.0),), curve=Curve(545, 610, noise=0.02), goal=Goal("645"), source="Accounting",
    ),
    Figure(
        "MARGIN", "Gross margin", "Finance", "BRM", "%", HIGHER, formula="(REV - COGS) / REV * 100", tags=("board",),
        text="What is left of revenue after the cost of goods.", goal=Goal("41", "36", "45"),
    ),
    Figure(
        "RESULT", "Operating result", "Finance", "BRM", "k€", HIGHER, formula="REV - COGS - OPEX", tags=("board",),
        text="Revenue less cost of goods and operating cost.", goal=Goal("250", stretch="480"),
    ),
    Figure(
        "RPH", "Revenue per head", "Finance", "BRM", "k€", HIGHER, decimals=2, formula="REV / HEADS",
        text="Revenue of the month for each full-time post.", goal=Goal("14"),
    ),
    Figure(
        "DSO", "Days until customers pay", "Finance", "ACC", "days", LOWER, over_time=LAST, over_departments=NONE,
        text="Receivables over the revenue of the last quarter, in days.", reports=(("ACC", 1.0),), minimum="0",
        curve=Curve(47, 41, noise=0.03, lately=(42.8, 43.9, 45.4)), goal=Goal("44", "55", "38"), source="Accounting",
    ),
    Figure(
        "CLOSE", "Working days to close the month", "Finance", "ACC", "days", LOWER, decimals=0, over_time=MEAN,
        over_departments=NONE, text="From the month's end to the closing of the books.", reports=(("ACC", 1.0),),
        curve=Curve(7.6, 4.5, noise=0), goal=Goal("6"), minimum="0", maximum="30", source="Accounting",
    ),
    Figure(
        "FCAST", "Accuracy of the revenue forecast", "Finance", "CTL", "%", HIGHER, over_time=MEAN, over_departments=NONE,
        text="100 less the deviation of the forecast made three months before.", reports=(("CTL", 1.0),), maximum="100",
        curve=Curve(88, 94.5, noise=0.015), goal=Goal("91", "85", "96"), source="Controlling",
    ),
    Figure(
        "CASH", "Cash at the end of the month", "Finance", "FIN", "k€", HIGHER, over_time=LAST, over_departments=NONE,
        text="Balances of all accounts. May be below zero.", reports=(("FIN", 1.0),), curve=Curve(820, 1560, noise=0.05),
        goal=Goal("1000", "400"), source="Accounting", tags=("board",),
    ),
    Figure(
        "ROCE", "Return on capital employed", "Finance", "FIN", "%", HIGHER, over_time=GIVEN, over_departments=NONE,
        text="Rolling result over capital employed; the year to date is given by the books.", reports=(("FIN", 1.0),),
        curve=Curve(9.2, 13.1, noise=0.03), goal=Goal("11"), source="Accounting",
    ),
)  # fmt: skip
PEOPLE = (
    Figure(
        "HEADS", "Full-time posts filled", "People", "HRM", "posts", NEUTRAL, over_time=LAST, minimum="0",
        text="At the end of the month, part-time counted by its share.", reports=(("HRM", 1.0),),
        curve=Curve(147, 156, noise=0.006), source="Personnel file",
    ),
    percent(
        "ABS", "Absence rate", "People", "BRM", LOWER, reports=EVERYBODY, decimals=2, amber="10",
        text="Hours of sickness, of all hours agreed.", curve=Curve(4.5, 4.1, "cold", 0.03, lately=(4.4, 4.7, 5.05)),
        volume=Curve(24200, 25400, noise=0.01), goal=Goal("4.8", stretch="3.8"), source="Time recording",
    ),
    Figure(
        "OVER", "Overtime hours", "People", "BRM", "hours", LOWER, decimals=0, minimum="0", source="Time recording",
        text="Hours beyond those agreed, paid or owed.", reports=(("PRD", 0.4), ("SCM", 0.2), ("SRV", 0.2), ("ENG", 0.2)),
        curve=Curve(740, 610, noise=0.07), goal=Goal("700", is_shared=True),
    ),
    Figure(
        "TRAIN", "Training hours", "People", "BRM", "hours", HIGHER, decimals=0, minimum="0", reports=EVERYBODY,
        text="Hours in courses and at the bench.", curve=Curve(250, 390, "school", 0.08), goal=Goal("280", is_shared=True),
        source="Training records",
    ),
    Figure(
        "FILL", "Time to fill a post", "People", "HRM", "days", LOWER, decimals=0, over_time=MEAN, over_departments=NONE,
        text="From the opening of a post to the signed contract.", reports=(("HRM", 1.0),), minimum="0",
        curve=Curve(61, 47, noise=0.06), goal=Goal("56", stretch="45"), source="Recruiting",
    ),
    Figure(
        "ENGAGE", "Engagement of employees", "People", "BRM", "points", HIGHER, frequency=QUARTER, over_time=LAST,
        over_departments=WEIGHTED, minimum="0", maximum="100", reports=EVERYBODY, source="Quarterly survey",
        text="Mean of eleven questions, weighted by answers. Fewer than five answers are not shown.",
        curve=Curve(66, 73, noise=0.02), volume=Curve(108, 128, noise=0.02), goal=Goal("70", "60", "78"),
    ),
    percent(
        "TALKS", "Yearly talks held", "People", "BRM", HIGHER, frequency=YEAR, decimals=0, reports=EVERYBODY,
        text="People with a documented yearly talk.", curve=Curve(88, 96, noise=0.01), volume=Curve(146, 157, noise=0.01),
        goal=Goal("90"), source="Personnel file",
    ),
)  # fmt: skip
ENVIRONMENT = (
    Figure(
        "ENERGY", "Electricity used", "Environment", "MNT", "kWh", LOWER, decimals=0, minimum="0",
        text="All meters of the plant.", reports=(("MNT", 1.0),), curve=Curve(62500, 55000, "cold", 0.02),
        goal=Goal("65000"), source="Meter readings",
    ),
    Figure(
        "EPM", "Electricity per meter built", "Environment", "OPS", "kWh", LOWER, decimals=2,
        text="Electricity of the plant for each meter built.", formula="[MNT/ENERGY] / [PRD/OUT]", goal=Goal("14"),
    ),
    Figure(
        "CO2", "Carbon emitted", "Environment", "BRM", "t", LOWER, frequency=YEAR, decimals=0, minimum="0",
        text="Fuel, electricity and business travel, as published.", reports=(("OPS", 0.8), ("SAL", 0.2)),
        curve=Curve(412, 355, noise=0.01), goal=Goal("420", stretch="340"), source="Yearly report",
    ),
)  # fmt: skip
RUNNING: tuple[Figure, ...] = (*SALES, *FINANCE, *PEOPLE, *ENVIRONMENT)
