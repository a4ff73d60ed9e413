"""The card of a metric's page on its past: how far the reading of it has come, and the form that starts it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from hypotheses.enums import BackfillState
from hypotheses.models import Metric
from hypotheses.queries.backfills import Progress, backfills, progress
from hypotheses.queries.catalogue import may_keep_metric
from lifecycle.charts import formats
from lifecycle.pages.pull_rows import age_words

DAY = {"type": "date"}
REACH = (MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2199, 12, 31)))


class BackfillForm(forms.Form):
    """From which day to which day, both included."""

    since = forms.DateField(label="From", widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), validators=REACH)
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), validators=REACH
    )

    @property
    def since_moment(self) -> datetime:
        """The first day's beginning, in the installation's time zone."""
        return _midnight(self.cleaned_data["since"])

    @property
    def until_moment(self) -> datetime | None:
        """The last day's end."""
        until = self.cleaned_data["until"]
        return _midnight(until + timedelta(days=1)) if until else None


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 (made aware here)


@dataclass(frozen=True, slots=True)
class BackfillRow:
    """A backfill in words. `told`: who started, stopped or finished it, and how long ago."""

    fact: Progress
    range: str
    told: str

    @property
    def open(self) -> bool:
        """Whether something is left to read."""
        return self.fact.state != BackfillState.DONE

    @property
    def runs(self) -> bool:
        """Whether it goes on by itself."""
        return self.fact.state == BackfillState.RUNNING

    @property
    def share(self) -> str:
        """How much of it is read: ``40 %``; whole only when it is."""
        return f"{100 * self.fact.read // self.fact.windows} %"

    @property
    def word(self) -> str:
        """``Running`` or ``Stopped``."""
        return self.fact.state.capitalize()

    @property
    def tone(self) -> str:
        """The colour of its chip."""
        return "quiet" if self.runs else "warn"

    @property
    def icon(self) -> str:
        """The mark of its chip."""
        return "loader" if self.runs else "pause"


def backfill_card(
    *, metric: Metric, person: AbstractBaseUser | AnonymousUser, now: datetime, form: BackfillForm | None = None
) -> dict[str, Any]:
    """What the card shows: the latest backfill, whether this person may act, and the form."""
    latest = backfills(metric=metric).order_by("-id").first()
    return {
        "backfill": _row(progress(latest), now) if latest else None,
        "keeps": isinstance(person, User) and may_keep_metric(person, metric),
        "range_form": form or BackfillForm(),
    }


def _row(fact: Progress, now: datetime) -> BackfillRow:
    first, last = timezone.localtime(fact.since), timezone.localtime(fact.until)
    span = f"{formats.day_short(first)} – {formats.day_short(last - timedelta(microseconds=1))}"
    return BackfillRow(fact, span, _told(fact, now))


def _told(fact: Progress, now: datetime) -> str:
    by = f" by {fact.started_by}" if fact.started_by else ""
    if fact.finished_at:
        return f"Started{by}, finished {age_words(now - fact.finished_at)}."
    if fact.stopped_at:
        stopped = f" by {fact.stopped_by}" if fact.stopped_by else ""
        return f"Stopped{stopped} {age_words(now - fact.stopped_at)}; it goes on where it was."
    return f"Started{by} {age_words(now - fact.started_at)}."
