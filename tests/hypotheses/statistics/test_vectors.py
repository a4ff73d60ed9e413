"""Every case that two independent implementations agreed on comes out of the engine to nine digits."""

import json
from math import isclose
from pathlib import Path

import pytest

from hypotheses.importers.case_kinds import KINDS
from hypotheses.importers.cases import identified, weigh_case

VECTORS = json.loads((Path(__file__).parent / "evidence_vectors.json").read_text())
BOUNDARIES = {"group_sequential_boundaries", "lan_demets_obf_unequal"}


def cases():
    for kind in KINDS:
        for known_by, case in identified(kind, VECTORS[kind]):
            expected = VECTORS[kind][known_by] if kind == "group_sequential_boundaries" else None
            yield pytest.param(kind, known_by, case, expected, id=f"{kind}-{known_by}")


def expectation(case, table):
    if table is not None:
        return table if isinstance(table, dict) else {"expected": table}
    if "expected_n_per_arm" in case:
        return {"expected_n_per_arm": case["expected_n_per_arm"]}
    expected = case["expected"]
    return expected if isinstance(expected, dict) else {"expected": expected}


def agrees(got, want, kind):
    if isinstance(want, list):
        return len(got) == len(want) and all(agrees(a, b, kind) for a, b in zip(got, want, strict=True))
    if isinstance(want, bool | str | None) or isinstance(got, bool | str | None):
        return got == want
    if kind in BOUNDARIES:
        return abs(got - want) < 1e-3
    return isclose(got, want, rel_tol=1e-9, abs_tol=1e-300)


@pytest.mark.parametrize(("kind", "known_by", "case", "table"), list(cases()))
def test_a_case_agrees_in_every_field(kind, known_by, case, table):
    result = weigh_case(kind, known_by, case)

    assert not result.error
    for field, want in expectation(case, table).items():
        assert agrees(json.loads(result.line())[field], want, kind), (field, result.computed[field], want)


def test_no_kind_is_left_out():
    assert set(VECTORS) - {"schema", "about", "tolerance"} == set(KINDS)
