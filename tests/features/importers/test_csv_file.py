"""Files as people have them: every usual encoding and delimiter, and what is wrong named by its line."""

import gzip

import pytest

from features.errors import BadInput
from features.importers.cells import Numbers, numbers_of
from features.importers.csv_file import Column, LineErrors, Table, file_at, file_of, text_file

TABLE = Table((Column("feature", needed=True), Column("amount", also=("cost",)), Column("note")))
LOOSE = Table((*TABLE.columns, Column("label", repeats=True)), strict=False)


def read(file, table=TABLE):
    errors = LineErrors()
    return [(line.number, line["feature"], line["amount"], line["note"]) for line in file.lines(table, errors)], errors


def at(folder, content, name="costs.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file_at(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "latin-1"])
def test_every_usual_encoding_is_read_and_a_foreign_one_is_said(tmp_path, encoding):
    file = at(tmp_path, "feature,amount,note\ncafé,5,Müller\n".encode(encoding))
    assert read(file)[0] == [(2, "café", "5", "Müller")]
    assert bool(file.remark) == (encoding in {"windows-1252", "latin-1"})


def test_what_not_even_windows_writes_is_read_as_latin_1(tmp_path):
    file = at(tmp_path, b"feature,note\none,\xe9\x81\n")
    assert (file.encoding, read(file)[0][0][3]) == ("latin-1", "é\x81")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_usual_delimiter_is_found(tmp_path, delimiter):
    text = delimiter.join(("Feature", "COST", "note")) + "\r\n" + delimiter.join(("one", "5", '"a, b; c"')) + "\r\n"
    assert read(at(tmp_path, text))[0] == [(2, "one", "5", "a, b; c")]


def test_the_line_that_excel_writes_before_the_header_is_understood(tmp_path):
    assert read(at(tmp_path, "sep=;\nfeature;amount\none;5\n"))[0] == [(3, "one", "5", "")]


def test_a_quoted_cell_may_span_lines_and_rows_are_named_by_where_they_begin(tmp_path):
    file = at(tmp_path, 'feature,note\none,"two\nlines"\n\ntwo,x\n')
    assert read(file)[0] == [(2, "one", "", "two\nlines"), (5, "two", "", "x")]


def test_a_gzipped_file_is_read_whatever_its_name(tmp_path):
    packed = gzip.compress(b"feature,amount\none,5\n")
    assert read(at(tmp_path, packed, "costs.bin"))[0] == [(2, "one", "5", "")]
    file, text = file_of("costs.csv.gz", packed, most=1000)
    assert (file.stem, text) == ("costs", "feature,amount\none,5\n")
    assert read(file)[0] == [(2, "one", "5", "")]


def test_a_second_copy_that_a_browser_saved_has_the_same_name():
    assert text_file("costs (1).csv", "").stem == "costs"
    assert text_file("costs.2026.csv.gz", "").stem == "costs.2026"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "costs.csv is empty. Its first line names the columns: feature."),
        (b"\n\n", "is empty"),
        (b"PK\x03\x04rest", "it is a workbook. Save the sheet as CSV first"),
        (b"feature\none\x00\n", "no text (NUL)"),
        (gzip.compress(b"feature\none\n" * 999, mtime=0)[:-12], "cannot be read"),
        (b'feature,note\none,"never closed\ntwo,2\n', "line 2:"),
        (b"amount,note\n5,x\n", "The column feature is missing."),
        (b"faeture,amount\none,5\n", "The column feature is missing. Is it “faeture”?"),
        (b"feature,amuont\none,5\n", "There is no column “amuont”. Did you mean “amount”?"),
        (b"feature,shoe_size\none,5\n", "There is no column “shoe_size”. The columns are feature, amount, note."),
        (b"feature,amount,cost\none,5,6\n", "The column amount stands twice: “amount” and “cost”."),
    ],
)  # fmt: skip
def test_a_file_that_will_not_do_says_why(tmp_path, content, said):
    with pytest.raises(BadInput) as refused:
        read(at(tmp_path, content))
    assert said in refused.value.detail


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(BadInput, match=r"There is no file .*nowhere\.csv"):
        file_at(tmp_path / "nowhere.csv")


def test_a_bomb_is_not_unpacked():
    with pytest.raises(BadInput, match="larger than 1 MB"):
        file_of("bomb.csv.gz", gzip.compress(b"feature\n" * 10_000_000), most=1_000_000)


def test_a_line_with_too_many_cells_is_named_and_left_out(tmp_path):
    rows, errors = read(at(tmp_path, "feature,amount\none,12,50\ntwo,5\nthree\n"))
    assert rows == [(3, "two", "5", "")]
    assert [error.field for error in errors.found] == ["lines.2", "lines.4"]
    assert "3 cells; the header has 2. A decimal comma" in errors.found[0].detail


def test_a_hundred_errors_are_named_and_all_are_counted(tmp_path):
    _, errors = read(at(tmp_path, "feature,amount\n" + "one\n" * 250))
    with pytest.raises(BadInput) as refused:
        errors.refuse("costs.csv")
    assert (len(refused.value.errors), refused.value.extra["count"]) == (100, 250)
    assert refused.value.detail.startswith("costs.csv, line 2: ")


def test_columns_that_nobody_asked_for_are_passed_over_where_files_have_many(tmp_path):
    file = at(tmp_path, "feature,Label,Label,shoe size\none,a,b,42\n")
    [line] = file.lines(LOOSE, LineErrors())
    assert line.repeated["label"] == ("a", "b")


@pytest.mark.parametrize(
    ("amounts", "mark", "values"),
    [
        (["12.50", "7"], "point", ["12.50", "7"]),
        (["12,5", "1.234"], "comma", ["12.5", "1234"]),
        (["1.234,56"], "comma", ["1234.56"]),
        (["1,234.56", "1,234"], "point", ["1234.56", "1234"]),
        (["1 234,5", "-3"], "comma", ["1234.5", "-3"]),
        (["1’234.5"], "point", ["1234.5"]),
        (["0.125"], "point", ["0.125"]),
        (["1.2E-05"], "point", ["0.000012"]),
        (["1,234,567", "5"], "point", ["1234567", "5"]),
    ],
)  # fmt: skip
def test_the_decimal_mark_is_found_out_from_the_whole_file(amounts, mark, values):
    file = text_file("a.csv", "feature;amount\n" + "".join(f"one;{amount}\n" for amount in amounts))
    numbers = numbers_of(file, TABLE, ("amount",))
    assert numbers.mark == mark
    assert [f"{numbers.read(amount):f}" for amount in amounts] == values


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        (["5", "1.234"], "“1.234” in line 3 can be read in two ways"),
        (["1,234"], "“1,234” in line 2 can be read in two ways"),
        (["12.5", "12,5"], "Line 2 has “12.5” with a point and line 3 “12,5” with a comma"),
    ],
)  # fmt: skip
def test_numbers_that_could_mean_two_things_are_not_guessed(amounts, said):
    file = text_file("a.csv", "feature;amount\n" + "".join(f"one;{amount}\n" for amount in amounts))
    with pytest.raises(BadInput) as refused:
        numbers_of(file, TABLE, ("amount",))
    assert said in refused.value.detail
    assert "--decimal comma" in refused.value.detail


def test_what_is_said_about_the_mark_is_believed():
    assert Numbers("comma").read("1.234") == 1234
    assert str(Numbers("point").read("1.234")) == "1.234"
    for none in ("", "NaN", "1e999999999999", "٣", "1.2.3", "€5", "1,2"):
        assert Numbers("point").read(none) is None
