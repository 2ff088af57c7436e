"""Models from the log, and a log that replays across learning, promotion, rollback and refit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from border import GENERAL, PARCEL, Border, answer
from governed import frames, governed, maker, word
from hypothesis import given
from hypothesis import strategies as st

from haechi.app.folder import DataFolder
from haechi.engine.codes import EventKind, NodeKind
from haechi.engine.errors import ConfigError, LogCorrupt
from haechi.engine.records import DECISION, EVENT
from haechi.operators.artefact import unpack_model
from haechi.operators.shard import Shard
from haechi.operators.state import Count
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.models.card import read_card, write_card
from haechi.streams.models.history import read_history
from haechi.streams.models.labels import Labels
from haechi.streams.models.refit import Learner
from haechi.streams.replay import Replayed, Replayer

pytestmark = pytest.mark.timeout(600)


def reader_of(root: Path) -> LogReader:
    folder = DataFolder(root)
    return LogReader(folder.log, SubjectKeys(folder.keys))


def replay(root: Path, page: int | None = None) -> tuple[Replayed, Shard, bytes]:
    made: list[bytes] = []
    reader = reader_of(root)
    shard = Shard(64)
    artefacts = Artefacts(DataFolder(root).artefacts)
    replayer = Replayer(reader, artefacts, shard, on_decisions=made.append)
    if page is not None:
        pages = reader.replay_pages
        reader.replay_pages = (
            lambda *a: (  # type: ignore[method-assign]
                rows[at : at + page] for rows in pages(*a) for at in range(0, len(rows), page)
            )
        )
    try:
        return replayer.run(), shard, b"".join(made)
    finally:
        reader.close()


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with labels of both kinds and nothing promoted."""
    root = tmp_path_factory.mktemp("learned")
    with governed(root) as running:
        running.feed(0, 500)
        running.label(60, 1)
        running.feed(500, 700)
        running.label(60, 2)
    return root


@pytest.fixture(scope="module")
def lived(learned: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[str]]:
    """A log that learned, promoted, rolled back, refitted and was started again in between."""
    root = Path(shutil.copytree(learned, tmp_path_factory.mktemp("lived") / "data"))
    names = []
    with governed(root) as running:
        making = running.maker()
        for kind in ("traveler", "parcel"):
            names.append(making.none(kind).name)
            names.append(making.checkpoint(kind, None).name)
        running.promote(names[1])
        running.promote(names[3], "parcel")
        running.feed(700, 800)
        running.label(20, 2)
        names.append(making.refit("traveler", None, 2).name)
        running.promote(names[4], role=3)
        running.say(names[4], "approver-2")
    with governed(root) as running:
        running.feed(800, 900)
        assert running.say(names[4], "approver-1").refusal is None
        running.label(20, 1)
        running.promote(names[0])
        running.promote(names[2], "parcel")
        running.feed(900, 1000)
        names.append(running.maker().refit("parcel", None, 1).name)
        running.promote(names[5], "parcel")
        running.feed(1000, 1100)
        digest = running.digest()
    return root, digest, names


def test_it_replays_bit_for_bit(lived: tuple[Path, str, list[str]]) -> None:
    root, digest, names = lived
    replayed, shard, made = replay(root)
    assert replayed.compared == replayed.decisions > 300
    assert shard.digest() == digest
    versions = set(np.frombuffer(made, DECISION)["model_version"].tolist())
    # The fifth was a shadow, which decides nothing.
    assert versions == {0, *(int(name[:16], 16) for name in names[:4] + names[5:])}
    assert len(shard.promoted) == 7
    again = replay(root, page=7)
    assert (again[1].digest(), again[2]) == (digest, made)


def test_a_restart_goes_on_with_what_was_promoted(
    lived: tuple[Path, str, list[str]], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(lived[0], tmp_path / "data"))
    with governed(root) as running:
        machine = running.engine._machine
        assert machine.count(Count.PARCEL_MODEL) % (1 << 64) == int(lived[2][5][:16], 16)
        assert machine.count(Count.TRAVELER_MODEL) % (1 << 64) == int(lived[2][0][:16], 16)
        running.feed(1100, 1150)
        digest = running.digest()
    assert replay(root)[1].digest() == digest


