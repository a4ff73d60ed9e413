"""The map from the paths of a repository to features: a CSV file that people write from top to bottom.

It has a header with `path` and `feature`; the **first** line that matches a path wins, so exceptions stand above the
rule. `-` as feature leaves paths out on purpose. Paths that no line matches are outside the map. With the columns
`person` and `role` it may say what people do, so that a rate card can price their days.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from features.errors import BadInput, FieldError
from features.importers.pricing import PersonRole, as_kept

LEFT_OUT: Final = ""
"""What `PathMap.feature_of` answers for a path that is left out on purpose."""

_DASH: Final = "-"
_REMEMBERED: Final = 100_000  # paths: about 30 MB at most
_MOST_ERRORS: Final = 20
_WILD: Final = re.compile(r"\*\*/|\*\*|\*|\?")
_MEANING: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class MapLine:
    """One line of a map: where it stands, its pattern, and the key of its feature (or `LEFT_OUT`)."""

    line: int
    pattern: str
    feature: str


class PathMap:
    """Says whose a path is. Plain patterns (a file, or a folder with all below) are looked up, not tried in turn."""

    def __init__(self, lines: Sequence[MapLine], people: Sequence[PersonRole] = ()) -> None:
        """`lines` in the order in which they are asked."""
        self.lines = tuple(lines)
        self.people = tuple(people)
        self._roles = {each.person.casefold(): each for each in people}
        self._met: set[int] = set()
        self._plain: dict[str, int] = {}
        self._wild: list[tuple[int, re.Pattern[str]]] = []
        self._used: set[int] = set()
        for place, each in enumerate(self.lines):
            if _WILD.search(each.pattern):
                self._wild.append((place, _compiled(each.pattern)))
            else:
                self._plain.setdefault(each.pattern, place)
        self.feature_of = lru_cache(_REMEMBERED)(self._feature_of)
        """The key of a path's feature; `LEFT_OUT`; or None where no line matches."""

    @property
    def features(self) -> frozenset[str]:
        """The keys of all features that the map names."""
        return frozenset(each.feature for each in self.lines if each.feature != LEFT_OUT)

    @property
    def unused(self) -> list[MapLine]:
        """The lines that no path has needed so far."""
        return [each for place, each in enumerate(self.lines) if place not in self._used]

    @property
    def unmet(self) -> list[PersonRole]:
        """The lines of people whom no author has been so far."""
        return [each for each in self.people if each.line not in self._met]

    def role_of(self, author: str) -> str:
        """The role of an author (`Name <mail>`), by the address or the name; empty where no line names it."""
        name, _, mail = author.casefold().rpartition(" <")
        for word in (mail.removesuffix(">").strip(), name.strip(), author.casefold()):
            if word and (found := self._roles.get(word)):
                self._met.add(found.line)
                return found.role
        return ""

    def _feature_of(self, path: str) -> str | None:
        path = _normal(path)
        place = min((self._plain[name] for name in _names(path) if name in self._plain), default=len(self.lines))
        for wild, pattern in self._wild:
            if wild >= place:
                break
            if pattern.fullmatch(path):
                place = wild
                break
        if place == len(self.lines):
            return None
        self._used.add(place)
        return self.lines[place].feature


