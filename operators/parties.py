"""Histories: what is known of every party that a case names.

A history outlives its cases. It is counted once a case, when the first manifest comes, and
again when an inspection's outcome comes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.codes import NodeKind, Party
from haechi.engine.decay import (
    MONTH_S,
    add_to_mean,
    advance,
    count_label,
    count_sighting,
    found_log_odds,
    remaining,
)
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, put
from haechi.engine.kernel import Flag, Int, Real, Row, step
from haechi.engine.records import PARTIES
from haechi.operators.state import Count, State

_PARCEL: Final = int(NodeKind.PARCEL)
_NONE: Final = np.uint64(0)

PRIOR_FOUND: Final = (0.05, 0.005)
"""Share of inspections that find something where nothing is known: parcels, travelers."""

SMOOTHING: Final = 2.0
"""Weight of that share, in labels (facts measured on the KCS data)."""

USUAL_PRICE_LABELS: Final = 5.0
"""Sightings of an HS code before its usual price says anything."""


@step
def history_slot(s: State, key: Int, now_us: Int) -> Int:
    """Slot of a history, made if need be."""
    slot = find(s.history_index, key)
    if slot == MISSING:
        slot = s.counters[Count.HISTORIES]
        s.counters[Count.HISTORIES] += 1
        s.histories[slot].key = key
        s.histories[slot].last_us = now_us
        put(s.history_index, key, slot)
    return slot


@step
def party_key(party: Int, token: Int) -> Int:
    """Key of a party's history, 0 for a token of 0."""
    if token == _NONE:
        return _NONE
    return mix(token, np.uint64(party))


@step
def _count_partner(s: State, pair: Int, first: Int, second: Int, now_us: Int) -> None:
    """Count ``second`` among the partners of ``first``, once a pair."""
    if first == _NONE or second == _NONE:
        return
    key = mix(mix(first, second), np.uint64(pair))
    if find(s.history_index, key) != MISSING:
        return
    history_slot(s, key, now_us)
    row = s.histories[history_slot(s, first, now_us)]
    row.partners += remaining(advance(row, now_us), MONTH_S)


@step
def name_parties(s: State, slot: Int) -> None:
    """Write down which histories a case belongs to, from its manifest."""
    m = s.manifests[slot]
    p = s.cases[slot].parties
    if s.cases[slot].node == _PARCEL:
        p[0] = party_key(Party.IMPORTER, m.importer)
        p[1] = party_key(Party.DECLARANT, m.declarant)
        p[2] = party_key(Party.SELLER, m.seller)
        p[3] = party_key(Party.COURIER, m.courier)
        p[4] = party_key(Party.CONSIGNEE, m.consignee)
        p[5] = party_key(Party.SENDER, m.sender)
        p[6] = party_key(Party.PCCC, m.pccc)
        p[7] = party_key(Party.ADDRESS, m.address)
        p[8] = party_key(Party.PHONE, m.phone)
        p[9] = party_key(Party.HS6, np.uint64(m.hs6))
        p[10] = party_key(Party.ORIGIN, m.origin)
    else:
        # The document's number (`pccc` of a traveler) outlives the arrival; the id may not.
        p[0] = party_key(Party.TRAVELER, m.pccc if m.pccc != _NONE else m.ref)
        p[1] = party_key(Party.FLIGHT, m.token)


@step
def count_case(s: State, slot: Int, now_us: Int) -> None:
    """Count a case in the history of everyone it names, once."""
    case = s.cases[slot]
    if case.counted == 1:
        return
    case.counted = 1
    for i in range(PARTIES):
        if case.parties[i] != _NONE:
            count_sighting(s.histories[history_slot(s, case.parties[i], now_us)], now_us)
    if case.node == _PARCEL:
        _count_partner(s, Party.PCCC_ADDRESS, case.parties[6], case.parties[7], now_us)
        _count_partner(s, Party.ADDRESS_PCCC, case.parties[7], case.parties[6], now_us)
        m = s.manifests[slot]
        if m.price > 0.0 and m.mass_kg > 0.0 and case.parties[9] != _NONE:
            row = s.histories[history_slot(s, case.parties[9], now_us)]
            add_to_mean(row, now_us, exactmath.log2(m.price / m.mass_kg))


@step
def count_outcome(s: State, parties: Row, now_us: Int, found: Flag) -> None:
    """Count an inspection's outcome in the histories that its decision named."""
    for i in range(PARTIES):
        if parties[i] != _NONE:
            count_label(s.histories[history_slot(s, parties[i], now_us)], now_us, found)


@step
def past_findings(s: State, key: Int, now_us: Int, node: Int) -> Real:
    """Log-odds of a finding by a party's history; NaN where there is no such party."""
    if key == _NONE:
        return np.nan
    slot = find(s.history_index, key)
    if slot == MISSING:
        return 0.0
    row = s.histories[slot]
    advance(row, now_us)
    return found_log_odds(row, PRIOR_FOUND[0] if node == _PARCEL else PRIOR_FOUND[1], SMOOTHING)
