"""The records of a shard's tables that have no kernel of their own."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.features import BASELINES
from haechi.engine.records import STREAMS

CASE: Final = np.dtype(
    [
        ("key", "<u8"),
        ("ref", "<u8"),
        ("alias", "<u8"),
        ("flight", "<u8"),
        ("site", "<u8"),
        ("gate", "<u8"),
        ("inputs", "<u8"),
        ("last_hi", "<u8"),
        ("last_lo", "<u8"),
        ("answered_hi", "<u8"),
        ("answered_lo", "<u8"),
        ("pending_hi", "<u8"),
        ("pending_lo", "<u8"),
        ("unacknowledged_hi", "<u8"),
        ("unacknowledged_lo", "<u8"),
        ("review_hi", "<u8"),
        ("review_lo", "<u8"),
        ("provisional_hi", "<u8"),
        ("provisional_lo", "<u8"),
        ("generation", "<i8"),
        ("seen_us", "<i8"),
        ("event_us", "<i8"),
        ("manifest_us", "<i8"),
        ("pending_due_us", "<i8"),
        ("review_by_us", "<i8"),
        ("acknowledge_by_us", "<i8"),
        ("acted_us", "<i8"),
        ("not_before_us", "<i8"),
        ("expected_us", "<i8"),
        ("over_us", "<i8"),
        ("earlier", "<i8"),
        ("first_link", "<i8"),
        ("watched", "<f8"),
        ("own_version", "<i8"),
        ("decided_gate", "<u8"),
        ("cleared_us", "<i8"),
        ("cleared_with", "<i8"),
        ("task_by", "<u8"),
        ("asked_by", "<u8"),
        ("left_with", "<u8"),
        ("left_us", "<i8"),
        ("ruled_until_us", "<i8"),
        ("ruled_log_odds", "<f8"),
        ("ruled_missing", "<i8"),
        ("told_log_odds", "<f8"),
        ("told_propensity", "<f8"),
        ("told_missing", "<i8"),
        ("task_since_us", "<i8"),
        ("queued_until_us", "<i8"),
        ("bar", "<f8"),
        ("met_with", "<f8"),
        ("evidence_us", "<i8", (STREAMS,)),
        ("draw", "<f8"),
        ("own_risk", "<f8"),
        ("face_similarity", "<f8"),
        ("body_score", "<f8"),
        ("xray_score", "<f8"),
        ("similar_seizure", "<f8"),
        ("goods_seen", "<u8"),
        ("usual", "<f8", (3 * len(BASELINES),)),
        ("declared_cash", "<f8"),
        ("declared_value", "<f8"),
        ("evidence", "u1", (STREAMS,)),
        ("node", "u1"),
        ("phase", "u1"),
        ("stage", "u1"),
        ("lane", "u1"),
        ("verdict", "u1"),
        ("directive", "u1"),
        ("code_class", "u1"),
        ("decided", "u1"),
        ("opened_gate", "u1"),
        ("counted", "u1"),
        ("face_outcome", "u1"),
        ("body_alarm", "u1"),
        ("xray_alarm", "u1"),
        ("restricted", "u1"),
        ("open", "u1"),
        ("decided_stage", "u1"),
        ("controlled_stage", "u1"),
        ("crowded", "u1"),
        ("body_read", "u1"),
        ("xray_read", "u1"),
        ("task", "u1"),
        ("four_eyes", "u1"),
        ("asked_verdict", "u1"),
        ("ruled", "u1"),
        ("ruled_directive", "u1"),
        ("ruled_stage", "u1"),
        ("ruled_rule", "u1"),
        ("ruled_lowers", "u1"),
        ("told_rule", "u1"),
        ("told_selected", "u1"),
        ("told_fell_out", "u1"),
        ("trust", "u1"),
        ("queue", "u1"),
        ("met_stage", "u1"),
        ("face_watched", "u1"),
        ("settled", "u1"),
        ("heard", "u1"),
        ("spare", "u1", (1,)),
    ]
)
"""One case: what is known of one arrival of a traveler, one parcel or one bag. ``queue`` is the
lane in whose queue it waits for officers until ``queued_until_us``, 0 for none; ``bar`` what it
met there at ``met_stage``, with the selection ``met_with``. Of a bag, ``left_with`` is the key of
the case that took it out at ``left_us``, and ``settled`` says what stands of that: nothing yet,
rightly (1) or handed over (2). ``heard`` tells a case of which something is known from one that is
only named in ties; of that one, ``own_risk`` and ``own_version`` are what another shard said."""

LINK: Final = np.dtype(
    [
        ("key", "<u8"),
        ("a", "<i8"),
        ("b", "<i8"),
        ("next_a", "<i8"),
        ("next_b", "<i8"),
        ("version", "<i8"),
        ("active", "<i8"),
    ]
)
"""One link between the cases in slots ``a`` and ``b``, threaded through both's lists."""

WATCHED: Final = np.dtype(
    [
        ("token", "<u8"),
        ("weight", "<f8"),
        ("until_us", "<i8"),
        ("event_us", "<i8"),
        ("entry", "<i8"),
        ("next", "<i8"),
    ]
)
"""One intelligence entry: what it watches, its weight, when it expires (0: never), when it was
stated. Or one step from something watched to what bears on it: 1 more than the place of an
``entry``, or (0) the ``token`` of a name that sounds alike, with its similarity as ``weight``;
``next`` is 1 more than the place of the next step."""


TRUST: Final = np.dtype(
    [
        ("state", "<i8"),
        ("until_us", "<i8"),
        ("asked_by", "<u8"),
        ("asked_us", "<i8"),
        ("asked_until_us", "<i8"),
    ]
)
"""One party in the registry: how it stands, until when, and what a first approver asked for."""


LABEL: Final = np.dtype(
    [
        ("key", "<u8"),
        ("id_hi", "<u8"),
        ("id_lo", "<u8"),
        ("corrected_hi", "<u8"),
        ("corrected_lo", "<u8"),
        ("event_us", "<i8"),
        ("weight", "<f8"),
        ("found", "<i8"),
    ]
)
"""What stands of a case's inspections, kept when the case is gone: which event said it, which it
corrected, when it happened, how many cases it stands for, and ``Finding`` FOUND, NOTHING or 0."""
