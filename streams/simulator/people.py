"""People: who travels, with whom, on which document.

Names are made up of syllables. A person keeps document and contact from trip to trip, so that
some travelers return. Nationality, sex and year of birth say nothing about the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haechi.rpc.v1.traveler_pb2 import SEX_FEMALE, SEX_MALE, Sex
from haechi.streams.simulator.draws import Draws, happens, one_of, weighted

_SURNAMES: Final = ("SEOM", "BYEOL", "HANEUL", "OSTRAND", "VELASK", "TORRIN", "KAMADE", "LUNDIS")
_GIVEN: Final = ("ARIM", "BONA", "CELIN", "DAON", "ELIO", "GARAM", "MIRAE", "NOEL", "SAROM", "YUL")
_NATIONALITIES: Final = {
    "KOR": 0.48,
    "CHN": 0.14,
    "JPN": 0.11,
    "USA": 0.08,
    "VNM": 0.06,
    "THA": 0.05,
    "PHL": 0.04,
    "DEU": 0.02,
    "GBR": 0.02,
}


@dataclass(frozen=True, slots=True)
class Person:
    """One person, the same on every trip.

    Parameters
    ----------
    number
        Running number.
    name
        As in the machine-readable zone.
    nationality
        ISO 3166-1 alpha-3; the document's issuer too.
    sex, birth_year
        As on the document.
    trips
        Earlier arrivals here.
    """

    number: int
    name: str
    nationality: str
    sex: Sex
    birth_year: int
    trips: int

    @property
    def document(self) -> str:
        """Document number."""
        return f"M{self.number:08d}"

    @property
    def contact(self) -> str:
        """Token of the telephone number."""
        return f"tel-{self.number:08d}"


def make_person(draws: Draws, number: int, *, child: bool = False) -> Person:
    """Draw one person; every fifth adult has been here before."""
    return Person(
        number=number,
        name=f"{one_of(draws, _SURNAMES)}<<{one_of(draws, _GIVEN)}<{one_of(draws, _GIVEN)}",
        nationality=weighted(draws, _NATIONALITIES),
        sex=SEX_FEMALE if happens(draws, 0.5) else SEX_MALE,
        birth_year=int(draws.integers(2010, 2022) if child else draws.integers(1945, 2006)),
        trips=0 if child or not happens(draws, 0.2) else int(draws.integers(1, 4)),
    )


def group_size(draws: Draws) -> int:
    """Draw how many travel on one booking; a fifth of all travelers are in families of three up."""
    return weighted(draws, {1: 0.72, 2: 0.20, 3: 0.03, 4: 0.04, 5: 0.01})


def make_group(draws: Draws, first: int, size: int) -> list[Person]:
    """Draw the travelers of one booking; from the third on they are children."""
    return [make_person(draws, first + i, child=i > 1) for i in range(size)]
