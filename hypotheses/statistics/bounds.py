"""What a number may be. Each check raises ValueError with a sentence that names it and what was expected."""

from math import inf, isfinite


def require_count(number: float, what: str) -> None:
    """Raises ValueError unless the number is whole, not negative, and within a float's range."""
    if not (finite(number) and number >= 0 and number == int(number)):
        raise ValueError(f"{sentence(what)} must be a whole number of 0 or more, not {shown(number)}.")


def require_finite(number: float, what: str) -> None:
    """Raises ValueError for NaN and infinities."""
    if not finite(number):
        raise ValueError(f"{sentence(what)} must be a finite number, not {shown(number)}.")


def require_variance(number: float, what: str) -> None:
    """Raises ValueError unless the number is finite and not negative."""
    if not 0 <= number < inf:
        raise ValueError(f"{sentence(what)} must be a finite number of 0 or more, not {shown(number)}.")


def require_positive(number: float, what: str) -> None:
    """Raises ValueError unless the number is finite and above 0."""
    if not 0 < number < inf:
        raise ValueError(f"{sentence(what)} must be a finite number above 0, not {shown(number)}.")


def require_level(number: float, what: str) -> None:
    """Raises ValueError unless 0 < number < 1, as an error rate or a power must be."""
    if not 0 < number < 1:
        raise ValueError(f"{sentence(what)} must lie between 0 and 1, both excluded, not {shown(number)}.")


def finite(number: float) -> bool:
    """Whether the number is neither NaN nor infinite, and a float can hold it."""
    try:
        return isfinite(number)
    except OverflowError:
        return False


def sentence(what: str) -> str:
    """The words with a capital at the front, the rest as it was."""
    return what[:1].upper() + what[1:]


def shown(number: float) -> str:
    """The number as written, cut when it is endless."""
    text = repr(number)
    return text if len(text) <= 40 else f"{text[:37]}…"
