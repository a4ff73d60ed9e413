"""The map from paths to features: the first line that fits wins, and a plain folder is all below it."""

import pytest

from features.errors import BadInput
from features.importers.git_map import LEFT_OUT, area_of, read_map


def of(tmp_path, *lines, header="path,feature", encoding="utf-8"):
    file = tmp_path / "map.csv"
    file.write_text("\n".join([header, *lines]), encoding=encoding)
    return read_map(file)


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("app", ["app", "app/a", "app/b/c"], ["apple/a", "lib/app/a"]),
        ("/app/", ["app/a", "app/b/c"], ["apple", "lib/app/a"]),
        ("./app/a.py", ["app/a.py"], ["app/a.pyc", "a.py"]),
        ("*", ["readme", ".gitignore"], ["app/a"]),
        ("app/*", ["app/a"], ["app/a/b", "app"]),
        ("app/*/", ["app/a/b", "app/a/b/c"], ["app/a"]),
        ("**", ["readme", "app/a/b"], []),
        ("**/*.sql", ["a.sql", "app/db/b.sql"], ["a.sql/x", "a.sqlite"]),
        ("app/**/test_*", ["app/test_a", "app/b/c/test_d"], ["test_a", "app/b/c/test_d/e"]),
        ("v?/", ["v1/a", "v2/b/c"], ["v10/a"]),
        ("pages/[id].tsx", ["pages/[id].tsx"], ["pages/i.tsx"]),
        ("a.b", ["a.b", "a.b/c"], ["axb"]),
    ],
)
def test_what_a_pattern_means(tmp_path, pattern, fits, fits_not):
    path_map = of(tmp_path, f"{pattern},search")
    assert [path_map.feature_of(path) for path in fits] == ["search"] * len(fits)
    assert [path_map.feature_of(path) for path in fits_not] == [None] * len(fits_not)


def test_the_first_line_that_fits_wins_whatever_its_form(tmp_path):
    path_map = of(tmp_path, "app/admin/,admin", "**/*.lock,-", "app/,shop", "app/admin/deep/,never", "**,rest")
    found = [path_map.feature_of(path) for path in ("app/admin/deep/x", "app/admin/y.lock", "app/z.lock", "app/z", "q")]
    assert found == ["admin", "admin", LEFT_OUT, "shop", "rest"]
    assert [(each.line, each.pattern) for each in path_map.unused] == [(5, "app/admin/deep")]
    assert path_map.features == {"admin", "shop", "never", "rest"}


def test_a_spreadsheet_may_have_written_it(tmp_path):
    path_map = of(
        tmp_path, "# ours;;", ";;", " app/ ; search ; 12", header="Path;Feature;Commits", encoding="utf-8-sig"
    )
    assert path_map.feature_of("app/a") == "search"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["app/,search", "app,player"], "Line 3: “app” stands in line 2 already"),
        (["app/"], "Line 2: “app” has no feature"),
        ([",search"], "Line 2: it has no path"),
        (["/,search"], "Line 2: it has no path"),
        ([], "has no lines below its header"),
        (["# nothing"], "has no lines below its header"),
    ],
)
def test_a_map_that_is_not_clear_is_refused_with_its_lines(tmp_path, lines, said):
    with pytest.raises(BadInput, match=said):
        of(tmp_path, *lines)


def test_files_that_are_no_map(tmp_path):
    with pytest.raises(BadInput, match="no header"):
        of(tmp_path, header="directory,team")
    with pytest.raises(BadInput, match="cannot be read"):
        read_map(tmp_path / "gone.csv")
    (tmp_path / "latin.csv").write_bytes(b"path,feature\ncaf\xe9/,search\n")
    with pytest.raises(BadInput, match="as UTF-8"):
        read_map(tmp_path / "latin.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(BadInput, match="no header"):
        read_map(tmp_path / "empty.csv")


def test_areas_are_patterns_that_do_not_overlap(tmp_path):
    areas = {path: area_of(path) for path in ("readme", "app/a", "app/models/a", "app/models/deep/a")}
    assert list(areas.values()) == ["*", "app/*", "app/models/", "app/models/"]
    path_map = of(tmp_path, *(f"{area},f{place}" for place, area in enumerate(dict.fromkeys(areas.values()))))
    assert [path_map.feature_of(path) for path in areas] == ["f0", "f1", "f2", "f2"]
