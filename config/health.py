"""Whether the process lives, and whether the installation can do its work: for supervisors and load balancers."""

from datetime import timedelta
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hypotheses.models import Clock

OLDEST_TICK: Final = timedelta(minutes=5)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  (a view)
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  (a view)
    """Whether the database answers, has all migrations, and the clock ticks. 503 names what does not."""
    checks = {"database": "ok", "migrations": "unknown", "clock": "unknown"}
    try:
        checks["migrations"] = _migrations()
        checks["clock"] = _clock()
    except DatabaseError:
        if checks["migrations"] in {"unknown", "ok"}:
            checks["database"] = "does not answer"
    ready = all(found == "ok" for found in checks.values())
    document = {"status": "ready" if ready else "not ready", "checks": checks}
    return JsonResponse(document, status=200 if ready else 503)


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} to apply: run manage.py migrate" if waiting else "ok"


def _clock() -> str:
    last = Clock.objects.order_by("-at").values_list("at", flat=True).first()
    if last is None:
        return "has not ticked yet"
    age = timezone.now() - last
    return "ok" if age < OLDEST_TICK else f"last ticked {int(age.total_seconds() // 60)} minutes ago"
