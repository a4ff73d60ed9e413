"""Bringing a file into the ledger: upload, look at what it would come to, record it once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from features.actions.drafting import forget_draft, keep_draft, record_draft
from features.errors import Conflict, Missing, Refusal
from features.importers.csv_file import spoken
from features.importers.drafts import reading_of
from features.importers.into_ledger import Preview, preview_reading, record_reading
from features.models import Draft
from lifecycle.charts import formats
from lifecycle.pages.import_forms import FocusForm, LedgerForm, UploadForm, WorklogForm

LAST: Final = 20
SUMS: Final = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: how it is called, what it is for, its icon, its form, and the columns that it brings."""

    title: str
    lead: str
    icon: str
    form: type[UploadForm]
    columns: str


KINDS: Final[Mapping[str, Kind]] = {
    "investments": Kind(
        title="Investments",
        lead="What features cost, from a spreadsheet.",
        icon="receipt",
        form=LedgerForm,
        columns="feature, on, category, amount or person_days; currency, rate, source, external_id, note",
    ),
    "returns": Kind(
        title="Returns",
        lead="What features earned, from a spreadsheet.",
        icon="coins",
        form=LedgerForm,
        columns="feature, on, amount; currency, rate, source, external_id, note",
    ),
    "focus": Kind(
        title="Cloud bill",
        lead="A bill in the FinOps FOCUS format, by one of its tags.",
        icon="cloud",
        form=FocusForm,
        columns="EffectiveCost or BilledCost, BillingCurrency, ChargePeriodStart, Tags; all others are passed over",
    ),
    "worklogs": Kind(
        title="Worklogs",
        lead="Hours that were logged in Jira or Tempo, as person-days.",
        icon="clock",
        form=WorklogForm,
        columns="Issue Key, Work date or Started, Hours or timeSpentSeconds or Time Spent; or Log Work",
    ),
}


@require_safe
def imports_page(request: HttpRequest) -> HttpResponse:
    """`/imports/`: the kinds of files, and what became of those that this person has uploaded."""
    drafts = _drafts(request).defer("text")[:LAST]
    context = {"kinds": KINDS.items(), "drafts": [(draft, KINDS[draft.kind]) for draft in drafts]}
    return render(request, "lifecycle/imports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def upload_page(request: HttpRequest, kind: str) -> HttpResponse:
    """`/imports/new/<kind>/`: the file and how it is read. It leads to the preview; nothing is recorded yet."""
    chosen = KINDS.get(kind)
    if chosen is None:
        raise Http404(f"There is no import of {kind}.")
    posted = request.method == "POST"
    form = chosen.form(request.POST, request.FILES) if posted else chosen.form()
    if posted and form.is_valid():
        draft = keep_draft(
            kind=kind,
            name=form.cleaned_data["upload"].name,
            text=form.text,
            options=form.options(),
            by=_person(request),
            now=timezone.now(),
        )
        return redirect("import", draft.pk)
    context = {"kind": chosen, "form": form, "crumbs": [("Import", reverse("imports"))]}
    return render(request, "lifecycle/import_new.html", context, status=400 if posted else 200)


@require_safe
def import_page(request: HttpRequest, draft_id: int) -> HttpResponse:
    """`/imports/<id>/`: what recording the file would come to, as of now; or what it came to."""
    draft = _drafts(request).filter(pk=draft_id).first()
    if draft is None:
        raise Http404(f"There is no upload {draft_id}.")
    context: dict[str, Any] = {
        "draft": draft,
        "kind": KINDS[draft.kind],
        "slug": draft.kind,
        "currency": settings.CURRENCY,
        "crumbs": [("Import", reverse("imports"))],
    }
    if draft.recorded_at is None:
        try:
            preview = preview_reading(reading=reading_of(draft), by=_person(request), now=timezone.now())
            context |= _shown(preview)
        except Refusal as refusal:
            context["refusal"] = refusal
            context["errors"] = [(_place(error.field), error.detail) for error in refusal.errors]
    return render(request, "lifecycle/import.html", context)


@require_POST
def record_page(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Record the file; the second click says that it was recorded, and by whom."""
    person, now = _person(request), timezone.now()

    def record(draft: Draft) -> dict[str, Any]:
        withdraw = bool(draft.options.get("withdraw"))
        return asdict(record_reading(reading=reading_of(draft), by=person, now=now, withdraw=withdraw))

    try:
        record_draft(draft_id=draft_id, by=person, now=now, record=record)
    except Conflict as refusal:
        messages.info(request, refusal.detail)
    except Refusal as refusal:
        messages.error(request, refusal.detail)
        if isinstance(refusal, Missing):
            return redirect("imports")
    else:
        messages.success(request, "It is recorded.")
    return redirect("import", draft_id)


@require_POST
def forget_page(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Forget the upload; what was recorded stays."""
    try:
        forget_draft(draft_id=draft_id, by=_person(request))
        messages.success(request, "The upload is forgotten. Nothing was recorded.")
    except Refusal as refusal:
        messages.info(request, refusal.detail)
    return redirect("imports")


def _shown(preview: Preview) -> dict[str, Any]:
    tiles = [
        {"label": "New", "value": formats.count(preview.new), "note": "entries"},
        {"label": "Revised", "value": formats.count(preview.revised), "note": "the earlier ones are kept"},
        {"label": "Unchanged", "value": formats.count(preview.unchanged), "note": "are there already"},
        {
            "label": "Wrong",
            "value": formats.count(preview.wrong),
            "tone": "bad" if preview.wrong else "",
            "note": "nothing is recorded while there are any" if preview.wrong else "every line can be read",
        },
    ]
    return {
        "preview": preview,
        "tiles": tiles,
        "errors": [(_place(error.field), error.detail) for error in preview.errors],
        "sums": preview.sums[:SUMS],
        "more_sums": max(0, len(preview.sums) - SUMS),
    }


def _place(field: str) -> str:
    return spoken(field).capitalize() if field.startswith("lines.") else ""


def _drafts(request: HttpRequest) -> Any:
    """Uploads are seen by who made them, and by administrators: a file may say more than the ledger keeps of it."""
    person = _person(request)
    rows = Draft.objects.select_related("uploaded_by")
    return rows if person.is_superuser else rows.filter(uploaded_by=person)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return request.user
