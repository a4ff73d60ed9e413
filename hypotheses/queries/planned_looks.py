"""The planned mode over time: what earlier looks of a stint spent, for each look that comes after them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hypotheses.queries.cases import case_at, treatments
from hypotheses.queries.snapshots import Look
from hypotheses.queries.weighable import Weighable, Yardstick
from hypotheses.statistics.planned import Past, PastLook, Standing, past_after
from hypotheses.statistics.verdict import weigh


def planned_looks(*, facts: Weighable, yardstick: Yardstick, looks: Iterable[Look]) -> Iterator[Look]:
    """The looks, oldest first, each with what the ones before it took of the plan; as they are where there is none.

    Follows from the results alone, so results that are restated restate what came after them.
    """
    past: dict[str, Past] = {}
    planned = yardstick.planned_units is not None and not yardstick.problem
    for each in looks:
        look = replace(each, past=dict(past)) if planned else each
        yield look
        if planned:
            past |= dict(_counted(facts, yardstick, look))


def _counted(facts: Weighable, yardstick: Yardstick, look: Look) -> Iterator[tuple[str, Past]]:
    """Of each treatment the looks that counted, this one included where it does. What cannot be read does not."""
    for name in treatments(facts=facts, look=look):
        try:
            weighed = weigh(case_at(facts=facts, yardstick=yardstick, look=look, treatment=name))
        except (ValueError, ArithmeticError):
            continue
        if weighed.planned is not None and (past := past_after(look.past.get(name), weighed.planned)):
            yield name, past


def past_as_json(past: Mapping[str, Past]) -> dict[str, Any]:
    """By treatment: each look as [information, fraction, α], and what the last of them showed."""
    return {
        name: {
            "looks": [[look.information, look.fraction, look.alpha] for look in each.looks],
            "stands": [each.stands.estimate, each.stands.half_width, each.stands.boundary],
        }
        for name, each in past.items()
    }


def past_from_json(kept: Mapping[str, Any]) -> dict[str, Past]:
    """The same, read again."""
    return {
        name: Past(tuple(PastLook(*look) for look in each["looks"]), Standing(*each["stands"]))
        for name, each in kept.items()
    }
