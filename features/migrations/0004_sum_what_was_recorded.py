from typing import Any

from django.db import migrations

from features.actions.summing import rebuild


def sum_up(apps: Any, _: Any) -> None:
    """Entries that were recorded before there were sums; a new installation has none."""
    if any(apps.get_model("features", name).objects.exists() for name in ("Investment", "Return")):
        rebuild()


class Migration(migrations.Migration):
    dependencies = [("features", "0003_what_features_cost_in_sum")]
    operations = [migrations.RunPython(sum_up, migrations.RunPython.noop)]
