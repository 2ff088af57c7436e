"""Links between cases: a bag or parcel to its traveler, companion to companion.

A link is threaded through the lists of both its cases. The highest version wins, so links
may come late, twice, or after they were taken back. Each case's list is walked newest first.
"""

from __future__ import annotations

from typing import Final

from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, put, remove
from haechi.engine.kernel import Flag, Int, step
from haechi.operators.state import Count, State

MOST_READ: Final = 512
"""Links of one case that are read. A case with more is crowded, and refers."""

MOST_TOLD: Final = 64
"""Linked cases that are told of a change at once; the others read it when they are asked."""


@step
def next_link(s: State, link: Int, slot: Int) -> Int:
    """The next link in the list of the case in ``slot``, or -1."""
    if s.links[link].a == slot:
        return s.links[link].next_a
    return s.links[link].next_b


@step
def other_end(s: State, link: Int, slot: Int) -> Int:
    """The case at the other end."""
    if s.links[link].a == slot:
        return s.links[link].b
    return s.links[link].a


@step
def are_linked(s: State, a: Int, b: Int) -> Flag:
    """Whether two cases are linked."""
    low = min(s.cases[a].key, s.cases[b].key)
    high = max(s.cases[a].key, s.cases[b].key)
    link = find(s.link_index, mix(low, high))
    return link != MISSING and s.links[link].active == 1


@step
def set_link(s: State, a: Int, b: Int, version: Int, active: Int) -> Flag:
    """Link two cases, or unlink them.

    Parameters
    ----------
    s
        The shard.
    a, b
        Slots of the two cases, not the same.
    version
        Version of this statement; an older one than known is ignored.
    active
        1 linked, 0 unlinked.

    Returns
    -------
    Whether anything changed.
    """
    low = min(s.cases[a].key, s.cases[b].key)
    high = max(s.cases[a].key, s.cases[b].key)
    key = mix(low, high)
    link = find(s.link_index, key)
    if link != MISSING:
        if version < s.links[link].version:
            return False
        changed = s.links[link].active != active
        s.links[link].version = version
        s.links[link].active = active
        return changed
    if s.counters[Count.FREE_LINKS] > 0:
        s.counters[Count.FREE_LINKS] -= 1
        link = s.free_links[s.counters[Count.FREE_LINKS]]
    else:
        link = s.counters[Count.LINKS]
        s.counters[Count.LINKS] += 1
    row = s.links[link]
    row.key = key
    row.a = a
    row.b = b
    row.version = version
    row.active = active
    row.next_a = s.cases[a].first_link
    row.next_b = s.cases[b].first_link
    s.cases[a].first_link = link
    s.cases[b].first_link = link
    s.counters[Count.LINK_KEYS] += put(s.link_index, key, link)
    return active == 1


@step
def _unthread(s: State, slot: Int, link: Int) -> None:
    """Take a link out of one case's list."""
    following = next_link(s, link, slot)
    at = s.cases[slot].first_link
    if at == link:
        s.cases[slot].first_link = following
        return
    while at != -1:
        after = next_link(s, at, slot)
        if after == link:
            if s.links[at].a == slot:
                s.links[at].next_a = following
            else:
                s.links[at].next_b = following
            return
        at = after


@step
def _drop(s: State, slot: Int, link: Int) -> None:
    """Remove a link that heads the list of ``slot``."""
    s.cases[slot].first_link = next_link(s, link, slot)
    _unthread(s, other_end(s, link, slot), link)
    s.counters[Count.LINK_KEYS] -= remove(s.link_index, s.links[link].key)
    s.links[link] = s.blank_link[0]
    s.free_links[s.counters[Count.FREE_LINKS]] = link
    s.counters[Count.FREE_LINKS] += 1


@step
def drop_links(s: State, slot: Int) -> None:
    """Remove every link of a case that closes."""
    while s.cases[slot].first_link != -1:
        _drop(s, slot, s.cases[slot].first_link)


@step
def move_links(s: State, gone: Int, slot: Int) -> None:
    """Give every link of one case to another, which is the same subject."""
    while s.cases[gone].first_link != -1:
        link = s.cases[gone].first_link
        other = other_end(s, link, gone)
        version = s.links[link].version
        active = s.links[link].active
        # Dropped first, so that the place is free for the link that takes over.
        _drop(s, gone, link)
        if other != slot:
            set_link(s, slot, other, version, active)
