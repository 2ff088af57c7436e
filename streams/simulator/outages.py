"""Sensors that go down and come back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from haechi.rpc.v1.sensors_pb2 import (
    CAMERA_ROLE_EXIT,
    SCAN_KIND_BAGGAGE_XRAY,
    SCAN_KIND_BODY_MM_WAVE,
    SCAN_KIND_PARCEL_XRAY,
    CameraRole,
    ScanKind,
    SensorStatus,
)
from haechi.rpc.v1.vocabulary_pb2 import (
    STAGE_EXIT,
    STAGE_RECLAIM,
    STAGE_SORTER,
    Stage,
)
from haechi.streams.simulator import places
from haechi.streams.simulator.draws import draws_for
from haechi.streams.simulator.items import Item, Writer

SENSORS: Final[dict[str, tuple[ScanKind | None, CameraRole | None, Stage]]] = {
    **{
        camera.device: (None, CAMERA_ROLE_EXIT, STAGE_EXIT)
        for camera in places.EXIT_CAMERAS.values()
    },
    places.BODY_SCANNER: (SCAN_KIND_BODY_MM_WAVE, None, STAGE_EXIT),
    **dict.fromkeys(places.BAG_SCANNERS, (SCAN_KIND_BAGGAGE_XRAY, None, STAGE_RECLAIM)),
    **dict.fromkeys(places.PARCEL_SCANNER_IDS, (SCAN_KIND_PARCEL_XRAY, None, STAGE_SORTER)),
}
"""What may go down: its kind of scanner, its role as a camera, the stage that it serves."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One span in which a device is down.

    Parameters
    ----------
    device
        Which.
    from_us, until_us
        Microseconds since the epoch, UTC.
    """

    device: str
    from_us: int
    until_us: int


class Outages:
    """All spans of one day.

    Parameters
    ----------
    spans
        Spans of any devices.
    """

    def __init__(self, spans: Sequence[Outage] = ()) -> None:
        self.spans = tuple(spans)

    def down(self, device: str, at_us: int) -> bool:
        """Whether a device is down."""
        return any(s.device == device and s.from_us <= at_us < s.until_us for s in self.spans)

    def items(self, writer: Writer) -> list[Item]:
        """Events that tell of it, a down and an up for each span."""
        return [
            item
            for span in self.spans
            for item in (
                write_status(writer, span.device, span.from_us, up=False),
                write_status(writer, span.device, span.until_us, up=True),
            )
        ]


def make_outages(
    seed: int, start_us: int, hours: float, *, spared: Collection[str] = ()
) -> Outages:
    """Draw one outage of five to twenty minutes for every two hours, each of another device.

    Parameters
    ----------
    seed
        Seed of the port.
    start_us, hours
        Span of the port's day.
    spared
        Devices that stay up.
    """
    draws = draws_for(seed, "outages")
    devices = draws.permutation([device for device in SENSORS if device not in spared])[
        : max(1, round(hours / 2.0))
    ]
    spans = []
    for device in devices:
        from_us = start_us + int(draws.uniform(0.1, 0.8) * hours * 3.6e9)
        spans.append(Outage(str(device), from_us, from_us + int(draws.uniform(300, 1200) * 1e6)))
    return Outages(spans)


def write_status(writer: Writer, device: str, at_us: int, *, up: bool) -> Item:
    """Tell that a device went down or came back."""
    scanner, camera, stage = SENSORS[device]
    status = SensorStatus(device=device, up=up, since_us=at_us, stage=stage)
    if scanner is not None:
        status.scan_kind = scanner
    if camera is not None:
        status.camera_role = camera
    place = places.CAMERAS if camera is not None else places.SCANNERS
    if device in places.PARCEL_SCANNER_IDS:
        place = places.PARCEL_SCANNERS
    return writer.write("sensor_status", status, place, at_us)
