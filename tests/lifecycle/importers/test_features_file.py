"""Features from a CSV file: registered as by hand, all or none."""

import pytest
from django.core.management import CommandError, call_command

from features.errors import BadInput
from features.importers.csv_file import text_file
from features.models import AuditEntry, Feature, Squad
from lifecycle.importers.features_file import import_features
from lifecycle.models import Gate
from tests.factories import lives

pytestmark = pytest.mark.django_db
HEADER = "key,name,squad,owner,summary,tags,parent\n"
TWO = HEADER + 'one-tap,One-tap reorder,checkout,alice,Again,"shop, speed",\nreceipts,Gift receipts,checkout,,,,\n'


def run(text, now, **options):
    done = import_features(file=text_file("features.csv", text), by=None, now=now, **options)
    return done.new, done.changed, done.unchanged, done.squads


def test_each_stands_in_think_it_with_its_gate_and_a_second_time_changes_nothing(alice, now):
    assert run(TWO, now) == (2, 0, 0, 0)
    feature = Feature.objects.get(key="one-tap")
    assert (feature.phase, feature.owner, {tag.name for tag in feature.tags.all()}) == (
        "think_it", alice, {"shop", "speed"},
    )  # fmt: skip
    assert Gate.objects.filter(state="open").count() == 2
    entries = AuditEntry.objects.count()
    assert run(TWO.replace("Again", "Anew"), now) == (0, 0, 2, 0)
    assert run(TWO, now, update=True) == (0, 0, 2, 0)
    assert AuditEntry.objects.count() == entries


def test_with_update_known_ones_become_what_the_file_says_and_empty_cells_say_nothing(alice, now):
    run(TWO, now)
    text = HEADER + "one-tap,One tap,checkout,,,shop,\n"
    assert run(text, now, update=True) == (0, 1, 0, 0)
    feature = Feature.objects.get(key="one-tap")
    assert (feature.name, feature.summary, feature.owner) == ("One tap", "Again", alice)
    assert [tag.name for tag in feature.tags.all()] == ["shop"]


def test_every_wrong_line_is_named_and_nothing_is_registered(squad, alice, now):
    idea = lives.thinking(squad, alice, name="An idea", now=now).feature
    text = HEADER + (
        "good,Good,checkout,,,,\nBad Key,Bad,checkout,,,,\n,No key,checkout,,,,\ngood,Again,checkout,,,,\n"
        "a,A,chekout,,,,\nb,B,checkout,nobody,,,\nc,,checkout,,,,\n"
        f"d,D,checkout,,,,nowhere\ne,E,checkout,,,,{idea.key}\nnew,New,checkout,,,,\n"
    )
    with pytest.raises(BadInput) as refused:
        run(text, now)
    assert {error.field: error.code for error in refused.value.errors} == {
        "lines.3.key": "invalid", "lines.4.key": "invalid", "lines.5.key": "duplicate", "lines.6.squad": "unknown",
        "lines.7.owner": "unknown", "lines.8.name": "required", "lines.9.parent": "unknown",
        "lines.10.parent": "not_in_tweak_it", "lines.11.key": "reserved",
    }  # fmt: skip
    assert "Did you mean “checkout”?" in str([error.detail for error in refused.value.errors])
    assert Feature.objects.get() == idea


def test_squads_are_made_where_that_is_asked_for(squad, now):
    text = HEADER + "a,A,search,,,,\nb,B,search,,,,\n"
    assert run(text, now, make_squads="discovery", dry_run=True) == (2, 0, 0, 1)
    assert not Feature.objects.exists()
    assert run(text, now, make_squads="discovery") == (2, 0, 0, 1)
    assert Squad.objects.get(slug="search").tribe.slug == "discovery"


def test_the_command(squad, tmp_path, capsys):
    path = tmp_path / "features.csv"
    path.write_text(HEADER + "a,A,checkout,,,,\nb,B,checkout,,,,\n")
    call_command("import_features", path)
    assert "features: 2 new, 0 changed, 0 left as they are" in capsys.readouterr().out
    path.write_text(HEADER + "c,C,nowhere,,,,\nd,D,nowhere,,,,\n")
    with pytest.raises(CommandError, match=r"line 2, squad: There is no squad “nowhere”"):
        call_command("import_features", path)
