"""Appending to the history that cannot be rewritten unseen."""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from features.models import AuditEntry, AuditHead
from features.queries.audit import chain


def record(
    *,
    act: str,
    subject: str,
    by: User | None,
    now: datetime,
    body: dict[str, Any] | None = None,
    by_name: str = "",
) -> AuditEntry:
    """Append one act to the chain, within the transaction of the act itself, as its last step.

    The head of the chain is locked until the transaction ends, so entries stand in one order. `subject` is
    `kind:key`, for example `feature:one-tap-reorder`. `by_name` names a policy or an import when nobody did it.
    """
    content = json.loads(json.dumps(body or {}, cls=DjangoJSONEncoder))
    name = by.get_username() if by else (by_name or "the system")
    with transaction.atomic():
        head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
        number = head.number + 1
        digest = chain(previous=head.digest, number=number, at=now, by=name, act=act, subject=subject, body=content)
        entry = AuditEntry.objects.create(
            number=number,
            at=now,
            by=by,
            by_name=name,
            act=act,
            subject=subject,
            body=content,
            previous=head.digest,
            digest=digest,
        )
        AuditHead.objects.filter(pk=1).update(number=number, digest=digest)
    return entry
