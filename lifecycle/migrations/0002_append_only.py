from django.db import migrations

from features.models.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0001_initial")]
    operations = [AppendOnly("decision")]
