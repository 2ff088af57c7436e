"""The registry of trusted parties: whom customs trusts, until when, and who has lost it.

Two approvers grant trust, each in an event of their own; one takes it away, and an offence found
does so by itself. What a manifest claims counts only while the registry does not say otherwise.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import Party, TrustChange
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, put
from haechi.engine.kernel import Flag, Int, Row, step
from haechi.operators.state import Count, State

_IMPORTER: Final = int(Party.IMPORTER)
_DECLARANT: Final = int(Party.DECLARANT)
_SELLER: Final = int(Party.SELLER)
_CONSIGNEE: Final = int(Party.CONSIGNEE)
_GRANT: Final = int(TrustChange.GRANT)
_NONE: Final = np.uint64(0)
_WAITING_US: Final = 7 * 86_400_000_000
UNKNOWN: Final = 0
TRUSTED: Final = 1
LOST: Final = 2


@step
def _entry(s: State, token: Int, party: Int) -> Int:
    """Place of a party in the registry, ``MISSING`` for none."""
    if token == _NONE:
        return MISSING
    return find(s.trust_index, mix(token, np.uint64(party)))


@step
def _standing(s: State, token: Int, party: Int, known: Int) -> Int:
    """How a party stands, beside what is known of others; one that lost trust spoils it for all."""
    place = _entry(s, token, party)
    if place == MISSING or known == LOST:
        return known
    entry = s.trusts[place]
    if entry.state == UNKNOWN:
        return known
    # By the core's clock: trust must not live longer because an event says that it is old.
    lasts = entry.until_us > s.counters[Count.NOW_US]
    return TRUSTED if entry.state == TRUSTED and lasts else LOST


@step
def trust_of(s: State, slot: Int) -> Int:
    """How the parties of a parcel stand in the registry: UNKNOWN, TRUSTED or LOST."""
    m = s.manifests[slot]
    known = _standing(s, m.importer, _IMPORTER, UNKNOWN)
    known = _standing(s, m.declarant, _DECLARANT, known)
    known = _standing(s, m.seller, _SELLER, known)
    return _standing(s, m.consignee, _CONSIGNEE, known)


@step
def vouched_for(case: Row, standing: Int) -> Flag:
    """Whether trust counts for a parcel: what a scanner saw speaks louder."""
    return standing == TRUSTED and case.xray_alarm == 0


@step
def take_trust(s: State, e: Row) -> Flag:
    """Take what one approver says of a party; whether it takes effect.

    A grant waits a week for the same word of a second person.
    """
    place = _entry(s, e.token, e.mode)
    if place == MISSING:
        place = s.counters[Count.TRUSTS]
        s.counters[Count.TRUSTS] += 1
        put(s.trust_index, mix(e.token, np.uint64(e.mode)), place)
    entry = s.trusts[place]
    if e.change != _GRANT:
        entry.state = LOST
        entry.asked_by = _NONE
        return True
    waits = entry.asked_by != _NONE and e.stamp_us < entry.asked_us + _WAITING_US
    if not waits or entry.asked_until_us != e.until_us:
        entry.asked_by = e.actor
        entry.asked_until_us = e.until_us
        entry.asked_us = e.stamp_us
        return False
    if entry.asked_by == e.actor:
        return False
    entry.state = TRUSTED
    entry.until_us = e.until_us
    entry.asked_by = _NONE
    return True


@step
def suspend_trust(s: State, decision: Row) -> Flag:
    """Take trust from the parties of a decision after which an offence was found.

    Also from those for whom only one approver has spoken so far.

    Returns
    -------
    Whether any of them had it.
    """
    lost = False
    for k in range(decision.parties.shape[0]):
        # The key of a party's history is that of its place in the registry.
        key = decision.parties[k]
        place = find(s.trust_index, key) if key != _NONE else MISSING
        if place != MISSING:
            lost = lost or s.trusts[place].state == TRUSTED
            s.trusts[place].asked_by = _NONE
            if s.trusts[place].state == TRUSTED:
                s.trusts[place].state = LOST
    return lost
