"""Histories: what is known of every party that a case names.

A history outlives its cases. It is counted once a case, when the first manifest comes, and
again when an inspection's outcome comes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.baseline import as_log2, compare, peak_now, take
from haechi.engine.codes import NodeKind, Party
from haechi.engine.decay import (
    MONTH_S,
    add_to_mean,
    advance,
    count_label,
    count_sighting,
    found_log_odds,
)
from haechi.engine.exactmath import remaining
from haechi.engine.features import BASELINES, PLACE, RUNS
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, put
from haechi.engine.kernel import Flag, Int, Real, Row, step
from haechi.engine.records import PARTIES
from haechi.engine.run import extend
from haechi.operators.state import Count, State

_PARCEL: Final = int(NodeKind.PARCEL)
_NONE: Final = np.uint64(0)

PARCEL_PARTIES: Final = (
    Party.IMPORTER,
    Party.DECLARANT,
    Party.SELLER,
    Party.COURIER,
    Party.CONSIGNEE,
    Party.SENDER,
    Party.PCCC,
    Party.ADDRESS,
    Party.PHONE,
    Party.HS6,
    Party.ORIGIN,
    Party.HS4,
    Party.DEPARTURE,
)
"""Order of a parcel's histories in its case and its decisions."""

assert len(PARCEL_PARTIES) <= PARTIES


def place_of(party: Party) -> int:
    """Place of a party among a parcel's histories."""
    return PARCEL_PARTIES.index(party)


_PCCC_AT: Final = place_of(Party.PCCC)
_ADDRESS_AT: Final = place_of(Party.ADDRESS)
_HS6_AT: Final = place_of(Party.HS6)
_BASELINE_PARTY: Final = np.array([place_of(one.party) for one in BASELINES])
_BASELINES: Final = len(BASELINES)
_BASELINE_VALUE: Final = np.array(
    [("price", "mass", "unit_price").index(one.value) for one in BASELINES]
)
_RUN_PARTY: Final = np.array([place_of(one.party) for one in RUNS])
_RUN_AGAINST: Final = np.array([place_of(one.against.party) for one in RUNS])
_RUN_RATIO: Final = np.array([PLACE[f"{one.against.name}_ratio"] for one in RUNS])
_RUNS: Final = len(RUNS)

SMOOTHING: Final = 2.0
"""Weight of that share, in labels (facts measured on the KCS data)."""

USUAL_PRICE_LABELS: Final = 5.0
"""Sightings of an HS code before its usual price says anything."""


@step
def found_rate(s: State, node: Int) -> Real:
    """Share of inspections that find something, as a random check would see it."""
    rates = s.rates[0 if node == _PARCEL else 1]
    return rates[0] / (rates[0] + rates[1])


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
def _count_pair(s: State, first: Int, second: Int, now_us: Int) -> None:
    """Count two among each other's partners, once a pair."""
    if first == _NONE or second == _NONE:
        return
    key = mix(first, second)
    if find(s.pair_index, key) != MISSING:
        return
    s.counters[Count.PAIRS] += put(s.pair_index, key, 0)
    for one in (first, second):
        row = s.histories[history_slot(s, one, now_us)]
        row.partners += remaining(advance(row, now_us), MONTH_S)


