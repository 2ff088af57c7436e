"""A shard's settings from the packaged configuration, for benchmarks that drive the core itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from haechi.configs.model import compile_model
from haechi.configs.policy import compile_policy, compile_prior
from haechi.configs.port import config_text
from haechi.configs.profile import Profile
from haechi.operators.shard import ShardSettings


def packaged_settings(seed: int) -> ShardSettings:
    """What the packaged files say, with this seed of the keyed draws; its arrays may be changed."""
    policy, default_lane = compile_policy(config_text("lanes.toml", None))
    prior, base = compile_prior(config_text("prior.toml", None))
    profile = Profile.load().engine
    return ShardSettings(
        policy=policy,
        default_lane=default_lane,
        prior=prior,
        base=base,
        model=compile_model(config_text("model.toml", None)),
        seed=seed,
        prior_version=1,
        policy_version=1,
        retention_traveler_us=profile.retention_traveler_us,
        retention_parcel_us=profile.retention_parcel_us,
    )


def without_prior(settings: ShardSettings, base: float) -> ShardSettings:
    """The same without the expert prior, for data that it was not written for.

    Parameters
    ----------
    settings
        What is in force otherwise.
    base
        Log-odds of a finding among parcels where learning begins.
    """
    bases = settings.base.copy()
    bases[0] = base
    return replace(settings, prior=np.zeros_like(settings.prior), base=bases)
