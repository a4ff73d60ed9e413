"""Cases from a file: every kind and spelling is understood, the expected is never looked at, bad ones stop nobody."""

import json
from pathlib import Path

import pytest

from hypotheses.importers.case_kinds import KINDS
from hypotheses.importers.cases import read_cases, weigh_case, weigh_cases

VECTORS = json.loads((Path(__file__).parents[1] / "statistics/evidence_vectors.json").read_text())
CASE = VECTORS["diff_verdict"][2]


def one(kind, case):
    return next(iter(weigh_cases({kind: [case]})))


def stripped(cases):
    """The cases as somebody would hand them over who keeps the answers to himself."""
    if isinstance(cases, dict):
        return list(cases)
    return [{name: value for name, value in case.items() if not name.startswith("expected")} for case in cases]


def test_the_answers_do_not_depend_on_what_was_expected():
    kept = {kind: cases for kind, cases in VECTORS.items() if kind != "group_sequential_boundaries"}
    blind = {kind: stripped(cases) if kind in KINDS else cases for kind, cases in kept.items()}
    lies = {
        kind: [case | {"expected": "nonsense"} for case in cases] if kind in KINDS else cases
        for kind, cases in kept.items()
    }
    straight = [result.line() for result in weigh_cases(kept)]
    assert [result.line() for result in weigh_cases(blind)] == straight
    assert [result.line() for result in weigh_cases(lies)] == straight


NAME = "KimDeMets power rho=3 one-sided .025 K=3"


@pytest.mark.parametrize(
    "tables", [{NAME: [9, 9, 9]}, {NAME: None}, [[NAME, [9, 9, 9]]], [[NAME]], [NAME], [{"id": NAME}]]
)
def test_tables_are_known_by_their_name_however_they_stand(tables):
    (result,) = weigh_cases({"group_sequential_boundaries": tables})
    assert (result.error, result.id) == ("", NAME)
    assert result.computed["expected"][-1] == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("LD-OBF two-sided .05", "K="),
        ("LD-OBF two-sided .05 K=0", "K="),
        ("LD-OBF two-sided .05 K=2.5", "K="),
        ("LD-OBF two-sided K=4", "error rate"),
        ("mystery two-sided .05 K=4", "names no spending function"),
        (5, "known by its name"),
    ],
)
def test_a_table_that_cannot_be_known_says_what_is_missing(name, says):
    (result,) = weigh_cases({"group_sequential_boundaries": [name]})
    assert says in result.error


def test_names_of_tables_are_read_loosely():
    same = ["LD-OBF two-sided .05 K=4", "O'Brien-Fleming K=4 alpha=0.05 two-sided", "ld-obf 0.05 k=4"]
    tables = [weigh_case("group_sequential_boundaries", name, {"id": name}).computed["expected"] for name in same]
    assert tables[0] == tables[1] == tables[2]
    hsd = weigh_case("group_sequential_boundaries", "x", {"id": "HSD gamma=-4 two-sided .05 K=2"}).computed["expected"]
    assert hsd == pytest.approx([2.75, 1.98], abs=0.005)


def test_cases_without_an_id_are_known_by_position_and_a_bad_one_stops_nobody():
    results = list(
        weigh_cases({"about": "x", "s_value": [{"p": 0.5}, {"p": 2}, {"p": 0.25}], "note": "y", "schema": 1})
    )
    assert [(result.id, bool(result.error)) for result in results] == [(0, False), (1, True), (2, False)]
    assert json.loads(results[2].line()) == {"kind": "s_value", "id": 2, "expected": 2.0, "s_value": 2.0}


def test_counted_successes_do_where_no_stages_stand():
    raw = {name: value for name, value in CASE.items() if name not in {"stages", "expected"}}
    assert one("diff_verdict", raw).computed == one("diff_verdict", CASE).computed


def test_a_comparison_needs_no_assignments():
    bare = {"stages": CASE["stages"], "mei": 0.005}
    assert one("diff_verdict", bare).computed["srm_p"] is None
    assert one("diff_verdict", bare).computed["verdict"] == "validated"


