"""What apps that may not import each other upward ask of each other: by dotted names, found when they are first needed."""

IMPORT_TARGETS = [
    "apps.departments.services.importing.DEPARTMENT_TARGET",
    "apps.staff.services.importing.PERSON_TARGET",
    "apps.staff.services.importing.HEADCOUNT_PLAN_TARGET",
    "apps.kpis.services.importing.VALUE_TARGET",
    "apps.kpis.services.importing_targets.TARGET_TARGET",
    "apps.kpis.services.importing_definitions.DEFINITION_TARGET",
    "apps.assessments.services.importing_pay.PAY_BASE_TARGET",
]
"""Importers, run by apps.imports."""
DEPARTMENT_FOLLOWERS = ["apps.staff.services.following.STAFF_FOLLOWER"]
"""Asked before a department closes, told when one is merged."""
KPI_FOLLOWERS = ["apps.assessments.services.snapshots.ASSESSMENTS_FOLLOWER"]
"""Asked before reported values are taken back."""
PUBLICATION_FOLLOWERS = ["apps.forecasts.services.follow_publication"]
"""Told of a month whose scores are published, in the transaction that publishes them."""
CASE_FOLLOWERS = {
    "assessments.scheme": "apps.assessments.services.settle_scheme",
    "assessments.run": "apps.assessments.services.settle_run",
}
"""Acts on a closed case, by the word its subject begins with."""
DEPARTMENT_FIGURES = "apps.staff.selectors.departments.figures_of_departments"
"""Who leads a department and how many people it has."""
FAILED_JOB_TOPIC = "notifications.failed_job"
"""The topic under which a job that failed is told to whoever asked for it."""
INPUT_CAPABILITIES = {"kpi_values": "kpis.record", "reports": "assessments.enter"}
"""Who enters a kind of fact, and so is told when its cut-off moves."""
FILE_GUARDS = {"imports.run": "apps.imports.selectors.may_read_run_file"}
"""Who may read a file, by its owner's kind."""
HISTORY_LINKS = {
    "job": "apps.jobs.selectors.history_links",
    "import_run": "apps.imports.services.targets.history_links",
}
"""Where the jobs and imports that a history names are shown."""
SCOPE_OF = "apps.staff.selectors.scope_of"
"""How far a person sees, for work done outside a request."""
