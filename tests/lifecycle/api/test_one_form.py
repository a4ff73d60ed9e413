"""The same number looks the same at every address: amounts with their decimals, percentages without needless ones."""

import re

import pytest
from django.utils import timezone

pytestmark = pytest.mark.django_db
MONEY = ("amount", "invested", "undecided_spend", "invested_total", "undecided_total", "shaded_area")
DAYS = ("person_days", "invested_days", "undecided_days", "invested_days_total")


@pytest.fixture
def shown(life):
    """The bytes of every address that tells of a feature on a step, with money spent while its gate waits."""
    life.reach("ship_it", 5)
    life.call()
    row = {"feature": "one-tap", "on": timezone.localdate().isoformat(), "category": "people", "source": "books"}
    money = [{**row, "amount": "100.5"}, {**row, "amount": "20"}, {**row, "person_days": "1.5"}]
    assert life.alice.post("/api/v1/investments/", money).status_code == 201
    gate = life.gate
    decided = life.alice.get("/api/v1/decisions/").json()["results"][0]["id"]
    paths = [
        "features/",
        "features/one-tap/",
        "gates/",
        f"gates/{gate}/",
        "owed/",
        "decisions/",
        f"decisions/{decided}/",
    ]
    paths += [f"features/one-tap/{part}/" for part in ("curve", "story", "ladder", "exposure")]
    answers = {path: life.alice.get(f"/api/v1/{path}") for path in paths}
    answered = life.answer("iterate")
    assert answered.status_code == 201, answered.content
    answers["decision"] = answered
    assert {answer.status_code for answer in answers.values()} <= {200, 201}
    return {path: answer.content.decode() for path, answer in answers.items()}


def test_percentages_are_numbers_and_whole_where_they_are_whole(shown):
    seen = 0  # the step of the evidence is a text
    for path, content in shown.items():
        values = re.findall(r'"((?:\w+_)?percent|step)":([^,}]+)', content)
        seen += len(values)
        wrong = [pair for pair in values if not re.fullmatch(r'null|\d+|\d+\.\d?[1-9]|"\d+"', pair[1])]
        assert not wrong, path
    assert seen > 20


@pytest.mark.parametrize(("names", "form"), [(MONEY, r"-?\d+\.\d\d"), (DAYS, r"-?\d+\.\d{3}")])
def test_amounts_and_days_have_their_decimals(shown, names, form):
    seen = set()
    for path, content in shown.items():
        for name, value in re.findall(rf'"({"|".join(names)})":"([^"]*)"', content):
            seen.add(name)
            assert re.fullmatch(form, value), (path, name, value)
    assert len(seen) >= 3


def test_what_is_owed_has_its_amounts_in_full(shown):
    assert '"undecided_spend":{"amount":"120.50","person_days":"1.500"}' in shown["owed/"]
