"""Raw messages that the ingest has something to do with: a traveler with a bag, and its scan."""

from __future__ import annotations

from haechi.rpc.v1.event_pb2 import Event


def manifest(number: int, event_us: int) -> bytes:
    """A traveler's manifest, which says whose the bag of that number is."""
    event = _event(f"{number:031x}0", event_us)
    event.envelope.subjects.add().traveler_id = f"t{number}"
    event.traveler_manifest.bags.add().bag_tag = f"{number:010}"
    return event.SerializeToString()


def scan(number: int, event_us: int) -> bytes:
    """A scan of the bag, which follows it to its traveler."""
    event = _event(f"{number:031x}1", event_us)
    event.envelope.subjects.add().bag_tag = f"{number:010}"
    event.scanner_result.device = "ICN-T1-BAGX-1"
    event.scanner_result.result = 2
    return event.SerializeToString()


def _event(event_id: str, event_us: int) -> Event:
    event = Event()
    event.envelope.event_id = event_id
    event.envelope.schema_version = 1
    event.envelope.event_time_us = event_us
    return event
