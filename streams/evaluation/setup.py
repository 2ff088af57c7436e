"""What is evaluated: the configuration as a port would run it, without the expert prior.

The prior was written down by people who knew more than a file does, for evidence that these files
do not have. Without it each figure is what the models learned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.model import compile_model, leave_out
from haechi.configs.policy import compile_policy, compile_prior
from haechi.configs.port import config_text, lane_numbers
from haechi.configs.tables import Table
from haechi.engine.codes import EventKind, Stage
from haechi.engine.errors import ConfigError
from haechi.engine.kernel import Array
from haechi.engine.records import EVENT, pack_event
from haechi.operators.shard import ShardSettings
from haechi.streams.evaluation.prequential import DAY_US

LANE: Final = "general"
"""The lane that selects on the declaration alone."""

STAGE: Final = Stage.RELEASE_OUT
EXACT_BLOCKS: Final = "exact_block"
"""Beginning of the features that remember a declaration down to its exact mass and price."""

_NEVER_US: Final = 100 * 366 * DAY_US


@dataclass(frozen=True, slots=True)
class Setup:
    """A configuration to evaluate.

    Parameters
    ----------
    policy
        Lanes by stages, ``POLICY`` records.
    default_lane
        By kind of case, shape (3,).
    lanes
        Number of each lane by name.
    base
        Log-odds where learning begins, shape (2,): parcels, travelers.
    prior
        ``TERM`` records of a prior that says nothing.
    model
        ``MODEL`` records, shape (2,).
    """

    policy: NDArray[Any]
    default_lane: NDArray[np.int64]
    lanes: Mapping[str, int]
    base: NDArray[np.float64]
    prior: NDArray[Any]
    model: NDArray[Any]

    @classmethod
    def load(cls, folder: Path | None, without: Sequence[str] = ()) -> Setup:
        """Read a folder of configuration, the packaged one if none is named.

        Parameters
        ----------
        folder
            With lanes.toml, model.toml and prior.toml.
        without
            Features that the models must not read, or beginnings of names, or ``paired``.

        Raises
        ------
        ConfigError
            If a file cannot be used, or nothing is named so.
        """
        lanes_toml = config_text("lanes.toml", folder)
        policy, default_lane = compile_policy(lanes_toml)
        prior, base = compile_prior(config_text("prior.toml", folder))
        model = compile_model(config_text("model.toml", folder))
        lanes = lane_numbers(Table.parse(lanes_toml, "lanes.toml"))
        setup = cls(policy, default_lane, lanes, base, np.zeros_like(prior), model)
        for name in without:
            setup = setup.leaving_out(name)
        return setup

    def leaving_out(self, name: str) -> Setup:
        """The same without a feature, the features that begin so, or ``paired``."""
        try:
            model = leave_out(self.model, name)
        except KeyError:
            raise ConfigError(
                f"--without {name}: no feature is named or begins so; the table of features "
                "stands in engine/features.py, and 'paired' are the pairs"
            ) from None
        return replace(self, model=model)

    def settings(self, kept_days: int, seed: int = 1) -> ShardSettings:
        """Make a shard's settings.

        Parameters
        ----------
        kept_days
            How long a case is kept.
        seed
            Of the keyed draws.
        """
        return ShardSettings(
            policy=self.policy,
            default_lane=self.default_lane,
            prior=self.prior,
            base=self.base,
            model=self.model,
            seed=seed,
            prior_version=1,
            policy_version=1,
            retention_traveler_us=DAY_US,
            retention_parcel_us=kept_days * DAY_US,
        )

    def selecting(self, rate: float, exploration: float) -> Setup:
        """The same with a general lane that selects a share and asks nothing else.

        Parameters
        ----------
        rate
            Share of declarations to inspect, in (0, 1).
        exploration
            Share of those that is drawn at random, in [0, 1].

        Raises
        ------
        ConfigError
            If lanes.toml has no lane of that name.
        """
        policy = self.policy.copy()
        rule = policy[self._lane(), STAGE]
        rule["hold_rate"] = rate * (1.0 - exploration)
        rule["explore"] = rate * exploration
        rule["by_novelty"] = 1
        rule["refer_at"] = np.inf
        if exploration == 1.0:
            rule["hold_at"] = np.inf
        # Nobody stands at this gate who could act in time.
        rule["review_us"] = _NEVER_US
        rule["acknowledge_us"] = 0
        return replace(self, policy=policy)

    def question(self) -> Array:
        """The record with which the general lane's gate asks."""
        raw = pack_event(
            kind=EventKind.GATE_EVENT, first=1, last=1, lane=self._lane(), stage=STAGE, gate=1
        )
        return np.frombuffer(raw, EVENT)

    def _lane(self) -> int:
        if LANE not in self.lanes:
            raise ConfigError(
                f"lanes.toml has no lane {LANE}, which is asked here; it has "
                f"{', '.join(self.lanes)}"
            )
        return self.lanes[LANE]
