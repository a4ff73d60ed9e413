from typing import Any

from django.db import migrations

from features.actions.summing import rebuild


def sum_up(apps: Any, _: Any) -> None:
    """What was recorded before there were these sums; a new installation has none.

    `rebuild` needs the tables as they are now: whoever adds a column to the sums moves this step behind it.
    """
    if any(apps.get_model("features", name).objects.exists() for name in ("Investment", "Return")):
        rebuild()


class Migration(migrations.Migration):
    dependencies = [
        ("lifecycle", "0003_stints_know_when_their_gates_fell_due"),
        ("features", "0004_spend_before_release"),
    ]
    operations = [migrations.RunPython(sum_up, migrations.RunPython.noop)]
