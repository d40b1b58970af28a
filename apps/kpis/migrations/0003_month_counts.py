from django.db import migrations, models
import django.db.models.deletion

# Months that were rolled up before tell of nobody who was to report: the job works them out anew.
ROLL_UP_AGAIN = """
INSERT INTO kpis_kpistale (kpi_id, first_month, last_month, noted_at)
SELECT kpi_id, min(month), max(month), now() FROM kpis_kpimonth GROUP BY kpi_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('kpis', '0002_decision_note'),
    ]

    operations = [
        migrations.AddField(
            model_name='kpimonth',
            name='expected_count',
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name='departments that reported or were to'),
        ),
        migrations.AddField(
            model_name='kpimonth',
            name='is_late',
            field=models.BooleanField(db_default=False, default=False, verbose_name='late'),
        ),
        migrations.AddField(
            model_name='kpimonth',
            name='is_restated',
            field=models.BooleanField(db_default=False, default=False, verbose_name='restated'),
        ),
        migrations.AlterField(
            model_name='kpivalue',
            name='series',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='values', to='kpis.kpiseries'),
        ),
        migrations.RunSQL(ROLL_UP_AGAIN, migrations.RunSQL.noop),
    ]
