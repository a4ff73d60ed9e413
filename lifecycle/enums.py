"""The words of the floor: what is asked, what is answered, and why now."""

from features.enums import Word


class Outcome(Word):
    """The three answers, in every phase."""

    ITERATE = "iterate"
    KILL = "kill"
    ADVANCE = "advance"


class GateState(Word):
    """`open`: nothing asked yet. `due`: must be answered now. `decided`: answered, for good."""

    OPEN = "open"
    DUE = "due"
    DECIDED = "decided"


class Cause(Word):
    """Why a gate is due."""

    TIME_BOX = "time_box"
    BUDGET = "budget"
    EVIDENCE = "evidence"
    STEP_COMPLETE = "step_complete"
    REVIEW = "review"
    CALLED = "called"
    TWEAK_ENDED = "tweak_ended"
    HOLDBACK_ENDS = "holdback_ends"


class Question(Word):
    """What a squad questions when it iterates."""

    MVP = "mvp"
    HYPOTHESIS = "hypothesis"
    MEASUREMENT = "measurement"


class Level(Word):
    """A *must* rule can refuse an advance; a *should* rule advises."""

    MUST = "must"
    SHOULD = "should"


class RemovalWork(Word):
    """The steps of taking a killed feature out of the product."""

    EXPOSURE_ZERO = "exposure_zero"
    CODE_GONE = "code_gone"
    DATA_AND_DOCS_GONE = "data_and_docs_gone"


class ExposureCause(Word):
    """Why a feature's exposure changed."""

    DECIDED = "decided"
    LOWERED = "lowered"
    RESTORED = "restored"
    SAFETY = "safety"
    IMPORTED = "imported"


class Escalation(Word):
    """Who is told about a gate that waits."""

    SQUAD = "squad"
    TRIBE = "tribe"
    LEADERSHIP = "leadership"


class Delivery(Word):
    """What is known of the effect that a promise came to after full release."""

    MEASURED = "measured"
    TOO_EARLY = "too_early"
    UNKNOWN = "unknown"


class Ending(Word):
    """What a retrospective looks back on: a kill, a tweak that landed, a squad that moved on, a removal of the past.

    `moved_on`: the advance from Tweak It to Maintain It. `removed`: a feature is gone that was never killed here.
    """

    KILLED = "killed"
    LANDED = "landed"
    MOVED_ON = "moved_on"
    REMOVED = "removed"


class LessonKind(Word):
    """What a lesson is about: how we work, how we work together, customers, the product, ourselves."""

    PROCESS = "process"
    TEAM = "team"
    CUSTOMERS = "customers"
    PRODUCT = "product"
    OURSELVES = "ourselves"


class LessonStatus(Word):
    """How well a lesson stands: seen once, seen elsewhere too, seen often, or spoken against more than for."""

    EMERGING = "emerging"
    SUPPORTED = "supported"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Side(Word):
    """What a piece of evidence does to a lesson. A lesson stands on both."""

    FOR = "for"
    AGAINST = "against"
