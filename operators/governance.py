"""Promotions: a model or a rule set takes a role when two different persons have said the same.

Each says it in an event of their own. The first is a proposal, which waits for a week on the
core's clock; the second takes effect at its place in the log. This is plain Python, outside the
compiled core, and as deterministic: :class:`haechi.operators.shard.Shard` takes every promotion in
the log through it, live and at replay, and admission asks it beforehand what to refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, NamedTuple, Protocol, Self

from haechi.configs.rule_set import RuleSet
from haechi.engine.codes import NodeKind
from haechi.engine.errors import ConfigError, LogCorrupt, ModelUnusable
from haechi.operators.artefact import KINDS, TrainedModel, unpack_model
from haechi.operators.intake import Refusal
from haechi.operators.rule_artefact import lanes_of, unpack_rules

WAITING_US: Final = 7 * 86_400_000_000
"""How long a proposal waits for the second person."""


RULES: Final = 0
"""Stands for a rule set where a promotion names a kind of subject."""


class ModelRole(IntEnum):
    """What is promoted is to be; the contract's numbers. A rule set is the first or the last."""

    CHAMPION = 1
    CHALLENGER = 2
    SHADOW = 3


PLACES: Final = {
    (NodeKind.PARCEL, ModelRole.CHAMPION): 0,
    (NodeKind.TRAVELER, ModelRole.SHADOW): 1,
    (NodeKind.TRAVELER, ModelRole.CHAMPION): 2,
}
"""Where among the shard's weights a model of each kind and role stands; others are not built."""

WORD_OF: Final = {node: word for word, node in KINDS.items()}


class Artefacts(Protocol):
    """Files named by the SHA-256 of their bytes."""

    def has(self, name: str) -> bool:
        """Whether there is one of that name."""

    def read(self, name: str, offset: int = -1) -> bytes:
        """Read one; raises ``LogCorrupt`` if it is gone or was changed."""


class NoArtefacts:
    """Stands in where a shard was given none."""

    def has(self, name: str) -> bool:
        """Nothing is there."""
        return False

    def read(self, name: str, offset: int = -1) -> bytes:
        """Nothing can be read."""
        raise LogCorrupt(
            offset, f"the log promotes artefact {name}, and this shard was given no artefacts"
        )


class Said(NamedTuple):
    """What one person said.

    Parameters
    ----------
    node
        Kind of subject whose model it is, ``NodeKind``, or :data:`RULES`.
    role
        What the artefact is to be, ``ModelRole``.
    artefact
        SHA-256 of the artefact, 32 bytes.
    approver
        Token of the person.
    """

    node: int
    role: int
    artefact: bytes
    approver: int

    @classmethod
    def of(cls, record: Any) -> Self:
        """Read it from a ``MODEL_PROMOTION`` or ``RULE_SET`` record."""
        words = (record["model"], record["other"], record["answers_hi"], record["answers_lo"])
        return cls(
            int(record["node"]),
            int(record["role"]),
            b"".join(int(word).to_bytes(8, "big") for word in words),
            int(record["actor"]),
        )

    @property
    def name(self) -> str:
        """Name of the artefact, hex."""
        return self.artefact.hex()

    @property
    def what(self) -> tuple[int, int, bytes]:
        """What two persons must agree in."""
        return self.node, self.role, self.artefact


