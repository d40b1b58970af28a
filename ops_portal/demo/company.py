"""What the demo company is made of: departments, jobs, names. Data, no logic."""

from dataclasses import dataclass

COMPANY = "Brindlemoor Instruments"
DOMAIN = "brindlemoor.example"
FOUNDED_YEAR = 2009


@dataclass(frozen=True, slots=True)
class Unit:
    """A department at the beginning of the story. SIZE: heads it aims at, its head included."""

    code: str
    name: str
    parent: str
    size: int
    head_job: str
    jobs: tuple[str, ...]
    cost_center: str
    purpose: str


UNITS = (
    Unit("BRM", COMPANY, "", 3, "GM", ("ASST",), "1000", "Leads the company."),
    Unit("OPS", "Operations", "BRM", 4, "COO", ("OPSC",), "2000", "Makes what is sold, on time and as promised."),
    Unit("PRD", "Production", "OPS", 27, "PRDH", ("ASSY", "ASSY", "ASSY", "CALT", "SHFT"), "2100", "Builds meters."),
    Unit("SCM", "Supply Chain", "OPS", 12, "SCMH", ("BUYR", "PLAN", "WHSE", "WHSE"), "2200", "Buys, stores, ships."),
    Unit("MNT", "Maintenance", "OPS", 7, "MNTH", ("MECH", "ELEC"), "2300", "Keeps the machines running."),
    Unit("SAL", "Sales and Service", "BRM", 4, "SALD", ("SALA",), "3000", "Finds customers and keeps them."),
    Unit("SAL-N", "Northern Region", "SAL", 10, "REGM", ("REPR", "REPR", "SALA"), "3100", "Sells in the north."),
    Unit("SAL-S", "Southern Region", "SAL", 9, "REGM", ("REPR", "REPR", "SALA"), "3200", "Sells in the south."),
    Unit("SRV", "Customer Service", "SAL", 11, "SRVH", ("SRVT", "SRVT", "HOTL"), "3300", "Repairs and advises."),
    Unit("MKT", "Marketing", "SAL", 7, "MKTH", ("MKTS", "DSGN"), "3400", "Makes the company known."),
    Unit("RND", "Research and Development", "BRM", 3, "RNDD", ("RSCH",), "4000", "Finds out what to build next."),
    Unit("ENG", "Product Engineering", "RND", 14, "ENGH", ("ENGM", "ENGE", "ENGS"), "4100", "Designs the meters."),
    Unit("LAB", "Test Laboratory", "RND", 6, "LABH", ("LABT", "METR"), "4200", "Measures what others claim."),
    Unit("FIN", "Finance", "BRM", 2, "CFO", ("FINA",), "5000", "Keeps the money straight."),
    Unit("ACC", "Accounting", "FIN", 7, "ACCH", ("ACCT", "ACCT", "PAYR"), "5100", "Books and closes."),
    Unit("CTL", "Controlling", "FIN", 4, "CTLH", ("CTLR",), "5200", "Plans, compares, explains."),
    Unit("HRM", "People and Culture", "BRM", 5, "HRD", ("HRBP", "RECR", "TRNR"), "6000", "Finds and keeps people."),
    Unit("QUA", "Quality and Compliance", "BRM", 5, "QUAH", ("QUAE", "AUDI"), "7000", "Says no when it must."),
    Unit("ITS", "Information Systems", "BRM", 8, "ITSH", ("SYSA", "DEVL", "SUPP"), "8000", "Runs what everybody uses."),
)

