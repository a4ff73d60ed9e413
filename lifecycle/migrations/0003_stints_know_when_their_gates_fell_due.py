from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def tell(apps: Any, _: Any) -> None:
    """What fell due before stints knew it; a new installation has none. The sums follow in 0004."""
    gates = apps.get_model("lifecycle", "Gate").objects.filter(stint=OuterRef("pk"))
    apps.get_model("features", "Stint").objects.update(due_at=Subquery(gates.values("due_at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0002_append_only"), ("features", "0003_what_features_cost_in_sum")]
    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