class Promotions:
    """The proposals that wait.

    Parameters
    ----------
    artefacts
        Where the models lie.

    Attributes
    ----------
    settings
        How the models learn now, by kind: SHA-256 of each ``MODEL`` record, hex.
    lanes
        Numbers of the lanes there are now, by name; None where nobody submits rules.
    """

    def __init__(self, artefacts: Artefacts | None = None) -> None:
        self.artefacts: Artefacts = artefacts or NoArtefacts()
        self.settings: dict[int, str] = {}
        self.lanes: Mapping[str, int] | None = None
        self._waiting: dict[tuple[int, int, bytes], tuple[int, int]] = {}

    def draft(self) -> Promotions:
        """A copy to try things on."""
        copy = Promotions(self.artefacts)
        copy.settings = self.settings
        copy.lanes = self.lanes
        copy._waiting = dict(self._waiting)
        return copy

    def waiting(self, now_us: int) -> dict[tuple[int, int, bytes], tuple[int, int]]:
        """Who proposed what and when, of what still waits: by kind, role and artefact."""
        return {
            what: (approver, since_us)
            for what, (approver, since_us) in self._waiting.items()
            if now_us < since_us + WAITING_US
        }

    def refusal(self, said: Said, now_us: int) -> Refusal | None:
        """Why an event must not stand in the log as a promotion, or None.

        Parameters
        ----------
        said
            What it says.
        now_us
            Its stamp.
        """
        if said.node != RULES and (said.node, said.role) not in PLACES:
            built = ", ".join(
                f"{WORD_OF[node]} {ModelRole(role).name}" for node, role in sorted(PLACES)
            )
            role = ModelRole(said.role).name
            return Refusal(
                "ROLE_NOT_BUILT",
                f"a {WORD_OF[NodeKind(said.node)]} model cannot be {role} in this version; "
                f"it can be one of: {built}",
            )
        before = self.waiting(now_us).get(said.what)
        if before is not None and before[0] == said.approver:
            return Refusal(
                "SAME_APPROVER",
                "this person has proposed it already and it waits for another one; "
                "let a second approver send the same",
            )
        if not self.artefacts.has(said.name):
            return Refusal(
                "UNKNOWN_ARTEFACT",
                f"no artefact {said.name} lies beside the log; "
                "see haechi models list or haechi rules list",
            )
        if said.node == RULES:
            return self._rules_refusal(said, now_us)
        try:
            model = unpack_model(self.artefacts.read(said.name), WORD_OF[NodeKind(said.node)])
        except LogCorrupt as error:
            return Refusal("UNREADABLE_ARTEFACT", str(error))
        except ModelUnusable as error:
            return Refusal(error.code, str(error))
        settings = self.settings.get(said.node)
        if model.header.settings != settings:
            return Refusal(
                "OTHER_SETTINGS",
                f"the artefact learned with settings {model.header.settings[:16]} and the engine "
                f"runs with {str(settings)[:16]}; make one with these: haechi models refit, or "
                "start the engine with the model.toml that it was made with",
            )
        return None

    def _rules_refusal(self, said: Said, now_us: int) -> Refusal | None:
        if said.role not in (ModelRole.CHAMPION, ModelRole.SHADOW):
            return Refusal("ROLE_NOT_BUILT", "a rule set is active or in shadow")
        try:
            content = self.artefacts.read(said.name)
            unpack_rules(content, now_us)
        except (LogCorrupt, ConfigError) as error:
            return Refusal("BAD_RULE_SET", str(error))
        if self.lanes is not None and lanes_of(content) != dict(self.lanes):
            return Refusal(
                "OTHER_LANES",
                "the rule set was packed for other lanes than lanes.toml has now; submit it anew",
            )
        return None

    def rules(self, said: Said, offset: int) -> RuleSet:
        """Read the rule set that takes effect.

        Raises
        ------
        LogCorrupt
            If it is not what was admitted.
        """
        try:
            return unpack_rules(self.artefacts.read(said.name, offset))
        except ConfigError as error:
            raise LogCorrupt(
                offset,
                f"rule set {said.name}, which the log puts into force, cannot be used by this "
                f"build: {error}; restore the artefacts folder, or use the build that wrote it",
            ) from error

    def take(self, said: Said, now_us: int) -> bool:
        """Take what stands in the log; True if it takes effect there.

        What has waited too long is forgotten here and nowhere else, so that the state depends on
        the log alone.
        """
        self._waiting = self.waiting(now_us)
        before = self._waiting.get(said.what)
        if before is None or before[0] == said.approver:
            self._waiting.setdefault(said.what, (said.approver, now_us))
            return False
        del self._waiting[said.what]
        return True

    def model(self, said: Said, offset: int) -> TrainedModel:
        """Read what takes effect.

        Raises
        ------
        LogCorrupt
            If it is not what was admitted.
        """
        try:
            raw = self.artefacts.read(said.name, offset)
            return unpack_model(raw, WORD_OF[NodeKind(said.node)])
        except ModelUnusable as error:
            raise LogCorrupt(
                offset,
                f"artefact {said.name}, which the log promotes, cannot be used by this build: "
                f"{error}; restore the artefacts folder, or use the build that wrote the log",
            ) from error

    def digest(self) -> bytes:
        """SHA-256 of what waits; what was admitted decides, so the order does not count."""
        total = hashlib.sha256()
        for (node, role, artefact), (approver, since_us) in sorted(self._waiting.items()):
            numbers = (node, role, approver, since_us)
            total.update(artefact + b"".join(n.to_bytes(8, "little") for n in numbers))
        return total.digest()
