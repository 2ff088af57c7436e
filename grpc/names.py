"""From the core's tokens back to the names that people use, and the other way for scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from haechi.configs.port import Camera, Gate, Port, Scanner
from haechi.streams.decode import parties
from haechi.streams.rule_book import RulesOf, no_rules
from haechi.streams.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Place:
    """A gate or a device of the port.

    Parameters
    ----------
    name
        Its id in configs/port.toml.
    token
        Its token, as records carry it.
    site
        Token of its site.
    """

    name: str
    token: int
    site: int


@dataclass(frozen=True, slots=True)
class Names:
    """The port's names.

    Parameters
    ----------
    sites
        Names of sites by token.
    lanes
        Names of lanes by number.
    gates, devices
        Gates; cameras and scanners.
    rules
        Finds the rules that decisions name.
    """

    sites: Mapping[int, str]
    lanes: Mapping[int, str]
    gates: tuple[Place, ...] = ()
    devices: tuple[Place, ...] = ()
    rules: RulesOf = no_rules
    _gate_names: dict[int, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_gate_names", {gate.token: gate.name for gate in self.gates})

    def site(self, token: int) -> str:
        """Name of a site; its token in hexadecimal if the port does not know it any more."""
        return self.sites.get(token) or _unnamed(token)

    def gate(self, token: int) -> str:
        """Name of a gate, likewise."""
        return self._gate_names.get(token) or _unnamed(token)

    def lane(self, number: int) -> str:
        """Name of a lane; its number if the configuration does not know it any more."""
        return self.lanes.get(number) or (str(number) if number else "")

    def within(self, scope: Iterable[str]) -> tuple[Place, ...]:
        """Gates and devices that a scope names."""
        wanted = set(scope)
        return tuple(place for place in (*self.gates, *self.devices) if place.name in wanted)


def _unnamed(token: int) -> str:
    return f"{token:016x}" if token else ""


def names_of(port: Port, tokens: Tokens, rules: RulesOf = no_rules) -> Names:
    """Work out the names of a port's places under the shard's key."""
    site = partial(tokens.token, parties.SITE)
    gates = [
        Place(gate.id, tokens.token(parties.GATE, gate.id), site(gate.site))
        for gate in port.gates.values()
    ]
    devices: list[Camera | Scanner] = [*port.cameras.values(), *port.scanners.values()]
    places: list[Gate | Camera | Scanner] = [*port.gates.values(), *devices]
    return Names(
        sites={site(place.site): place.site for place in places},
        lanes={number: name for name, number in port.lanes.items()},
        gates=tuple(gates),
        devices=tuple(
            Place(device.id, tokens.token(parties.DEVICE, device.id), site(device.site))
            for device in devices
        ),
        rules=rules,
    )
