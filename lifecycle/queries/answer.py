"""Reading an answer to a gate: its form, before anything is looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from features.enums import Phase
from features.errors import wrong as wrong_field
from hypotheses.queries.checking import Complaints
from lifecycle.enums import Outcome, Question
from lifecycle.phases import TABLE, Tweak
from lifecycle.queries.naming import read_key, read_name
from lifecycle.queries.terms import Terms, read_terms

NEXT_FIELDS = ("time_box_days", "budget", "hypothesis", "tweak")
TWEAK_FIELDS = ("name", "key", "summary", "owner", "tags", "hypothesis", "time_box_days", "budget")


@dataclass(frozen=True, slots=True)
class TweakWish:
    """The tweak that an iterate starts. `owner` is a username; `hypothesis` fields as `write_hypothesis` takes them."""

    name: str
    key: str | None
    summary: str
    owner: str | None
    tags: tuple[str, ...]
    hypothesis: Mapping[str, Any] | None
    terms: Terms


@dataclass(frozen=True, slots=True)
class Override:
    """Against unmet must rules: the decider's own reason, and the second person's consent by its id."""

    reason: str
    consent_id: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A well-formed answer. `next_json` is what was asked for the next stint, as it was sent."""

    outcome: Outcome
    reason: str
    questions: tuple[Question, ...] = ()
    terms: Terms = field(default_factory=Terms)
    hypothesis: Mapping[str, Any] | None = None
    tweak: TweakWish | None = None
    override: Override | None = None
    next_json: Mapping[str, Any] = field(default_factory=dict)


def read_answer(*, outcome: Any, reason: Any, questions: Any = (), next: Any = None, override: Any = None) -> Answer:  # noqa: A002
    """The answer as somebody sends it.

    Raises:
        BadInput: with every wrong field.
    """
    wrong = Complaints()
    word = wrong.word(outcome, "outcome", Outcome)
    said = _needed_text(reason, "reason", "Say why: the reason is read when this is looked back on.", wrong)
    asked = _questions(questions, wrong)
    if word == Outcome.ITERATE and not asked and not wrong.errors:
        sentence = "To iterate, say what you now question: mvp, hypothesis, measurement, or several of them."
        wrong.add("questions", sentence, code="required")
    if word in {Outcome.KILL, Outcome.ADVANCE} and asked:
        wrong.add("questions", f"Questions belong to an iterate; {word} asks none. Leave them out.")
    answer_to_next = _next(next, wrong)
    if word == Outcome.KILL and answer_to_next:
        wrong.add("next", "Nothing comes next after a kill. Leave it out.")
    read = {
        "terms": _terms(answer_to_next, wrong, "next."),
        "hypothesis": _hypothesis(answer_to_next, wrong, "next."),
        "tweak": _tweak(answer_to_next.get("tweak"), wrong),
        "override": _override(override, wrong),
    }
    wrong.refuse("The answer is not of the form that is asked for")
    return Answer(Outcome(word), said, asked, next_json=answer_to_next, **read)  # type: ignore[arg-type]


def require_fit(answer: Answer, *, phase: Phase) -> None:
    """Refuse an answer whose parts do not belong to its phase.

    Raises:
        BadInput: a tweak is missing where one has to be started, or named where none can be.
    """
    move = next(move for move in TABLE if (move.at, move.outcome) == (phase, answer.outcome))
    if move.tweak is Tweak.MUST and answer.tweak is None:
        detail = "To iterate here is to start the next tweak: give it in next.tweak, with a name at least."
        raise wrong_field("next.tweak", detail, code="required")
    if move.tweak is Tweak.NO and answer.tweak is not None:
        raise wrong_field("next.tweak", f"No tweak can be started by {answer.outcome} in {phase.label}. Leave it out.")


def _needed_text(value: Any, name: str, detail: str, wrong: Complaints) -> str:
    text = wrong.text(value, name)
    if not text and not any(error.field == name for error in wrong.errors):
        wrong.add(name, detail, code="required")
    return text


def _questions(value: Any, wrong: Complaints) -> tuple[Question, ...]:
    if value is None:
        return ()
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        wrong.add("questions", "This must be a list of mvp, hypothesis, measurement.")
        return ()
    words = [wrong.word(word, f"questions.{place}", Question) for place, word in enumerate(value)]
    return tuple(question for question in Question if question in words)


def _next(value: Any, wrong: Complaints) -> Mapping[str, Any]:
    if value is None:
        return {}
    given = wrong.mapping(value, "next")
    wrong.unknown(given, NEXT_FIELDS, prefix="next.")
    return {name: part for name, part in given.items() if part is not None}


def _terms(given: Mapping[str, Any], wrong: Complaints, prefix: str) -> Terms:
    return read_terms(time_box_days=given.get("time_box_days"), budget=given.get("budget"), wrong=wrong, prefix=prefix)


def _hypothesis(given: Mapping[str, Any], wrong: Complaints, prefix: str) -> Mapping[str, Any] | None:
    value = given.get("hypothesis")
    return wrong.mapping(value, f"{prefix}hypothesis") if value is not None else None


def _tweak(value: Any, wrong: Complaints) -> TweakWish | None:
    if value is None:
        return None
    given, prefix = wrong.mapping(value, "next.tweak"), "next.tweak."
    wrong.unknown(given, TWEAK_FIELDS, prefix=prefix)
    tags = given.get("tags") or ()
    if isinstance(tags, str) or not isinstance(tags, Sequence):
        wrong.add(f"{prefix}tags", "This must be a list of words.")
        tags = ()
    return TweakWish(
        name=read_name(given.get("name"), f"{prefix}name", wrong),
        key=read_key(given.get("key"), f"{prefix}key", wrong),
        summary=wrong.text(given.get("summary"), f"{prefix}summary"),
        owner=wrong.text(given.get("owner"), f"{prefix}owner") or None,
        tags=tuple(wrong.text(tag, f"{prefix}tags.{place}") for place, tag in enumerate(tags)),
        hypothesis=_hypothesis(given, wrong, prefix),
        terms=_terms(given, wrong, prefix),
    )


def _override(value: Any, wrong: Complaints) -> Override | None:
    if value is None:
        return None
    given = wrong.mapping(value, "override")
    wrong.unknown(given, ("reason", "consent"), prefix="override.")
    reason = _needed_text(given.get("reason"), "override.reason", "Say why the unmet rules do not stand here.", wrong)
    consent = wrong.count(given.get("consent"), "override.consent")
    if consent is None and not any(error.field == "override.consent" for error in wrong.errors):
        detail = "Name the consent of a second person (POST gates/{id}/consents/ comes first)."
        wrong.add("override.consent", detail, code="required")
    return Override(reason=reason, consent_id=consent or 0)
