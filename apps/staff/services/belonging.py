"""On which days a person belongs to a department: worked out from all their appointments, set-based, after every write."""

from collections.abc import Iterable

from django.db import connection

RELINK = """
WITH main AS (
    SELECT id, starts_on,
           lag(id) OVER person AS former_id,
           lag(employment_id) OVER person = employment_id AS is_same_spell,
           lag(ends_on) OVER person AS former_end,
           lead(starts_on) OVER person AS next_start
    FROM staff_appointment WHERE is_main AND person_id = ANY(%(people)s)
    WINDOW person AS (PARTITION BY person_id ORDER BY starts_on)
), shown AS (
    SELECT id,
           CASE WHEN former_id IS NULL THEN NULL WHEN is_same_spell THEN starts_on ELSE former_end + 1 END AS first_day,
           next_start - 1 AS last_day
    FROM main
    UNION ALL
    SELECT id, starts_on, ends_on FROM staff_appointment WHERE NOT is_main AND person_id = ANY(%(people)s)
)
UPDATE staff_appointment AS a SET shown_from = shown.first_day, shown_until = shown.last_day
FROM shown
WHERE a.id = shown.id AND (a.shown_from, a.shown_until) IS DISTINCT FROM (shown.first_day, shown.last_day)
"""


def relink_people(people: Iterable[int]) -> None:
    """Bring `shown_from` and `shown_until` of these people's appointments up to date, inside the caller's transaction."""
    wanted = sorted(set(people))
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(RELINK, {"people": wanted})
