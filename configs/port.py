"""The port's places: gates, cameras, scanners and lanes, from port.toml and lanes.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from haechi.configs.tables import Table
from haechi.engine.codes import CameraRole, Stage, Stream
from haechi.engine.errors import ConfigError
from haechi.engine.policy_table import LANES

_PACKAGED: Final = Path(__file__).parent
_SCANNED: Final = (Stream.BODY_SCAN, Stream.BAG_XRAY, Stream.PARCEL_XRAY)
_Choice = TypeVar("_Choice")


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that asks.

    Parameters
    ----------
    id
        Its name, as events give it.
    site
        Terminal or shed.
    stage
        Where on its way a subject is when it stands here.
    lanes
        Names of its lanes; the first one is meant where an event names none.
    """

    id: str
    site: str
    stage: Stage
    lanes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that compares faces.

    Parameters
    ----------
    id
        Its name, as events give it.
    site
        Terminal or shed.
    role
        At the desk or at an exit.
    gate
        Gate that an exit camera watches; empty at the desk.
    """

    id: str
    site: str
    role: CameraRole
    gate: str


@dataclass(frozen=True, slots=True)
class Scanner:
    """A scanner.

    Parameters
    ----------
    id
        Its name, as events give it.
    site
        Terminal or shed.
    stream
        The evidence that it gives.
    """

    id: str
    site: str
    stream: Stream


class _Placed(Protocol):
    @property
    def id(self) -> str: ...


_Place = TypeVar("_Place", bound=_Placed)


@dataclass(frozen=True, slots=True)
class Port:
    """All places of a port.

    Parameters
    ----------
    gates, cameras, scanners
        By id.
    lanes
        Number of each lane, by name.
    """

    gates: Mapping[str, Gate]
    cameras: Mapping[str, Camera]
    scanners: Mapping[str, Scanner]
    lanes: Mapping[str, int]

    @classmethod
    def load(cls, folder: Path | None = None) -> Port:
        """Read port.toml and lanes.toml.

        Parameters
        ----------
        folder
            Where they stand; the packaged demo port if not given.

        Raises
        ------
        ConfigError
            If one cannot be read or used; the message names the key's path.
        """
        return cls.parse(config_text("port.toml", folder), config_text("lanes.toml", folder))

    @classmethod
    def parse(cls, port_toml: str, lanes_toml: str) -> Port:
        """Make a port of the two files' texts; raises ConfigError as :meth:`load` does."""
        lanes = lane_numbers(Table.parse(lanes_toml, "lanes.toml"))
        root = Table.parse(port_toml, "port.toml")
        gates = _by_id(root, "gate", [_gate(table, lanes) for table in root.listed("gate")])
        cameras = _by_id(root, "camera", [_camera(table, gates) for table in root.listed("camera")])
        scanners = _by_id(root, "scanner", [_scanner(table) for table in root.listed("scanner")])
        root.finish()
        if both := cameras.keys() & scanners.keys():
            raise ConfigError(
                f"port.toml: {min(both)!r} is a camera and a scanner; give each its own id"
            )
        return cls(gates, cameras, scanners, lanes)


def config_text(name: str, folder: Path | None = None) -> str:
    """Text of a file of the configuration.

    Parameters
    ----------
    name
        Such as ``port.toml``.
    folder
        Where it stands; the packaged files if not given.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    path = (_PACKAGED if folder is None else folder) / name
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}; put a UTF-8 file there") from None


def lane_numbers(lanes: Table) -> dict[str, int]:
    """Read the number of each lane of lanes.toml, by name.

    Raises
    ------
    ConfigError
        If a number is used twice or does not fit the policy's table.
    """
    numbers: dict[str, int] = {}
    for name, lane in lanes.named("lane"):
        number = lane.whole("id", 1, LANES - 1)
        for other, taken in numbers.items():
            if taken == number:
                raise lane.wrong("id", f"lane {other} has that number; give each its own")
        numbers[name] = number
    return numbers


def choice(table: Table, key: str, options: Mapping[str, _Choice]) -> _Choice:
    """One of a few words.

    Raises
    ------
    ConfigError
        If it is another one.
    """
    word = table.text(key)
    if word not in options:
        raise table.wrong(key, f"it must be one of {', '.join(options)}")
    return options[word]


def _gate(table: Table, lanes: Mapping[str, int]) -> Gate:
    names = table.texts("lanes")
    if not names:
        raise table.wrong("lanes", "name at least one lane")
    for name in names:
        if name not in lanes:
            raise table.wrong("lanes", f"{name!r} is no lane of lanes.toml")
    gate = Gate(
        table.text("id"),
        table.text("site"),
        choice(table, "stage", {stage.name: stage for stage in Stage}),
        names,
    )
    table.finish()
    return gate


def _camera(table: Table, gates: Mapping[str, Gate]) -> Camera:
    role = choice(table, "role", {role.name.lower(): role for role in CameraRole})
    gate = ""
    if role is CameraRole.EXIT or table.has("gate"):
        gate = table.text("gate")
        if gate not in gates:
            raise table.wrong("gate", "it must be the id of a gate")
    camera = Camera(table.text("id"), table.text("site"), role, gate)
    table.finish()
    return camera


def _scanner(table: Table) -> Scanner:
    stream = choice(table, "kind", {stream.name.lower(): stream for stream in _SCANNED})
    scanner = Scanner(table.text("id"), table.text("site"), stream)
    table.finish()
    return scanner


def _by_id(root: Table, key: str, places: list[_Place]) -> dict[str, _Place]:
    by_id: dict[str, _Place] = {}
    for place in places:
        if place.id in by_id:
            raise ConfigError(f"{root.at(key)} {place.id!r} stands there twice; keep one")
        by_id[place.id] = place
    return by_id
