"""What a gate is told, against protobuf's own serialiser."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.codes import CodeClass, DecisionKind, Directive, Stage, Verdict
from haechi.engine.records import DECISION
from haechi.rpc.gate_answers import answer_response, gate_answer
from haechi.rpc.render import Origin
from haechi.rpc.v1 import decision_pb2, decision_service_pb2

_WORDS = st.one_of(st.just(0), st.integers(0, (1 << 64) - 1))
_TIMES = st.one_of(st.just(0), st.integers(1, (1 << 63) - 1))
_OFFSETS = st.one_of(st.integers(0, 300), st.integers(0, (1 << 53) - 1))


def text(high: int, low: int) -> str:
    """An id as the record holds it: two little-endian words, or nothing for none."""
    raw = high.to_bytes(8, "little") + low.to_bytes(8, "little")
    return raw.hex() if any(raw) else ""


@given(
    words=st.tuples(*[_WORDS] * 7),
    times=st.tuples(_TIMES, _TIMES),
    offset=_OFFSETS,
    ordinal=st.integers(0, 1023),
    codes=st.tuples(
        *map(st.sampled_from, (Verdict, Directive, CodeClass, DecisionKind, Stage)),
        st.integers(0, 255),
        st.integers(0, 1),
    ),
    origin=st.builds(
        Origin, st.integers(0, 999), st.integers(0, (1 << 63) - 1), st.integers(0, 400)
    ),
)
def test_it_is_what_protobuf_would_write(words, times, offset, ordinal, codes, origin):
    row = np.zeros(1, DECISION)
    for name, word in zip(("id", "answers", "supersedes"), range(0, 6, 2), strict=True):
        row[f"{name}_hi"], row[f"{name}_lo"] = words[word], words[word + 1]
    row["case_key"] = words[6]
    row["valid_until_us"], row["review_by_us"] = times
    row["offset"], row["ordinal"] = offset, ordinal
    verdict, directive, code_class, kind, stage, chute, degraded = codes
    row["verdict"], row["directive"], row["code_class"] = verdict, directive, code_class
    row["kind"], row["stage"], row["chute"], row["degraded"] = kind, stage, chute, degraded
    expected = decision_pb2.GateAnswer(
        decision_id=text(*words[0:2]), verdict=verdict, directive=directive,
        code_class=code_class, kind=kind, stage=stage, chute=chute, degraded=bool(degraded),
        provisional=verdict is Verdict.HOLD or kind is DecisionKind.PROVISIONAL,
        valid_until_us=times[0], position=origin.position(offset, ordinal),
        supersedes=text(*words[4:6]), answers_event_id=text(*words[2:4]),
        case_reference=f"{words[6]:016x}", review_by_us=times[1],
    )  # fmt: skip
    written = gate_answer(row.tobytes(), origin)
    assert decision_pb2.GateAnswer.FromString(written) == expected
    # Protobuf leaves out an offset of 0.
    assert offset == 0 or written == expected.SerializeToString()
    response = answer_response(row.tobytes(), origin)
    assert decision_service_pb2.DecideResponse.FromString(response).answer == expected
    assert response.endswith(written)


def test_there_is_room_for_the_longest_answer():
    row = np.zeros(1, DECISION)
    raw = row.view(np.uint8)
    raw[:] = 255
    for name in ("valid_until_us", "review_by_us", "offset"):
        row[name] = (1 << 63) - 1
    row["ordinal"] = (1 << 16) - 1
    for name in ("kind", "stage", "verdict", "directive", "code_class", "chute", "degraded"):
        row[name] = 1 if name != "chute" else 255
    origin = Origin((1 << 32) - 1, (1 << 63) - 1)
    whole = answer_response(row.tobytes(), origin)
    assert decision_service_pb2.DecideResponse.FromString(whole).answer.chute == 255