def test_a_comparison_without_any_unit_is_missing():
    nobody = one("diff_verdict", {"stages": [[0, 0, 0, 0, 0, 0]], "mei": 0.1})
    assert (nobody.computed["verdict"], nobody.computed["diff"]) == ("missing", None)


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("diff_verdict", {"stages": None, "raw": None}, '"stages" is missing'),
        ("diff_verdict", {"stages": [[1, 2, 3]]}, "six numbers"),
        ("diff_verdict", {"stages": [[1, 2, 3, "4", 5, 6]]}, "must be a number, not '4'"),
        ("diff_verdict", {"stages": 5}, "must be a list"),
        ("diff_verdict", {"stages": None, "raw": [[1, 2]]}, "four numbers"),
        ("diff_verdict", {"mei": None}, '"mei" is missing'),
        ("diff_verdict", {"mei": float("nan")}, "finite number, not nan"),
        ("diff_verdict", {"mei": 10**400}, "finite number"),
        ("diff_verdict", {"mei": True}, "must be a number, not True"),
        ("diff_verdict", {"direction": 2}, "A direction is"),
        ("diff_verdict", {"direction": 0.5}, "whole number"),
        ("diff_verdict", {"guardrails": 5}, "must be a list"),
        ("diff_verdict", {"guardrails": [5]}, "guardrail 1 must be an object"),
        ("diff_verdict", {"srm_weights": []}, "1 rows of srm_observed but 0"),
        ("srm_sequential", {"batches": [[1, 1]], "weights": []}, "1 batches but 0"),
        ("think_it_beta_binomial", {"x": 1, "n": 2, "target": 0.5, "prior": [1]}, "two numbers"),
        ("think_it_beta_binomial", {"x": 1.5, "n": 2, "target": 0.5}, "whole number"),
        ("cuped", {"control": [1, 2], "treatment": [1, 2]}, "must hold n, mean_y"),
        ("cuped", {"control": [0] * 6, "treatment": [0] * 6}, "nothing to compare"),
        ("ratio", {"control": [0] * 6, "treatment": [0] * 6}, "nothing to compare"),
        ("s_value", {"p": 0}, "endless"),
        ("daily_paths", {"n_per_arm_per_day": 9, "mei": 1, "cum_control": [1], "cum_treatment": []}, "1 days"),
        ("daily_paths", {"n_per_arm_per_day": 9, "mei": 1, "cum_control": [10], "cum_treatment": [1]}, "at most once"),
    ],
)
def test_a_bad_field_is_named(kind, change, says):
    base = CASE if kind == "diff_verdict" else {}
    assert says in one(kind, base | change).error


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", [{}, 5, None, [], "x"])
def test_no_kind_falls_over_an_empty_case(kind, case):
    assert one(kind, case).error


def test_a_constant_path_has_no_significant_day():
    path = {"n_per_arm_per_day": 200, "mei": 0.1, "cum_control": [0, 0], "cum_treatment": [0, 0]}
    computed = one("daily_paths", path).computed
    assert computed["fixed_p"] == [1.0, 1.0]
    assert computed["first_verdict"] is computed["first_day_fixed_p_below_05"] is None


def test_another_design_is_another_stage():
    cells = {"batches": [[500, 500], [500, 500], [990, 10]], "weights": [[1, 1], [1, 1], [99, 1]]}
    assert one("srm_sequential", cells).computed["df"] == 2


def test_unknown_kinds_and_shapes_are_told():
    errors = [result.error for result in weigh_cases({"mystery": [], "s_value": 5})]
    assert "no kind of this name" in errors[0]
    assert "must be a list" in errors[1]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"{", "not JSON"), (b"[]", "object of kinds"), (b"\xff", "not a JSON text"), (None, "cannot be read")],
)
def test_a_file_that_is_none_is_told(tmp_path, content, says):
    path = tmp_path / "cases.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=says):
        read_cases(path)
