"""A gentle eye on blame: sentences that name a person of the house beside a word of blame. It warns, never refuses."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User

SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]*")
WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
BLAME: Final = re.compile(
    r"\b(?:blam\w*|fault\w*|guilt\w*|culprit\w*|careless\w*|negligen\w*|incompeten\w*|sloppy|sloppily|lazy|lazily|"
    r"stupid\w*|clueless|irresponsib\w*|unprofessional\w*|forgot\w*|forget\w*|ignor\w*|neglect\w*|fail(?:ed|s|ure)?|"
    r"refus\w*|mess(?:ed|es)? up|screw\w*|botch\w*|broke|breaks|ruin\w*|wreck\w*|overlook\w*|miss(?:ed|es)|"
    r"mistake\w*|wrong\w*|never (?:told|asked|checked|listened|answered|tested)|too (?:slow|late|lazy|busy)|"
    r"should(?: not|n['’]t)? have|could have|ought to have|did(?: not|n['’]t)|does(?: not|n['’]t)|would(?: not|n['’]t)|"
    r"because of|thanks to)\b",
    re.IGNORECASE,
)
SHORTEST: Final = 2
"""A single letter is no name."""


@dataclass(frozen=True, slots=True)
class Blame:
    """One sentence that may read as blame: in which field, the sentence, and the name in it."""

    field: str
    sentence: str
    name: str

    def as_json(self) -> dict[str, str]:
        """As the API shows it."""
        return {"field": self.field, "sentence": self.sentence, "name": self.name, "detail": self.detail}

    @property
    def detail(self) -> str:
        """What to do about it."""
        return f"This may read as blame of {self.name}. What made it likely that anybody would have done the same?"


def names_of_house() -> frozenset[str]:
    """What people of this installation are called: usernames, first and last names, in small letters."""
    rows = User.objects.values_list("username", "first_name", "last_name")
    words = (word.casefold() for row in rows for name in row for word in WORD.findall(name))
    return frozenset(word for word in words if len(word) >= SHORTEST)


def blamed(texts: Mapping[str, str], *, names: Iterable[str]) -> tuple[Blame, ...]:
    """The sentences of these texts (by field) that name somebody beside a word of blame, in their order.

    A name at the place of a common word counts only when it is written with a capital letter, as names are.
    """
    known = frozenset(names)
    found = []
    for field, text in texts.items():
        for sentence in (match.group().strip() for match in SENTENCE.finditer(text)):
            named = _named(sentence, known)
            if named and BLAME.search(sentence):
                found.append(Blame(field, sentence, named))
    return tuple(found)


def _named(sentence: str, names: frozenset[str]) -> str:
    """The first name in a sentence, also where it owns something (`Bo’s`); empty without one."""
    for match in WORD.finditer(sentence):
        word = re.sub(r"['’]s$", "", match.group())
        if word[:1].isupper() and word.casefold() in names:
            return word
    return ""
