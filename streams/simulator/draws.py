"""Random draws: one independent generator for each named purpose.

Every traveler, parcel and answer draws from a generator of its own, so that a change to one
part of the port leaves the draws of all others alone, and follow-ups come out the same in
whatever order a driver asks for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

Draws = np.random.Generator
_T = TypeVar("_T")


def draws_for(seed: int, *purpose: str | int) -> Draws:
    """Make the generator of one purpose.

    Parameters
    ----------
    seed
        Seed of the port.
    *purpose
        What it is for, such as ``"traveler", 17``.
    """
    name = ":".join(map(str, (seed, *purpose)))
    entropy = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.PCG64(entropy))


def happens(draws: Draws, probability: float) -> bool:
    """Whether something of this probability happens."""
    return bool(draws.random() < probability)


def one_of(draws: Draws, choices: Sequence[_T]) -> _T:
    """One of the choices, all alike."""
    return choices[int(draws.integers(len(choices)))]


def weighted(draws: Draws, weights: Mapping[_T, float]) -> _T:
    """One of the keys, by weight; the weights need not add up to one."""
    at = draws.random() * sum(weights.values())
    for key, weight in weights.items():
        at -= weight
        if at < 0.0:
            return key
    return key


def between_us(draws: Draws, low_s: float, high_s: float) -> int:
    """Draw a duration between two bounds, microseconds."""
    return int(draws.uniform(low_s, high_s) * 1e6)
