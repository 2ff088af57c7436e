"""One shard's installation in a data directory: the packaged port, policy and model, real keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from haechi.configs.model import compile_model
from haechi.configs.policy import compile_policy, compile_prior, pack_artefact
from haechi.configs.port import Port, config_text
from haechi.configs.profile import EngineProfile, Profile
from haechi.rpc.identity import EVERYWHERE, Keyring, open_keyring
from haechi.rpc.roles import Role
from haechi.streams.engine import Engine
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.places import Places
from haechi.streams.tokens import KEY_BYTES, Tokens

Durability = Literal["process", "disk"]

TOKEN_KEY: Final = b"benchmarks".ljust(KEY_BYTES, b".")
"""Not a secret: the same input must give the same records in every run."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What the engine of one data directory is made of.

    Parameters
    ----------
    data
        The data directory.
    durability
        ``process`` or ``disk``.
    policy
        Folder with a ``lanes.toml`` that holds instead of the packaged one, or None.
    """

    data: Path
    durability: Durability = "process"
    policy: Path | None = None

    @property
    def places(self) -> Places:
        """Where its files lie."""
        return Places(self.data)

    @property
    def tokens(self) -> Tokens:
        """Its keyed hashes."""
        return Tokens(TOKEN_KEY)

    def profile(self) -> EngineProfile:
        """The packaged profile, with this durability."""
        return replace(Profile.load().engine, durability=self.durability)

    def engine(self, wake_fd: int | None = None, intake_limit: int | None = None) -> Engine:
        """Make its engine; what the log holds is replayed.

        Parameters
        ----------
        wake_fd
            Pipe to the shipper, or None.
        intake_limit
            Entries that may wait, if not as many as the profile says.
        """
        profile = self.profile()
        if intake_limit is not None:
            profile = replace(profile, intake_limit=intake_limit)
        artefact = pack_artefact(
            *compile_policy(config_text("lanes.toml", self.policy)),
            *compile_prior(config_text("prior.toml", None)),
            compile_model(config_text("model.toml", None)),
        )
        return Engine(self.places, profile, Port.load(), self.tokens, artefact, wake_fd)

    def keyring(self) -> Keyring:
        """Its signing key."""
        return open_keyring(self.data / "secrets")

    def token(self, role: Role) -> tuple[tuple[str, str]]:
        """Metadata with which a caller of this role may call from everywhere."""
        return (
            ("authorization", f"Bearer {self.keyring().sign(role.value, role, (EVERYWHERE,))}"),
        )

    def reader(self) -> LogReader:
        """Make a reader of its log, with keys."""
        return LogReader(self.places.log, SubjectKeys(self.places.keys))
