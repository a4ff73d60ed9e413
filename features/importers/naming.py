"""How a row of a file is known again: by the name it brings, or by what it is and which of those alike it is.

A row without an `external_id` is named after its feature, its day and its category, and its place among the rows of
the file that are alike in these. Its values are not part of the name: a corrected amount is a revision, and the same
file twice writes nothing.
"""

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

from features.actions.ledger import LedgerRow, meant

MADE: Final = re.compile("line:([0-9a-f]{16}):([0-9]{1,9})")


@dataclass(slots=True)
class Names:
    """The names that a file has given so far. Numbers, not texts: a million lines fit into some tens of megabytes."""

    alike: dict[int, int] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)

    def name(self, row: LedgerRow) -> str:
        """The name of a row that brings none."""
        what = _number(row.source, row.feature, row.on, getattr(row, "category", ""))
        self.alike[what] = place = self.alike.get(what, 0) + 1
        return f"line:{what:016x}:{place}"

    def take(self, row: LedgerRow) -> bool | None:
        """Whether a name that a row brings is new in this file. None: it was there, with other values."""
        content = _number(meant(row)) >> 2  # small enough to cost Python one word less
        return None if self.given.setdefault(_number(row.source, row.external_id), content) != content else True

    def repeats(self, row: LedgerRow) -> bool:
        """Whether the name that a row brings was there before."""
        return _number(row.source, row.external_id) in self.given

    def has(self, source: str, external_id: str) -> bool:
        """Whether the file names this entry."""
        if made := MADE.fullmatch(external_id):
            return int(made[2]) <= self.alike.get(int(made[1], 16), 0)
        return _number(source, external_id) in self.given


def _number(*parts: Any) -> int:
    return int.from_bytes(blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest())
