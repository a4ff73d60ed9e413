"""One minimal valid row of every model, written directly: for the tests of what the database itself keeps.

Stories about features use `tests/factories/lives.py`, which reaches every state through its real past.
"""

import itertools
from datetime import UTC, date, datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.db.models import Model

from features import models as f
from features.actions.summing import rebuild
from hypotheses import models as h
from lifecycle import models as li

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_count = itertools.count(1)


def _n(word: str) -> str:
    return f"{word}-{next(_count)}"


def person() -> User:
    return User.objects.create(username=_n("person"))


def row(model: type[Model], **fields) -> Model:
    """An unsaved valid row of the model; what it points to is saved."""
    return model(**{**_DEFAULTS[model](fields), **fields})


def saved(model: type[Model], **fields) -> Model:
    made = row(model, **fields)
    made.save()
    return made


def booked(model: type[Model], **fields) -> Model:
    """A saved entry of the ledger, with the sums brought in line."""
    made = saved(model, **fields)
    rebuild()
    return made


def _lazy(model: type[Model], name: str, fields: dict, **more) -> dict:
    return {} if name in fields else {name: saved(model, **more)}


def _stint(fields: dict) -> dict:
    return {**_lazy(f.Feature, "feature", fields), "number": next(_count), "phase": "think_it", "started_at": T0}


def _entry(fields: dict) -> dict:
    return {
        **_lazy(f.Feature, "feature", fields),
        "on": date(2026, 3, 2), "amount": 10, "amount_base": 10, "currency": "EUR",
        "source": "books", "external_id": _n("entry"), "first_recorded_at": T0, "recorded_at": T0,
    }  # fmt: skip


def _of_stint(fields: dict) -> dict:
    stint = fields.get("stint") or saved(f.Stint)
    return {"stint": stint, "feature": stint.feature}


def _trial(fields: dict) -> dict:
    return {**_lazy(f.Feature, "feature", fields), "key": _n("trial"), "started_at": T0, "created_at": T0}


def _stage(fields: dict) -> dict:
    trial = fields.get("trial") or saved(h.Trial)
    stint = fields.get("stint") or saved(f.Stint, feature=trial.feature)
    number = next(_count)
    return {"trial": trial, "stint": stint, "label": str(number), "number": number, "started_at": T0}


def _result(fields: dict) -> dict:
    stage = fields.get("stage") or saved(h.Stage)
    return {
        "stage": stage,
        **({} if "arm" in fields else {"arm": saved(h.Arm, trial=stage.trial)}),
        **_lazy(h.Metric, "metric", fields),
        "as_of": T0, "n": 100, "mean": 0.1, "var": 0.09, "recorded_at": T0,
    }  # fmt: skip


def _evidence(fields: dict) -> dict:
    found = _of_stint(fields)
    hypothesis = fields.get("hypothesis") or saved(h.Hypothesis, feature=found["feature"], stint=found["stint"])
    said = {"verdict": "inconclusive", "state": "trend"}
    return {**found, "hypothesis": hypothesis, "as_of": T0, "weighed_at": T0, **said}


def _pull(fields: dict) -> dict:
    schedule = fields.get("schedule") or saved(h.Schedule)
    return {
        "schedule": schedule, **_lazy(h.Source, "source", fields), "window_start": T0,
        "window_end": T0.replace(day=3), "due_at": T0,
    }  # fmt: skip


def _overlap(fields: dict) -> dict:
    trial = fields.get("trial") or saved(h.Trial)
    return {
        "trial": trial,
        **({} if "treatment" in fields else {"treatment": saved(h.Arm, trial=trial)}),
        **({} if "other" in fields else _lazy(h.ExternalTrial, "external", fields)),
        "as_of": T0, "n_arms": [50, 50], "cells": [[5, 5], [5, 5]], "recorded_at": T0,
    }  # fmt: skip


def _decision(fields: dict) -> dict:
    gate = fields.get("gate") or saved(li.Gate, state="decided", decided_at=T0)
    return {
        "gate": gate, "feature": gate.feature, "outcome": "advance", "reason": "It works.", "by": person(), "at": T0,
        "phase": "think_it", "iteration": 1,
    }  # fmt: skip


def _review_item(fields: dict) -> dict:
    gate = fields.get("gate") or saved(li.Gate)
    return {
        **_lazy(li.Review, "review", fields), "feature": gate.feature, "gate": gate, "squad": gate.feature.squad,
        "rank": next(_count), "recommended": "iterate", "because": "It is not known what it is worth.",
    }  # fmt: skip


def _retrospective(fields: dict) -> dict:
    """One that is published: a feature may have many of them, and owes one at most."""
    said = dict.fromkeys(("went_well", "went_wrong", "could_go_better"), "Much.")
    whole = {"published_at": T0, "published_by": person()} if "published_at" not in fields else {}
    return {**_lazy(f.Feature, "feature", fields), "ending": "killed", "opened_at": T0, **said, **whole}


