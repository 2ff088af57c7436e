"""How the detection benchmark counts and how sure it says it is."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.detection import START_US
from benchmarks.packaged import packaged_settings
from benchmarks.port_run import Inspection, PortRun
from benchmarks.seizures import by_kind
from benchmarks.selection import expected, figures, tally
from haechi.engine.codes import NodeKind, SelectedBy
from haechi.streams.simulator import Pattern, Port, Prevalence, Size, Truth


def _inspection(subject: str, by: SelectedBy, *, found: bool) -> Inspection:
    return Inspection(subject, 1, NodeKind.TRAVELER, by, found)


def test_only_what_the_engine_selected_for_risk_counts() -> None:
    truths = [Truth("a"), Truth("b", True, Pattern.FALSE_BOTTOM), Truth("c")]
    counts = tally(
        truths,
        {"a": "together", "b": "together"},
        [
            _inspection("a", SelectedBy.MODEL, found=False),
            _inspection("b", SelectedBy.MODEL, found=True),
            _inspection("c", SelectedBy.RANDOM, found=False),
            _inspection("elsewhere", SelectedBy.MODEL, found=True),
        ],
    )
    random = expected(truths[1])
    assert counts.tolist() == [[2.0, 1.0, random, 2.0, 1.0], [1.0, 0.0, 0.0, 0.0, 0.0]]
    assert expected(truths[0]) == 0.0
    assert random == pytest.approx(0.95 * 0.98 * 0.99)


def test_a_lift_is_what_was_found_over_what_random_checks_would_find() -> None:
    counts = np.tile([[1.0, 0.0, 0.0, 0.0, 0.0]], (1000, 1))
    counts[:20] = [1.0, 1.0, 0.8, 1.0, 1.0]
    counts[20:60, 3] = 1.0
    found = figures(counts, seed=1)
    assert found["per_100"].found == pytest.approx(100 * 20 / 60)
    assert found["lift"].found == pytest.approx((20 / 60) / 0.016)
    assert found["sure_lift"].found == pytest.approx((20 / 60) / 0.02)
    assert found["recall"].found == 1.0
    assert found["per_100"].low < found["per_100"].found < found["per_100"].high


def test_a_port_is_played_with_every_gate_answered() -> None:
    port = Port(11, START_US, size=Size(2, 20, 60, 20), prevalence=Prevalence(oversampling=60.0))
    run = PortRun(port, packaged_settings(11))
    run.play()
    assert run.unanswered == 0
    of = by_kind(port.truth, run.groups)
    assert {len(of["traveler"]), len(of["parcel"])} == {40, 60}
    assert any(one.found for one in run.inspections)
    assert all(port.truth[one.subject].guilty for one in run.inspections if one.found)