def read_map(file: Path) -> PathMap:
    """Read a map from a CSV file in UTF-8, with commas or semicolons; lines that begin with `#` are comments.

    Raises:
        BadInput: the file cannot be read, or the lines that are wrong, by number.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(f"The map {file} cannot be read as UTF-8 text: {error}") from error
    rows = _rows(text)
    header = [cell.lower() for cell in next(rows, (0, []))[1]]
    if not {"path", "feature"} <= set(header):
        raise _refused(f"The map {file} has no header “path,feature” in its first line.")
    places: dict[str, int] = {
        name: header.index(name) for name in ("path", "feature", "person", "role") if name in header
    }
    lines, people, faults = _read(rows, places)
    if faults:
        told = " ".join(f"Line {line}: {fault}" for line, fault in faults[:_MOST_ERRORS])
        errors = [FieldError(f"map.{line}", "invalid", fault) for line, fault in faults]
        raise BadInput(code="invalid", detail=f"The map {file} is not clear. {told}", errors=errors)
    if not lines:
        raise _refused(f"The map {file} has no lines below its header. `import_git REPO --suggest` prints a first one.")
    return PathMap(lines, people)


def area_of(path: str) -> str:
    """The pattern of the map that a path would come under at first sight: its folder, two levels deep at most.

    `app/models/user.rb` → `app/models/`, `app/readme` → `app/*`, `readme` → `*`; areas do not overlap.
    """
    folders = path.split("/")[:-1]
    if len(folders) >= 2:  # noqa: PLR2004 (two levels, as it says)
        return "/".join([*folders[:2], ""])
    return "/".join([*folders, "*"])


def written(areas: Mapping[str, int], *, most: int) -> str:
    """The areas with the most commits as the text of a map whose features are still to be filled in."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["path", "feature", "commits"])
    for area, commits in sorted(areas.items(), key=lambda each: (-each[1], each[0]))[:most]:
        plain = re.sub("[\ud800-\udfff]", "?", area)  # bytes that are no UTF-8: one of any character
        writer.writerow([f"./{plain}" if plain.startswith(("#", " ")) else plain, "", commits])
    return out.getvalue()


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the number of the line each one ends in, without comments and empty ones."""
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells) and not cells[0].startswith("#"):
                yield reader.line_num, cells
    except csv.Error as error:
        raise _refused(f"The map is no CSV: line {reader.line_num}: {error}.") from error


def _read(
    rows: Iterator[tuple[int, list[str]]], places: Mapping[str, int]
) -> tuple[list[MapLine], list[PersonRole], list[tuple[int, str]]]:
    lines: list[MapLine] = []
    people: dict[str, PersonRole] = {}
    faults: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for line, cells in rows:
        cell = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
        person, role = cell.get("person", ""), as_kept(cell.get("role", ""))
        pattern, feature = _pattern(cell["path"]), cell["feature"]
        if person or role:
            fault = _person_fault(cell, people)
            people.setdefault(person.casefold(), PersonRole(line, person, role))
        elif not (fault := _fault(pattern, feature, seen)):
            seen[pattern] = line
            lines.append(MapLine(line, pattern, LEFT_OUT if feature == _DASH else feature))
        if fault:
            faults.append((line, fault))
    return lines, list(people.values()), faults


def _person_fault(cell: Mapping[str, str], people: Mapping[str, PersonRole]) -> str:
    person, role = cell.get("person", ""), cell.get("role", "")
    if not person or not role:
        return "a person comes with a role, and a role with a person: an address or a name as git has it."
    if cell["path"] or cell["feature"]:
        return f"it names “{person}” and a path. Give people lines of their own."
    if earlier := people.get(person.casefold()):
        return f"“{person}” stands in line {earlier.line} already. Keep one of them."
    return ""


def _fault(pattern: str, feature: str, seen: Mapping[str, int]) -> str:
    if not pattern:
        return "it has no path; `**` means all of them."
    if not feature:
        return f"“{pattern}” has no feature; give its key, or - to leave these paths out."
    if pattern in seen:
        return f"“{pattern}” stands in line {seen[pattern]} already, and the first line wins."
    return ""


def _pattern(path: str) -> str:
    """A pattern as it is compared: from the top of the repository. A plain folder needs no slash at its end."""
    pattern = _normal(path).removeprefix("./").lstrip("/")
    return pattern if _WILD.search(pattern) else pattern.rstrip("/")


def _compiled(pattern: str) -> re.Pattern[str]:
    parts, at = [], 0
    whole = f"{pattern}**" if pattern.endswith("/") else pattern
    for wild in _WILD.finditer(whole):
        parts += [re.escape(whole[at : wild.start()]), _MEANING[wild.group()]]
        at = wild.end()
    return re.compile("".join([*parts, re.escape(whole[at:])]), re.DOTALL)


def _names(path: str) -> Iterator[str]:
    """The path itself, and each folder that it lies in."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _normal(path: str) -> str:
    """One spelling for letters that Unicode can write in two ways, as macOS and Linux do."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def _refused(detail: str) -> BadInput:
    return BadInput(code="invalid", detail=detail, errors=[FieldError("map", "invalid", detail)])
