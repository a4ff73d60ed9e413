"""Reading the name and the key of a feature that is to be."""

from typing import Any, Final

from django.core.exceptions import ValidationError

from features.models.squad import SLUG
from hypotheses.queries.checking import Complaints

LONGEST_KEY: Final = 80
LONGEST_NAME: Final = 160
RESERVED: Final = frozenset({"new"})
"""Words that stand where a key would in the address of a page (`features/new/`): a feature of that key had none."""


def read_name(value: Any, field: str, wrong: Complaints) -> str:
    """A name that is not blank; what is wrong goes to `wrong`."""
    name = wrong.text(value, field, most=LONGEST_NAME)
    if not name and all(error.field != field for error in wrong.errors):
        wrong.add(field, "Give the feature a name.", code="required")
    return name


def read_key(value: Any, field: str, wrong: Complaints) -> str | None:
    """A key in the form that keys have, not reserved; None where none is given, so that one is made from the name."""
    key = wrong.text(value, field, most=LONGEST_KEY)
    if not key:
        return None
    try:
        SLUG(key)
    except ValidationError as error:
        wrong.add(field, str(error.message))
    if key in RESERVED:
        wrong.add(field, f"“{key}” is the address of another page. Choose another key.", code="reserved")
    return key
