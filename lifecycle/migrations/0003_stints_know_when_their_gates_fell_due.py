from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery

from features.actions.summing import rebuild


def tell_and_sum_up(apps: Any, _: Any) -> None:
    """What was recorded before there were sums; a new installation has none."""
    gates = apps.get_model("lifecycle", "Gate").objects.filter(stint=OuterRef("pk"))
    apps.get_model("features", "Stint").objects.update(due_at=Subquery(gates.values("due_at")[:1]))
    if any(apps.get_model("features", name).objects.exists() for name in ("Investment", "Return")):
        rebuild()


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0002_append_only"), ("features", "0003_what_features_cost_in_sum")]
    operations = [migrations.RunPython(tell_and_sum_up, migrations.RunPython.noop)]
