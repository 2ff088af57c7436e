"""What the benchmarks of core, windows, join and sink compare. Never how fast anything is."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import join, mix, windows
from benchmarks.__main__ import main
from benchmarks.crowd import Crowd
from benchmarks.installation import Installation
from benchmarks.popularity import uniform, zipf
from benchmarks.recorded import Recorded, read_recorded
from benchmarks.rivals_join import Flow, Told, join_dicts, join_pathway
from benchmarks.rivals_windows import RING, SPANS_US, Deques, Event, Exactly, Rings
from haechi.engine.codes import EventKind
from haechi.operators.state import Count

CASES = 1 << 12


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    installation = Installation(tmp_path_factory.mktemp("recorded"))
    mix.log_swiftly(installation, mix.frames(3, subjects=120), 1000)
    return read_recorded(installation)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_log_in_pieces_makes_the_decisions_on_record(recorded: Recorded, size: int) -> None:
    shard = recorded.shard(CASES)
    pieces = list(recorded.pieces(size))
    assert len(pieces) == -(-len(recorded) // size)
    assert b"".join(shard.apply(*piece) for piece in pieces) == recorded.decisions != b""


def test_everybody_in_a_crowd_has_one_case_that_goes_on(recorded: Recorded) -> None:
    people = Crowd(recorded.events, 300, seed=1)
    shard = recorded.shard(CASES)
    for events in people.arrive():
        shard.apply(events)
        assert len(np.unique(events["ref"][events["first"] == 1])) == 300
    cases = shard.count(Count.CASES)
    assert cases >= 300
    later = people.go_on(np.arange(300).repeat(3))
    assert EventKind.GATE_EVENT in later["kind"]
    assert shard.apply(later)
    # What comes later is of the same subjects and the same kind of subject: no case is opened.
    assert shard.count(Count.CASES) == cases
    assert (np.diff(later["stamp_us"]) > 0).all()


def test_the_most_frequent_have_their_share_by_zipf() -> None:
    drawn = zipf(np.random.default_rng(1), 1000, 20_000)
    shares = np.sort(np.bincount(drawn, minlength=1000))[::-1] / 20_000
    expected = np.arange(1.0, 1001.0) ** -0.99
    expected /= expected.sum()
    # Whom it hits is drawn, too.
    assert np.bincount(drawn, minlength=1000).argmax() != 0
    assert shares[:3] == pytest.approx(expected[:3], rel=0.1)
    even = uniform(np.random.default_rng(1), 1000, 20_000)
    assert np.bincount(even).max() < 60


def test_windows_forget_what_is_as_old_as_they_are_long() -> None:
    minute = SPANS_US[0]
    first, second = Event(0, 1, 5.0, 1), Event(0, 1 + minute, 3.0, 1)
    for one in (Exactly(), Deques(), Rings(1)):
        one.take(first)
        said = [list(figures) for figures in one.take(second)]
        assert said == [[1, 3.0, 3.0, 1], [2, 8.0, 5.0, 1], [2, 8.0, 5.0, 1]]


def test_a_ring_that_is_too_small_says_so() -> None:
    rings = Rings(1)
    for number in range(1, RING + 1):
        rings.take(Event(0, number, 1.0, 1))
    with pytest.raises(ValueError, match="use fewer"):
        rings.take(Event(0, RING + 1, 1.0, 1))


def test_a_history_that_is_wrong_is_found() -> None:
    events = [Event(1, 10**6 + at, 2.0, at % 3) for at in range(0, 10**9, 10**8)]
    histories = windows.Decaying(4)
    for event in events:
        histories.take(event)
    windows._check_history(histories.rows[0], events)
    histories.rows[0]["hour"] *= 1.01
    with pytest.raises(AssertionError, match="hour"):
        windows._check_history(histories.rows[0], events)


def test_joins_tell_the_same_of_whoever_is_complete() -> None:
    told: list[Told] = [(stream, key, 10 * stream) for key in ("a", "b") for stream in (2, 0, 3, 1)]
    told.pop()
    assert join_dicts(told) == {"a": (0, 10, 20, 30)}
    assert dict(Flow(told, 3, joins=True).run()) == join_dicts(told)
    assert len(Flow(told, 3, joins=False).run()) == len(told)


def test_an_interpreter_without_pathway_says_so() -> None:
    if importlib.util.find_spec("pathway") is not None:
        pytest.skip("Pathway is here")
    with pytest.raises(ModuleNotFoundError, match="pathway"):
        join_pathway(None, [(0, "a", 1)])


def test_the_cores_join_is_the_dicts() -> None:
    events = join._events(5, 0, 40)
    right = join_dicts(join._told(events))
    assert len(right) == 40
    assert join._whole_joined(events) == right
    assert join._Alone(1, 40).joined(join._cut(events, 7)) == right


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "tables", "goals"),
    [
        (
            "core --events 2000 --times 1 --subjects 100 200 --rounds 2",
            "kinds batches growth bytes",
            3,
        ),
        ("windows --keys 300 --rounds 2", "windows", 1),
        ("join --travelers 50 --rounds 2", "join ratios", 2),
        ("sink --seconds 2 --rates 50 --rows 3", "sink ways cpu", 1),
    ],
    ids=lambda one: str(one).partition(" ")[0],
)
def test_each_runs_whole(command: str, tables: str, goals: int, tmp_path: Path) -> None:
    path = tmp_path / "said.json"
    assert main([*command.split(), "--json", str(path)]) == 0
    said = json.loads(path.read_text())
    assert all(said[table] for table in tables.split())
    assert len(said["goals"]) == goals
