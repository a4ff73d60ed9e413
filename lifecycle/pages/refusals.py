"""From what an action refuses to what a form shows: each error at its field, and everything that was typed kept."""

from collections.abc import Mapping

from django import forms

from features.errors import Refusal


def show_refusal(form: forms.Form, refusal: Refusal, *, names: Mapping[str, str] | None = None) -> None:
    """Put what was refused where it belongs; what no field of the form is about is said of the whole form.

    `names` maps the action's field names, or the start of them, to the form's own (`next.budget` to `budget`).
    """
    said = False
    for error in refusal.errors:
        name = _field_of(error.field, form, names or {})
        if name is not None:
            form.add_error(name, error.detail)
            said = True
    if not said:
        form.add_error(None, refusal.detail)


def _field_of(given: str, form: forms.Form, names: Mapping[str, str]) -> str | None:
    """The form's field that a dotted name is about: the longest start of it that is known."""
    parts = given.split(".")
    for length in range(len(parts), 0, -1):
        start = ".".join(parts[:length])
        name = names.get(start, start)
        if name in form.fields:
            return name
    return None
