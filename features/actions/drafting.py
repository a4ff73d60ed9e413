"""Files that were uploaded and looked at: kept until they are recorded, once, or forgotten."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction

from features.errors import Conflict, Missing
from features.models import Draft

KEPT_FOR: Final = timedelta(days=1)


@transaction.atomic
def keep_draft(*, kind: str, name: str, text: str, options: Mapping[str, Any], by: User, now: datetime) -> Draft:
    """Keep an uploaded file; what anybody uploaded more than a day ago and did not record is forgotten."""
    Draft.objects.filter(recorded_at__isnull=True, uploaded_at__lt=now - KEPT_FOR).delete()
    return Draft.objects.create(
        kind=kind, name=name[:200], text=text, options=dict(options), uploaded_at=now, uploaded_by=by
    )


@transaction.atomic
def forget_draft(*, draft_id: int, by: User) -> None:
    """Forget a file that was not recorded.

    Raises:
        Missing: there is none of theirs. Conflict: `already_recorded`.
    """
    _waiting(draft_id, by).delete()


@transaction.atomic
def record_draft(*, draft_id: int, by: User, now: datetime, record: Callable[[Draft], Mapping[str, Any]]) -> Draft:
    """Record a file by what `record` does with it, in one transaction with the note that it was: so it is once.

    `record` gives what it came to. The text of the file is not kept any longer, nor is that of its mapping.

    Raises:
        Missing: there is none of theirs. Conflict: `already_recorded`, with who. Refusal: what `record` refuses.
    """
    draft = _waiting(draft_id, by)
    done = record(draft)
    draft.text, draft.recorded_at = "", now
    draft.outcome = {**done, "by": by.get_username(), "name": by.get_full_name() or by.get_username()}
    draft.options = {name: value for name, value in draft.options.items() if name != "map"}
    draft.save(update_fields=["text", "options", "recorded_at", "outcome"])
    return draft


def _waiting(draft_id: int, by: User) -> Draft:
    rows = Draft.objects.select_for_update().filter(pk=draft_id)
    draft = (rows if by.is_superuser else rows.filter(uploaded_by=by)).first()
    if draft is None:
        raise Missing(code="not_found", detail="This upload is not here any more. Upload the file again.")
    if draft.recorded_at is not None:
        detail = f"“{draft.name}” was recorded already, by {draft.outcome.get('name')}. Nothing was written again."
        raise Conflict(code="already_recorded", detail=detail)
    return draft
