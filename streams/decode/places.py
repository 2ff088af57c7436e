"""The port's gates, cameras and scanners as numbers, worked out once at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from haechi.configs.port import Port
from haechi.engine.codes import CameraRole, ScanKind, Stage, Stream
from haechi.engine.errors import BadInput
from haechi.streams.decode import parties
from haechi.streams.decode.checks import shown
from haechi.streams.screening.name import prepare
from haechi.streams.tokens import Tokens

Fields = dict[str, float | int]
"""Fields of one ``EVENT`` record by name; what is not there is empty."""

SCANNED: Final[Mapping[int, Stream]] = {
    ScanKind.BODY_MM_WAVE: Stream.BODY_SCAN,
    ScanKind.BAGGAGE_XRAY: Stream.BAG_XRAY,
    ScanKind.PARCEL_XRAY: Stream.PARCEL_XRAY,
}
"""Which evidence a kind of scan is."""


@dataclass(frozen=True, slots=True)
class GatePlace:
    """A gate: its tokens, stage, and number of each of its lanes, the first one first."""

    token: int
    site: int
    stage: int
    lanes: Mapping[str, int]
    lane: int


@dataclass(frozen=True, slots=True)
class CameraPlace:
    """A camera: its tokens, role, and the gate, stage and lane that it watches, 0 for none."""

    token: int
    site: int
    role: int
    gate: int
    stage: int
    lane: int


@dataclass(frozen=True, slots=True)
class ScannerPlace:
    """A scanner: its tokens and the evidence it gives."""

    token: int
    site: int
    stream: int


class Edge:
    """What every decoding function needs: tokens, and the port in numbers.

    Parameters
    ----------
    tokens
        Makes the tokens.
    port
        The port's places.
    """

    __slots__ = ("cameras", "gates", "lanes", "scanners", "sites", "token", "tokens")

    def __init__(self, tokens: Tokens, port: Port) -> None:
        token = tokens.token
        self.tokens: Final = tokens
        self.token: Final[Callable[..., int]] = token
        self.lanes: Final[Mapping[str, int]] = dict(port.lanes)
        self.gates: Final = {
            gate.id: GatePlace(
                token(parties.GATE, gate.id),
                token(parties.SITE, gate.site),
                int(gate.stage),
                {name: port.lanes[name] for name in gate.lanes},
                port.lanes[gate.lanes[0]],
            )
            for gate in port.gates.values()
        }
        self.cameras: Final = {
            camera.id: CameraPlace(
                token(parties.DEVICE, camera.id),
                token(parties.SITE, camera.site),
                int(camera.role),
                self.gates[camera.gate].token if camera.gate else 0,
                int(Stage.EXIT if camera.role is CameraRole.EXIT else Stage.DESK),
                self.gates[camera.gate].lane if camera.gate else 0,
            )
            for camera in port.cameras.values()
        }
        self.scanners: Final = {
            scanner.id: ScannerPlace(
                token(parties.DEVICE, scanner.id),
                token(parties.SITE, scanner.site),
                int(scanner.stream),
            )
            for scanner in port.scanners.values()
        }
        sites = {gate.site for gate in port.gates.values()}
        sites |= {camera.site for camera in port.cameras.values()}
        sites |= {scanner.site for scanner in port.scanners.values()}
        self.sites: Final = {site: token(parties.SITE, site) for site in sites}

    def name(self, kind: str, text: str) -> int:
        """Make the token of an optional name; 0 where none was given."""
        return self.token(kind, text) if text and not text.isspace() else 0

    def person(self, name: str, birth_year: int, field: str) -> int:
        """Make the token of a person's name; 0 where none was given.

        People of one name and different years of birth have different tokens.

        Raises
        ------
        BadInput
            ``BAD_NAME`` if it could not be held against other names: nobody passes unscreened.
        """
        if not name or name.isspace():
            return 0
        try:
            prepare(name)
        except ValueError as error:
            raise BadInput("BAD_NAME", f"{field} cannot be screened: {error}") from None
        return self.token(parties.NAME, name, *([str(birth_year)] if birth_year else ()))

    def gate(self, name: str) -> GatePlace:
        """Find a gate of the port.

        Raises
        ------
        BadInput
            ``UNKNOWN_GATE``.
        """
        place = self.gates.get(name)
        if place is None:
            raise BadInput(
                "UNKNOWN_GATE",
                f"gate {shown(name)} is not among the port's {len(self.gates)} gates; "
                "correct it, or add it to port.toml",
            )
        return place
