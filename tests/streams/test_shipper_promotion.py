"""A promoted log in the store: what the lost one had shipped beyond it counts no more."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from haechi.streams.shipper import verify_shipped
from haechi.streams.standby.standing import (
    Part,
    Standing,
    choose,
    read_standing,
    take_office,
    write_standing,
)

# Tests are no package; what they share is found beside them.
_spec = importlib.util.spec_from_file_location("shipping", Path(__file__).with_name("shipping.py"))
assert _spec is not None
assert _spec.loader is not None
shipping = sys.modules["shipping"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shipping)

pytestmark = pytest.mark.slow
COPIED = 61


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[Any]:
    store = shipping.Store(tmp_path / "store")
    yield store
    store.stop()


@pytest.fixture
def send(own_store: Any) -> Callable[[Any], None]:
    """Ship a log until all of it is there."""

    def go(log: Any) -> None:
        shipper = shipping.Shipping(log, own_store.port, own_store.passwords["engine"])
        shipping.wait_until_shipped(log, pid=shipper.process.pid)
        assert shipper.stop() == 0

    return go


def promoted_copy(lost: Any, root: Path) -> Any:
    """A copy of the beginning of a log, promoted over it, and gone on by itself."""
    copy = shipping.Log(root, begins=False)
    write_standing(copy.folder, Standing(Part.STANDBY, "lost:1"))
    copy.take_over(lost, COPIED)
    choose(copy.folder)
    after, _ = take_office(copy.folder, lost.writer.epoch, copy.writer.offset)
    copy.begin(after)
    copy.grow(70)
    return copy


def hold_against(log: Any, store: Any) -> None:
    """The store counts this log's rows, each once, and no others."""
    reader = log.reader()
    tables = dict(verify_shipped(reader, store.client("analyst")).tables)
    reader.close()
    # How answers were delivered was observed on the lost machine, and is not in its log.
    deliveries = tables.pop("deliveries")
    assert deliveries.missing == 0
    for name, checked in tables.items():
        found = (checked.missing, checked.doubled, checked.different, checked.orphans)
        assert found == (0, 0, 0, 0), f"{name}: {checked}"


def test_only_the_promoted_log_counts(
    tmp_path: Path, own_store: Any, send: Callable[[Any], None]
) -> None:
    lost = shipping.Log(tmp_path / "lost")
    lost.grow(120)
    send(lost)
    promoted = promoted_copy(lost, tmp_path / "promoted")
    send(promoted)
    reader = promoted.reader()
    client = own_store.client("analyst")
    hold_against(promoted, own_store)
    ours = {event.offset: event.chain.hex() for event in reader.events()}
    anchors = client.query("SELECT offset, hash FROM anchors").result_rows
    assert all(ours[offset] == digest for offset, digest in anchors)
    # Nothing was thrown away: what is in no log is kept, and where it was.
    orphans = client.query(
        "SELECT in_table, count(), min(offset), max(offset) FROM orphans GROUP BY in_table"
    ).result_rows
    found = {table: (count, low, high) for table, count, low, high in orphans}
    end = lost.writer.offset
    assert found["events"] == (end - COPIED, COPIED, end - 1)
    assert found["decisions"][0] == len(lost.reader().decisions(COPIED, end))
    epochs = client.query(
        "SELECT DISTINCT bitShiftRight(epoch, 32) FROM events ORDER BY 1"
    ).result_columns[0]
    assert list(epochs) == [0, 1]
    # Shipping goes on, and finds nothing more to set aside.
    promoted.grow(20)
    send(promoted)
    hold_against(promoted, own_store)
    before = sum(count for _, count, _, _ in orphans)
    assert client.query("SELECT count() FROM orphans").result_rows == [(before,)]


def test_the_superseded_log_is_not_shipped_any_more(
    tmp_path: Path, own_store: Any, send: Callable[[Any], None]
) -> None:
    lost = shipping.Log(tmp_path / "lost")
    lost.grow(80)
    send(lost)
    promoted = promoted_copy(lost, tmp_path / "promoted")
    send(promoted)
    lost.grow(40)
    for _ in range(2):
        shipper = shipping.Shipping(lost, own_store.port, own_store.passwords["engine"])
        assert shipper.process.wait(60) == 1
    assert read_standing(lost.folder).part is Part.SUPERSEDED
    hold_against(promoted, own_store)
