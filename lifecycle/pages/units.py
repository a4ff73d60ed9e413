"""The unit that an effect is shown in."""

from hypotheses.enums import MetricKind


def shown_unit(kind: str, unit: str) -> str:
    """A proportion is a share, whatever its unit is called: effects on it read as percentage points."""
    return "share" if kind == MetricKind.PROPORTION else unit
