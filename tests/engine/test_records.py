from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.codes import Stream
from haechi.engine.features import FEATURES
from haechi.engine.records import DECISION, EVENT, STREAMS, code, code_text, pack_event

FIELDS = [name for name in EVENT.names or () if name != "spare"]


def values(name: str) -> st.SearchStrategy[float | int]:
    dtype = EVENT.fields[name][0]
    if dtype.kind == "f":
        return st.floats(allow_nan=False)
    info = np.iinfo(dtype)
    return st.integers(int(info.min), int(info.max))


@given(st.fixed_dictionaries({}, optional={name: values(name) for name in FIELDS}))
def test_packed_bytes_are_the_record(fields: dict[str, float | int]) -> None:
    raw = pack_event(**fields)
    assert len(raw) == EVENT.itemsize
    row = np.frombuffer(raw, EVENT)[0]
    for name in FIELDS:
        if name in fields:
            assert row[name] == fields[name]
        elif EVENT.fields[name][0].kind == "f":
            assert math.isnan(row[name])
        else:
            assert row[name] == (-1 if name == "recall" else 0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(struct.error):
        pack_event(ref=1 << 64)
    with pytest.raises(struct.error):
        pack_event(kind=256)
    with pytest.raises(KeyError):
        pack_event(no_such_field=1)


def test_an_id_is_the_first_sixteen_bytes_of_both_records() -> None:
    for layout in (EVENT, DECISION):
        assert layout.fields["id_hi"][1] == 0
        assert layout.fields["id_lo"][1] == 8
    raw = pack_event(id_hi=1, id_lo=2)
    assert raw[:16] == (1).to_bytes(8, "little") + (2).to_bytes(8, "little")


def test_layouts_have_no_holes() -> None:
    for layout in (EVENT, DECISION):
        assert sum(field.itemsize for field, _ in layout.fields.values()) == layout.itemsize
        assert layout.itemsize % 8 == 0
    assert DECISION["x"].shape == (len(FEATURES),)
    assert DECISION["contribution"].shape == (len(FEATURES),)
    assert len(Stream) == STREAMS


CODES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=6)


@given(CODES)
def test_codes_come_back_and_are_exact_floats(text: str) -> None:
    packed = code(text)
    assert float(packed) == packed
    assert code_text(float(packed)) == text


def test_codes_that_are_none() -> None:
    assert code("") == 0
    assert code_text(0.0) == ""
    assert code_text(math.nan) == ""
    with pytest.raises(ValueError, match="at most 6"):
        code("TOOLONG")
    with pytest.raises(UnicodeEncodeError):
        code("한국")
