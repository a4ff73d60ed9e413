"""The one clock: every beat entry of the product, in one file.

An entry only rings; what is due is decided in the database, so a missed or doubled beat does no harm, and two clocks
may run for safety. No entry has `expires`: with it, a worker whose own clock is wrong would throw the work away.
"""

from typing import Any, Final

CLOCK: Final[dict[str, dict[str, Any]]] = {
    "tick": {"task": "hypotheses.tasks.tick", "schedule": 5.0},
    "weigh": {"task": "hypotheses.tasks.weigh", "schedule": 5.0},
    "judge": {"task": "lifecycle.tasks.judge", "schedule": 5.0},
    "earn": {"task": "lifecycle.tasks.earn", "schedule": 900.0},
    "review": {"task": "lifecycle.tasks.review", "schedule": 900.0},
    "book": {"task": "features.tasks.book", "schedule": 30.0},
    "deliver": {"task": "lifecycle.tasks.deliver", "schedule": 15.0},
}
