"""Many rows at once: as the ORM would have written them, in the caller's transaction, refused where it would be."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from features.actions.copying import copy_rows
from features.models import Investment
from hypotheses.models import Result
from tests.factories.rows import T0, saved

OWN = tuple(field.name for field in Investment._meta.concrete_fields if not field.primary_key)


def entry(known: Investment, **changes):
    given = {name: getattr(known, Investment._meta.get_field(name).attname) for name in OWN} | changes
    return tuple(given[name] for name in OWN)


@pytest.mark.django_db
def test_what_is_copied_reads_back_as_what_the_orm_wrote():
    known = saved(Investment, amount=Decimal("12.50"), on=date(2026, 3, 1), note="tabs\tlines\nquotes' \\N “ä”")
    copy_rows(Investment, names=OWN, rows=[
        entry(known, external_id="same"),
        entry(known, external_id="days", note="", amount=None, amount_base=None, person_days=Decimal("1.500")),
    ])  # fmt: skip
    _, same, other = Investment.objects.order_by("pk")
    assert same.external_id == "same"
    assert entry(same, external_id="") == entry(known, external_id="")
    assert (other.note, other.amount, other.person_days) == ("", None, Decimal("1.500"))


@pytest.mark.django_db
def test_nothing_is_written_when_one_row_breaks_a_rule():
    result = saved(Result)
    names = ("stage", "metric", "arm", "as_of", "n", "mean", "var", "definition_hash", "pass_number", "source")
    given = [result.stage_id, result.metric_id, result.arm_id, T0.replace(day=9), 5, 0.5, 0.25, "", 0, ""]
    names += ("revision", "recorded_at")
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows(Result, names=names, rows=[(*given, 1, T0), (*given, 0, T0)])
    assert Result.objects.get() == result


@pytest.mark.django_db
def test_no_rows_are_no_fault():
    copy_rows(Investment, names=OWN, rows=[])
    assert not Investment.objects.exists()
