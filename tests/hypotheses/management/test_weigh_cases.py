"""`manage.py weigh_cases`: one JSON line a case on stdout, what is wrong on stderr."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def run(path):
    out, err = StringIO(), StringIO()
    try:
        call_command("weigh_cases", str(path), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), error
    return out.getvalue(), err.getvalue(), None


def test_each_case_is_one_line(tmp_path):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"s_value": [{"p": 0.5}, {"p": 0.25, "id": "rare"}]}))
    out, err, error = run(path)
    assert [json.loads(line)["id"] for line in out.splitlines()] == [0, "rare"]
    assert (err, error) == ("", None)


def test_a_wrong_case_is_told_and_the_rest_is_computed(tmp_path):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"s_value": [{"p": 5}, {"p": 0.25}]}))
    out, err, error = run(path)
    assert json.loads(out)["s_value"] == 2.0
    assert err.startswith("s_value 0: A p-value lies between 0 and 1")
    assert error is not None
    assert error.returncode == 1


def test_a_file_that_is_not_there_is_an_error_in_words(tmp_path):
    _, _, error = run(tmp_path / "nowhere.json")
    assert "cannot be read" in str(error)


@pytest.mark.parametrize("content", ["{}", '{"about": "nothing yet"}'])
def test_a_file_without_cases_prints_nothing(tmp_path, content):
    path = tmp_path / "cases.json"
    path.write_text(content)
    assert run(path) == ("", "", None)
