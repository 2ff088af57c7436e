"""What is watched for: entries of lists, and names that sound like those on them.

Several lists may watch one thing, each with its own weight and expiry, and an entry may come to
watch something else. So an entry is a row of its own, found by its id, and what it watches leads
to it by a chain of steps. A traveler's name leads in the same way to the listed names that it
sounds like, and those to their entries: whether two names sound alike never changes, whatever
becomes of the entries.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import Watched
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, put
from haechi.engine.kernel import Int, Real, Row, step
from haechi.operators.state import Count, State

_NAME: Final = int(Watched.NAME)
_NONE: Final = np.uint64(0)
_ENTRY: Final = np.uint64(0xE274)


@step
def take_intelligence(s: State, e: Row) -> None:
    """Enter, change or withdraw (weight 0) the intelligence entry that ``alias`` names.

    What is watched stands in ``token``; without an id there is one entry for each such thing.
    """
    if e.token == _NONE:
        return
    key = mix(e.token, np.uint64(e.mode))
    known_as = mix(e.alias if e.alias != _NONE else key, _ENTRY)
    slot = find(s.watched_index, known_as)
    if slot == MISSING:
        slot = _new_row(s)
        put(s.watched_index, known_as, slot)
    entry = s.watched[slot]
    if e.event_us >= entry.event_us:
        entry.event_us = e.event_us
        entry.weight = e.weight
        entry.until_us = e.until_us
        entry.token = key
        _lead(s, key, slot + 1, _NONE, 1.0)


@step
def take_likeness(s: State, e: Row) -> None:
    """Note that a traveler's name (``token``) sounds like a listed one (``alias``)."""
    heard = mix(e.token, np.uint64(_NAME))
    _lead(s, heard, 0, mix(e.alias, np.uint64(_NAME)), e.similarity)


@step
def _new_row(s: State) -> Int:
    slot = s.counters[Count.WATCHED]
    s.counters[Count.WATCHED] += 1
    return slot


@step
def _lead(s: State, key: Int, entry: Int, token: Int, weight: Real) -> None:
    """Let what a key names lead to an entry or to a like name, once."""
    last = MISSING
    at = find(s.watched_index, key)
    while at != MISSING:
        if s.watched[at].entry == entry and s.watched[at].token == token:
            s.watched[at].weight = weight
            return
        last = at
        at = s.watched[at].next - 1
    at = _new_row(s)
    s.watched[at].entry = entry
    s.watched[at].token = token
    s.watched[at].weight = weight
    if last == MISSING:
        put(s.watched_index, key, at)
    else:
        s.watched[last].next = at + 1


@step
def _in_force(s: State, key: Int, now_us: Int) -> Real:
    """Highest weight of the entries in force on what a key names; 0 for none."""
    highest = 0.0
    at = find(s.watched_index, key)
    while at != MISSING:
        to = s.watched[at].entry - 1
        # An entry may watch something else by now.
        if to >= 0 and s.watched[to].token == key:
            until_us = s.watched[to].until_us
            if until_us == 0 or until_us >= now_us:
                highest = max(highest, s.watched[to].weight)
        at = s.watched[at].next - 1
    return highest


@step
def watched(s: State, what: Int, token: Int, now_us: Int, highest: Real) -> Real:
    """The higher of ``highest`` and the weight of the entries in force on this token.

    A name that only sounds like a listed one weighs as much less as they are alike.
    """
    if token == _NONE:
        return highest
    key = mix(token, np.uint64(what))
    at = find(s.watched_index, key)
    if at == MISSING:
        return highest
    highest = max(highest, _in_force(s, key, now_us))
    while at != MISSING:
        if s.watched[at].entry == 0:
            like = s.watched[at].weight
            highest = max(highest, like * _in_force(s, s.watched[at].token, now_us))
        at = s.watched[at].next - 1
    return highest
