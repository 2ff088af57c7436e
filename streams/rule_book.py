"""The rule sets beside a log, by the versions that decisions name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from haechi.configs.rule_set import Rule, RuleSet
from haechi.configs.rule_tables import compile_rules
from haechi.engine.errors import ConfigError, LogCorrupt
from haechi.operators.rule_artefact import unpack_rules
from haechi.streams.log.artefacts import Artefacts

RulesOf: TypeAlias = Callable[[int, int], Sequence[Rule]]
"""The rules by their places, of the versions of the active set and of the one in shadow."""


def no_rules(_version: int, _shadow_version: int) -> Sequence[Rule]:
    """Know none: for those who read a log without its artefacts."""
    return ()


class RuleBook:
    """Finds rules by their places.

    Parameters
    ----------
    folder
        Where the log's artefacts lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._artefacts = Artefacts(folder)
        self._known: dict[tuple[int, int], tuple[Rule, ...]] = {}

    def rules(self, version: int, shadow_version: int) -> tuple[Rule, ...]:
        """The rules in the order of the core's arrays; none if an artefact is gone.

        Parameters
        ----------
        version, shadow_version
            The first 64 bits of the artefacts' SHA-256; 0 for no set.
        """
        key = version, shadow_version
        if key not in self._known:
            try:
                active, shadow = map(self._rule_set, key)
            except (LogCorrupt, ConfigError):
                return ()
            self._known[key] = compile_rules(active, shadow).rules
        return self._known[key]

    def _rule_set(self, version: int) -> RuleSet | None:
        if not version:
            return None
        names = [path.name for path in self._folder.glob(f"{version:016x}*") if not path.suffix]
        name = names[0] if names else f"{version:016x}"
        return unpack_rules(self._artefacts.read(name))
