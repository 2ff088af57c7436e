from __future__ import annotations

import re

import numpy as np
import pytest

from haechi.engine.codes import Stream
from haechi.engine.features import (
    FEATURES,
    MEMORIES,
    PLACE,
    VECTOR,
    VERSION,
    members,
)
from haechi.engine.layout import place
from haechi.engine.parts import Feature

NAMES = [feature.name for feature in FEATURES]


def test_names_are_unique_and_plain() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in NAMES)
    assert [PLACE[name] for name in NAMES] == list(range(len(NAMES)))
    assert list(VECTOR.names or ()) == NAMES


@pytest.mark.parametrize("feature", FEATURES, ids=NAMES)
def test_each_row_says_where_it_comes_from(feature: Feature) -> None:
    assert feature.stream.upper() in Stream.__members__
    assert feature.step > 0
    assert list(feature.edges) == sorted(feature.edges)
    text = feature.text.format(value=1.0, code="CN")
    assert text
    assert "{" not in text


def test_members_cover_the_table() -> None:
    parcel, traveler = set(members("parcel").tolist()), set(members("traveler").tolist())
    assert parcel | traveler == set(range(len(FEATURES)))
    assert {FEATURES[i].name for i in parcel & traveler} == {
        feature.name for feature in FEATURES if feature.of == "both"
    }
    assert members("parcel").dtype == np.int64


def test_memories_are_of_parcels_own_features() -> None:
    for memory in MEMORIES:
        assert 2 <= len(memory.parts) <= 7
        for part in memory.parts:
            feature = FEATURES[place(part)]
            assert feature.of in ("parcel", "both")
            # A linked feature inside a memory would let risk travel in a circle.
            assert not feature.linked
    assert any(memory.finest and not memory.exact for memory in MEMORIES)


def test_nobody_is_judged_by_who_they_are() -> None:
    told = " ".join(NAMES)
    assert not re.search(r"nationality|sex\b|gender|birth|\bage\b|religion", told)


def test_every_linked_feature_is_marked() -> None:
    marked = {feature.name for feature in FEATURES if feature.linked}
    assert marked == {"linked_parcel_risk", "companion_risk", "linked_traveler_risk"}
    assert 0 < VERSION < 1 << 64
