from django.db import migrations, models

from features.models.append_only import AppendOnly, LiftAppendOnly


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0007_scorecard")]
    operations = [
        LiftAppendOnly("decision"),
        migrations.AddField(model_name="decision", name="criteria", field=models.JSONField(default=list)),
        migrations.AddField(
            model_name="decision", name="overridden_elsewhere", field=models.BooleanField(default=False)
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("overridden_elsewhere", False),
                    models.Q(("imported", True), ("outcome", "advance")),
                    _connector="OR",
                ),
                name="decision_overridden_elsewhere_is_imported",
            ),
        ),
        AppendOnly("decision"),
    ]
