"""The portfolio at the size of a large company: what its pages ask, at 1× and 10× the entries, side by side.

On PostgreSQL only (`BENCH_POSTGRESQL`, `make bench-portfolio`). `BENCH_ENTRIES=2500000` sets the larger number of
entries (25 million as the design asks; a tenth of it unless told), `BENCH_FEATURES=10000` the features. Milliseconds
mean little on a shared machine: what counts is growth, and the share of the same figures asked of the raw entries in
the same run. A bound of milliseconds was read beside such a raw query of 25 million entries (`RAW`): it is held as that
share, and at fewer entries as the larger share that the same milliseconds would be.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
TURNS = 7
ROWS = 20_000
DROPPED = ["dropdb", "--if-exists"]
PLANNED = 25_000_000
RAW = {
    "by phase": (
        """SELECT date_trunc('month', "on"), stint.phase, sum(amount_base) FROM investment
           JOIN stint ON stint.id = stint_id WHERE superseded_at IS NULL GROUP BY 1, 2""",
        4_581,
    ),
    "scan of one feature": (
        """SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
           SELECT date_trunc('week', "on"), sum(amount_base) FROM investment
           WHERE feature_id = 77 AND superseded_at IS NULL GROUP BY 1;
           RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_indexonlyscan""",
        794,
    ),
    "before release": (
        """SELECT feature_id, sum(amount_base) FROM investment JOIN feature ON feature.id = feature_id
           WHERE superseded_at IS NULL AND "on" <= released_on GROUP BY 1""",
        7_879,
    ),
}
"""The figures asked of the raw entries, and the milliseconds that took where the bounds come from (`speed.md`)."""


def main() -> None:
    server = os.environ.get("BENCH_POSTGRESQL")
    if not server:
        print("left out: the portfolio is measured on PostgreSQL (set BENCH_POSTGRESQL=postgresql://root@127.0.0.1)")
        return
    name = "fourstroke_bench_portfolio"
    for command in (DROPPED, ["createdb"]):
        subprocess.run([*command, f"--maintenance-db={server}/postgres", name], check=True)
    environment = {**os.environ, "DATABASE_URL": f"{server.replace('postgresql', 'postgres', 1)}/{name}"}
    environment |= {"VAR": tempfile.mkdtemp(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    try:
        command = [sys.executable, "-c", "from tests.benchmarks.bench_portfolio import measure; measure()"]
        subprocess.run(command, env=environment, cwd=ROOT, check=True)
    finally:
        subprocess.run([*DROPPED, f"--maintenance-db={server}/postgres", name], check=True)


def measure() -> None:
    """All figures, in a process of its own that knows the database."""
    import django

    django.setup()
    from tests.benchmarks.portfolio_scene import FEW, MANY, fill

    entries = int(os.environ.get("BENCH_ENTRIES", "2500000"))
    features = int(os.environ.get("BENCH_FEATURES", "10000"))
    for schema, count in ((FEW, entries // 10), (MANY, entries)):
        began = time.perf_counter()
        fill(schema, features=features, entries=count)
        print(f"      {schema}: {features:,} features, {count:,} entries, in {time.perf_counter() - began:.0f} s")
    _proved()
    _pages(entries)
    _ingest()
    print(f"      this process at its largest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


# that the sums of the scene are what the product keeps


def _proved() -> None:
    from features.queries.sums import differences
    from tests.benchmarks.portfolio_scene import FEW, schema

    with schema(FEW):
        found = sum(1 for _ in differences())
    _told("13", "rows of sums that differ from the entries", found, 0, "")


# what pages ask


def _pages(entries: int) -> None:
    from lifecycle.queries.board import board
    from lifecycle.queries.portfolio.before_return import spent_before_return
    from lifecycle.queries.portfolio.investment import invested
    from lifecycle.queries.portfolio.scope import Period

    years = Period(date(2021, 1, 1), date(2025, 12, 31))

    asked: list[tuple[str, str, Callable[[], Any], str, float, float]] = [
        ("8", "portfolio of 5 years by phase", lambda: invested(period=years, by="phase"), "by phase", 25, 1.2),
        ("9", "portfolio by tribe", lambda: invested(period=years, by="tribe"), "by phase", 60, 1.2),
        ("9", "portfolio by squad", lambda: invested(period=years, by="squad"), "by phase", 120, 1.2),
        ("10", "curve of one feature, by month", lambda: _curve("month"), "scan of one feature", 5, 1.2),
        ("10", "curve of one feature, by week", lambda: _curve("week"), "scan of one feature", 5, 1.2),
        ("11", "spend before return, all, to the day", spent_before_return, "before release", 300, 1.4),
        ("7", "board of a tribe", lambda: board(now=_now(), tribe="tribe-7"), "", 0, 1.2),
    ]
    few, many = _side_by_side([act for _, _, act, *_ in asked])
    raws = _raws(entries)
    for place, (row, what, _, against, bound, growth) in enumerate(asked):
        print(f"      row {row}: {what}: {many[place]:.1f} ms")
        if against:
            took, share = raws[against], bound / RAW[against][1] * PLANNED / entries
            _told(row, f"{what}, share of “{against}” ({took:,.0f} ms)", many[place] / took, share, "", places=4)
        _told(row, f"{what}, growth at 10× the entries", many[place] / few[place], growth, "×")


def _raws(entries: int) -> dict[str, float]:
    """The milliseconds that the raw entries take in the larger portfolio, the better of two turns."""
    from django.db import connection

    from tests.benchmarks.portfolio_scene import MANY, schema

    found: dict[str, float] = {}
    with schema(MANY), connection.cursor() as cursor:
        for _ in range(2):
            for name, (statement, _) in RAW.items():
                began = time.perf_counter()
                cursor.execute(statement)
                took = (time.perf_counter() - began) * 1000
                found[name] = min(found.get(name, took), took)
    return found


def _side_by_side(acts: list[Callable[[], Any]], turns: int = TURNS) -> tuple[list[float], list[float]]:
    """The median milliseconds of each act in the smaller and in the larger portfolio, in turns."""
    from tests.benchmarks.portfolio_scene import FEW, MANY, schema

    took: dict[tuple[str, int], list[float]] = {}
    for _ in range(turns):
        for name in (FEW, MANY):
            with schema(name):
                for place, act in enumerate(acts):
                    act()
                    began = time.perf_counter()
                    act()
                    took.setdefault((name, place), []).append((time.perf_counter() - began) * 1000)
    places = range(len(acts))
    return [median(took[FEW, place]) for place in places], [median(took[MANY, place]) for place in places]


def _curve(interval: str) -> None:
    from features.models import Feature
    from lifecycle.queries.curve import curve_of

    curve_of(feature=Feature.objects.get(key="feature-77"), interval=interval, now=_now())


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 2, 1, tzinfo=UTC)


# what recording costs


def _ingest() -> None:
    from tests.benchmarks.portfolio_scene import MANY, schema

    with schema(MANY):
        copied = median(_copied(turn) for turn in range(3))
        recorded = median(_recorded(turn) for turn in range(3))
        again = _recorded(0)
        with patch("features.actions.ledger.sum_up"):
            alone = median(_recorded(turn) for turn in range(3, 6))
    took = f"recorded with sums {recorded:.2f} s, without {alone:.2f} s, the same again {again:.2f} s"
    print(f"      {ROWS:,} rows: COPY {copied:.2f} s, {took}")
    _told("14", "recording with its sums against a plain COPY", recorded / copied, 2.5, "×")
    _told("15", "recording without sums against a plain COPY (0.75 of its speed)", alone / copied, 1 / 0.75, "×")


def _rows(tag: str) -> list[Any]:
    from decimal import Decimal

    from features.actions.investment import InvestmentRow
    from features.calendar import DAY
    from features.enums import Category

    return [
        InvestmentRow(
            feature=f"feature-{1 + n % 200}",
            on=date(2024, 1, 1) + DAY * (n // 200),
            category=Category.PEOPLE,
            amount=Decimal(n % 997 + 1),
            person_days=Decimal("1.5"),
            source="ingest",
            external_id=f"{tag}-{n}",
        )
        for n in range(ROWS)
    ]


def _recorded(turn: int) -> float:
    from features.actions.investment import record_investments

    rows = _rows(f"recorded-{turn}")
    began = time.perf_counter()
    record_investments(entries=rows, by=None, now=_now())
    return time.perf_counter() - began


def _copied(turn: int) -> float:
    """The same rows by nothing but COPY: no check, no look for what stands, no sums."""
    from decimal import Decimal

    from django.db import transaction

    from features.actions.copying import copy_rows
    from features.models import Feature, Investment

    ids = dict(Feature.objects.values_list("key", "pk"))
    names = ["feature_id", "on", "amount", "currency", "rate", "amount_base", "source", "external_id", "note",
             "revision", "first_recorded_at", "recorded_at", "category", "person_days"]  # fmt: skip
    rows = _rows(f"copied-{turn}")
    began = time.perf_counter()
    with transaction.atomic():
        copy_rows(Investment, names=names, rows=[
            (ids[row.feature], row.on, row.amount, "EUR", Decimal(1), row.amount, row.source, row.external_id, "", 1,
             _now(), _now(), str(row.category), row.person_days) for row in rows
        ])  # fmt: skip
    return time.perf_counter() - began


def _told(row: str, what: str, value: float, bound: float, unit: str, *, places: int = 2) -> None:
    mark = "ok   " if value <= bound else "OVER "
    print(f"{mark} row {row}: {what}: {value:,.{places}f} (≤ {bound:.4g}) {unit}".rstrip())
