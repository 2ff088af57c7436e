"""Labelled pairs of names: one person in two spellings, or two people with similar names.

Korean pairs are drawn from :mod:`made_names`; people whose names cross scripts stand in
``name_people.csv`` with those they could be mistaken for. Both fall into two halves by person: one
to develop on, one to report.
"""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Final, NamedTuple
from zlib import crc32

from benchmarks.made_names import (
    FAMILY_SPELLINGS,
    SYLLABLE_SPELLINGS,
    Person,
    in_passport,
    korean,
)

_PEOPLE: Final = Path(__file__).with_name("name_people.csv")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MISREAD: Final = {"O": "0", "I": "1", "S": "5", "B": "8"}


class Pair(NamedTuple):
    """Two names, and whether they are one person's.

    Parameters
    ----------
    category
        What makes it hard.
    one, other
        Names as written.
    same
        Whether they are one person's.
    held_out
        Whether it is in the half that was not looked at in development.
    """

    category: str
    one: str
    other: str
    same: bool
    held_out: bool


def pairs(seed: int, people: int) -> list[Pair]:
    """All pairs.

    Parameters
    ----------
    seed
        Of the Korean people drawn.
    people
        How many of them.
    """
    random = Random(seed)
    found = _listed()
    for _ in range(people):
        found += _of_person(random, korean(random))
    return found


def _held_out(what: str) -> bool:
    return crc32(what.encode()) % 2 == 1


def _listed() -> list[Pair]:
    groups: dict[tuple[str, str], dict[str, list[str]]] = {}
    with _PEOPLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            group = groups.setdefault((row["category"], row["group"]), {})
            group.setdefault(row["person"], []).append(row["name"])
    found = []
    for (category, group), people in groups.items():
        held_out = _held_out(group)
        for names in people.values():
            found += [
                Pair(f"{category}, listed", one, other, True, held_out)
                for one, other in combinations(names, 2)
            ]
        for mine, theirs in combinations(people.values(), 2):
            found += [
                Pair(f"{category}, listed", one, other, False, held_out)
                for one in mine
                for other in theirs
            ]
    return found


def _of_person(random: Random, person: Person) -> list[Pair]:
    hangul = person.family + person.given
    held_out = _held_out(hangul)
    latin = in_passport(random, person)
    found = [
        Pair("hangul and latin", hangul, latin, True, held_out),
        Pair("latin spellings", latin, in_passport(random, person), True, held_out),
        Pair("slips of typing", latin, _slip(random, in_passport(random, person)), True, held_out),
        Pair("slips of typing", hangul, _slip(random, latin), True, held_out),
        Pair("initials", latin, _initials(random, person), True, held_out),
    ]
    for other in _rivals(random, person):
        spelled = in_passport(random, other)
        found.append(Pair("hangul and latin", hangul, spelled, False, held_out))
        found.append(Pair("latin spellings", latin, spelled, False, held_out))
    found.append(Pair("slips of typing", latin, _slip(random, spelled), False, held_out))
    found.append(Pair("initials", latin, _initials(random, other), False, held_out))
    return found


def _rivals(random: Random, person: Person) -> list[Person]:
    """People who differ in the last syllable, in the first, and in the family name."""
    first, last = person.given
    return [
        Person(person.family, first + _another(random, last, SYLLABLE_SPELLINGS)),
        Person(person.family, _another(random, first, SYLLABLE_SPELLINGS) + last),
        Person(_another(random, person.family, FAMILY_SPELLINGS), person.given),
    ]


def _another(random: Random, syllable: str, spellings: dict[str, list[str]]) -> str:
    """Another syllable that no spelling shares: names alone could not tell those apart."""
    mine = set(spellings[syllable])
    return random.choice([one for one in spellings if not mine & set(spellings[one])])


def _initials(random: Random, person: Person) -> str:
    """A passport's spelling with the second syllable, or both, cut to the first letter."""
    family = random.choice(FAMILY_SPELLINGS[person.family])
    first, last = (random.choice(SYLLABLE_SPELLINGS[one]) for one in person.given)
    return f"{family} {first if random.random() < 0.6 else first[0]} {last[0]}"


def _slip(random: Random, name: str) -> str:
    """One letter too many, too few, swapped, mistyped or misread by a machine."""
    places = [at for at, letter in enumerate(name) if letter in _LETTERS]
    at = random.choice(places[1:])
    kind = random.randrange(5)
    if kind == 0:
        return name[:at] + random.choice(_LETTERS) + name[at:]
    if kind == 1:
        return name[:at] + name[at + 1 :]
    if kind == 2:
        swaps = [at for at in places[:-1] if at + 1 in places and name[at] != name[at + 1]]
        at = random.choice(swaps)
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if kind == 3:
        return name[:at] + random.choice(_LETTERS.replace(name[at], "")) + name[at + 1 :]
    misread = [at for at in places if name[at] in _MISREAD] or [at]
    at = random.choice(misread)
    return name[:at] + _MISREAD.get(name[at], "") + name[at + 1 :]
