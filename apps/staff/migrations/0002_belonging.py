from django.db import migrations, models


# Rows written before the columns existed; the same words as services/belonging.py has for single people.
FILL = """
WITH main AS (
    SELECT id, starts_on,
           lag(id) OVER person AS former_id,
           lag(employment_id) OVER person = employment_id AS is_same_spell,
           lag(ends_on) OVER person AS former_end,
           lead(starts_on) OVER person AS next_start
    FROM staff_appointment WHERE is_main
    WINDOW person AS (PARTITION BY person_id ORDER BY starts_on)
), shown AS (
    SELECT id,
           CASE WHEN former_id IS NULL THEN NULL WHEN is_same_spell THEN starts_on ELSE former_end + 1 END AS first_day,
           next_start - 1 AS last_day
    FROM main
    UNION ALL
    SELECT id, starts_on, ends_on FROM staff_appointment WHERE NOT is_main
)
UPDATE staff_appointment AS a SET shown_from = shown.first_day, shown_until = shown.last_day
FROM shown WHERE a.id = shown.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0001_initial'),
        ('staff', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='shown_from',
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='appointment',
            name='shown_until',
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['department', 'shown_until', 'shown_from'], include=('person',), name='staff_appointment_shown'),
        ),
        migrations.AddIndex(
            model_name='employment',
            index=models.Index(fields=['person', 'hired_on'], include=('last_day',), name='staff_employment_by_person'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
