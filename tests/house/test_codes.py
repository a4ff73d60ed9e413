"""Each code that a refusal can carry stands in the reference: programs are written against it."""

import ast
import re
from pathlib import Path

import pytest
from rest_framework.fields import DictField, Field
from rest_framework.serializers import BaseSerializer, ListSerializer

ROOT = Path(__file__).parents[2]
FLOORS = ("config", "features", "hypotheses", "lifecycle")
ELSEWHERE = ("migrations", "importers", "demo", "design", "charts")  # nothing there answers a request
SECOND = {"FieldError", "ErrorDetail", "Problem"}  # their second argument is the code
TABLES = {"CODES", "LOUDEST"}
WORD = re.compile("[a-z]+(_[a-z]+)*")


def texts(node):
    """The words that an expression can come to: a constant, or either side of a condition."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    if isinstance(node, ast.BoolOp):
        return set().union(*(texts(value) for value in node.values))
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def of_call(node):
    found = set().union(*(texts(word.value) for word in node.keywords if word.arg == "code"))
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    return found | (texts(node.args[1]) if name in SECOND and len(node.args) > 1 else set())


def of_signature(node):
    known = [*node.args.posonlyargs, *node.args.args]
    pairs = [
        *zip(known[::-1], node.args.defaults[::-1], strict=False),
        *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    ]
    return set().union(*(texts(default) for name, default in pairs if name.arg == "code"))


def of_assignment(node):
    names = {getattr(target, "id", "") for target in getattr(node, "targets", [getattr(node, "target", None)])}
    if "code" in names:
        return texts(node.value)
    if names & TABLES and isinstance(node.value, ast.Dict):
        return set().union(*(texts(value) for value in node.value.values))
    return set().union(*(texts(value) for value in node.value.elts)) if names & TABLES else set()


def raised(source):
    """The codes that a module gives to refusals and to their fields."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            found |= of_call(node)
        elif isinstance(node, ast.FunctionDef):
            found |= of_signature(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            found |= of_assignment(node)
    return {code for code in found if WORD.fullmatch(code)}


def modules():
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            if not set(path.relative_to(ROOT).parts) & set(ELSEWHERE):
                yield path


def of_framework():
    """The codes of the fields that the doors read with: those of REST framework, and our own."""
    kinds, found = [Field], {*DictField.default_error_messages, *ListSerializer.default_error_messages}
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__.split(".")[0] in FLOORS and not issubclass(kind, BaseSerializer):
            for part in kind.__mro__:
                found |= set(vars(part).get("default_error_messages", ()))
    return found - {"datetime"}  # said of values of Python, never of JSON


@pytest.fixture(scope="module")
def told():
    reference = (ROOT / "docs/reference/rest.md").read_text()
    section = reference.partition("### Refusals")[2].partition("\n## ")[0]
    return set(re.findall("`([a-z_]+)`", section))


def test_the_collector_sees_every_way_of_giving_a_code():
    source = """
def refuse(code: str = "by_default"): ...
CODES = {E: "in_table"}
code = "assigned" if x else "otherwise"
Conflict(code="keyword", detail="x")
wrong("name", "No.", code="at_field" if x else "elsewhere")
errors.append(FieldError("name", "second", detail))
"""
    assert raised(source) == {
        "by_default", "in_table", "assigned", "otherwise", "keyword", "at_field", "elsewhere", "second",
    }  # fmt: skip


def test_every_code_stands_in_the_reference(told):
    missing = {}
    for path in modules():
        if unknown := raised(path.read_text()) - told:
            missing[str(path.relative_to(ROOT))] = sorted(unknown)
    assert not missing, "add these to “Refusals” in docs/reference/rest.md"


def test_every_code_of_a_field_stands_in_the_reference(told):
    import config.urls  # noqa: F401  (it loads every door)

    assert not of_framework() - told, "add these to “Refusals” in docs/reference/rest.md"
