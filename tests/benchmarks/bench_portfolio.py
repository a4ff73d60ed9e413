"""The portfolio at the size of a large company: what its pages ask, at 1× and 10× the entries, side by side.

On PostgreSQL only (`BENCH_POSTGRESQL`, `make bench-portfolio`). `BENCH_ENTRIES=2500000` sets the larger number of
entries (25 million as the design asks; a tenth of it unless told), `BENCH_FEATURES=10000` the features. Milliseconds
mean little on a shared machine: what counts is growth, and the share of the same sums asked of the raw entries.
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

ROOT = Path(__file__).parents[2]
TURNS = 7
ROWS = 20_000
DROPPED = ["dropdb", "--if-exists"]
RAW = """
SELECT date_trunc('month', "on"), stint.phase, sum(amount_base) FROM investment JOIN stint ON stint.id = stint_id
WHERE superseded_at IS NULL GROUP BY 1, 2
"""


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
    _pages()
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


def _pages() -> None:
    from django.db import connection

    from lifecycle.queries.board import board
    from lifecycle.queries.portfolio.before_return import spent_before_return
    from lifecycle.queries.portfolio.investment import invested
    from lifecycle.queries.portfolio.scope import Period

    years = Period(date(2021, 1, 1), date(2025, 12, 31))

    def raw() -> None:
        with connection.cursor() as cursor:
            cursor.execute(RAW)
            cursor.fetchall()

    asked: list[tuple[str, str, Callable[[], Any], float, float]] = [
        ("8", "portfolio of 5 years by phase", lambda: invested(period=years, by="phase"), 25, 1.2),
        ("9", "portfolio by tribe", lambda: invested(period=years, by="tribe"), 60, 1.2),
        ("9", "portfolio by squad", lambda: invested(period=years, by="squad"), 120, 1.2),
        ("10", "curve of one feature, by month", lambda: _curve("month"), 5, 1.2),
        ("10", "curve of one feature, by week", lambda: _curve("week"), 5, 1.2),
        ("11", "spend before return, all features, to the day", spent_before_return, 300, 1.4),
        ("7", "board of a tribe", lambda: board(now=_now(), tribe="tribe-7"), 0, 1.2),
    ]
    few, many = _side_by_side([act for _, _, act, _, _ in asked])
    whole = _side_by_side([raw], turns=1)
    for place, (row, what, _, bound, growth) in enumerate(asked):
        share = many[place] / whole[1][0]
        note = f"raw entries {whole[1][0]:,.0f} ms, so {share:.4f} of it"
        if bound:
            _told(row, what, many[place], bound, f"ms ({note})")
        else:
            print(f"      row {row}: {what}: {many[place]:.1f} ms")
        _told(row, f"{what}, growth at 10× the entries", many[place] / few[place], growth, "×")


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
    print(
        f"      {ROWS:,} rows: COPY {copied:.2f} s, recorded with sums {recorded:.2f} s, the same again {again:.2f} s"
    )
    _told("14", "recording with its sums against a plain COPY", recorded / copied, 2.5, "×")


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


def _told(row: str, what: str, value: float, bound: float, unit: str) -> None:
    mark = "ok   " if value <= bound else "OVER "
    print(f"{mark} row {row}: {what}: {value:,.2f} (≤ {bound:g}) {unit}".rstrip())
