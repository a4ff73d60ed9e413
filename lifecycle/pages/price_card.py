"""The card of a metric on its worth: what one unit of it is worth from which day on, and the form that says so."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from hypotheses.models import Metric
from hypotheses.queries.catalogue import may_keep_metric
from hypotheses.queries.pricing import unit_values
from lifecycle.pages.backfill_card import DAY, REACH


class PriceForm(forms.Form):
    """What it is worth when one unit has one more of the metric, from which day on, and why that much."""

    amount = forms.DecimalField(max_digits=16, decimal_places=4, widget=forms.NumberInput(attrs={"step": "any"}))
    from_on = forms.DateField(label="From", widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), validators=REACH)
    note = forms.CharField(label="Where the number comes from", required=False, max_length=2000)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"].label = f"Worth in {settings.CURRENCY}"


def price_card(
    *, metric: Metric, person: AbstractBaseUser | AnonymousUser, form: PriceForm | None = None
) -> dict[str, Any]:
    """What the card needs; `form` is one that was refused."""
    return {
        "prices": unit_values(metric=metric),
        "price_form": form or PriceForm(initial={"from_on": timezone.localdate()}),
        "prices_it": isinstance(person, User) and may_keep_metric(person, metric),
    }
