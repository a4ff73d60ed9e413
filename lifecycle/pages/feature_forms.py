"""What people write about a feature. Forms read what was typed; the actions judge it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q

from features.enums import Category, Upkeep
from features.models import Squad
from hypotheses.enums import EffectScale, FindingKind, Population
from hypotheses.models import Hypothesis, Metric
from lifecycle.charts.formats import percentage
from lifecycle.pages.fields import LongText
from lifecycle.pages.sent_once import OnceForm
from lifecycle.phases import plain

SUCCESSES: Final = 2
"""How many further success metrics the form has room for, beside those that stand already."""

GUARDRAILS: Final = 3
"""How many guardrails the form has room for, beside those that stand already."""

_DIRECTIONS: Final = (("", "Choose"), ("up", "up"), ("down", "down"))
_SCALES: Final = ((EffectScale.ABSOLUTE.value, "in the metric's unit"), (EffectScale.RELATIVE.value, "of its value"))
_PLAIN: Final = ("change", "audience", "direction", "minimum_effect", "planned_units", "reason", "market", "mvp")
_UNITS: Final = (("amount", "money"), ("days", "person-days"))


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """One of the active people, by name."""

    def label_from_instance(self, obj: User) -> str:
        """The full name, where there is one."""
        return obj.get_full_name() or obj.get_username()


class HypothesisForm(forms.Form):
    """“We believe that … for … will move … by at least …, because …”. Parts may be missing; the gate names them."""

    change = LongText(label="We believe that", required=False, placeholder="What we change")
    audience = LongText(label="For", required=False, placeholder="Whom")
    metric = forms.ChoiceField(label="Will move", required=False)
    direction = forms.ChoiceField(label="Direction", choices=_DIRECTIONS, required=False)
    minimum_effect = forms.FloatField(
        label="By at least",
        required=False,
        help_text="A share in decimals: 0.005 of a rate is half a percentage point; 0.05 of its value is 5%.",
    )
    effect_scale = forms.ChoiceField(label="Measured", choices=_SCALES, required=False)
    planned_units = forms.IntegerField(
        label="Units at most",
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="Of both arms together. A plan needs fewer units, and has an end. Left empty: it has none.",
    )
    reason = LongText(label="Because", required=False)
    market = forms.CharField(
        label="Market of the launch", required=False, max_length=80, help_text="Left empty: everywhere."
    )
    mvp = LongText(label="Smallest version that can tell", required=False, help_text="And what it leaves out.")

    def __init__(self, *args: Any, before: Hypothesis | None = None, **kwargs: Any) -> None:
        rows = list(before.guardrails.select_related("metric")) if before else []
        successes = list(before.success_metrics.select_related("metric")) if before else []
        kwargs["initial"] = {**_stated(before, rows, successes), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        metrics = [("", "None"), *Metric.objects.order_by("name").values_list("key", "name")]
        self._choose("metric", metrics)
        self.success_places = range(max(SUCCESSES, len(successes) + 1))
        for at in self.success_places:
            self._add_success(at, metrics)
        self.harms_to_see = {row.metric.key: row.minimum_effect for row in rows}  # no field shows it; none may lose it
        self.places = range(max(GUARDRAILS, len(rows) + 1))
        for at in self.places:
            label = f"Guardrail {at + 1}"
            self.fields[f"guardrail_{at}"] = forms.ChoiceField(label=label, choices=metrics, required=False)
            self.fields[f"margin_{at}"] = forms.FloatField(label="Harm accepted", required=False, min_value=0)

    def _add_success(self, at: int, metrics: Sequence[tuple[str, str]]) -> None:
        label = f"Further success metric {at + 1}"
        told = "One that moves as hoped is enough; each of them then has to be surer. In the metric's unit."
        self.fields[f"success_{at}"] = forms.ChoiceField(label=label, choices=metrics, required=False)
        self.fields[f"success_direction_{at}"] = forms.ChoiceField(label="It goes", choices=_DIRECTIONS, required=False)
        self.fields[f"success_effect_{at}"] = forms.FloatField(label="By at least", required=False, help_text=told)

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (it is declared above)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """A row that is begun names its metric: it would be lost without a word."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for at in self.success_places:
            rest = (cleaned.get(f"success_direction_{at}"), cleaned.get(f"success_effect_{at}"))
            self._require_metric(f"success_{at}", begun=any(value not in ("", None) for value in rest))
        for at in self.places:
            self._require_metric(f"guardrail_{at}", begun=cleaned.get(f"margin_{at}") is not None)
        return cleaned

    def _require_metric(self, name: str, *, begun: bool) -> None:
        if begun and name not in self.errors and not self.cleaned_data.get(name):
            self.add_error(name, "Choose the metric of this row, or empty the rest of it.")

    def _has_any(self, *starts: str) -> bool:
        """Whether the form that was sent has a field of this kind at all, empty or not."""
        return any(name.startswith(starts) for name in self.data)

    def statement(self) -> dict[str, Any]:
        """The fields as `write_hypothesis` takes them; what was not sent at all is left out, so that it stays."""
        given = self.cleaned_data
        stated = {name: given[name] for name in ("metric", *_PLAIN) if name in self.data}
        if "effect_scale" in self.data:
            stated["effect_scale"] = given["effect_scale"] or EffectScale.ABSOLUTE.value
        if self._has_any("success_"):
            stated["success_metrics"] = self._successes()
        if self._has_any("guardrail_", "margin_"):
            stated["guardrails"] = self._guardrails()
        return stated

    def _successes(self) -> list[dict[str, Any]]:
        given = self.cleaned_data
        return [
            {
                "metric": given[f"success_{at}"],
                "direction": given[f"success_direction_{at}"],
                "minimum_effect": given[f"success_effect_{at}"],
            }
            for at in self.success_places
            if given[f"success_{at}"]
        ]

    def _guardrails(self) -> list[dict[str, Any]]:
        given = self.cleaned_data
        return [
            {"metric": key, "margin": given[f"margin_{at}"], "minimum_effect": self.harms_to_see.get(key)}
            for at in self.places
            if (key := given[f"guardrail_{at}"])
        ]

    def row_names(self) -> dict[str, str]:
        """The names of the fields of guardrails and further success metrics, as the action calls them."""
        return self._success_names() | self._guardrail_names()

    def _success_names(self) -> dict[str, str]:
        filled = [at for at in self.success_places if self.cleaned_data.get(f"success_{at}")]
        parts = {"metric": "success", "direction": "success_direction", "minimum_effect": "success_effect"}
        return {
            f"success_metrics.{row}.{part}": f"{field}_{at}"
            for row, at in enumerate(filled)
            for part, field in parts.items()
        }

    def _guardrail_names(self) -> dict[str, str]:
        filled = [at for at in self.places if self.cleaned_data.get(f"guardrail_{at}")]
        names = {f"guardrails.{row}": f"margin_{at}" for row, at in enumerate(filled)}
        return names | {f"guardrails.{row}.metric": f"guardrail_{at}" for row, at in enumerate(filled)}