def test_both_persons_among_much_else_in_one_batch(learned: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(learned, tmp_path / "data"))
    with governed(root) as running:
        making = running.maker()
        names = [making.checkpoint("parcel", None).name, making.none("parcel").name]
        events: list[Any] = [frame.raw for frame in frames()[700:1000]]
        for at, name, approver in ((60, 0, "a"), (90, 0, "a"), (120, 0, "b"), (160, 1, "b")):
            events.insert(at, word(names[name], approver, "parcel"))
        events.insert(240, word(names[1], "c", "parcel"))
        outcomes = running.put_all(events)
        refused = [at for at, one in enumerate(outcomes) if one.refusal]
        assert refused == [90]
        offsets = [outcomes[at].offset for at in (120, 240)]
        assert sorted(running.engine._machine.promoted) == offsets
        digest = running.digest()
    _, shard, made = replay(root)
    assert shard.digest() == digest
    rows = np.frombuffer(made, DECISION)
    parcels = rows[rows["node"] == NodeKind.PARCEL]
    first, second = (int(name[:16], 16) for name in names)
    expected = np.where(
        parcels["offset"] > offsets[1], second, np.where(parcels["offset"] > offsets[0], first, 0)
    )
    assert (parcels["model_version"] == expected.astype(np.uint64)).all()


def test_an_artefact_that_is_gone_or_changed_is_a_corrupt_log(
    lived: tuple[Path, str, list[str]], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(lived[0], tmp_path / "data"))
    path = DataFolder(root).artefacts / lived[2][3]
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(LogCorrupt, match=r"changed; restore"):
        replay(root)
    path.unlink()
    with pytest.raises(LogCorrupt, match=r"restore the artefacts folder") as caught:
        replay(root)
    reader = reader_of(root)
    effects = [one for one in read_history(reader).told if one.artefact == lived[2][3]]
    assert caught.value.offset == effects[1].offset


def test_the_log_tells_who_promoted_what(lived: tuple[Path, str, list[str]]) -> None:
    reader = reader_of(lived[0])
    history = read_history(reader)
    reader.close()
    names = lived[2]
    force = history.in_force()
    assert force[NodeKind.PARCEL, 1].artefact == names[5]
    assert force[NodeKind.TRAVELER, 1].artefact == names[0]
    assert force[NodeKind.TRAVELER, 3].artefact == names[4]
    assert force[NodeKind.TRAVELER, 3].approvers == ("approver-1", "approver-2")
    assert [one.took_effect for one in history.of(names[4])] == [False, True, False, True]
    assert history.of(names[4])[3].approvers == ("approver-2", "approver-1")


def test_a_refusal_is_kept_in_the_log(learned: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(learned, tmp_path / "data"))
    with governed(root) as running:
        name = running.maker().none("traveler").name
        weights = running.engine._machine.state.weights.copy()
        refused = [
            running.say("ab" * 32, "a"),
            running.say(name, "a", "parcel"),
            running.say(name, "a", "traveler", 2),
        ]
        assert running.say(name, "a").refusal is None
        refused.append(running.say(name, "a"))
        codes = [one.refusal.code for one in refused if one.refusal]
        assert codes == ["UNKNOWN_ARTEFACT", "WRONG_FAMILY", "ROLE_NOT_BUILT", "SAME_APPROVER"]
        assert (running.engine._machine.state.weights == weights).all()
        reader = running.engine.open_reader()
        letters = [reader.event(one.offset) for one in refused]
        assert {one.kind for one in letters if one} == {int(EventKind.DEAD_LETTER)}
        reader.close()
        digest = running.digest()
    assert replay(root)[1].digest() == digest


