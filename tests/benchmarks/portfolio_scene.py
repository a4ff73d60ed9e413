"""Two portfolios in one PostgreSQL database, each in a schema of its own, the second with ten times the entries.

They are written by SQL, entries as well as their sums, so that 25 million entries take minutes; `features.queries.sums`
then proves on the smaller one that the sums are those that the product would have kept.
"""

from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection

FEW, MANY = "few", "many"
DAYS = 1_825
PHASES = ("think_it", "build_it", "ship_it", "tweak_it", "maintain_it")
LASTS = (0.06, 0.12, 0.10, 0.22, 0.50)
"""The share of its five years that a feature spends in each phase."""

PEOPLE = """
INSERT INTO tribe (slug, name, version) SELECT 'tribe-' || i, 'Tribe ' || i, 1 FROM generate_series(1, 20) AS i;
INSERT INTO squad (slug, name, tribe_id, version)
SELECT 'squad-' || i, 'Squad ' || i, 1 + i %% 20, 1 FROM generate_series(1, 200) AS i;
INSERT INTO feature (key, name, summary, squad_id, phase, status, iteration, ceiling_percent, exposure_percent,
                     released_on, imported, native, created_at, version)
SELECT 'feature-' || i, 'Feature ' || i, '', 1 + i %% 200, 'maintain_it', 'active', 1, 99, 99,
       date '2021-01-01' + %(release)s, true, '{}', timestamptz '2021-01-01', 1
FROM generate_series(1, %(features)s) AS i;
"""
STINT = """
INSERT INTO stint (feature_id, number, phase, iteration, started_at, ended_at, treatment_version, imported,
                   facts_version, judged_version)
SELECT id, %(number)s, %(phase)s, 1, timestamptz '2021-01-01' + %(from)s * interval '1 day',
       CASE WHEN %(number)s < 5 THEN timestamptz '2021-01-01' + %(to)s * interval '1 day' END, 1, true, 0, 0
FROM feature;
"""
ENTRIES = """
INSERT INTO investment (feature_id, stint_id, "on", amount, currency, rate, amount_base, source, external_id, note,
                        revision, first_recorded_at, recorded_at, category, person_days)
SELECT made.feature, stint.id, made.day, made.amount, 'EUR', 1, made.amount, 'bench', made.i::text, '', 1,
       timestamptz '2026-02-01', timestamptz '2026-02-01',
       (ARRAY['people','people','people','infrastructure','people','material'])[1 + made.i %% 6], 1.5
FROM (SELECT i, 1 + i %% %(features)s AS feature, 100 + (i %% 9000) / 10.0 AS amount,
             date '2021-01-01' + ((i / %(features)s) * %(days)s / %(each)s)::int AS day
      FROM generate_series(0, %(entries)s - 1) AS i) AS made
JOIN stint ON stint.feature_id = made.feature AND stint.started_at::date <= made.day
          AND (stint.ended_at IS NULL OR made.day < stint.ended_at::date);
"""
RETURNS = """
INSERT INTO return_entry (feature_id, "on", amount, currency, rate, amount_base, source, external_id, note, revision,
                          first_recorded_at, recorded_at)
SELECT id, released_on + 7 * week, 900, 'EUR', 1, 900, 'bench', id || '-' || week, '', 1, timestamptz '2026-02-01',
       timestamptz '2026-02-01'
FROM feature, generate_series(1, 100) AS week;
"""
CELL = "greatest(date_trunc('week', \"on\"), date_trunc('month', \"on\"))::date"
SUMS = """sum(amount_base), sum(person_days), 0, 0, 0, 0, count(*), 0"""
COLUMNS = """money, person_days, unpriced_days, undecided, undecided_days, undecided_unpriced, entries, unpriced"""
_EARLY = 'FILTER (WHERE "on" <= released_on)'
EARLY = f"""
coalesce(sum(amount_base) {_EARLY}, 0), coalesce(sum(person_days) {_EARLY}, 0), 0, count(*) {_EARLY}, 0
"""
SUMMED = f"""
INSERT INTO cell_cost (feature_id, cell, stint_id, category, {COLUMNS})
SELECT feature_id, {CELL}, stint_id, category, {SUMS} FROM investment GROUP BY 1, 2, 3, 4;
INSERT INTO stint_cost (feature_id, stint_id, category, {COLUMNS}, early_money, early_person_days, early_unpriced_days,
                        early_entries, early_unpriced)
SELECT feature_id, stint_id, category, {SUMS}, {EARLY} FROM investment JOIN feature ON feature.id = feature_id
GROUP BY 1, 2, 3;
INSERT INTO month_cost (squad_id, month, phase, category, {COLUMNS})
SELECT squad_id, date_trunc('month', "on")::date, stint.phase, category, {SUMS}
FROM investment JOIN stint ON stint.id = stint_id JOIN feature ON feature.id = investment.feature_id
GROUP BY 1, 2, 3, 4;
INSERT INTO cell_return (feature_id, cell, amount, gained, low, high, entries, bounded)
SELECT feature_id, {CELL}, sum(amount_base), sum(amount_base), sum(amount_base), sum(amount_base), count(*), 0
FROM return_entry GROUP BY 1, 2;
"""  # noqa: S608 (our own names)


@contextmanager
def schema(name: str) -> Any:
    """All that is asked within happens in one of the two portfolios."""
    _look_into(name)
    try:
        yield
    finally:
        _look_into("public")


def _look_into(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {name}")


def fill(name: str, *, features: int, entries: int) -> None:
    """A portfolio of so many features over five years, with so many entries."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {name}")
    with schema(name):
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # foreign keys are right by construction
            release = int(DAYS * sum(LASTS[:3]))
            cursor.execute(PEOPLE, {"features": features, "release": release})
            for number, phase in enumerate(PHASES, start=1):
                begins, ends = (int(DAYS * sum(LASTS[:upto])) for upto in (number - 1, number))
                cursor.execute(STINT, {"number": number, "phase": phase, "from": begins, "to": ends})
            given = {"features": features, "entries": entries, "days": DAYS, "each": max(1, entries // features)}
            cursor.execute(ENTRIES, given)
            cursor.execute(RETURNS)
            cursor.execute(SUMMED)
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("VACUUM ANALYZE")