def _stated(before: Hypothesis | None, rows: Sequence[Any], successes: Sequence[Any]) -> dict[str, Any]:
    if before is None:
        return {}
    stated = {name: getattr(before, name) for name in (*_PLAIN, "effect_scale")}
    stated["metric"] = before.metric.key if before.metric else ""
    for at, row in enumerate(successes):
        stated |= {
            f"success_{at}": row.metric.key,
            f"success_direction_{at}": row.direction,
            f"success_effect_{at}": row.minimum_effect,
        }
    for at, row in enumerate(rows):
        stated |= {f"guardrail_{at}": row.metric.key, f"margin_{at}": row.margin}
    return stated


class RevisionForm(HypothesisForm):
    """The next version of a hypothesis. `base` is the version that it was opened with, 0 for none."""

    base = forms.IntegerField(
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}), required=False, min_value=0, max_value=10**6
    )

    def __init__(self, *args: Any, before: Hypothesis | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"base": before.version if before else 0, **(kwargs.get("initial") or {})}
        super().__init__(*args, before=before, **kwargs)

    def show_after(self, version: int) -> None:
        """Keep what was typed as what comes after this version: the person has been told of it."""
        self.data = {**{name: self.data[name] for name in self.data}, "base": str(version)}


class FeatureForm(OnceForm, HypothesisForm):
    """A new feature with its first hypothesis."""

    field_order = ("name", "summary", "squad", "owner", "budget", "budget_unit", "time_box_days")

    name = forms.CharField(max_length=160, error_messages={"required": "Give the feature a name."})
    squad = forms.ModelChoiceField(queryset=Squad.objects.none(), to_field_name="slug", empty_label=None)
    summary = LongText(required=False, help_text="One or two sentences that anybody understands.")
    owner = PersonField(queryset=User.objects.none(), to_field_name="username", required=False)
    time_box_days = forms.IntegerField(
        label="Time box, in days", required=False, min_value=1, help_text="Left out, it is 14."
    )
    budget = forms.DecimalField(required=False, min_value=0, decimal_places=2, max_digits=14)
    budget_unit = forms.ChoiceField(label="Budget in", choices=_UNITS, required=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        squads = Squad.objects.order_by("name")
        if not person.is_superuser:
            squads = squads.filter(Q(people=person) | Q(tribe__leaders=person)).distinct()
        for name, rows in (("squad", squads), ("owner", User.objects.filter(is_active=True).order_by("username"))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (both are declared above)
            field.queryset = rows
        self.has_squads = squads.exists()

    def registration(self) -> dict[str, Any]:
        """What `register_feature` takes."""
        given, stated = self.cleaned_data, self.statement()
        says = any(value for name, value in stated.items() if name != "effect_scale")
        budget = given["budget"]
        return {
            **{name: given[name] for name in ("name", "squad", "summary", "owner", "time_box_days")},
            "budget": {given["budget_unit"] or "amount": str(budget)} if budget is not None else None,
            "hypothesis": stated if says else None,
        }


class FindingForm(OnceForm):
    """Evidence without a trial."""

    kind = forms.ChoiceField(label="What was done", choices=[(one.value, one.label) for one in FindingKind])
    population = forms.ChoiceField(
        label="Who was looked at",
        choices=[(one.value, one.label) for one in Population],
        help_text="Employees alone never satisfy a must rule.",
    )
    market = forms.CharField(required=False, max_length=80)
    successes = forms.IntegerField(label="How many succeeded", required=False, min_value=0)
    trials = forms.IntegerField(label="Of how many", required=False, min_value=1)
    target = forms.FloatField(
        label="Target rate", required=False, help_text="A share above 0 and below 1; left out, it is 0.5."
    )
    note = LongText(label="What was found", required=False, rows=4)
    url = forms.CharField(label="Where it is written down", required=False, max_length=200)


class InvestmentForm(OnceForm):
    """What one day cost."""

    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    category = forms.ChoiceField(choices=[(one.value, one.label) for one in Category])
    upkeep = forms.ChoiceField(
        label="Kind of upkeep",
        required=False,
        choices=[("", "Not told"), *((one.value, one.label) for one in Upkeep)],
        help_text="For a feature in Tweak It or Maintain It: what it was for.",
    )
    amount = forms.DecimalField(label="Amount", required=False, min_value=0, decimal_places=2, max_digits=14)
    person_days = forms.DecimalField(
        label="Person-days", required=False, min_value=0, help_text="Give an amount, person-days, or both."
    )
    note = LongText(required=False)


class ExposureForm(forms.Form):
    """Fewer people get it, now; or as many as was decided again: the button `back_up` carries that percentage."""

    percent = forms.DecimalField(label="New exposure, in percent", min_value=0, max_value=100, decimal_places=2)
    reason = LongText(rows=3, error_messages={"required": "Say why the exposure is lowered."})

    def __init__(self, data: Any = None, *, exposure: Decimal, ceiling: Decimal, held: bool) -> None:
        self.rises = bool(data and data.get("back_up"))
        super().__init__({**{name: data[name] for name in data}, "percent": data["back_up"]} if self.rises else data)
        self.fields["reason"].required = not self.rises
        self.back_up = None if held or exposure >= ceiling else plain(ceiling)
        now, decided = percentage(exposure), percentage(ceiling)
        self.remark = f"The exposure is {now}; {decided} is decided. More than that is decided at the gate only."
        if held and exposure < ceiling:
            self.remark += " The gate is due: until it is decided, the exposure does not rise."


class RemovalForm(forms.Form):
    """How it is taken out again, and who does that."""

    plan = LongText(
        label="How it is taken out", rows=5, error_messages={"required": "Write how it is taken out again."}
    )
    owner = PersonField(
        queryset=User.objects.filter(is_active=True).order_by("username"), to_field_name="username", required=False
    )


class RemovedForm(forms.Form):
    """One part of the work is done."""

    work = forms.CharField(widget=forms.HiddenInput, required=False)
    note = LongText(label="Where it can be seen", required=False)
