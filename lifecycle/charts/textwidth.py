"""How wide a text in Inter is, so that labels can be kept apart without a browser.

The widths are thousandths of the type size, read from the Inter that the style sheet ships (optical size 14,
weights 400 and 600). Digits are counted as tabular, because all numbers in charts are.
"""

from __future__ import annotations

_CHARACTERS = " !\"#$%&'()*+,-./:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~£€¥×±−–—…·→•≤≥"
_REGULAR = (
    "281 288 466 633 642 982 644 300 365 365 501 662 288 460 288 360 288 302 662 662 662 511 966 "
    "690 654 730 722 601 590 746 743 269 571 672 565 903 753 765 639 765 644 642 646 744 690 985 682 679 629 "
    "365 360 365 471 456 323 562 612 571 612 583 370 613 591 242 242 549 242 876 591 600 612 612 376 528 327 "
    "591 562 818 546 562 552 426 333 426 662 611 667 550 662 662 662 500 1000 864 288 954 562 662 662"
)
_SEMIBOLD = (
    "252 321 523 644 650 1004 663 326 373 373 540 673 319 465 319 379 319 329 673 673 673 543 999 "
    "728 659 737 722 605 588 749 746 277 580 703 565 922 759 769 645 773 652 650 660 736 728 1020 720 713 652 "
    "373 379 373 481 469 351 574 624 583 624 591 389 625 612 262 262 569 262 900 612 609 624 624 397 549 353 "
    "612 587 839 569 588 566 455 359 455 673 629 679 563 673 673 673 500 1000 956 319 954 503 673 673"
)


def _table(widths: str) -> dict[str, int]:
    table = dict(zip(_CHARACTERS, map(int, widths.split()), strict=True))
    return table | dict.fromkeys("0123456789", 648) | {"\N{NO-BREAK SPACE}": table[" "]}


_WIDTHS = {False: _table(_REGULAR), True: _table(_SEMIBOLD)}
_UNKNOWN_LATIN = 640
_UNKNOWN_WIDE = 1000
_WIDE_FROM = "\u1100"


def text_width(text: str, *, size: float, bold: bool = False) -> float:
    """Width of ``text`` in pixels at type ``size``. Letters outside the table count as wide letters do."""
    table = _WIDTHS[bold]
    units = 0
    for letter in text:
        units += table.get(letter) or (_UNKNOWN_WIDE if letter >= _WIDE_FROM else _UNKNOWN_LATIN)
    return units * size / 1000


def shorten(text: str, *, room: float, size: float, bold: bool = False) -> str:
    """``text`` cut to ``room`` pixels with an ellipsis; empty when not even two letters fit."""
    if text_width(text, size=size, bold=bold) <= room:
        return text
    for length in range(len(text) - 1, 1, -1):
        cut = text[:length].rstrip() + "…"
        if text_width(cut, size=size, bold=bold) <= room:
            return cut
    return ""
