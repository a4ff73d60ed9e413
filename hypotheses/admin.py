"""Django's admin for this floor: sources and metrics are managed here; what was measured is only read."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from features.admin import Admin, ReadOnly
from features.errors import Refusal
from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.actions.source import create_source, edit_source
from hypotheses.models import Evidence, Finding, Hypothesis, Metric, Pull, Result, Schedule, Source, Stage, Trial

if TYPE_CHECKING:
    Form = forms.ModelForm[Any]
else:  # Django's own class takes no type arguments when it runs
    Form = forms.ModelForm


class ActForm(Form):
    """A form whose act is tried while it is checked, and undone, so that a refusal stands beside its field."""

    actor: ClassVar[User | None] = None

    def clean(self) -> dict[str, Any]:
        """All that the act itself would refuse."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            with transaction.atomic():
                self.act()
                transaction.set_rollback(True)
        except Refusal as refused:
            for error in refused.errors:
                field = error.field.partition(".")[0]
                self.add_error(field if field in self.fields else None, error.detail)
            if not refused.errors:
                self.add_error(None, refused.detail)
        return cleaned

    def given(self) -> dict[str, Any]:
        """What was filled in; of a row that exists, only what was changed."""
        names = self.changed_data if self.instance.pk else self.fields
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def act(self) -> Any:
        """The act that writes it."""
        raise NotImplementedError


class SourceForm(ActForm):
    """A source; the secret is never shown, and stays when the field is left empty."""

    secret = forms.CharField(
        required=False, strip=False, widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
    )

    class Meta:
        model = Source
        fields = ("key", "name", "kind", "config", "secret", "max_concurrency", "owner")

    def act(self) -> Source:
        """Add or change the source."""
        given = self.given()
        if not given.get("secret"):
            given.pop("secret", None)
        if self.instance.pk:
            stands = Source.objects.get(pk=self.instance.pk)
            return edit_source(source=stands, by=self.actor, now=timezone.now(), **given)
        return create_source(by=self.actor, now=timezone.now(), **given)


class MetricForm(ActForm):
    """A metric."""

    class Meta:
        model = Metric
        fields = ("key", "name", "kind", "unit", "better", "description", "owner", "source", "query", "baseline")

    def act(self) -> Metric:
        """Add or change the metric."""
        if self.instance.pk:
            stands = Metric.objects.get(pk=self.instance.pk)
            return edit_metric(metric=stands, by=self.actor, now=timezone.now(), **self.given())
        return create_metric(by=self.actor, now=timezone.now(), **self.given())


class Acting(Admin):
    """An admin that writes through the form's act, so that the history and the checks are those of every door."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """The form, which knows who acts."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.actor = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """The act; the row that it wrote is the one that the admin goes on with."""
        written = form.act()
        obj.__dict__.update(written.__dict__)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What never changes once the row exists."""
        return ("key", "kind") if obj and obj._meta.model is Source else ("key",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: results and pulls point to it."""
        return False


@admin.register(Source)
class SourceAdmin(Acting):
    """Sources. A secret goes in and never comes out."""

    form = SourceForm
    list_display = ("key", "name", "kind", "owner", "fail_streak", "breaker_until")
    list_filter = ("kind",)
    search_fields = ("key", "name")


@admin.register(Metric)
class MetricAdmin(Acting):
    """The catalogue."""

    form = MetricForm
    list_display = ("key", "name", "kind", "unit", "source", "owner")
    list_filter = ("kind", "source")
    search_fields = ("key", "name")


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    """When metrics are pulled; changed through the API."""

    list_display = ("metric", "every_seconds", "cursor", "enabled")


@admin.register(Pull)
class PullAdmin(ReadOnly):
    """The ledger of pulls."""

    list_display = ("id", "schedule", "source", "state", "window_start", "attempts", "due_at")
    list_filter = ("state", "source")
    list_select_related = ("schedule__metric", "source")


@admin.register(Hypothesis, Finding, Trial, Stage, Result, Evidence)
class BeliefAdmin(ReadOnly):
    """What is believed, what was measured, what the data say."""

    search_fields = ("id",)
