"""Values are kept as histograms that give them back to three digits, in stretches."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.quantiles import percentile
from benchmarks.samples import STRETCHES, decode, encode

pytest.importorskip("hdrh")


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_percentiles_are_those_of_the_values(scale: float) -> None:
    values = scale * np.random.default_rng(3).lognormal(1.0, 1.5, 3000)
    kept = decode(json.loads(json.dumps(encode(values, "us", least=True))))
    assert (kept.unit, kept.least, kept.total) == ("us", True, 3000)
    for percent in (0.1, 50, 99, 99.9, 100):
        assert kept.percentile(percent) == pytest.approx(percentile(values, percent), rel=2e-3)


@pytest.mark.parametrize("values", [[0.0], [5.0], [0.0, 0.25, 1e7]])
def test_few_values_and_none_are_kept(values: list[float]) -> None:
    kept = decode(encode(values, "ms"))
    assert kept.total == len(values)
    assert len(kept.counts) == len(values)
    assert kept.percentile(100) == pytest.approx(values[-1], rel=2e-3)


def test_stretches_are_in_order_and_can_be_drawn_anew() -> None:
    kept = decode(encode(np.arange(1, 1001, dtype=float), "us"))
    assert len(kept.counts) == STRETCHES
    assert kept.counts.sum(axis=1).tolist() == [50] * STRETCHES
    first, last = np.eye(STRETCHES, dtype=np.int64)[[0, -1]]
    assert kept.percentiles(100, np.array([first, last])) == pytest.approx([50, 1000], rel=2e-3)


def test_a_long_run_stays_small() -> None:
    values = np.random.default_rng(3).lognormal(6.0, 0.4, 100_000)
    assert len(json.dumps(encode(values, "us"))) < 50_000


def test_any_hdr_tool_reads_a_stretch() -> None:
    from hdrh.histogram import HdrHistogram

    kept = encode([100.0, 200.0], "us")
    histogram = HdrHistogram.decode(kept["stretches"][1])
    assert histogram.get_max_value() * kept["step"] == pytest.approx(200.0, rel=1e-3)
