"""The ground truth: who smuggles, and how.

It is drawn first; everything observable is drawn from it afterwards, with noise. Nothing of
it is in any event: an inspection may find it, and only then is it known.

Real prevalence is about 0.3% of subjects here by default, an assumption in the order of
magnitude of technical hits that prove valid (277 of 94,098 at one agency). So few cases show
nothing within a minute, so the demo multiplies it by ``oversampling`` and says so.

A courier family is drawn as one: every member carries or none does. Subjects outside are
drawn one by one. Either way a subject's chance is ``prevalence * oversampling``.
Nationality, age and sex are drawn without regard to the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from haechi.rpc.v1.officers_pb2 import (
    OFFENCE_CLASS_CASH,
    OFFENCE_CLASS_CRITICAL_DUTY_EVASION,
    OFFENCE_CLASS_DRUGS,
    OFFENCE_CLASS_DUTY_EVASION,
    OffenceClass,
)
from haechi.streams.simulator.draws import Draws, happens, weighted


class Pattern(StrEnum):
    """How somebody smuggles."""

    NONE = "none"
    STRAPPED_GOODS = "strapped-goods"
    SWALLOWED_GOODS = "swallowed-goods"
    FALSE_BOTTOM = "false-bottom"
    CASH_MULE = "cash-mule"
    SHUTTLE_ROUTE = "shuttle-route"
    COURIER_KIN = "courier-kin"
    CHEAP_RING = "cheap-ring"
    BORROWED_CODE = "borrowed-code"
    HIDDEN_IN_GOODS = "hidden-in-goods"
    SHIPPED_AHEAD = "shipped-ahead"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one subject.

    Parameters
    ----------
    subject
        Id at the site, of a traveler or a parcel.
    guilty
        Whether there is anything to find.
    pattern
        How it is done; ``NONE`` for innocents.
    """

    subject: str
    guilty: bool = False
    pattern: Pattern = Pattern.NONE


ALONE: Final = {
    Pattern.STRAPPED_GOODS: 0.25,
    Pattern.SWALLOWED_GOODS: 0.10,
    Pattern.FALSE_BOTTOM: 0.35,
    Pattern.CASH_MULE: 0.10,
    Pattern.SHUTTLE_ROUTE: 0.20,
}
"""Shares of the patterns among guilty travelers outside families."""

CARGO: Final = {
    Pattern.CHEAP_RING: 0.45,
    Pattern.BORROWED_CODE: 0.20,
    Pattern.HIDDEN_IN_GOODS: 0.30,
    Pattern.SHIPPED_AHEAD: 0.05,
}
"""Shares of the patterns among guilty parcels."""

OFFENCE: Final[dict[Pattern, OffenceClass]] = {
    Pattern.STRAPPED_GOODS: OFFENCE_CLASS_DRUGS,
    Pattern.SWALLOWED_GOODS: OFFENCE_CLASS_DRUGS,
    Pattern.FALSE_BOTTOM: OFFENCE_CLASS_DRUGS,
    Pattern.CASH_MULE: OFFENCE_CLASS_CASH,
    Pattern.SHUTTLE_ROUTE: OFFENCE_CLASS_DRUGS,
    Pattern.COURIER_KIN: OFFENCE_CLASS_DRUGS,
    Pattern.CHEAP_RING: OFFENCE_CLASS_DUTY_EVASION,
    Pattern.BORROWED_CODE: OFFENCE_CLASS_CRITICAL_DUTY_EVASION,
    Pattern.HIDDEN_IN_GOODS: OFFENCE_CLASS_DRUGS,
    Pattern.SHIPPED_AHEAD: OFFENCE_CLASS_DRUGS,
}
"""What a finding is booked as."""


@dataclass(frozen=True, slots=True)
class Prevalence:
    """How common guilt is.

    Parameters
    ----------
    share
        Share of guilty subjects in the world, 0 to 1.
    oversampling
        Factor by which the port shows more of them, > 0.
    """

    share: float = 0.003
    oversampling: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.shown <= 1.0:
            raise ValueError(
                f"prevalence {self.share} times oversampling {self.oversampling} is"
                f" {self.shown}, not within 0 to 1: lower one of them"
            )

    @property
    def shown(self) -> float:
        """Share of guilty subjects in the port, 0 to 1."""
        return self.share * self.oversampling

    def alone(self, draws: Draws) -> Pattern:
        """Draw one traveler outside a family."""
        return weighted(draws, ALONE) if happens(draws, self.shown) else Pattern.NONE

    def family(self, draws: Draws) -> Pattern:
        """Draw one family, all of it."""
        return Pattern.COURIER_KIN if happens(draws, self.shown) else Pattern.NONE

    def parcel(self, draws: Draws) -> Pattern:
        """Draw one parcel."""
        return weighted(draws, CARGO) if happens(draws, self.shown) else Pattern.NONE
