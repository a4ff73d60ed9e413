"""Whether frozen evidence was validated by its primary metric, of which charts and promises speak, or by another."""

from collections.abc import Mapping
from typing import Any

from hypotheses.enums import Verdict

FROZEN = ("evidence__primary", "evidence__verdict", "evidence__successes")
"""The fields of a decision's row that tell it."""


def carried_by(row: Mapping[str, Any]) -> str:
    """The further success metric (its key) by which it was validated, where the primary was not; "" otherwise."""
    own = (row["evidence__primary"] or {}).get("verdict")
    if row["evidence__verdict"] != Verdict.VALIDATED or own in (None, Verdict.VALIDATED):
        return ""
    won = (one["metric"] for one in row["evidence__successes"] or () if one["verdict"] == Verdict.VALIDATED)
    return str(next(won, ""))


def own_verdict(row: Mapping[str, Any]) -> str:
    """What the evidence said of its primary metric: its verdict, where that is not another metric's."""
    return str(row["evidence__primary"]["verdict"] if carried_by(row) else row["evidence__verdict"])
