"""Labelled photos as people keep them: a folder by person, names in file names, or listed pairs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haechi.app.exits import UnusableFile

PHOTOS_MAX: Final = 5000
"""Each is compared with each: twelve million pairs."""

_PHOTO: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_COLUMNS: Final = ("a", "b", "same")
_SAME: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Photos:
    """Photos and whose they are.

    Parameters
    ----------
    paths
        Where they are.
    persons
        Whose they are, one a path.
    listed
        Which to compare, by their places; None for all.
    left_out
        What could not be used, with the reason and the remedy.
    """

    paths: list[Path]
    persons: list[str]
    listed: list[tuple[int, int]] | None
    left_out: list[str]


def read_photos(path: Path) -> Photos:
    """Find the photos of a folder or of a file of pairs.

    Raises
    ------
    UnusableFile
        If there is nothing to compare in it.
    """
    if path.is_dir():
        photos = _folder(path)
    elif path.is_file():
        photos = _pairs(path)
    else:
        raise UnusableFile("NO_FILE", f"{path} is neither a folder nor a file of pairs")
    if len(photos.paths) > PHOTOS_MAX:
        raise UnusableFile(
            "TOO_MANY_PHOTOS",
            f"{path} has {len(photos.paths):,} photos; at most {PHOTOS_MAX:,} are compared: "
            "take some of the persons",
        )
    return photos


def _folder(folder: Path) -> Photos:
    """A folder a person, or all in one with the person in front of the last ``_`` or digits."""
    inner = {one: sorted(_photos_in(one)) for one in sorted(folder.iterdir()) if one.is_dir()}
    beside = sorted(_photos_in(folder))
    left_out = []
    if any(inner.values()):
        found = [(path, one.name) for one, paths in inner.items() for path in paths]
        left_out += [f"{path}: beside the persons' folders: move it into one" for path in beside]
    else:
        found = [(path, _person_in(path.stem)) for path in beside]
    persons = [person for _, person in found]
    if len(set(persons)) < 2 or len(set(persons)) == len(persons):
        raise UnusableFile(
            "NOT_TWO_PERSONS",
            f"{folder} has {len(persons)} photos of {len(set(persons))} persons; different people "
            "are needed, and two photos of at least one: give each person a folder, or name files "
            "PERSON_1.jpg, PERSON_2.jpg",
        )
    return Photos([path for path, _ in found], persons, None, left_out)


def _photos_in(folder: Path) -> Iterator[Path]:
    return (one for one in folder.iterdir() if one.suffix.lower() in _PHOTO and one.is_file())


def _person_in(stem: str) -> str:
    before, found, _ = stem.rpartition("_")
    if found and before:
        return before
    return re.sub(r"[\s.-]*\d+$", "", stem) or stem


def _pairs(path: Path) -> Photos:
    """Pairs, whose persons follow from who is the same as whom."""
    groups = _Groups()
    labels: dict[tuple[Path, Path], tuple[bool, int]] = {}
    left_out = []
    for line, row in _rows(path):
        same = _SAME.get((row["same"] or "").strip().lower())
        both = sorted(path.parent / (row[key] or "").strip() for key in ("a", "b"))
        missing = [one for one in both if not one.is_file()]
        if same is None:
            left_out.append(f"{path}:{line}: same is {row['same']!r}; write 1 or 0")
        elif missing:
            left_out.append(
                f"{path}:{line}: {missing[0]} is no file: paths start at the CSV's folder"
            )
        elif both[0] == both[1]:
            left_out.append(f"{path}:{line}: {both[0]} is compared with itself: name two photos")
        else:
            labels.setdefault((both[0], both[1]), (same, line))
            groups.put(both[0], both[1], together=same)
    paths = groups.members()
    for (a, b), (same, line) in labels.items():
        if not same and groups.of(a) == groups.of(b):
            raise UnusableFile(
                "CONTRADICTION",
                f"{path}:{line}: {a.name} and {b.name} are different people, but by other rows "
                "the same: correct one of them",
            )
    if not labels:
        why = f"; the first: {left_out[0]}" if left_out else ""
        raise UnusableFile("NO_PAIRS", f"{path} has no pair that can be used{why}")
    place = {one: at for at, one in enumerate(paths)}
    listed = [(place[a], place[b]) for a, b in labels]
    return Photos(paths, [str(groups.of(one)) for one in paths], listed, left_out)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            heads = reader.fieldnames or []
            if missing := [one for one in _COLUMNS if one not in heads]:
                raise UnusableFile(
                    "NO_COLUMN",
                    f"{path} has no column {missing[0]}; it has {', '.join(heads) or 'none'}: the "
                    "first line must be a,b,same",
                )
            for row in reader:
                yield reader.line_num, {one: row[one] for one in _COLUMNS}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnusableFile("UNREADABLE", f"{path}: {error}; give UTF-8 text with commas") from error


class _Groups:
    """Photos of one person, put together pair by pair."""

    def __init__(self) -> None:
        self._above: dict[Path, Path] = {}

    def of(self, photo: Path) -> Path:
        """The photo that stands for its group."""
        while (above := self._above.setdefault(photo, photo)) != photo:
            photo = above
        return photo

    def put(self, one: Path, other: Path, *, together: bool) -> None:
        """Note two photos, and join their groups if they belong together."""
        first, second = self.of(one), self.of(other)
        if together:
            self._above[second] = first

    def members(self) -> list[Path]:
        """All photos, in the order in which they came."""
        return list(self._above)
