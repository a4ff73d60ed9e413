"""Open bugs from an export of the tracker: a signal of upkeep."""

from collections import Counter
from datetime import datetime
from typing import Final

from django.utils import timezone

from features.actions.ledger import Recorded
from features.actions.signalling import SignalRow, record_signals
from features.enums import SignalKind
from features.importers.csv_file import Column, CsvFile, LineErrors, Table
from features.importers.mapping import known_features, no_feature
from features.models import Signal

TABLE: Final = Table(
    (Column("feature", needed=True, also=("feature_key",)), Column("open_bugs", also=("open", "bugs", "count"))),
    strict=False,
)
MOST: Final = 10**9


def import_bugs(*, file: CsvFile, source: str, now: datetime) -> Recorded:
    """Count the open bugs of each feature. A feature of the same source that the file no longer has, has none open.

    Raises:
        BadInput: a row names no feature, or its count is no whole number; nothing was written.
    """
    errors, counts = LineErrors(), Counter[str]()
    keys = known_features()
    for line in file.lines(TABLE, errors):
        count = line["open_bugs"] or "1"
        if line["feature"] not in keys:
            errors.add(line.number, "feature", no_feature(line["feature"], keys), code="unknown")
        elif not (count.isascii() and count.isdecimal() and int(count) <= MOST):
            errors.add(line.number, "open_bugs", f"“{count}” is not a number of bugs.")
        else:
            counts[line["feature"]] += int(count)
    errors.refuse(file.name)
    known_as, today = source or f"bugs:{file.stem}"[:80], timezone.localdate(now)
    before = Signal.objects.filter(kind=SignalKind.OPEN_BUGS, source=known_as, superseded_at__isnull=True)
    for key in before.values_list("feature__key", flat=True):
        counts.setdefault(key, 0)
    rows = [
        SignalRow(feature=key, kind=SignalKind.OPEN_BUGS, on=today, value=count, source=known_as)
        for key, count in sorted(counts.items())
    ]
    return record_signals(rows=rows, by=None, now=now)
