"""What people fill in to answer an item of a review. Forms read; the actions judge."""

from typing import Any, Final

from django import forms

from features.enums import Phase
from lifecycle.enums import Outcome, Question
from lifecycle.models import ReviewItem
from lifecycle.pages.fields import LongText
from lifecycle.pages.gate_words import QUESTIONS

NAMES: Final = {"next.tweak": "tweak_name", "next": "tweak_name"}
"""The decision's field names, as the form calls them."""


class AnswerForm(forms.Form):
    """One answer to one item: decided, or proposed. Which fields it has depends on the answer.

    `version` is that of the proposal that was seen; `back` the page that it was asked on.
    """

    outcome = forms.CharField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput(attrs={"autocomplete": "off"}), required=False)
    back = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = LongText(
        rows=2,
        placeholder="What decides it?",
        error_messages={"required": "Say why: it is read when the next review looks back."},
    )
    critical_reason = LongText(
        label="Rare but critical",
        required=False,
        rows=2,
        help_text="Why it must not fail on the day that it is needed.",
    )
    questions = forms.MultipleChoiceField(
        label="What do you question?",
        choices=[(question.value, QUESTIONS[question.value]) for question in Question],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    tweak_name = forms.CharField(
        label="The next tweak", required=False, max_length=160, help_text="A small feature of its own starts with it."
    )

    def __init__(self, data: Any = None, *, item: ReviewItem, outcome: str, **options: Any) -> None:
        super().__init__(data, auto_id=f"i{item.pk}-%s", **options)
        if outcome != Outcome.ADVANCE:
            del self.fields["critical_reason"]
        if outcome != Outcome.ITERATE:
            del self.fields["questions"]
        if outcome != Outcome.ITERATE or item.facts.get("phase") != Phase.TWEAK_IT:
            del self.fields["tweak_name"]
        self.fields["reason"].widget.attrs["autofocus"] = True

    def proposal(self) -> dict[str, Any]:
        """What `propose` takes, from a valid form."""
        given = self.cleaned_data
        return {"outcome": given["outcome"], "reason": given["reason"], "version": given["version"],
                "critical_reason": given.get("critical_reason", "")}  # fmt: skip

    def decision(self) -> dict[str, Any]:
        """What `decide_item` takes, from a valid form."""
        given = self.cleaned_data
        named = given.get("tweak_name")
        return {
            "outcome": given["outcome"],
            "reason": given["reason"],
            "critical_reason": given.get("critical_reason", ""),
            "questions": given.get("questions", []),
            "next": {"tweak": {"name": named}} if named else None,
        }
