"""The house stays easy to see: rooms with one purpose, arrows that point down, words that say what is in a drawer."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("config", "features", "hypotheses", "lifecycle")
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "services", "managers", "constants"}
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# pure rooms: arithmetic and plugs, no Django
PURE = ("hypotheses/statistics", "hypotheses/sources", "lifecycle/curves", "lifecycle/charts", "lifecycle/gates")
DOORS = ("pages", "api", "management", "admin", "tasks")


def sources(*, migrations: bool = False) -> list[Path]:
    found = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]
    return [path for path in found if migrations or "migrations" not in path.parts]


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    froms = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level)
    plain = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    return {node.module for node in froms if node.module} | {alias.name for node in plain for alias in node.names}


def within(names: set[str], rooms: set[str]) -> set[str]:
    return {name for name in names if any(name == room or name.startswith(room + ".") for room in rooms)}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_drawer_has_a_name_that_says_nothing():
    assert not [name_of(path) for path in sources() if DRAWERS & {path.stem, *path.parts}]


def test_files_stay_short_enough_to_be_read_at_once():
    assert not {name_of(path): n for path in sources() if (n := len(path.read_text().splitlines())) > 400}


def test_functions_stay_short():
    long = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 60:
                    long[f"{name_of(path)}:{node.name}"] = lines
    assert not long


def test_nothing_is_left_for_later():
    assert not [name_of(path) for path in sources() if MARKS.search(path.read_text())]


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_know_no_django(room):
    found = [
        f"{name_of(path)} imports {name}"
        for path in (ROOT / room).rglob("*.py")
        for name in imports(path)
        if name.split(".")[0] in {"django", "rest_framework"} or ".models" in name
    ]
    assert not found


def test_nothing_imports_the_wiring():
    found = [path for path in sources() if path.parts[len(ROOT.parts)] != "config"]
    assert not [name_of(path) for path in found if within(imports(path), {"config"})]


@pytest.mark.parametrize("floor", FLOORS[1:])
def test_doors_never_import_each_other(floor):
    for room in DOORS:
        others = {f"{floor}.{other}" for other in DOORS if other != room}
        for path in [*(ROOT / floor / room).rglob("*.py"), ROOT / floor / f"{room}.py"]:
            if path.exists():
                assert not within(imports(path), others), path


@pytest.mark.parametrize("floor", FLOORS[1:])
def test_models_and_queries_do_not_reach_up_to_actions_or_doors(floor):
    for room in ("models", "queries"):
        for path in (ROOT / floor / room).rglob("*.py"):
            up = {f"{floor}.{above}" for above in ("actions", *DOORS)}
            assert not within(imports(path), up), path


WRITES = {"save", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "select_for_update"}


@pytest.mark.parametrize("floor", FLOORS[1:])
def test_only_actions_write(floor):
    found = []
    for room in ("queries", "api", "pages"):
        for path in (ROOT / floor / room).rglob("*.py"):
            named = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute))
            found += [f"{name_of(path)}:{node.lineno} {node.attr}" for node in named if node.attr in WRITES]
    assert not found


def test_every_module_and_public_piece_says_what_it_is():
    silent = []
    for path in sources():
        tree = ast.parse(path.read_text())
        if tree.body and not ast.get_docstring(tree):
            silent.append(name_of(path))
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node) and "management/commands" not in name_of(path):
                silent.append(f"{name_of(path)}:{node.name}")
    assert not silent


def test_templates_carry_no_inline_style_or_script():
    for path in [*(ROOT / "templates").rglob("*.html")]:
        if "mail" in path.parts or "email" in path.stem:
            continue
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", text), path
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", text), path
