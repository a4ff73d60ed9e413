"""What people fill in at a gate. Forms read; the actions judge."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from lifecycle.enums import Question
from lifecycle.pages.fields import LongText
from lifecycle.pages.gate_words import QUESTIONS, Choice

NAMES: Final = {
    "next.time_box_days": "time_box_days",
    "next.budget": "budget",
    "next.tweak": "tweak_name",
    "next.tweak.name": "tweak_name",
    "override": "consent",
    "override.reason": "override_reason",
    "override.consent": "consent",
}
"""The decision's field names, as the form calls them."""

_UNITS: Final = (("amount", "money"), ("days", "person-days"))


class ReasonForm(forms.Form):
    """A reason: for calling a gate."""

    reason = LongText(rows=3, error_messages={"required": "Say why the decision is needed now."})


class ConsentForm(forms.Form):
    """The second person's reason for accepting what is unmet."""

    reason = LongText(
        label="Why may these rules be overridden?",
        rows=3,
        error_messages={"required": "Say why these rules may be overridden here."},
    )


class DecisionForm(forms.Form):
    """The answer to a gate. Which of the three it is, is the button that was pressed (`outcome`)."""

    reason = LongText(
        rows=4,
        placeholder="What in the evidence decides it?",
        help_text="Two sentences are enough. It stays in the gate history.",
        error_messages={"required": "Say why: the reason is read when this is looked back on."},
    )
    questions = forms.MultipleChoiceField(
        label="To iterate: what do you question?",
        choices=[(question.value, QUESTIONS[question.value]) for question in Question],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    tweak_name = forms.CharField(label="To iterate: the next tweak", required=False, max_length=160)
    time_box_days = forms.IntegerField(
        label="Next time box, in days", required=False, min_value=1, help_text="Left out, it is the phase's usual one."
    )
    budget = forms.DecimalField(label="Next budget", required=False, min_value=0, decimal_places=2, max_digits=14)
    budget_unit = forms.ChoiceField(label="Budget in", choices=_UNITS, required=False)
    consent = forms.ChoiceField(label="Consent of a second person", required=False)
    override_reason = LongText(label="Why go on against these rules?", required=False, rows=3)

    def __init__(
        self, *args: Any, choices: Sequence[Choice] = (), consents: Sequence[tuple[str, str]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        tweaks = [choice.tweak for choice in choices if choice.outcome == "iterate"]
        if "no" in tweaks:
            del self.fields["tweak_name"]
        consent = self.fields["consent"]
        assert isinstance(consent, forms.ChoiceField)  # noqa: S101 (it is declared above)
        consent.choices = [("", "None yet"), *consents]

    def answer(self, outcome: str) -> dict[str, Any]:
        """What `decide` takes, from a valid form."""
        given = self.cleaned_data
        return {
            "outcome": outcome,
            "reason": given["reason"],
            "questions": given["questions"] if outcome == "iterate" else [],
            "next": self._next(outcome),
            "override": self._override(outcome),
        }

    def _next(self, outcome: str) -> dict[str, Any] | None:
        if outcome == "kill":
            return None
        given, asked = self.cleaned_data, dict[str, Any]()
        if given["time_box_days"]:
            asked["time_box_days"] = given["time_box_days"]
        if given["budget"] is not None:
            asked["budget"] = {given["budget_unit"] or "amount": str(given["budget"])}
        if outcome == "iterate" and given.get("tweak_name"):
            asked["tweak"] = {"name": given["tweak_name"]}
        return asked or None

    def _override(self, outcome: str) -> dict[str, Any] | None:
        given = self.cleaned_data
        if outcome != "advance" or not (given["consent"] or given["override_reason"]):
            return None
        return {"reason": given["override_reason"], "consent": int(given["consent"] or 0)}
