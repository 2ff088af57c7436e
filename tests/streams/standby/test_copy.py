"""A standby's copy: the same chain, the same keys, and nothing that does not follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger import row, verified, write_log

from haechi.engine.codes import EventKind
from haechi.engine.errors import LogCorrupt
from haechi.rpc.v1 import standby_service_pb2 as pb
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import Erased, SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import LogWriter
from haechi.streams.standby.copy import Copy
from haechi.streams.standby.shipments import MOST_ROWS, Shipments, chain_before


class Side:
    """One copy of a log, in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.log = root / "log"
        self.keys_path = root / "keys" / "subjects.sqlite"
        self.keys = SubjectKeys(self.keys_path)
        self.artefacts = Artefacts(self.log / "artefacts")

    def shipments(self, opening: pb.FollowOpening) -> Shipments:
        return Shipments(self.log, self.keys_path, self.log / "artefacts", opening)

    def writer(self, segment_events: int = 1 << 20) -> LogWriter:
        return LogWriter(self.log, self.keys, segment_events=segment_events)

    def copy(self, writer: LogWriter) -> Copy:
        return Copy(writer, self.keys, self.artefacts)


@pytest.fixture
def primary(tmp_path: Path) -> Side:
    return Side(tmp_path / "primary")


@pytest.fixture
def standby(tmp_path: Path) -> Side:
    return Side(tmp_path / "standby")


def ship(primary: Side, standby: Side, writer: LogWriter) -> list[pb.Shipment]:
    """Ship what the standby lacks, through the bytes of the wire."""
    copy = standby.copy(writer)
    shipments = primary.shipments(copy.opening(0, 0))
    sent = []
    while (shipment := shipments.next(0)) is not None:
        sent.append(pb.Shipment.FromString(shipment.SerializeToString()))
        copy.take(sent[-1])
    shipments.close()
    return sent


@pytest.mark.parametrize(("here", "there"), [(1 << 20, 1 << 20), (5, 7), (1, 1 << 20)])
def test_a_copy_has_the_same_chain_whatever_its_segments(
    primary: Side, standby: Side, here: int, there: int
) -> None:
    events = MOST_ROWS + 60 if here > 1 else 12
    write_log(primary.log, primary.keys, events, here)
    writer = standby.writer(there)
    ship(primary, standby, writer)
    writer.close()
    assert verified(standby.log).head == verified(primary.log).head
    ours, theirs = LogReader(primary.log, primary.keys), LogReader(standby.log, standby.keys)
    for event in ours.events():
        other = theirs.event(event.offset)
        assert other == event
        assert theirs.payload(other) == ours.payload(event)
    # What was only observed comes along, too.
    assert theirs.decisions(0, events) == ours.decisions(0, events)


def test_a_copy_goes_on_from_where_it_ended(primary: Side, standby: Side) -> None:
    write_log(primary.log, primary.keys, 12)
    writer = standby.writer()
    ship(primary, standby, writer)
    writer.close()
    more = primary.writer()
    more.append([row(number) for number in range(12, 20)])
    writer = standby.writer()
    sent = ship(primary, standby, writer)
    assert [one.offset for shipment in sent for one in shipment.rows] == list(range(12, 20))
    assert writer.chain == more.chain


@pytest.mark.parametrize(
    "field", ["payload", "records", "decisions", "source", "stamp_us", "chain"]
)
def test_what_was_changed_on_its_way_is_refused_at_its_offset(
    primary: Side, standby: Side, field: str
) -> None:
    write_log(primary.log, primary.keys, 12)
    writer = standby.writer()
    copy = standby.copy(writer)
    shipment = primary.shipments(copy.opening(0, 0)).next(0)
    assert shipment is not None
    spoilt = shipment.rows[7]
    value = getattr(spoilt, field)
    setattr(
        spoilt, field, value + 1 if isinstance(value, int) else value + type(value)(value[:1] * 1)
    )
    with pytest.raises(LogCorrupt) as caught:
        copy.take(shipment)
    assert caught.value.offset == 7
    assert copy.head_offset == -1, "nothing of a shipment with a fault is kept"


def test_a_gap_is_refused_at_its_offset(primary: Side, standby: Side) -> None:
    write_log(primary.log, primary.keys, 12)
    copy = standby.copy(standby.writer())
    shipment = primary.shipments(copy.opening(0, 0)).next(0)
    assert shipment is not None
    del shipment.rows[4]
    with pytest.raises(LogCorrupt, match="event 5 came where event 4") as caught:
        copy.take(shipment)
    assert caught.value.offset == 4


def test_a_log_that_parted_from_the_copy_shows_at_the_opening(primary: Side, standby: Side) -> None:
    write_log(primary.log, primary.keys, 6)
    other = standby.writer()
    # The same event under another nonce is another link.
    other.append([row(number, number % 3) for number in range(6)])
    assert chain_before(primary.log, 6) != other.chain
    assert chain_before(primary.log, 0) == chain_before(standby.log, 0)
    assert chain_before(primary.log, 7) is None


def test_an_erasure_reaches_the_copy_and_a_later_key_outlives_it(
    primary: Side, standby: Side
) -> None:
    writer = primary.writer()
    writer.append([row(0, subject=3), row(1, subject=4)])
    there = standby.writer()
    ship(primary, standby, there)
    primary.keys.forget(3)
    # Whoever comes back has a new key; it must not go with the old one.
    writer.append([row(2, subject=3)])
    ship(primary, standby, there)
    reader = LogReader(standby.log, standby.keys)
    again = reader.event(2)
    assert again is not None
    assert reader.payload(again) == row(2).payload
    assert standby.keys.last_erasure() == 1
    primary.keys.forget(4)
    ship(primary, standby, there)
    gone = reader.event(1)
    assert gone is not None
    with pytest.raises(Erased):
        reader.payload(gone)
    assert standby.keys.last_erasure() == 2


def test_keys_travel_once_and_only_those_that_are_needed(primary: Side, standby: Side) -> None:
    writer = primary.writer()
    primary.keys.encrypt(99, b"of nobody in the log")
    writer.append([row(number, subject=number % 2) for number in range(MOST_ROWS + 10)])
    sent = ship(primary, standby, standby.writer())
    assert sorted(key.subject for shipment in sent for key in shipment.keys) == [0, 1]


def test_artefacts_come_before_the_events_that_name_them(primary: Side, standby: Side) -> None:
    first = primary.artefacts.keep(b"a policy")
    writer = primary.writer()
    there = standby.writer()
    copy = standby.copy(there)
    shipments = primary.shipments(copy.opening(0, 0))
    writer.append([row(0)])
    for _ in range(2):
        shipment = shipments.next(0)
        assert shipment is not None
        copy.take(shipment)
    assert standby.artefacts.names() == {first}
    second = primary.artefacts.keep(b"another policy")
    writer.append([row(1)._replace(kind=int(EventKind.RULE_SET))])
    shipment = shipments.next(0)
    assert shipment is not None
    assert list(shipment.artefacts) == [b"another policy"]
    assert not shipment.rows
    copy.take(shipment)
    assert standby.artefacts.read(second) == b"another policy"
    # Who has them is not sent them again.
    assert not any(s.artefacts for s in ship(primary, standby, there))


def test_a_source_stands_where_its_events_do(primary: Side, standby: Side) -> None:
    writer = primary.writer()
    writer.append([row(number) for number in range(MOST_ROWS + 1)], [("events/0", 41)])
    there = standby.writer()
    sent = ship(primary, standby, there)
    assert [len(shipment.sources) for shipment in sent] == [0, 1]
    assert LogReader(standby.log).source_position("events/0") == 41
