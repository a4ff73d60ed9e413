"""The demo's sources and metrics, and the one question that all its metrics ask of a warehouse file."""

from dataclasses import dataclass
from typing import Final

from hypotheses.enums import Better, MetricKind

PROPORTION, MEAN = MetricKind.PROPORTION, MetricKind.MEAN
UP, DOWN = Better.UP, Better.DOWN


@dataclass(frozen=True, slots=True)
class Store:
    """A source of the demo; `file` lies in `VAR/demo/`, and is empty where results are pushed.

    `owner`: whose it is, and its metrics; a username.
    """

    name: str
    owner: str
    file: str = ""


STORES: Final = {
    "commerce-warehouse": Store("Commerce warehouse", "ines", "commerce.parquet"),
    "listening-warehouse": Store("Listening warehouse", "liv", "listening.parquet"),
    "membership-warehouse": Store("Membership warehouse", "rosa", "membership.parquet"),
    "podcast-export": Store("Podcast team’s nightly export", "otto", "podcasts.csv"),
    "point-of-sale": Store("Point of sale, pushes its own results", "bo"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric: `mean` is its long-run value, `spread` the standard deviation of one unit (0 for a proportion)."""

    name: str
    kind: MetricKind
    unit: str
    better: Better
    source: str
    mean: float
    spread: float
    description: str


MEASURES: Final = {
    "reorder-rate": Measure(
        "Reorder rate", PROPORTION, "share", UP, "commerce-warehouse", 0.118, 0.0,
        "Customers with an earlier order who order one of its articles again within seven days."),
    "checkout-completion": Measure(
        "Checkout completion", PROPORTION, "share", UP, "commerce-warehouse", 0.624, 0.0,
        "Started checkouts that end in a paid order on the same day."),
    "basket-value": Measure(
        "Basket value", MEAN, "EUR", UP, "commerce-warehouse", 38.4, 26.5,
        "Value of a paid order before shipping, returns not yet deducted."),
    "order-failures": Measure(
        "Failed orders", PROPORTION, "share", DOWN, "commerce-warehouse", 0.0112, 0.0,
        "Orders that were paid and then could not be fulfilled, or were charged twice."),
    "size-returns": Measure(
        "Returns for size", PROPORTION, "share", DOWN, "commerce-warehouse", 0.143, 0.0,
        "Articles of clothing that come back because they did not fit."),
    "look-clicks": Measure(
        "Looks opened", PROPORTION, "share", UP, "commerce-warehouse", 0.087, 0.0,
        "Visitors of a product page who open one of the looks shown with it."),
    "listening-minutes": Measure(
        "Listening minutes", MEAN, "min", UP, "listening-warehouse", 31.2, 24.0,
        "Minutes listened by an active listener on one day."),
    "app-opens": Measure(
        "App opens", MEAN, "opens", UP, "listening-warehouse", 4.3, 3.8,
        "How often a listener opens the app on one day. It was on every dashboard once; nobody decides on it."),
    "saves": Measure(
        "Saved tracks", MEAN, "tracks", UP, "listening-warehouse", 1.86, 2.9,
        "Tracks that a listener saves in a week: the best early sign that they found something."),
    "shared-sessions": Measure(
        "Shared sessions", PROPORTION, "share", UP, "listening-warehouse", 0.064, 0.0,
        "Listeners who listen together with somebody else at least once in a week."),
    "start-failures": Measure(
        "Failed starts", PROPORTION, "share", DOWN, "listening-warehouse", 0.0084, 0.0,
        "Plays that do not begin within five seconds."),
    "chapter-jumps": Measure(
        "Chapter jumps", MEAN, "jumps", UP, "podcast-export", 0.74, 1.6,
        "Jumps to a chapter per podcast session, as the podcast team counts them."),
    "plan-upgrades": Measure(
        "Plan upgrades", PROPORTION, "share", UP, "membership-warehouse", 0.0212, 0.0,
        "Members who move to a larger plan within thirty days."),
    "member-churn": Measure(
        "Churn in 30 days", PROPORTION, "share", DOWN, "membership-warehouse", 0.0418, 0.0,
        "Paying members who cancel within thirty days."),
    "win-backs": Measure(
        "Members won back", PROPORTION, "share", UP, "membership-warehouse", 0.0547, 0.0,
        "Former members who pay again within thirty days of a message."),
    "support-contacts": Measure(
        "Support contacts", PROPORTION, "share", DOWN, "membership-warehouse", 0.0229, 0.0,
        "Members who write to or call support within a week."),
    "counter-sales": Measure(
        "Sales at the counter", MEAN, "EUR", UP, "point-of-sale", 12.6, 9.0,
        "What a visitor of a partner’s shop spends; the tills send it themselves."),
}  # fmt: skip

LIVE: Final = {
    "saves": 240, "reorder-rate": 240, "look-clicks": 240, "plan-upgrades": 240,
    "listening-minutes": 3_600, "shared-sessions": 3_600, "basket-value": 3_600, "checkout-completion": 3_600,
    "win-backs": 3_600, "member-churn": 3_600, "order-failures": 3_600, "start-failures": 3_600,
    "app-opens": 3_600, "support-contacts": 3_600, "size-returns": 3_600, "chapter-jumps": 3_600,
}  # fmt: skip
"""Seconds between the pulls of each metric once the demo is served. Four of them take turns, so that one is read every
minute; the rest is read each hour. After a pause the ledger reads what it missed, about 1,800 windows a day."""

QUESTION: Final = """\
-- The facts are counts per trial, metric, arm and stretch of time. A snapshot is what had accrued in its stage by
-- then: whole stretches count in full, those that are cut by the stage's start or by the moment of the snapshot by
-- their part. So each unit counts in one stage, also where exposure was lowered and raised again by hand. Snapshots
-- are daily, and at the window's end; from the third day of the demo on, at most one an hour.
WITH looks AS (
    SELECT unnest(generate_series(
        date_trunc('day', CAST(:window_start AS TIMESTAMP)) + INTERVAL 1 DAY,
        CAST(:window_end AS TIMESTAMP), INTERVAL 1 DAY)) AS as_of
    UNION
    SELECT CASE WHEN CAST(:window_end AS TIMESTAMP) < TIMESTAMP '{fresh_until}' THEN CAST(:window_end AS TIMESTAMP)
                ELSE date_trunc('hour', CAST(:window_end AS TIMESTAMP)) END
), told AS (
    SELECT unnest(from_json(CAST(:stages AS JSON),
        '[{{"trial": "VARCHAR", "stage": "VARCHAR", "started_at": "TIMESTAMP", "ended_at": "TIMESTAMP"}}]')) AS it
), moments AS (
    SELECT it.trial AS trial, it.stage AS stage, it.started_at AS began, as_of
    FROM told JOIN looks ON it.started_at <= as_of AND as_of < coalesce(it.ended_at, TIMESTAMP 'infinity')
), accrued AS (
    SELECT trial, stage, arm, as_of, weight, n, assigned, total, squares,
           epoch(least(as_of, closes) - greatest(opens, began)) / epoch(closes - opens) AS part
    FROM source JOIN moments USING (trial)
    WHERE metric = :metric AND opens < as_of AND closes > began AND as_of >= opened AND as_of < shut
), summed AS (
    SELECT trial, stage, arm, as_of, weight, sum(n * part) AS units, sum(assigned * part) AS assigned,
           sum(total * part) AS total, sum(squares * part) AS squares
    FROM accrued GROUP BY trial, stage, arm, as_of, weight
)
SELECT trial, stage, arm, as_of, CAST(floor(units) AS BIGINT) AS n, total / units AS mean,
       (squares - total * total / units) / (units - 1) AS var,
       CAST(floor(assigned) AS BIGINT) AS n_assigned, weight AS design_weight
FROM summed WHERE units >= 2 ORDER BY as_of, trial, stage, arm
"""
