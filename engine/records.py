"""The fixed-width records that enter and leave the core.

``EVENT`` is what the edge makes of an incoming message and what replay reads back;
``DECISION`` is what the core says, and its bytes are the body that is digested.
One event is one or more records (a manifest with two bags is three). Fields that a kind of
event does not use are zero; a number that was not given is NaN, because zero is a value.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from haechi.engine.features import FEATURES

STREAMS: Final = 10
"""Kinds of evidence (:class:`haechi.engine.codes.Stream`)."""

CHANGES: Final = 3
"""Most fields that a counterfactual changes."""

MATCHES: Final = 6
"""Most rules that a decision names."""

PARTIES: Final = 14
"""Histories that one case can belong to."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_TOKENS: Final = _names("""
    id_hi id_lo ref alias other subject target_hi target_lo answers_hi answers_lo site gate
    device actor carrier flight agency contact payment pccc consignee address phone sender
    declarant importer seller courier platform warehouse master departure origin tax_type
    origin_indicator office process import_type import_use payment_type transport token
    model
""")
_INTEGERS: Final = _names("""
    offset stamp_us event_us recall version until_us booked_us arrival_us
""")
_NUMBERS: Final = _names("""
    score similarity margin quality liveness price paid quantity mass_kg declared_mass_kg
    measured_mass_kg tax_rate value cash weight propensity
""")
_COUNTS: Final = _names("""
    hs6 zones budget_ms lines bags companions schema_version face_px
""")
_CODES: Final = _names("""
    kind node other_node lane stage mode result role method found selected_by document_type
    document_state pccc_state route trusted historical first last acted change one_way
""")

EVENT: Final = np.dtype(
    [(name, "<u8") for name in _TOKENS]
    + [(name, "<i8") for name in _INTEGERS]
    + [(name, "<f8") for name in _NUMBERS]
    + [(name, "<u4") for name in _COUNTS]
    + [(name, "u1") for name in _CODES]
    + [("spare", "u1", ((-len(_CODES)) % 8,))],
)
"""One input record. Tokens are keyed 64-bit hashes or packed codes, 0 where absent.

