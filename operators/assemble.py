"""The feature vector of a case, from its evidence, its links and the histories.

Every row of the feature table that a kind of case has is written here, each time anew, so
that a vector never carries anything of another case. Missing is NaN.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.codes import EvidenceStatus, FaceOutcome, NodeKind, Stream, Watched
from haechi.engine.decay import advance
from haechi.engine.features import BASELINES, ENCODINGS, MEMORIES, PLACE, RUNS
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find
from haechi.engine.inputs import memory_key
from haechi.engine.kernel import Array, Int, Real, Row, step
from haechi.engine.memory import share_left
from haechi.engine.run import describe
from haechi.operators.hand_over import count_handed_over
from haechi.operators.links import MOST_READ, next_link, other_end
from haechi.operators.parties import (
    USUAL_PRICE_LABELS,
    findings_of,
    found_rate,
    name_parties,
    past_findings,
    place_of,
)
from haechi.operators.state import State
from haechi.operators.trust import UNKNOWN, trust_of, vouched_for
from haechi.operators.watching import watched

_TRAVELER: Final = int(NodeKind.TRAVELER)
_PARCEL: Final = int(NodeKind.PARCEL)
_BAG: Final = int(NodeKind.BAG)
_PRESENT: Final = int(EvidenceStatus.PRESENT)
_FAILED: Final = int(EvidenceStatus.FAILED)
_DOWN: Final = int(EvidenceStatus.SENSOR_DOWN)
_ABSENT: Final = int(EvidenceStatus.ABSENT)
_MANIFEST: Final = int(Stream.MANIFEST)
_DECLARATION: Final = int(Stream.DECLARATION)
_FACE: Final = int(Stream.FACE)
_BODY: Final = int(Stream.BODY_SCAN)
_BAG_XRAY: Final = int(Stream.BAG_XRAY)
_PARCEL_XRAY: Final = int(Stream.PARCEL_XRAY)
_LINKED: Final = int(Stream.LINKED)
_COMPANION: Final = int(Stream.COMPANION)
_INTELLIGENCE: Final = int(Stream.INTELLIGENCE)
_HISTORY: Final = int(Stream.HISTORY)
_ENCODED: Final = np.array([place_of(one.party) for one in ENCODINGS])
_ENCODED_AT: Final = np.array([PLACE[f"{one.name}_found"] for one in ENCODINGS])
_BASELINE_PARTY: Final = np.array([place_of(one.party) for one in BASELINES])
_BASELINE_AT: Final = np.array([PLACE[f"{one.name}_ratio"] for one in BASELINES])
_RUN_PARTY: Final = np.array([place_of(one.party) for one in RUNS])
_RUN_AT: Final = np.array([PLACE[one.name] for one in RUNS])
_MEMORY_AT: Final = np.array([PLACE[f"{one.name}_found"] for one in MEMORIES])
_TOKEN_BITS: Final = np.uint64((1 << 52) - 1)
_NONE: Final = np.uint64(0)
_LEAST_SPREAD: Final = 0.01


@step
def positive_log2(value: Real) -> Real:
    """log2 of a positive number; NaN for anything else."""
    if not value > 0.0:
        return np.nan
    return exactmath.log2(value)


@step
def as_code(token: Int) -> Real:
    """A packed code as a feature: exact, NaN for none."""
    if token == _NONE:
        return np.nan
    return np.float64(token)


@step
def as_token(token: Int) -> Real:
    """52 bits of a token as a feature: exact, NaN for none."""
    if token == _NONE:
        return np.nan
    return np.float64(token & _TOKEN_BITS)


@step
def intelligence_of(s: State, slot: Int, now_us: Int) -> Real:
    """Highest weight of the entries in force that name this case; 0 for none."""
    m = s.manifests[slot]
    w = 0.0
    if s.cases[slot].node == _PARCEL:
        w = watched(s, Watched.PCCC, m.pccc, now_us, w)
        w = watched(s, Watched.ADDRESS, m.address, now_us, w)
        w = watched(s, Watched.PHONE, m.phone, now_us, w)
        w = watched(s, Watched.SELLER, m.seller, now_us, w)
        w = watched(s, Watched.CONSIGNEE, m.consignee, now_us, w)
        w = watched(s, Watched.HS, np.uint64(m.hs6), now_us, w)
    else:
        # A traveler's manifest carries the document's number in `pccc`.
        w = watched(s, Watched.DOCUMENT, m.pccc, now_us, w)
        w = watched(s, Watched.PHONE, m.contact, now_us, w)
        w = watched(s, Watched.NAME, m.consignee, now_us, w)
    return watched(s, Watched.ROUTE, m.departure, now_us, w)


@step
def _join_links(s: State, slot: Int, x: Row) -> None:
    """Read what linked cases say by themselves: their own risk, never what they got."""
    case = s.cases[slot]
    bags = 0.0
    scanned = 0.0
    alarms = 0.0
    parcels = 0.0
    companions = 0.0
    link = case.first_link
    steps = 0
    while link != -1 and steps < MOST_READ:
        if s.links[link].active == 1:
            steps += 1
            other = s.cases[other_end(s, link, slot)]
            if other.node == _BAG:
                bags += 1.0
                alarms += other.xray_alarm
                x.bag_score = np.fmax(x.bag_score, other.xray_score)
                if other.evidence[_BAG_XRAY] == _PRESENT:
                    scanned += 1.0
                    case.evidence_us[_BAG_XRAY] = max(
                        case.evidence_us[_BAG_XRAY], other.evidence_us[_BAG_XRAY]
                    )
            elif other.node == _PARCEL:
                parcels += 1.0
                if other.own_version > 0:
                    x.linked_parcel_risk = np.fmax(x.linked_parcel_risk, other.own_risk)
            elif case.node == _PARCEL:
                if other.own_version > 0:
                    x.linked_traveler_risk = np.fmax(x.linked_traveler_risk, other.own_risk)
            else:
                companions += 1.0
                if other.own_version > 0:
                    x.companion_risk = np.fmax(x.companion_risk, other.own_risk)
        link = next_link(s, link, slot)
    case.crowded = 1 if link != -1 else 0
    if case.node == _TRAVELER:
        # A bag that was scanned without its tag is the traveler's all the same.
        own = case.xray_read == 1
        x.bag_score = np.fmax(x.bag_score, case.xray_score)
        x.bag_alarms = alarms + case.xray_alarm
        x.linked_parcels = parcels
        x.companions = companions
        if bags > 0.0:
            x.bags_unscanned = bags - scanned
        count_handed_over(s, slot, x)
        read = scanned == bags and (own or bags > 0.0)
        case.evidence[_BAG_XRAY] = _PRESENT if read else _ABSENT
        case.evidence[_COMPANION] = _PRESENT if companions > 0.0 else _ABSENT
        case.evidence[_LINKED] = _PRESENT if parcels > 0.0 else _ABSENT
    else:
        linked = x.linked_traveler_risk
        case.evidence[_LINKED] = _PRESENT if linked == linked else _ABSENT


@step
def _traveler(s: State, slot: Int, x: Row, now_us: Int) -> None:
    case = s.cases[slot]
    m = s.manifests[slot]
    # What was read once counts until it is read again: a failed scan withdraws no alarm.
    if case.body_read == 1:
        x.body_scan_score = case.body_score
        x.body_scan_alarm = case.body_alarm
    if case.face_outcome != 0:
        x.face_similarity = case.face_similarity
        x.face_review = 1.0 if case.face_outcome == FaceOutcome.REVIEW else 0.0
        x.face_different = 1.0 if case.face_outcome == FaceOutcome.DIFFERENT else 0.0
    if case.face_watched == 1:
        x.face_watched = 1.0
    if case.evidence[_DECLARATION] == _PRESENT:
        x.declared_cash = positive_log2(1.0 + case.declared_cash)
        x.declared_value = positive_log2(1.0 + case.declared_value)
        x.restricted_declared = case.restricted
    if case.evidence[_MANIFEST] == _PRESENT:
        x.document_bad = 1.0 if m.document_state > 1 else 0.0
        if m.until_us != 0:
            x.document_days_left = positive_log2((m.until_us - m.event_us) / 86400e6)
        if m.booked_us != 0:
            x.booked_ahead = positive_log2((m.event_us - m.booked_us) / 3600e6)
        x.cash_payment = 1.0 if m.payment != _NONE else 0.0
        x.one_way = m.one_way
        x.offloaded = 1.0 if m.acted == 2 else 0.0
        x.bag_weight = positive_log2(m.mass_kg)
        x.route = as_code(m.departure)
        rate = found_rate(s, _TRAVELER)
        x.traveler_found = past_findings(s, s.parties[0], now_us, rate)
        x.flight_found = past_findings(s, s.parties[1], now_us, rate)
        seen = find(s.history_index, s.parties[0])
        if seen != MISSING:
            x.visits = exactmath.log2(1.0 + s.histories[seen].year)


@step
def _price(s: State, slot: Int, x: Row, now_us: Int) -> None:
    m = s.manifests[slot]
    x.price = positive_log2(m.price)
    # One kilogram more: otherwise grams would have as many bins as tons.
    x.mass = positive_log2(1.0 + m.mass_kg)
    if m.price > 0.0 and m.mass_kg > 0.0:
        x.unit_price = exactmath.log2(m.price / m.mass_kg)
        usual = find(s.history_index, s.parties[9])
        if usual != MISSING:
            row = s.histories[usual]
            advance(row, now_us)
            if row.mean_weight >= USUAL_PRICE_LABELS:
                x.price_ratio = x.unit_price - row.mean
                x.price_deviation = x.price_ratio / math.sqrt(row.spread + _LEAST_SPREAD)
    if m.measured_mass_kg > 0.0 and m.declared_mass_kg > 0.0:
        x.mass_gap = abs(exactmath.log2(m.measured_mass_kg / m.declared_mass_kg))
    if m.paid > 0.0 and m.price > 0.0:
        x.paid_gap = exactmath.log2(m.paid / m.price)
    if m.price > 0.0 and s.ceiling[0] > 0.0:
        x.price_ceiling = x.price - exactmath.log2(s.ceiling[0])
    x.tax_rate = m.tax_rate


@step
def _velocity(s: State, x: Row, now_us: Int) -> None:
    parties = s.parties
    pccc = find(s.history_index, parties[6]) if parties[6] != _NONE else MISSING
    if pccc != MISSING:
        row = s.histories[pccc]
        advance(row, now_us)
        x.pccc_addresses = row.partners
        x.pccc_hour = row.hour
        x.pccc_week = exactmath.log2(1.0 + row.week)
    address = find(s.history_index, parties[7]) if parties[7] != _NONE else MISSING
    if address != MISSING:
        advance(s.histories[address], now_us)
        x.address_pcccs = s.histories[address].partners
    sender = find(s.history_index, parties[5]) if parties[5] != _NONE else MISSING
    if sender != MISSING:
        advance(s.histories[sender], now_us)
        x.sender_minutes = exactmath.log2(1.0 + s.histories[sender].minutes)


@step
def _histories(s: State, slot: Int, vector: Array, now_us: Int, rate: Real) -> None:
    """What is known of each party: encodings, comparisons with the usual, findings in a row."""
    case = s.cases[slot]
    for k in range(_ENCODED.shape[0]):
        key = s.parties[_ENCODED[k]]
        if key == _NONE:
            continue
        vector[_ENCODED_AT[k]] = 0.0
        known = find(s.history_index, key)
        if known != MISSING:
            row = s.histories[known]
            vector[_ENCODED_AT[k]] = findings_of(row, now_us, rate)
            vector[_ENCODED_AT[k] + 1] = exactmath.log2(1.0 + row.year)
    for b in range(_BASELINE_AT.shape[0]):
        if s.parties[_BASELINE_PARTY[b]] != _NONE:
            for k in range(3):
                vector[_BASELINE_AT[b] + k] = case.usual[3 * b + k]
    for r in range(_RUN_AT.shape[0]):
        key = s.parties[_RUN_PARTY[r]]
        known = find(s.history_index, key) if key != _NONE else MISSING
        if known != MISSING:
            at = _RUN_AT[r]
            describe(s.histories[known].run, now_us, vector[at : at + 4])


@step
def remember_goods(s: State, vector: Array, now_us: Int) -> None:
    """What inspections found of goods that agree in several fields; 0 where nobody looked."""
    for m in range(_MEMORY_AT.shape[0]):
        key = memory_key(vector, m)
        if key == _NONE:
            continue
        at = _MEMORY_AT[m]
        vector[at] = 0.0
        vector[at + 1] = 0.0
        known = find(s.memory_index, key)
        if known != MISSING:
            row = s.memories[known]
            left = share_left(row, now_us)
            vector[at] = row.found * left
            vector[at + 1] = row.clean * left


@step
def _parcel(s: State, slot: Int, x: Row, vector: Array, now_us: Int) -> None:
    case = s.cases[slot]
    m = s.manifests[slot]
    rate = found_rate(s, _PARCEL)
    x.similar_seizure = case.similar_seizure
    if case.xray_read == 1:
        x.xray_score = case.xray_score
        x.xray_alarm = case.xray_alarm
        x.goods_seen = as_token(case.goods_seen)
    if case.evidence[_MANIFEST] != _PRESENT:
        return
    _price(s, slot, x, now_us)
    _velocity(s, x, now_us)
    standing = trust_of(s, slot)
    if standing == UNKNOWN:
        x.trusted = m.trusted
    else:
        x.trusted = 1.0 if vouched_for(case, standing) else 0.0
    case.trust = standing
    if m.pccc_state != 0:
        x.pccc_invalid = 1.0 if m.pccc_state == 2 else 0.0
    x.found_rate = rate
    if m.hs6 != 0:
        x.hs6 = m.hs6
        x.hs4 = m.hs6 // 100
        x.hs2 = m.hs6 // 10000
    x.departure = as_code(m.departure)
    x.origin = as_code(m.origin)
    x.tax_type = as_code(m.tax_type)
    x.origin_indicator = as_code(m.origin_indicator)
    x.office = as_code(m.office)
    x.process = as_code(m.process)
    x.import_type = as_code(m.import_type)
    x.import_use = as_code(m.import_use)
    x.transport = as_code(m.transport)
    x.importer = as_token(m.importer)
    x.declarant = as_token(m.declarant)
    x.seller = as_token(m.seller)
    _histories(s, slot, vector, now_us, rate)
    remember_goods(s, vector, now_us)


@step
def assemble(s: State, slot: Int, now_us: Int) -> None:
    """Write the feature vector of a case into ``s.x``, as of ``now_us`` in event time."""
    for i in range(s.vector.shape[0]):
        s.vector[i] = np.nan
    name_parties(s, slot)
    x = s.x[0]
    case = s.cases[slot]
    x.intelligence = intelligence_of(s, slot, now_us)
    s.cases[slot].watched = x.intelligence
    case.evidence[_INTELLIGENCE] = _PRESENT
    case.evidence[_HISTORY] = case.evidence[_MANIFEST]
    if case.node == _PARCEL:
        _parcel(s, slot, x, s.vector, now_us)
    else:
        _traveler(s, slot, x, now_us)
    _join_links(s, slot, x)
    _note_sensors(s, case)


@step
def _note_sensors(s: State, case: Row) -> None:
    """Mark evidence that is absent because its sensors at this site are down."""
    for stream in range(_FACE, _PARCEL_XRAY + 1):
        if case.evidence[stream] != _PRESENT and case.evidence[stream] != _FAILED:
            down = find(s.sensor_index, mix(case.site, np.uint64(stream + 1)))
            is_down = down != MISSING and s.sensors[down] > 0
            case.evidence[stream] = _DOWN if is_down else _ABSENT
