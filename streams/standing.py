"""Releases that may stand in where the core cannot answer a gate in time.

Only where the lane's policy says so, only at the very stage and lane that a release was decided for
with all its evidence, and only while it is fresh. Whatever else is decided about the subject since
takes it away.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from haechi.engine.codes import CodeClass, DecisionKind, EventKind, Verdict
from haechi.engine.kernel import Array
from haechi.engine.policy_table import LANES, STAGES, Failing
from haechi.engine.records import DECISION, EVENT

_SIZE: Final = DECISION.itemsize
_FIELDS: Final[Any] = DECISION.fields
_ASKED: Final[Any] = EVENT.fields
_WORD: Final = struct.Struct("<Q")
_TIME: Final = struct.Struct("<q")
_AT: Final = {name: _FIELDS[name][1] for name in DECISION.names or ()}
_REF_AT: Final[int] = _ASKED["ref"][1]
_LANE_AT: Final[int] = _ASKED["lane"][1]
_STAGE_AT: Final[int] = _ASKED["stage"][1]
_OUTSIDE: Final = {CodeClass.DEADLINE: Failing.DEADLINE, CodeClass.OVERLOAD: Failing.OVERLOAD}

MAY_END_CLEARANCE: Final = frozenset(
    {
        EventKind.EXIT_SEEN,
        EventKind.SCANNER_RESULT,
        EventKind.FACE_MATCH,
        EventKind.IDENTITY_LINK,
        EventKind.CASE_CLOSED,
    }
)
"""Events that may end a clearance without a decision that says so."""


class StandingReleases:
    """The freshest releases by subject. One thread feeds it, any may ask.

    Parameters
    ----------
    policy
        ``POLICY`` records, lanes by stages.
    """

    def __init__(self, policy: Array) -> None:
        self._policy = policy
        wanted = (policy["degraded"] & (Failing.DEADLINE | Failing.OVERLOAD)) != 0
        self._longest_us = int(policy["fresh_us"][wanted].max()) if wanted.any() else 0
        self._young: dict[int, tuple[int, int, int]] = {}
        self._old: dict[int, tuple[int, int, int]] = {}
        self._turned_us = 0

    def take(self, bodies: bytes) -> None:
        """Take the decisions of one event, bodies in one piece."""
        if not self._longest_us:
            return
        for at in range(0, len(bodies), _SIZE):
            self._note(bodies, at)

    def forget(self, subject: int) -> None:
        """Let nothing stand in for a subject until it is released anew."""
        if self._longest_us:
            self._young.pop(subject, None)
            self._old.pop(subject, None)

    def _note(self, bodies: bytes, at: int) -> None:
        if bodies[at + _AT["kind"]] == DecisionKind.REVIEW:
            return
        (subject,) = _WORD.unpack_from(bodies, at + _AT["subject"])
        (stamp_us,) = _TIME.unpack_from(bodies, at + _AT["stamp_us"])
        clear = (
            bodies[at + _AT["verdict"]] == Verdict.RELEASE
            and bodies[at + _AT["code_class"]] == CodeClass.CLEAR
            and not bodies[at + _AT["degraded"]]
        )
        if clear:
            lane, stage = bodies[at + _AT["lane"]], bodies[at + _AT["stage"]]
            self._young[subject] = lane, stage, stamp_us
        else:
            self._young.pop(subject, None)
        self._old.pop(subject, None)
        if stamp_us > self._turned_us + self._longest_us:
            self._old, self._young = self._young, {}
            self._turned_us = stamp_us

    def stands_in(self, records: bytes, why: CodeClass, now_us: int) -> int:
        """For how long a release that stands in for the answer to a gate's event may be used.

        Parameters
        ----------
        records
            The event, an ``EVENT`` record.
        why
            Why the core did not answer: DEADLINE or OVERLOAD.
        now_us
            Microseconds since the epoch.

        Returns
        -------
        Microseconds; 0 if none stands in.
        """
        failing = _OUTSIDE.get(why)
        if failing is None or not self._longest_us:
            return 0
        (subject,) = _WORD.unpack_from(records, _REF_AT)
        found = self._young.get(subject) or self._old.get(subject)
        lane, stage = records[_LANE_AT], records[_STAGE_AT]
        if found is None or found[:2] != (lane, stage) or lane >= LANES or stage >= STAGES:
            return 0
        rule = self._policy[lane, stage]
        fresh = 0 <= now_us - found[2] <= int(rule["fresh_us"])
        return int(rule["valid_us"]) if fresh and int(rule["degraded"]) & failing else 0
