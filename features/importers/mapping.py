"""Which feature is meant by the words of another system: a small CSV file of its own."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from django.conf import settings

from features.actions.ledger import CURRENCY_CODE
from features.errors import wrong
from features.importers.csv_file import Column, CsvFile, LineErrors, Table, nearest
from features.importers.pricing import PersonRole, as_kept
from features.models import Feature
from features.numbers import read_decimal

ONE: Final = Decimal(1)


def read_mapping(
    *, file: CsvFile, kinds: Sequence[str], people: bool = False, lower: bool = True
) -> dict[tuple[str, str], str]:
    """The feature keys by (kind, word), words in lower case unless `lower` is off. The file has the column `feature`,
    and one or more of `kinds`; a row has one word. With `people` it may have rows with `person` and `role` as well: see
    `read_people`.

    Raises:
        BadInput: a row names no word or several, an unknown feature, or a word that stands there with another feature.
    """
    errors, found = LineErrors(), dict[tuple[str, str], str]()
    keys = known_features()
    for line in file.lines(_table(kinds, people=people), errors):
        if line["person"] or line["role"]:
            continue
        words = [(kind, line[kind].lower() if lower else line[kind]) for kind in kinds if line[kind]]
        if len(words) != 1:
            errors.add(line.number, "", f"Give one of {', '.join(kinds)}; here are {len(words)}.")
        elif line["feature"] not in keys:
            errors.add(line.number, "feature", no_feature(line["feature"], keys), code="unknown")
        elif found.setdefault(words[0], line["feature"]) != line["feature"]:
            detail = f"“{words[0][1]}” leads to {found[words[0]]} already. Keep one of them."
            errors.add(line.number, words[0][0], detail, code="duplicate")
    errors.refuse(file.name)
    return found


def read_people(*, file: CsvFile, kinds: Sequence[str]) -> list[PersonRole]:
    """The rows of the same file that say which role a person has, as the exports write the person.

    Raises:
        BadInput: a row names one of the two, something else as well, or a person who stands there already.
    """
    errors, found = LineErrors(), dict[str, PersonRole]()
    for line in file.lines(_table(kinds, people=True), errors):
        person, role = line["person"], as_kept(line["role"])
        if not person and not role:
            continue
        if not person or not role:
            errors.add(line.number, "role" if person else "person", "A person comes with a role, and a role with one.")
        elif any(line[name] for name in ("feature", *kinds)):
            errors.add(line.number, "person", f"Give “{person}” a line without a feature: people have their own.")
        elif person.lower() in found:
            detail = f"“{person}” stands in line {found[person.lower()].line} already. Keep one of them."
            errors.add(line.number, "person", detail, code="duplicate")
        else:
            found[person.lower()] = PersonRole(line.number, person, role)
    errors.refuse(file.name)
    return list(found.values())


def _table(kinds: Sequence[str], *, people: bool) -> Table:
    own = (Column("person", also=("author",)), Column("role")) if people else ()
    return Table((Column("feature", needed=True), *(Column(kind, also=(f"{kind} key",)) for kind in kinds), *own))


def known_features() -> frozenset[str]:
    """The keys of all features."""
    return frozenset(Feature.objects.values_list("key", flat=True))


def no_feature(key: str, known: Iterable[str]) -> str:
    """What is said of a key that no feature has."""
    return f"There is no feature “{key}”.{nearest(key, sorted(known))}" if key else "Name the feature."


def read_rates(texts: Iterable[str]) -> dict[str, Decimal]:
    """What turns other currencies into the house's: `USD=0.92` for each.

    Raises:
        BadInput: one is not of this form.
    """
    rates = {settings.CURRENCY: ONE}
    for text in texts:
        currency, _, number = text.partition("=")
        rate = read_decimal(number)
        if not CURRENCY_CODE.fullmatch(currency.strip()) or rate is None or rate <= 0:
            raise wrong("rate", f"“{text}” is no rate. Write what one of it is in {settings.CURRENCY}: USD=0.92.")
        rates[currency.strip()] = rate
    return rates


def rate_of(currency: str, rates: Mapping[str, Decimal]) -> Decimal:
    """The rate of a currency.

    Raises:
        BadInput: it was not given.
    """
    rate = rates.get(currency)
    if rate is None:
        detail = f"The file is in {currency}. Give its rate to {settings.CURRENCY}, for example {currency}=0.92."
        raise wrong("rate", detail, code="required")
    return rate