``first`` and ``last`` mark the records of one event; ``recall`` is the log position of the
decision that ``target`` names, -1 for none; times are microseconds since the epoch, UTC.
"""

_NAMES: Final = _TOKENS + _INTEGERS + _NUMBERS + _COUNTS + _CODES
_PACKER: Final = struct.Struct(
    f"<{len(_TOKENS)}Q{len(_INTEGERS)}q{len(_NUMBERS)}d{len(_COUNTS)}I{len(_CODES)}B"
    f"{(-len(_CODES)) % 8}x"
)
_PLACE: Final = {name: i for i, name in enumerate(_NAMES)}
_EMPTY: Final[list[float | int]] = [
    float("nan") if name in _NUMBERS else (-1 if name == "recall" else 0) for name in _NAMES
]
assert _PACKER.size == EVENT.itemsize


def pack_event(**fields: float | int) -> bytes:
    """Build the bytes of one ``EVENT`` record.

    Parameters
    ----------
    **fields
        Values by field name; what is not given is empty.

    Returns
    -------
    ``EVENT.itemsize`` bytes.

    Raises
    ------
    struct.error
        If a value does not fit its field.
    KeyError
        If there is no such field.
    """
    row = _EMPTY.copy()
    for name, value in fields.items():
        row[_PLACE[name]] = value
    return _PACKER.pack(*row)


DECISION: Final = np.dtype(
    [
        ("id_hi", "<u8"),
        ("id_lo", "<u8"),
        ("trigger_hi", "<u8"),
        ("trigger_lo", "<u8"),
        ("answers_hi", "<u8"),
        ("answers_lo", "<u8"),
        ("supersedes_hi", "<u8"),
        ("supersedes_lo", "<u8"),
        ("inputs", "<u8"),
        ("task_by", "<u8"),
        ("case_key", "<u8"),
        ("subject", "<u8"),
        ("site", "<u8"),
        ("gate", "<u8"),
        ("carrier", "<u8"),
        ("prior_version", "<u8"),
        ("policy_version", "<u8"),
        ("model_version", "<u8"),
        ("rules_version", "<u8"),
        ("shadow_rules_version", "<u8"),
        ("feature_version", "<u8"),
        ("build", "<u8"),
        ("offset", "<i8"),
        ("stamp_us", "<i8"),
        ("event_us", "<i8"),
        ("valid_until_us", "<i8"),
        ("review_by_us", "<i8"),
        ("inspection_wait_us", "<i8"),
        ("learned", "<i8"),
        ("log_odds", "<f8"),
        ("base", "<f8"),
        ("raw", "<f8"),
        ("selection", "<f8"),
        ("own_log_odds", "<f8"),
        ("shadow_log_odds", "<f8"),
        ("hold_at", "<f8"),
        ("refer_at", "<f8"),
        ("draw", "<f8"),
        ("explore", "<f8"),
        ("propensity", "<f8"),
        ("promised", "<f8"),
        ("held", "<f8"),
        ("bar", "<f8"),
        ("changed_log_odds", "<f8"),
        ("uplift", "<f8"),
        ("evidence_us", "<i8", (STREAMS,)),
        ("parties", "<u8", (PARTIES,)),
        ("evidence", "u1", (STREAMS,)),
        ("ordinal", "<u2"),
        ("required", "<u2"),
        ("missing", "<u2"),
        ("excused", "<u2"),
        ("waiting", "<u2"),
        ("rules", "<u2", (MATCHES,)),
        ("shadow_rules", "<u2", (MATCHES,)),
        ("node", "u1"),
        ("kind", "u1"),
        ("stage", "u1"),
        ("lane", "u1"),
        ("verdict", "u1"),
        ("directive", "u1"),
        ("chute", "u1"),
        ("code_class", "u1"),
        ("selected_by", "u1"),
        ("degraded", "u1"),
        ("phase", "u1"),
        ("change", "u1", (CHANGES,)),
        ("rule_verdict", "u1"),
        ("rule_directive", "u1"),
        ("routed", "u1"),
        ("four_eyes", "u1"),
        ("task", "u1"),
        ("asked_verdict", "u1"),
        ("crowded", "u1"),
        ("fell_out", "u1"),
        ("spare", "u1", (6,)),
        ("x", "<f8", (len(FEATURES),)),
        ("contribution", "<f8", (len(FEATURES),)),
    ],
)
"""One decision. ``x`` is the feature vector, ``contribution`` what each feature added to the
log-odds and ``uplift`` what rules did; ``base`` plus all that is ``log_odds``. ``raw`` is what was
added before calibration, ``selection`` what was held against ``hold_at``. ``promised`` is the share
of its lane that was to be held (0 for none) and ``held`` the share that was held so far. With the
probability ``explore`` it is inspected if it would be released; ``excused`` is a bit mask of the
streams that a fresh clearance was made with; ``crowded`` if it has more links than are read.
``change`` names fields (1 more than their place in ``FIELDS``) that would have released it had they
given no reason for concern, and ``changed_log_odds`` the score then. ``rules`` are places (1 more)
of rules that took part, in the sets that ``rules_version`` and ``shadow_rules_version`` name;
``shadow_rules`` of those that were only noted. ``rule_verdict`` and ``rule_directive`` are what
they asked for, ``routed`` the lane whose policy held by a rule (0 for its own). ``bar`` is the
selection that it took to join its lane's queue (NaN while everybody could, infinite while nobody
could), ``waiting`` how many waited there and ``inspection_wait_us`` how long officers need for
them; ``fell_out`` says that its risk asked for an inspection and the bar denied it. ``task`` is
what became of what it asks of officers (``Task``), ``task_by`` the officer, ``asked_verdict`` the
one that a first officer asked for where two must agree."""

assert EVENT.itemsize % 8 == 0
assert DECISION.itemsize % 8 == 0


def id_words(identity: bytes) -> tuple[int, int]:
    """Split an id of 16 bytes into the two words that records hold, high then low."""
    return int.from_bytes(identity[:8], "little"), int.from_bytes(identity[8:], "little")


def code(text: str) -> int:
    """Pack a short upper-case code such as ``CN`` or ``FCN1`` into an integer.

    Parameters
    ----------
    text
        At most six ASCII characters, so that the integer is exact as a float64.

    Raises
    ------
    ValueError
        If the text is longer or not ASCII.
    """
    raw = text.encode("ascii")
    if len(raw) > 6:
        raise ValueError(f"code {text!r} has {len(raw)} characters; at most 6 are allowed")
    return int.from_bytes(raw, "little")


def code_text(value: float) -> str:
    """Unpack what :func:`code` packed; an empty string for 0 or NaN."""
    if value != value or value <= 0:
        return ""
    return int(value).to_bytes(8, "little").rstrip(b"\0").decode("ascii", "replace")
