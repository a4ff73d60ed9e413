"""How numbers, money and days are written everywhere: charts, pages, mails and files say them the same way.

Amounts may be int, float or Decimal. A number that is not known is written ``not known``, never as zero.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

Number = int | float | Decimal

NOT_KNOWN = "not known"
MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"

_SYMBOLS = {
    "GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "TRY": "₺", "ILS": "₪",
    "VND": "₫", "UAH": "₴", "NGN": "₦", "PHP": "₱", "THB": "฿", "PLN": "zł", "BRL": "R$", "AUD": "A$", "CAD": "C$",
    "NZD": "NZ$", "HKD": "HK$", "SGD": "S$", "MXN": "MX$", "ZAR": "R",
}  # fmt: skip
_SCALES = ((Decimal("1e12"), "tn"), (Decimal("1e9"), "bn"), (Decimal("1e6"), "m"), (Decimal("1e3"), "k"))
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def symbol(currency: str) -> str:
    """What stands before an amount: ``£`` for GBP, ``CHF`` and a space for a currency without a common sign."""
    code = currency.upper()
    return _SYMBOLS.get(code) or f"{code}{NBSP}"


def money(amount: Number | None, currency: str) -> str:
    """``£1,204`` or ``£12.50``: pence only below a thousand and only when there are any."""
    value = _decimal(amount)
    if value is None:
        return NOT_KNOWN
    places = 2 if abs(value) < 1000 and value != value.to_integral_value() else 0
    return _signed(value, f"{symbol(currency)}{_rounded(abs(value), places):,}")


def money_short(amount: Number | None, currency: str) -> str:
    """``£942``, ``£9.4k``, ``£442k``, ``£1.12m``: at most three digits that matter."""
    value = _decimal(amount)
    if value is None:
        return NOT_KNOWN
    return money(value, currency) if abs(value) < 100 else _signed(value, symbol(currency) + _compact(abs(value)))


def compact(amount: Number | None) -> str:
    """A bare number with at most three digits that matter: ``942``, ``9.4k``, ``1.12m``."""
    value = _decimal(amount)
    return NOT_KNOWN if value is None else _signed(value, _compact(abs(value)))


def person_days(amount: Number | None) -> str:
    """``1 person-day``, ``12.5 person-days``."""
    value = _decimal(amount)
    if value is None:
        return NOT_KNOWN
    text = _trimmed(_rounded(abs(value), 1 if abs(value) < 100 else 0))
    return _signed(value, f"{text}{NBSP}person-{'day' if text == '1' else 'days'}")


def person_days_short(amount: Number | None) -> str:
    """``12.5 d``, ``1.2k d``."""
    value = _decimal(amount)
    return NOT_KNOWN if value is None else _signed(value, f"{_compact(abs(value))}{NBSP}d")


def amount(value: Number | None, *, unit: str, currency: str) -> str:
    """Money or person-days in the short form; ``unit`` is ``money`` or ``days``."""
    return person_days_short(value) if unit == "days" else money_short(value, currency)


def count(value: Number | None) -> str:
    """``41,210``."""
    number = _decimal(value)
    return NOT_KNOWN if number is None else _signed(number, f"{_rounded(abs(number), 0):,}")


def percentage(value: Number | None) -> str:
    """A number from 0 to 100 as it is decided on a ladder: ``25%``, ``0.5%``."""
    number = _decimal(value)
    return NOT_KNOWN if number is None else _signed(number, f"{_trimmed(_rounded(abs(number), 2))}%")


def percent(share: Number | None, places: int | None = None) -> str:
    """A share (0.042) as ``4.2%``."""
    number = _decimal(share)
    return NOT_KNOWN if number is None else _signed(number, f"{_percent_digits(abs(number), places)}%")


def signed_percent(share: Number | None, places: int | None = None) -> str:
    """A relative change (0.042) as ``+4.2%`` or ``−4.2%``; without ``places`` needless zeros are left out."""
    number = _decimal(share)
    return NOT_KNOWN if number is None else _plus_or_minus(number, f"{_percent_digits(abs(number), places)}%")


def signed_points(share: Number | None, places: int = 2, *, trim: bool = False) -> str:
    """A difference of two shares (0.0071) in percentage points: ``+0.71 pp``, ``+1.00 pp`` (trimmed: ``+1 pp``)."""
    number = _decimal(share)
    if number is None:
        return NOT_KNOWN
    rounded = _rounded(abs(number) * 100, places)
    return _plus_or_minus(number, f"{_trimmed(rounded) if trim else rounded}{NBSP}pp")


def signed_number(value: Number | None, unit: str = "") -> str:
    """A difference in its own unit: ``+12.3 ms``."""
    number = _decimal(value)
    if number is None:
        return NOT_KNOWN
    magnitude = abs(number)
    text = _compact(magnitude) if magnitude >= 1000 else _significant(magnitude)
    return _plus_or_minus(number, text + (f"{NBSP}{unit}" if unit else ""))


def effect(value: Number | None, *, unit: str, scale: str = "absolute", trim: bool = False) -> str:
    """An effect in words of its metric: relative as ``+7.1%``, a share as ``+0.71 pp``, else with its unit.

    Decimals are the same for all effects of a kind, so that they stand in line; an axis wants them trimmed.
    """
    if scale == "relative":
        return signed_percent(value, None if trim else 1)
    if unit in ("share", "proportion", "%"):
        return signed_points(value, trim=trim)
    return signed_number(value, unit)


def interval(low: Number | None, high: Number | None, *, unit: str, scale: str = "absolute") -> str:
    """``+0.42 to +1.00 pp``: the unit stands once when both ends carry it."""
    first, last = (effect(end, unit=unit, scale=scale) for end in (low, high))
    if low is None or high is None:
        return NOT_KNOWN
    for tail in (f"{NBSP}pp", "%", f"{NBSP}{unit}"):
        if tail.strip() and first.endswith(tail) and last.endswith(tail):
            first = first.removesuffix(tail)
            break
    return f"{first} to {last}"


def day(value: date | datetime | None) -> str:
    """``11 August 2025``."""
    return NOT_KNOWN if value is None else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def day_short(value: date | datetime | None) -> str:
    """``11 Aug 2025``."""
    return NOT_KNOWN if value is None else f"{value.day} {_MONTHS[value.month - 1][:3]} {value.year}"


def month(value: date | datetime | None) -> str:
    """``March 2026``."""
    return NOT_KNOWN if value is None else f"{_MONTHS[value.month - 1]} {value.year}"


def days_away(days: int | None) -> str:
    """The distance to a day: ``in 6 days``, ``tomorrow``, ``today``, ``1 day late``."""
    if days is None:
        return NOT_KNOWN
    if days < 0:
        return f"{plural(-days, 'day')} late"
    return ("today", "tomorrow")[days] if days < 2 else f"in {plural(days, 'day')}"


def plural(number: int, word: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def _decimal(value: Number | None) -> Decimal | None:
    if value is None:
        return None
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return number if number.is_finite() else None


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _trimmed(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _significant(value: Decimal, digits: int = 3) -> str:
    if value == 0:
        return "0"
    places = max(0, min(6, digits - 1 - value.adjusted()))
    return _trimmed(_rounded(value, places))


def _compact(value: Decimal) -> str:
    """Three digits that matter; what rounds up to the next scale is written on that scale (999,960 is ``1m``)."""
    for size, name in _SCALES:
        if value >= size * Decimal("0.9995"):
            return _significant(value / size) + name
    return _trimmed(_rounded(value, 0 if value >= 100 else 1 if value >= 10 else 2))


def _percent_digits(share: Decimal, places: int | None) -> str:
    number = share * 100
    if places is None:
        return _trimmed(_rounded(number, 0 if number >= 100 else 1 if number >= 1 else 2))
    return f"{_rounded(number, places):,}"


def _signed(value: Decimal, text: str) -> str:
    return MINUS + text if value < 0 and any(digit in text for digit in "123456789") else text


def _plus_or_minus(value: Decimal, text: str) -> str:
    if not any(digit in text for digit in "123456789"):
        return text
    return (MINUS if value < 0 else "+") + text
