from django.db import migrations

from features.models.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("hypotheses", "0001_initial")]
    operations = [AppendOnly("baseline"), AppendOnly("clearance"), AppendOnly("unfolding")]
