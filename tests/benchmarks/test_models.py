"""What the models' benchmark compares, and that each rival predicts before it learns."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.core_stream import Core, Kernels, in_turn
from benchmarks.goods import make_goods
from benchmarks.packaged import packaged_settings, without_prior
from benchmarks.rivals_linear import RIVALS
from benchmarks.vectors import CODES, NUMBERS, as_dicts, present, reading, seeded
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.records import DECISION
from haechi.operators.shard import Shard


def test_the_stream_is_thirty_numbers_and_six_categories() -> None:
    kinds = {FEATURES[PLACE[name]].kind for name in NUMBERS}
    assert (len(set(NUMBERS)), kinds) == (30, {"number"})
    assert (len(set(CODES)), {FEATURES[PLACE[name]].kind for name in CODES}) == (
        6,
        {"code", "token"},
    )


def test_the_same_seed_makes_the_same_stream() -> None:
    first, again, other = seeded(3, 200), seeded(3, 200), seeded(4, 200)
    assert first.events.tobytes() == again.events.tobytes() != other.events.tobytes()
    assert np.array_equal(first.found, again.found)


def test_products_of_a_line_share_heading_and_country() -> None:
    goods = make_goods(1, 2000, 1000.0, products=40, lines=8)
    lines = goods.product % 8
    for line in range(8):
        events = goods.events[lines == line]
        assert len({*(events["hs6"] // 100).tolist()}) == 1
        assert len({*events["origin"].tolist()}) == 1


def test_kernels_core_and_replayed_records_say_the_same() -> None:
    stream = seeded(5, 600)
    settings = without_prior(packaged_settings(5), stream.base)
    settings = replace(settings, model=reading(settings.model, stream.reads))
    bodies = Core(settings).take(stream.events, stream.found)
    made = np.frombuffer(bodies, DECISION)
    x = np.ascontiguousarray(made["x"])
    said = Kernels(settings.model).take(x, stream.found.astype(float))
    assert said.any()
    assert np.array_equal(said, made["raw"])
    shard = Shard()
    shard.configure(settings)
    assert shard.apply(in_turn(stream.events, made, stream.found), made) == bodies


def test_rivals_get_what_there_is_and_no_more() -> None:
    x = np.full((2, len(FEATURES)), np.nan)
    x[0, PLACE["price"]] = 2.5
    x[1, PLACE["office"]] = 255.0
    places = present(x, ("price", "office", "mass_gap"))
    assert places == [PLACE["price"], PLACE["office"]]
    assert as_dicts(x, places) == [{"price": 2.5}, {"office": "ff"}]


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_predicts_before_it_learns(name: str) -> None:
    library, rival = RIVALS[name]
    if library and importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} comes with `make extra-bench`")
    draws = np.random.default_rng(1)
    rows = [({"a": float(a), "b": "x"}, bool(a > 0)) for a in draws.normal(size=400)]
    once = np.array(rival().take(rows))
    turned = [*rows[:-1], (rows[-1][0], not rows[-1][1])]
    assert np.array_equal(once, np.array(rival().take(turned)))
    found = np.array([y for _, y in rows])
    assert once[200:][found[200:]].mean() > once[200:][~found[200:]].mean()
