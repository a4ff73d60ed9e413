"""What people type about a squad's week and its rate card."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.conf import settings

from features.actions.allocating import NO_SHARE
from features.numbers import is_plain
from features.queries.allocations import Week

PREFIX: Final = "share_"


class ShareField(forms.DecimalField):
    """A percentage as people write it: `40`, `12.5`, `12,5`, `40 %`. Empty is none."""

    default_error_messages: ClassVar = dict.fromkeys(
        ("invalid", "min_value", "max_value", "max_decimal_places", "max_digits", "max_whole_digits"), NO_SHARE
    )

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "data-share": "", "class": "input"}
        )
        super().__init__(
            required=False, min_value=0, max_value=100, decimal_places=2, max_digits=5, widget=widget, **options
        )

    def to_python(self, value: Any) -> Any:
        """The number.

        Raises:
            ValidationError: it is none.
        """
        text = str(value or "").replace("%", "").replace(",", ".").strip()
        if text and not is_plain(text):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)


class WeekForm(forms.Form):
    """The shares of one week, a field for each feature; `state` is a word for the shares that were read."""

    state = forms.CharField(widget=forms.HiddenInput(attrs={"autocomplete": "off"}), required=False, max_length=64)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, week: Week, fill: Mapping[str, Decimal] | None = None
    ) -> None:
        super().__init__(data, initial={"state": week.state})
        self.unsaved = data is not None or fill is not None
        for share in week.shares:
            if share.takes_more or share.percent:
                name = PREFIX + share.feature.key
                self.fields[name] = ShareField(label=f"Share of {share.feature.name}, in percent")
                shown = (fill or {}).get(share.feature.key, share.percent)
                self.initial[name] = f"{shown.normalize():f}" if shown else ""

    def names(self) -> dict[str, str]:
        """From what the action calls a share to the field that it stands in."""
        return {f"shares.{name.removeprefix(PREFIX)}": name for name in self.fields if name.startswith(PREFIX)}

    def shares(self) -> dict[str, Decimal]:
        """What was typed, by the key of the feature, without what is none."""
        typed = {name.removeprefix(PREFIX): self.cleaned_data.get(name) for name in self.names().values()}
        return {key: share for key, share in typed.items() if share}

    def total(self) -> Decimal:
        """All that stands in the fields, in percent, saved or not."""
        if self.is_bound:
            return sum(self.shares().values(), Decimal(0))
        return sum((Decimal(self.initial[name] or 0) for name in self.names().values()), Decimal(0))

    def bound(self, key: str) -> forms.BoundField | None:
        """The field of a feature, where it has one."""
        return self[PREFIX + key] if PREFIX + key in self.fields else None


class RoleForm(forms.Form):
    """People of one role and what a day of theirs costs, from a day on; one of the two may be left as it is."""

    role = forms.CharField(label="Role", max_length=60, widget=forms.TextInput(attrs={"placeholder": "developer"}))
    from_on = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="A day in the past corrects the weeks that were booked since.",
    )
    people = forms.DecimalField(
        label="People", required=False, help_text="Half a person is 0.5; 0 ends the role. Left empty: as it is."
    )
    amount = forms.DecimalField(label="A person-day costs", required=False, help_text="Left empty: as it is.")
    currency = forms.CharField(label="Currency", required=False, max_length=3)
    rate = forms.DecimalField(
        label="Exchange rate",
        required=False,
        help_text=f"For another currency: what one of it is in {settings.CURRENCY}.",
    )