def _lesson(fields: dict) -> dict:
    of = fields.get("retrospective") or saved(li.Retrospective, **_only(fields, "feature"))
    return {"retrospective": of, "feature": of.feature, "kind": "team", "statement": "Ask sooner.", "learnt_at": T0}


def _only(fields: dict, name: str) -> dict:
    return {name: fields[name]} if name in fields else {}


_SUMS = {
    "category": "people", "money": 1, "person_days": 1, "unpriced_days": 0, "undecided": 0, "undecided_days": 0,
    "undecided_unpriced": 0, "entries": 1, "unpriced": 0,
}  # fmt: skip

_DEFAULTS = {
    f.Tribe: lambda _: {"slug": _n("tribe"), "name": "Tribe"},
    f.Squad: lambda x: {"slug": _n("squad"), "name": "Squad", **_lazy(f.Tribe, "tribe", x)},
    f.Membership: lambda x: {**_lazy(f.Squad, "squad", x), **({} if "person" in x else {"person": person()})},
    f.Tag: lambda _: {"name": _n("tag")},
    f.CellCost: lambda x: {**_SUMS, "cell": date(2026, 3, 2), **_lazy(f.Feature, "feature", x)},
    f.StintCost: lambda x: {**_SUMS, **_lazy(f.Feature, "feature", x)},
    f.MonthCost: lambda x: {**_SUMS, "month": date(2026, 3, 1), "phase": "build_it", **_lazy(f.Squad, "squad", x)},
    f.CellReturn: lambda x: {
        **_lazy(f.Feature, "feature", x), "cell": date(2026, 3, 2), "entries": 1, "bounded": 0,
        **dict.fromkeys(("amount", "gained", "low", "high"), 1),
    },
    f.Rate: lambda _: {"role": _n("role"), "from_on": date(2026, 3, 2), "amount": 600, "currency": "EUR", "set_at": T0},
    f.Seat: lambda x: {
        **_lazy(f.Squad, "squad", x), "role": _n("role"), "from_on": date(2026, 3, 2), "people": 2, "set_at": T0,
    },
    f.Allocation: lambda x: {
        **_lazy(f.Squad, "squad", x), **_lazy(f.Feature, "feature", x), "week": date(2026, 3, 2), "percent": 20,
        "changed_at": T0,
    },
    f.Envelope: lambda x: {**_lazy(f.Squad, "squad", x), "phase": "build_it", "amount": 1000, "set_at": T0},
    f.Draft: lambda _: {"kind": "investments", "name": "a.csv", "text": "", "uploaded_at": T0, "uploaded_by": person()},
    f.Feature: lambda x: {"key": _n("feature"), "name": "Feature", "created_at": T0, **_lazy(f.Squad, "squad", x)},
    f.Stint: _stint,
    f.Investment: lambda x: {**_entry(x), "category": "people"},
    f.Return: _entry,
    f.AuditEntry: lambda _: {
        "number": next(_count), "at": T0, "by_name": "somebody", "act": "tested", "digest": uuid4().hex,
    },
    f.AuditHead: lambda _: {"id": 1},
    f.Reply: lambda _: {"person": person(), "key": _n("key"), "fingerprint": "f", "status": 201, "created_at": T0},
    h.UnitValue: lambda x: {
        **_lazy(h.Metric, "metric", x), "from_on": date(2026, 3, 2), "amount": 1, "currency": "EUR", "set_at": T0,
    },
    f.Signal: lambda x: {
        **_lazy(f.Feature, "feature", x), "kind": "commits", "on": date(2026, 3, 2), "value": 1, "recorded_at": T0,
    },
    h.Usage: lambda x: {
        **_lazy(f.Feature, "feature", x), **_lazy(h.Metric, "metric", x),
        "kind": "adoption", "since": date(2026, 3, 2), "set_at": T0,
    },
    h.UseReading: lambda x: {
        **_lazy(f.Feature, "feature", x), **_lazy(h.Metric, "metric", x),
        "as_of": T0, "n": 100, "value": 0.5, "recorded_at": T0,
    },
    h.Source: lambda _: {"key": _n("source"), "name": "Source", "kind": "push", "created_at": T0},
    h.Metric: lambda _: {"key": _n("metric"), "name": "Metric", "kind": "proportion", "created_at": T0},
    h.Schedule: lambda x: {**_lazy(h.Metric, "metric", x), "cursor": T0},
    h.Pull: _pull,
    h.Backfill: lambda x: {
        **_lazy(h.Schedule, "schedule", x), "since": T0, "until": T0.replace(day=9), "cursor": T0,
        "every_seconds": 86_400, "started_at": T0,
    },
    h.Clock: lambda _: {"name": _n("clock"), "at": T0},
    h.Hypothesis: lambda x: {**_of_stint(x), "version": next(_count), "created_at": T0},
    h.Guardrail: lambda x: {**_lazy(h.Hypothesis, "hypothesis", x), **_lazy(h.Metric, "metric", x), "margin": 0.5},
    h.SuccessMetric: lambda x: {
        **_lazy(h.Hypothesis, "hypothesis", x), **_lazy(h.Metric, "metric", x), "direction": "up", "minimum_effect": 1,
    },
    h.Baseline: lambda x: {
        **_lazy(f.Feature, "feature", x), **_lazy(h.Metric, "metric", x), "value": 0.1, "frozen_at": T0,
    },
    h.Trial: _trial,
    h.Arm: lambda x: {**_lazy(h.Trial, "trial", x), "name": _n("arm"), "role": "treatment", "share": 0.5},
    h.Stage: _stage,
    h.Result: _result,
    h.ExternalTrial: lambda _: {"key": _n("external"), "name": "External", "system": "Flags", "created_at": T0},
    h.Overlap: _overlap,
    h.Clearance: lambda x: {
        **_lazy(f.Stint, "stint", x), "code": "bundled", "facts": "a@1", "detail": "Two at once.",
        "reason": "They do not meet.", "at": T0, **({} if "by" in x else {"by": person()}),
    },
    h.Unfolding: lambda x: {
        **_lazy(f.Stint, "stint", x), "as_of": T0, "at": T0, **({} if "by" in x else {"by": person()}),
    },
    h.Finding: lambda x: {**_of_stint(x), "kind": "interviews", "population": "customers", "at": T0},
    h.Evidence: _evidence,
    h.Standing: lambda x: {**_lazy(f.Stint, "stint", x), "verdict": "missing", "state": "too_early"},
    li.Gate: lambda x: {**_of_stint(x), "opened_at": T0},
    li.GateCause: lambda x: {**_lazy(li.Gate, "gate", x), "cause": "time_box", "at": T0},
    li.Consent: lambda x: {
        **_lazy(li.Gate, "gate", x), "by": person(), "rules": ["validated"], "reason": "Agreed.", "at": T0,
    },
    li.StricterRule: lambda x: {**_lazy(f.Squad, "squad", x), "rule": "validated"},
    li.NarrowedDeciders: lambda _: {"phase": "ship_it", "standing": "leader"},
    li.Decision: _decision,
    li.Ladder: lambda x: _lazy(f.Feature, "feature", x),
    li.LadderStep: lambda x: {**_lazy(li.Ladder, "ladder", x), "percent": 5},
    li.ExposureChange: lambda x: {
        **_lazy(f.Feature, "feature", x), "from_percent": 0, "to_percent": 1, "cause": "decided", "at": T0,
    },
    li.Removal: lambda x: _lazy(f.Feature, "feature", x),
    li.RemovalStep: lambda x: {**_lazy(li.Removal, "removal", x), "work": "code_gone"},
    li.Review: lambda _: {"quarter": f"{2100 + next(_count) % 99}-Q1", "prepared_at": T0},
    li.ReviewItem: _review_item,
    li.SignOff: lambda x: {**_lazy(li.Review, "review", x), **({} if "by" in x else {"by": person()}), "at": T0},
    li.Retrospective: _retrospective,
    li.RetrospectiveRevision: lambda x: {
        **_lazy(li.Retrospective, "retrospective", x), "number": 1, "body": {}, "at": T0, "by": person(),
    },
    li.KinReading: lambda x: {**_lazy(f.Feature, "feature", x), "lessons": [1], "at": T0, "by": person()},
    li.Lesson: _lesson,
    li.LessonEvidence: lambda x: {
        **_lazy(li.Lesson, "lesson", x), "side": "for", "note": "Seen again.", "url": "https://example.org/", "at": T0,
        "by": person(),
    },
    li.Notice: lambda x: {**_lazy(li.Gate, "gate", x), "level": "squad", "at": T0},
    li.Goal: lambda _: {"key": _n("goal"), "name": "Goal", "why": "So.", "created_at": T0},
    li.GoalWeight: lambda x: {**_lazy(li.Goal, "goal", x), "from_on": date(2026, 3, 2), "weight": 10, "set_at": T0},
    li.Round: lambda x: {
        **_lazy(f.Feature, "feature", x), "number": next(_count), "why": "Again.", "opened_at": T0,
        "opened_by": person(),
    },
    li.AskedGoal: lambda x: {**_lazy(li.Round, "round", x), **_lazy(li.Goal, "goal", x), "weight": 10},
    li.AskedPerson: lambda x: {**_lazy(li.Round, "round", x), **({} if "person" in x else {"person": person()})},
    li.Play: lambda x: {
        **_lazy(li.Round, "round", x), **_lazy(li.Goal, "goal", x), "points": 5, "at": T0,
        **({} if "person" in x else {"person": person()}),
    },
}  # fmt: skip
