"""Bags that leave with somebody else than they are linked to.

A bag's case notes who took it out last. Whether that was a hand-over follows from the links, each
time anew, so that links which come later count. Companions may carry each other's bags. When a
case closes that could still say something, its word stands for good.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import NodeKind
from haechi.engine.hashtable import MISSING
from haechi.engine.kernel import Flag, Int, Row, step
from haechi.operators.links import MOST_READ, are_linked, next_link, other_end, set_link
from haechi.operators.names import case_named
from haechi.operators.state import State

_TRAVELER: Final = int(NodeKind.TRAVELER)
_BAG: Final = int(NodeKind.BAG)
_NONE: Final = np.uint64(0)
_RIGHTLY: Final = 1
_WRONGLY: Final = 2
_NOT_SAID: Final = -1
"""Version of a tie that only notes who carried a bag: whatever is said of it later counts."""


@step
def take_out(s: State, bag: Int, slot: Int, event_us: Int) -> Flag:
    """Note that a traveler took a bag out; the latest counts. Whether that is news."""
    case = s.cases[bag]
    if event_us < case.left_us:
        return False
    case.left_us = event_us
    if case_named(s, case.left_with) == slot:
        return False
    case.left_with = s.cases[slot].key
    case.settled = 0
    # An inactive link, by which the traveler's case finds the bag.
    set_link(s, bag, slot, _NOT_SAID, 0)
    return True


@step
def carrier_of(s: State, bag: Int) -> Int:
    """Slot of the traveler who took a bag out last, or ``MISSING``."""
    return case_named(s, s.cases[bag].left_with)


@step
def _is_handed_over(s: State, bag: Int) -> Flag:
    """Whether a bag left with somebody who is neither linked to it nor a companion of who is."""
    case = s.cases[bag]
    if case.left_with == _NONE or case.settled != 0:
        return case.settled == _WRONGLY
    carrier = carrier_of(s, bag)
    if carrier == MISSING:
        return False
    owned = False
    link = case.first_link
    steps = 0
    while link != -1 and steps < MOST_READ:
        if s.links[link].active == 1:
            steps += 1
            owner = other_end(s, link, bag)
            if s.cases[owner].node == _TRAVELER:
                if owner == carrier or are_linked(s, owner, carrier):
                    return False
                owned = True
        link = next_link(s, link, bag)
    return owned


@step
def count_handed_over(s: State, slot: Int, x: Row) -> None:
    """Write how many bags of a traveler left with others, and how many of others' with this one.

    NaN where no bag was seen to leave: that is missing evidence.
    """
    link = s.cases[slot].first_link
    steps = 0
    while link != -1 and steps < MOST_READ:
        steps += 1
        bag = other_end(s, link, slot)
        if s.cases[bag].node == _BAG and s.cases[bag].left_with != _NONE:
            wrongly = 1.0 if _is_handed_over(s, bag) else 0.0
            if s.links[link].active == 1:
                x.bags_elsewhere = np.fmax(x.bags_elsewhere, 0.0) + wrongly
            elif carrier_of(s, bag) == slot:
                x.foreign_bags = np.fmax(x.foreign_bags, 0.0) + wrongly
        link = next_link(s, link, slot)


@step
def settle_bags(s: State, slot: Int) -> None:
    """Let stand what is known of the bags of a case that closes, while its links still tell.

    Only whose bag it is, and who took it out, have a say.
    """
    link = s.cases[slot].first_link
    while link != -1:
        bag = other_end(s, link, slot)
        case = s.cases[bag]
        if case.node == _BAG and case.settled == 0:
            carrier = carrier_of(s, bag)
            if carrier == slot or (carrier != MISSING and s.links[link].active == 1):
                case.settled = _WRONGLY if _is_handed_over(s, bag) else _RIGHTLY
        link = next_link(s, link, slot)
