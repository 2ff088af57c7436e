"""Names of places, for rows that analysts read."""

from __future__ import annotations

from typing import Protocol

from haechi.streams.rule_book import RulesOf, no_rules


class PlaceNames(Protocol):
    """Names of the port's places; ``haechi.rpc.names.Names`` is one."""

    def site(self, token: int) -> str:
        """Name of a site; empty for 0."""

    def gate(self, token: int) -> str:
        """Name of a gate; empty for 0."""

    def lane(self, number: int) -> str:
        """Name of a lane; empty for 0."""

    @property
    def rules(self) -> RulesOf:
        """Finds rules by the versions of the active set and of the one in shadow."""


class BareNames:
    """Tokens in hexadecimal: for those who read a log without its configuration."""

    def site(self, token: int) -> str:
        """Token of a site."""
        return f"{token:016x}" if token else ""

    def gate(self, token: int) -> str:
        """Token of a gate."""
        return f"{token:016x}" if token else ""

    def lane(self, number: int) -> str:
        """Number of a lane."""
        return str(number) if number else ""

    rules = staticmethod(no_rules)