JOBS: dict[str, tuple[str, str]] = {
    "GM": ("General Manager", "E1"), "COO": ("Chief Operating Officer", "E2"), "CFO": ("Head of Finance", "M2"),
    "HRD": ("Head of People and Culture", "M2"), "ASST": ("Executive Assistant", "S3"),
    "OPSC": ("Operations Coordinator", "S4"), "PRDH": ("Production Manager", "M1"), "ASSY": ("Assembler", "S1"),
    "CALT": ("Calibration Technician", "S2"), "SHFT": ("Shift Leader", "S3"), "SCMH": ("Supply Chain Manager", "M1"),
    "BUYR": ("Buyer", "S3"), "PLAN": ("Production Planner", "S3"), "WHSE": ("Warehouse Operator", "S1"),
    "MNTH": ("Maintenance Manager", "M1"), "MECH": ("Mechanic", "S2"), "ELEC": ("Electrician", "S2"),
    "SALD": ("Sales Director", "M2"), "SALA": ("Sales Assistant", "S2"), "REGM": ("Regional Manager", "M1"),
    "REPR": ("Sales Representative", "S3"), "SRVH": ("Service Manager", "M1"), "SRVT": ("Service Technician", "S2"),
    "HOTL": ("Service Adviser", "S2"), "MKTH": ("Marketing Manager", "M1"), "MKTS": ("Marketing Specialist", "S3"),
    "DSGN": ("Designer", "S3"), "RNDD": ("R&D Director", "M2"), "RSCH": ("Researcher", "S4"),
    "ENGH": ("Engineering Manager", "M1"), "ENGM": ("Mechanical Engineer", "S4"), "ENGE": ("Electronics Engineer", "S4"),
    "ENGS": ("Firmware Engineer", "S4"), "LABH": ("Laboratory Manager", "M1"), "LABT": ("Laboratory Technician", "S2"),
    "METR": ("Metrologist", "S4"), "FINA": ("Financial Analyst", "S4"), "ACCH": ("Chief Accountant", "M1"),
    "ACCT": ("Accountant", "S3"), "PAYR": ("Payroll Clerk", "S2"), "CTLH": ("Controlling Manager", "M1"),
    "CTLR": ("Controller", "S4"), "HRBP": ("HR Business Partner", "S4"), "RECR": ("Recruiter", "S3"),
    "TRNR": ("Training Coordinator", "S3"), "QUAH": ("Quality Manager", "M1"), "QUAE": ("Quality Engineer", "S3"),
    "AUDI": ("Internal Auditor", "S4"), "ITSH": ("IT Manager", "M1"), "SYSA": ("System Administrator", "S4"),
    "DEVL": ("Application Developer", "S4"), "SUPP": ("IT Support Technician", "S2"),
    "DATH": ("Data Manager", "M1"), "DATA": ("Data Analyst", "S4"),
}  # fmt: skip
KEY_JOBS = frozenset({"GM", "COO", "CFO", "HRD", "SALD", "RNDD", "PRDH", "METR", "SHFT", "ITSH"})

GIVEN_NAMES = (
    "Ada", "Aisha", "Alban", "Amara", "Anselm", "Arvo", "Beatriz", "Benno", "Bilal", "Birte", "Bruno", "Cara", "Ciro",
    "Clio", "Dana", "Darius", "Delia", "Dilan", "Edda", "Eitan", "Elif", "Elio", "Emre", "Enzo", "Esra", "Ewa", "Fabio",
    "Farida", "Finn", "Flora", "Gesa", "Gloria", "Greta", "Hamid", "Hana", "Hugo", "Ida", "Ilka", "Imani", "Ines",
    "Ivo", "Jana", "Jaro", "Jonas", "Julia", "Kai", "Karim", "Katya", "Lale", "Lars", "Leila", "Leo", "Lin", "Livia",
    "Luca", "Maja", "Marek", "Marta", "Mei", "Mila", "Milan", "Mira", "Nadia", "Nils", "Noor", "Nuno", "Olga", "Omar",
    "Oskar", "Paola", "Pavel", "Petra", "Quentin", "Rafael", "Rania", "Renzo", "Rosa", "Ruben", "Salma", "Samir",
    "Selma", "Sofia", "Stefan", "Tamar", "Tariq", "Thea", "Tomas", "Ulla", "Vera", "Viktor", "Wanda", "Yara", "Yusuf",
    "Zoe",
)  # fmt: skip
FAMILY_NAMES = (
    "Abadi", "Adler", "Almeida", "Amsel", "Arslan", "Aydin", "Bachar", "Balint", "Barros", "Becker", "Benali", "Berg",
    "Bianchi", "Brandt", "Calder", "Castel", "Cherif", "Costa", "Dahl", "Demir", "Devane", "Duarte", "Eklund", "Elmas",
    "Faber", "Farkas", "Ferro", "Fontana", "Forster", "Galvan", "Gerber", "Grau", "Haas", "Haddad", "Halloran", "Hartwig",
    "Holm", "Ibarra", "Ilves", "Janssen", "Jovic", "Kaplan", "Keller", "Kessler", "Klein", "Kovac", "Kruger", "Lang",
    "Laurent", "Lindqvist", "Lorenz", "Maas", "Mansour", "Marino", "Mercer", "Moreau", "Nagy", "Navarro", "Neumann",
    "Novak", "Okafor", "Olsen", "Orsini", "Pavlik", "Pereira", "Pohl", "Quist", "Ramos", "Reyes", "Ritter", "Rossi",
    "Sabry", "Salonen", "Sandor", "Serrano", "Sommer", "Stark", "Svoboda", "Tanaka", "Thorne", "Toma", "Urban", "Vidal",
    "Vogel", "Wagner", "Weiss", "Winter", "Yildiz", "Zander", "Zeman",
)  # fmt: skip
