"""A model's artefact comes back as it was, and whatever is wrong with one is said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from promoting import header, packed

from haechi.engine.calibrate import PLATT
from haechi.engine.errors import ModelUnusable
from haechi.engine.ftrl import CELLS
from haechi.operators.artefact import MAGIC, fresh_platt, pack_model, unpack_header, unpack_model

NUMBER = st.floats(-1e6, 1e6)
WEIGHTS = np.zeros((CELLS, 3))


@given(
    st.dictionaries(
        st.integers(0, CELLS - 1), st.tuples(NUMBER, st.floats(0, 1e6), NUMBER), max_size=20
    ),
    st.sampled_from(["parcel", "traveler"]),
    st.floats(0.1, 3.0),
)
def test_it_comes_back_bit_for_bit(cells: dict[int, Any], kind: str, slope: float) -> None:
    WEIGHTS[...] = 0.0
    for index, values in cells.items():
        WEIGHTS[index] = values
    platt = fresh_platt()
    platt["slope"], platt["shift"], platt["last_us"] = slope, -slope, 7
    raw = pack_model(header(kind), WEIGHTS, platt)
    assert raw == pack_model(header(kind), WEIGHTS, platt)
    model = unpack_model(raw, kind)
    into = np.full((CELLS, 3), 9.0)
    model.write_to(into)
    assert into.tobytes() == WEIGHTS.tobytes()
    assert model.platt.tobytes() == platt.tobytes()
    bits = WEIGHTS.view("<u8")
    assert model.header == replace(header(kind), cells=int(bits.any(axis=1).sum()))


@given(st.data())
def test_a_damaged_one_is_refused_or_reads_as_something_whole(data: st.DataObject) -> None:
    raw = bytearray(packed(bias=0.5))
    how = data.draw(st.sampled_from(["cut", "longer", "flip"]))
    if how == "cut":
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    elif how == "longer":
        raw += data.draw(st.binary(min_size=1, max_size=40))
    else:
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] ^= 1 << data.draw(st.integers(0, 7))
    model, said = None, ""
    try:
        model = unpack_model(bytes(raw))
    except ModelUnusable as error:
        said = str(error)
    if model is None:
        assert "; " in said
        assert "haechi models" in said
    else:
        # A flipped bit of a number is a number; its hash tells.
        assert how == "flip"
        assert np.isfinite(model.cells["weight"]).all()


def edited(**changes: Any) -> bytes:
    raw = packed(bias=0.5)
    begin = len(MAGIC) + 4
    end = begin + int.from_bytes(raw[len(MAGIC) : begin], "little")
    said = {**json.loads(raw[begin:end]), **changes}
    text = json.dumps({k: v for k, v in said.items() if v is not None}).encode()
    return raw[: len(MAGIC)] + len(text).to_bytes(4, "little") + text + raw[end:]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "bag"},
        {"cells": 2},
        {"cells": -1},
        {"cells": CELLS + 1},
        {"labels": True},
        {"labels": 1.5},
        {"learned_to": -2},
        {"state": "x" * 64},
        {"settings": ""},
        {"build": None},
        {"more": 1},
        {"made_by": "hand"},
        {"shard": "0"},
    ],
)
def test_a_header_that_is_wrong(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelUnusable, match="models checkpoint") as caught:
        unpack_model(edited(**changes))
    assert caught.value.code == "UNREADABLE_ARTEFACT"


def test_another_table_of_features_says_so_before_anything_else() -> None:
    with pytest.raises(ModelUnusable, match="0123456789abcdef") as caught:
        unpack_header(edited(features="0123456789abcdef"))
    assert caught.value.code == "OTHER_FEATURES"


def test_another_kind_says_so() -> None:
    with pytest.raises(ModelUnusable, match="kind traveler and parcel") as caught:
        unpack_model(packed(), "parcel")
    assert caught.value.code == "WRONG_FAMILY"


def test_numbers_that_cannot_be_are_refused() -> None:
    for column, value in ((0, np.nan), (1, -1.0), (2, np.inf)):
        weights = np.zeros((CELLS, 3))
        weights[5] = 1.0, 1.0, 1.0
        weights[5, column] = value
        with pytest.raises(ModelUnusable):
            unpack_model(pack_model(header(), weights, fresh_platt()))
    platt = np.zeros(2, PLATT)
    with pytest.raises(ModelUnusable, match="calibration"):
        unpack_model(pack_model(header(), np.zeros((CELLS, 3)), platt))
