"""Fields that the forms share."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from features.texts import LONGEST


class LongText(forms.CharField):
    """A text of several lines, as long as the REST API takes it.

    The browser is not told the limit: it would cut what is pasted without a word. What is too long is refused with
    everything that was typed still in the form.
    """

    def __init__(self, *, rows: int = 2, placeholder: str = "", **options: Any) -> None:
        attrs = {"rows": rows} | ({"placeholder": placeholder} if placeholder else {})
        options.setdefault("widget", forms.Textarea(attrs=attrs))
        super().__init__(**options)
        said = f"This is %(show_value)d characters long; {LONGEST:,} fit. Shorten it; nothing was lost or saved."
        self.validators.append(MaxLengthValidator(LONGEST, said))

    def to_python(self, value: Any) -> Any:
        """The text with the line ends that the API counts: browsers send two characters for each."""
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text
