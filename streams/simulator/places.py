"""The port's places as the outside world knows them.

The ids are those of configs/port.toml, written out here because the simulator stands for the
outside world: it reads nothing of the engine's configuration. A test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haechi.rpc.v1.sensors_pb2 import CAMERA_ROLE_DESK, CAMERA_ROLE_EXIT, CameraRole


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event comes from.

    Parameters
    ----------
    site
        Site of the port.
    terminal
        Terminal or shed within it.
    system
        System that sends, the envelope's source.
    """

    site: str
    terminal: str
    system: str


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera that recognises faces.

    Parameters
    ----------
    device
        Its id.
    role
        Where it stands.
    """

    device: str
    role: CameraRole


TERMINAL: Final = "ICN-T1"
SHED: Final = "ICN-EXP"

AIRLINE: Final = Place(TERMINAL, "T1", "airlines.api")
DECLARATIONS: Final = Place(TERMINAL, "T1", "customs.declarations")
GATES: Final = Place(TERMINAL, "T1", "gates.icn.t1")
CAMERAS: Final = Place(TERMINAL, "T1", "cameras.icn.t1")
SCANNERS: Final = Place(TERMINAL, "T1", "scanners.icn.t1")
OFFICERS: Final = Place(TERMINAL, "T1", "officers.icn.t1")
COURIERS: Final = Place(SHED, "EXP", "couriers.manifests")
SORTER: Final = Place(SHED, "EXP", "sorter.icn.exp")
PARCEL_SCANNERS: Final = Place(SHED, "EXP", "scanners.icn.exp")
SHED_OFFICERS: Final = Place(SHED, "EXP", "officers.icn.exp")
CENTRE: Final = Place(TERMINAL, "T1", "intelligence.centre")

DESK: Final = "ICN-T1-DESK-1"
RECLAIM: Final = "ICN-T1-RECLAIM-1"
EXITS: Final = {
    "walk": ("ICN-T1-EXIT-1", "ICN-T1-EXIT-2"),
    "family": ("ICN-T1-EXIT-3",),
    "declare": ("ICN-T1-EXIT-3",),
    "screened": ("ICN-T1-EXIT-4",),
}
"""Exit gates by lane."""

DESK_CAMERA: Final = Camera("ICN-T1-CAM-DESK-1", CAMERA_ROLE_DESK)
EXIT_CAMERAS: Final = {
    f"ICN-T1-EXIT-{n}": Camera(f"ICN-T1-CAM-EXIT-{n}", CAMERA_ROLE_EXIT) for n in (1, 2, 3)
}
"""Camera by exit gate; the screened exit has none."""

BODY_SCANNER: Final = "ICN-T1-BODY-1"
BAG_SCANNERS: Final = ("ICN-T1-BAGX-1", "ICN-T1-BAGX-2")
PARCEL_SCANNER_IDS: Final = ("ICN-EXP-XRAY-1", "ICN-EXP-XRAY-2")

WAREHOUSE_IN: Final = "ICN-EXP-IN-1"
SORTER_GATE: Final = "ICN-EXP-SORT-1"
RELEASE_OUT: Final = "ICN-EXP-OUT-1"
