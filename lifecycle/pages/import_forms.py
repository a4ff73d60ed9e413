"""What is uploaded and chosen to bring a file into the ledger: one form for each kind of file."""

from typing import Any, Final

from django import forms

from features.errors import BadInput
from features.importers.csv_file import file_of
from features.importers.drafts import DAYS_ONLY, LARGEST, MOST_LINES
from features.queries.rates import known_roles

LARGEST_MAP: Final = 1_000_000
DECIMALS: Final = (("auto", "Find out from the file"), ("point", "Point: 1250.50"), ("comma", "Comma: 1250,50"))
MEAN_OF_SEATS: Final = "The mean of the squad's seats, where the mapping names no role"
COSTS: Final = (("effective", "Effective: commitments spread over their use"), ("billed", "Billed: as on the invoice"))


class UploadForm(forms.Form):
    """A file, and what its rows are known under."""

    upload = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text="CSV, may be gzipped. Up to 20 MB and 100,000 lines; larger ones come in by command.",
        error_messages={"required": "Choose a file."},
    )
    source = forms.CharField(
        required=False,
        max_length=80,
        help_text="What its rows are known under. A file that replaces another has the same. Left out: its name.",
    )
    withdraw = forms.BooleanField(
        required=False,
        label="Entries of this source and these days that are not in the file become zero",
        help_text="Only for a file that has everything of its days.",
    )
    text = ""
    encoding = ""

    def clean_upload(self) -> Any:
        """The file as text; one that is too large, or is no text, is refused with what to do."""
        sent = self.cleaned_data["upload"]
        if sent.size > LARGEST:
            megabytes = sent.size / 1_000_000
            raise forms.ValidationError(f"It has {megabytes:,.0f} MB; 20 fit here. Bring it in by command.")
        try:
            file, self.text = file_of(sent.name, sent.read(), most=LARGEST)
        except BadInput as refused:
            raise forms.ValidationError(refused.detail) from refused
        self.encoding = file.encoding
        if self.text.count("\n") > MOST_LINES:
            raise forms.ValidationError(f"It has more than {MOST_LINES:,} lines. Bring it in by command.")
        return sent

    def options(self) -> dict[str, Any]:
        """What was chosen, as the draft keeps it."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in {"upload", "map", "withdraw"}}
        said = {name: str(value) for name, value in given.items() if value is not None}
        return said | {"encoding": self.encoding, "withdraw": self.cleaned_data["withdraw"]}


class LedgerForm(UploadForm):
    """Investments or returns in our own columns."""

    field_order = ("upload", "source", "decimal", "withdraw")
    decimal = forms.ChoiceField(label="Decimal mark", choices=DECIMALS, required=False)


class MappedForm(UploadForm):
    """A file in the words of another system."""

    map = forms.FileField(label="Mapping", allow_empty_file=True)
    map_text = ""

    def clean_map(self) -> Any:
        """The mapping as text."""
        sent = self.cleaned_data["map"]
        if sent:
            try:
                _, self.map_text = file_of(sent.name, sent.read(LARGEST_MAP + 1), most=LARGEST_MAP)
            except BadInput as refused:
                raise forms.ValidationError(refused.detail) from refused
        return sent

    def options(self) -> dict[str, Any]:
        """What was chosen, with the mapping."""
        sent = self.cleaned_data.get("map")
        return super().options() | ({"map": self.map_text, "map_name": sent.name} if sent else {})


class FocusForm(MappedForm):
    """A cloud bill."""

    field_order = ("upload", "tag", "map", "cost", "rates", "source", "withdraw")
    tag = forms.CharField(initial="feature", max_length=200, help_text="The tag whose value names the feature.")
    cost = forms.ChoiceField(choices=COSTS)
    rates = forms.CharField(
        label="Rates", required=False, max_length=400, help_text="For each currency but the house's: USD=0.92"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["map"].required = False
        self.fields["map"].help_text = "CSV with value,feature. Without it the value is the feature's key."


class WorklogForm(MappedForm):
    """Worklogs of Jira or Tempo."""

    field_order = ("upload", "map", "hours_per_day", "role", "rate", "decimal", "source", "withdraw")
    hours_per_day = forms.DecimalField(initial=8, min_value=1, max_value=24, decimal_places=2)
    role = forms.ChoiceField(
        label="Price of a person-day",
        required=False,
        help_text="By the rate card of the feature's squad, on the day of the work. Without a rate days stay days.",
    )
    rate = forms.DecimalField(
        label="Or one price for all",
        required=False,
        min_value=1,
        max_value=10**6,
        decimal_places=2,
        help_text="Whatever the rate cards say. Left out: they are asked.",
    )
    decimal = forms.ChoiceField(label="Decimal mark", choices=DECIMALS, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["map"].help_text = (
            "CSV with feature, and one or more of issue, epic, label, component, project. Lines with person and role "
            "instead say whose rate holds."
        )
        roles = [(role, f"{role.capitalize()}, where the mapping names no role") for role in known_roles()]
        choices = [("", MEAN_OF_SEATS), *roles, (DAYS_ONLY, "None: days stay days")]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]  # a field of choices, as declared above

    def clean(self) -> dict[str, Any]:
        """Either one price, or days without any."""
        found = super().clean() or {}
        if found.get("rate") is not None and found.get("role") == DAYS_ONLY:
            self.add_error("rate", "Leave it out where days stay days.")
        return found