@pytest.mark.parametrize(("kind", "number"), [("parcel", 0), ("traveler", 1)])
def test_a_checkpoint_is_what_the_learner_had(learned: Path, kind: str, number: int) -> None:
    making = maker(DataFolder(learned))
    made = making.checkpoint(kind, None)
    assert making.checkpoint(kind, None).content == made.content
    _, shard, _ = replay(learned)
    model = unpack_model(made.content, kind)
    into = np.zeros_like(shard.state.weights[number])
    model.write_to(into)
    assert into.tobytes() == shard.state.weights[number].tobytes()
    assert model.platt.tobytes() == shard.state.platt[number].tobytes()
    assert model.header.state == shard.digest()
    assert model.header.labels == shard.count((Count.LEARNED, Count.SHADOW_LEARNED)[number]) > 10
    earlier = making.checkpoint(kind, model.header.learned_to // 2)
    assert earlier.card["learned_to"] == model.header.learned_to // 2
    assert earlier.card["labels"] < model.header.labels


@pytest.mark.parametrize(("kind", "number"), [("parcel", 0), ("traveler", 1)])
def test_one_pass_of_a_refit_is_what_was_learned_live(
    learned: Path, kind: str, number: int
) -> None:
    """No correction, no drift and no promotion lies in this log, so the bits must agree."""
    making = maker(DataFolder(learned))
    live, again = making.checkpoint(kind, None), making.refit(kind, None, 1)
    one, two = unpack_model(live.content), unpack_model(again.content)
    assert len(one.cells) > 10
    assert one.cells.tobytes() == two.cells.tobytes()
    assert one.platt.tobytes() == two.platt.tobytes()
    assert two.header.labels == one.header.labels
    more = unpack_model(making.refit(kind, None, 3).content)
    assert more.cells.tobytes() != two.cells.tobytes()


def test_figures_are_of_labels_that_were_held_out(learned: Path) -> None:
    making = maker(DataFolder(learned))
    made = making.refit("parcel", None, 2)
    labels = made.card["data"]["labels"]
    assert made.card["figures"]["labels"] == labels // 5
    auc = made.card["figures"]["auc"]
    assert auc["low"] <= auc["value"] <= auc["high"]
    everyone = next(one for one in made.card["groups"] if one["by"] == "all")
    assert everyone["nothing"] + everyone["found"] == labels // 5
    assert {"lane", "site", "origin"} <= {one["by"] for one in made.card["groups"]}
    by_lane = sum(one["labels"] for one in made.card["groups"] if one["by"] == "lane")
    assert by_lane == labels // 5


def test_scoring_by_the_learner_is_the_cores(learned: Path) -> None:
    """What a refit says of a case is what the core would have said with that model."""
    reader = reader_of(learned)
    _, shard, _ = replay(learned)
    labels = Labels(shard.state.model, shard.state.base, reader.decision_at)
    for event in reader.events_of(EventKind.INSPECTION_OUTCOME):
        labels.take(event.offset, event.records)
    parcels = labels.of(0)
    learner = Learner(0, shard.state.model, shard.state.prior)
    first = parcels[:1]
    said = learner.say(first, *learner.learn([], 1))
    row: Any = np.frombuffer(first[0].body, DECISION)[0]
    assert said[0] == pytest.approx(row["log_odds"], abs=1e-9)


def test_corrections_replace(learned: Path) -> None:
    _, shard, _ = replay(learned)
    body = np.zeros(1, DECISION)
    body["case_key"], body["node"], body["propensity"] = 5, NodeKind.PARCEL, 0.5
    labels = Labels(shard.state.model, shard.state.base, lambda position: body.tobytes())

    def take(number: int, found: int, corrects: int = 0) -> list[bool]:
        event = np.zeros(1, EVENT)
        event["id_hi"], event["found"], event["answers_hi"] = number, found, corrects
        event["event_us"], event["propensity"] = number, np.nan
        labels.take(number, event.tobytes())
        return [label.found for label in labels.of(0)]

    assert take(1, 2) == [False]
    assert take(2, 1) == [True]
    assert take(3, 2) == [True]
    assert take(4, 2, corrects=2) == [False]
    assert take(5, 4, corrects=4) == []
    assert take(7, 1) == [True]
    assert labels.of(0)[0].weight == 2.0


OUTCOMES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(0, 5), st.integers(0, 40_000)),
    max_size=14,
)


@given(OUTCOMES)
def test_labels_stand_as_the_core_has_them(said: list[tuple[int, int, int, int]]) -> None:
    """Whatever is said of three parcels, corrected early, late or never: the rates agree."""
    border = Border()
    asked = []
    for ref in (500, 501, 502):
        border.parcel(ref, lane=GENERAL, hs6=851712 + ref % 2, price=30.0, mass_kg=2.0, origin=3)
        asked.append(answer(border.gate(ref, node=PARCEL, lane=GENERAL, stage=7)))
    state = border.shard.state
    bodies: list[bytes] = []
    labels = Labels(state.model.copy(), state.base.copy(), lambda position: bodies[-1])
    first = border.count + 1
    for case, found, corrects, late in said:
        # It corrects an outcome that came, or one that is still to come.
        more = {"answers_hi": first + corrects, "answers_lo": 99} if corrects else {}
        border.outcome(asked[case], found, late=late, **more)
        event, recalled = border.log[-1]
        bodies.append(recalled.tobytes())
        labels.take(border.count, event.tobytes())
    assert labels._rates.tobytes() == border.shard.state.rates.tobytes()
    standing = border.shard.state.labels[: border.shard.count(Count.LABELS)]
    assert len(labels.of(0)) == int((standing["found"] > 0).sum())
    assert sum(one.found for one in labels.of(0)) == int((standing["found"] == 1).sum())
    goods = border.shard.state.memory_index
    assert labels._known - {0} == {int(key) for key in goods["key"] if key}


def test_an_offset_that_is_not_there(learned: Path) -> None:
    with pytest.raises(ConfigError, match="--up-to"):
        maker(DataFolder(learned)).checkpoint("parcel", 1 << 40)
    with pytest.raises(ConfigError, match="no label"):
        maker(DataFolder(learned)).refit("parcel", 20, 1)


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    card = {"artefact": "ab", "figures": {"auc": {"value": 0.5, "low": None, "high": None}}}
    write_card(tmp_path, card)
    assert read_card(tmp_path, "ab") == card
    assert read_card(tmp_path, "cd") is None