@step
def name_parties(s: State, slot: Int) -> None:
    """Write into ``s.parties`` which histories a case belongs to, from its manifest."""
    m = s.manifests[slot]
    p = s.parties
    for i in range(PARTIES):
        p[i] = _NONE
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
        p[11] = party_key(Party.HS4, np.uint64(m.hs6 // 100))
        p[12] = party_key(Party.DEPARTURE, m.departure)
    else:
        # The document's number (`pccc` of a traveler) outlives the arrival; the id may not.
        p[0] = party_key(Party.TRAVELER, m.pccc if m.pccc != _NONE else m.ref)
        p[1] = party_key(Party.FLIGHT, m.token)


@step
def _declared(m: Row, which: Int) -> Real:
    """The declared price, mass or price per kilogram; NaN if it was not given."""
    if which == 0:
        return m.price
    if which == 1:
        return m.mass_kg
    return m.price / m.mass_kg if m.mass_kg > 0.0 else np.nan


@step
def compare_case(s: State, slot: Int, now_us: Int) -> None:
    """Note how a parcel compares with what is usual for its parties, itself not counted.

    It takes ``s.parties`` as :func:`name_parties` left them, and so does :func:`count_case`.
    """
    case = s.cases[slot]
    for b in range(_BASELINES):
        at = 3 * b
        for k in range(3):
            case.usual[at + k] = np.nan
        key = s.parties[_BASELINE_PARTY[b]]
        value = _declared(s.manifests[slot], _BASELINE_VALUE[b])
        if key != _NONE and value >= 0.0:
            row = s.histories[history_slot(s, key, now_us)]
            compare(row.baseline, s.overall[b], now_us, value, case.usual[at : at + 3])


@step
def count_case(s: State, slot: Int, now_us: Int) -> None:
    """Count a case in the history of everyone it names, once."""
    case = s.cases[slot]
    if case.counted == 1:
        return
    case.counted = 1
    for i in range(PARTIES):
        if s.parties[i] != _NONE:
            count_sighting(s.histories[history_slot(s, s.parties[i], now_us)], now_us)
    if case.node == _PARCEL:
        _count_pair(s, s.parties[_PCCC_AT], s.parties[_ADDRESS_AT], now_us)
        m = s.manifests[slot]
        if m.price > 0.0 and m.mass_kg > 0.0 and s.parties[_HS6_AT] != _NONE:
            row = s.histories[history_slot(s, s.parties[_HS6_AT], now_us)]
            add_to_mean(row, now_us, exactmath.log2(m.price / m.mass_kg))
        for b in range(_BASELINES):
            key = s.parties[_BASELINE_PARTY[b]]
            value = _declared(m, _BASELINE_VALUE[b])
            if key != _NONE and value >= 0.0:
                row = s.histories[history_slot(s, key, now_us)]
                take(row.baseline, s.overall[b], now_us, value)


@step
def count_outcome(s: State, decision: Row, now_us: Int, found: Flag, times: Real) -> None:
    """Count an inspection's outcome in the histories that its decision named.

    Parameters
    ----------
    s
        The shard.
    decision
        ``DECISION`` record that led to it.
    now_us
        When the inspection ended, event time.
    found
        Whether something was found.
    times
        1, or -1 to take back what was wrong; a run goes on as it stands then.
    """
    parties = decision.parties
    for i in range(PARTIES):
        if parties[i] != _NONE:
            count_label(s.histories[history_slot(s, parties[i], now_us)], now_us, found, times)
    if decision.node == _PARCEL and times > 0.0:
        for r in range(_RUNS):
            key = parties[_RUN_PARTY[r]]
            if key != _NONE:
                row = s.histories[history_slot(s, key, now_us)]
                extend(row.run, decision.event_us, found, _blame(s, r, decision, now_us))


@step
def _blame(s: State, r: Int, decision: Row, now_us: Int) -> Real:
    """How unusual the other party of a run's finding was then or has been since, log2."""
    at = _RUN_RATIO[r]
    blame = max(decision.x[at], decision.x[at + 2])
    other = find(s.history_index, decision.parties[_RUN_AGAINST[r]])
    if other != MISSING:
        blame = max(blame, as_log2(peak_now(s.histories[other].baseline, now_us)))
    return blame


@step
def findings_of(row: Row, now_us: Int, rate: Real) -> Real:
    """Log-odds of a finding by a history."""
    advance(row, now_us)
    return found_log_odds(row, rate, SMOOTHING)


@step
def past_findings(s: State, key: Int, now_us: Int, rate: Real) -> Real:
    """Log-odds of a finding by a party's history; NaN where there is no such party."""
    if key == _NONE:
        return np.nan
    slot = find(s.history_index, key)
    if slot == MISSING:
        return 0.0
    return findings_of(s.histories[slot], now_us, rate)
