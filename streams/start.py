"""A start of the engine, as an event: everything that it puts in force is named in the log."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from typing import Final

from haechi.configs.artefact import unpack_artefact
from haechi.configs.profile import EngineProfile
from haechi.engine.build import BUILD_HEX
from haechi.engine.codes import EventKind
from haechi.engine.errors import OtherBuild
from haechi.engine.features import VERSION
from haechi.engine.fingerprint import numeric_fingerprint
from haechi.engine.records import id_words, pack_event
from haechi.operators.intake import Decoded, Entry
from haechi.operators.shard import ShardSettings
from haechi.rpc.v1 import event_pb2, governance_pb2
from haechi.streams.log.artefacts import Artefacts

_DECIDING: Final = ("numba", "llvmlite", "numpy")


def start_entry(
    profile: EngineProfile, artefact: str, seed: int, epoch: int, now_us: int
) -> tuple[Entry, governance_pb2.EngineStarted]:
    """The entry of one start.

    Parameters
    ----------
    profile
        The profile's engine part.
    artefact
        Name of the compiled policy and prior among the artefacts.
    seed
        Seed of the keyed draws, 64 bits.
    epoch
        Number of this start, from 1.
    now_us
        The clock.
    """
    started = governance_pb2.EngineStarted(
        build=BUILD_HEX,
        features_sha256=VERSION.to_bytes(8, "little"),
        numeric_fingerprint=numeric_fingerprint(),
        config_sha256=bytes.fromhex(artefact),
        epoch=epoch,
        shard=profile.shard,
        versions={
            "python": sys.version.split()[0],
            **{name: importlib.metadata.version(name) for name in _DECIDING},
        },
        seed=seed,
        retention_traveler_s=profile.retention_traveler_us // 1_000_000,
        retention_parcel_s=profile.retention_parcel_us // 1_000_000,
    )
    event = event_pb2.Event(engine_started=started)
    event.envelope.event_id = f"start:{profile.shard}:{epoch}"
    event.envelope.event_time_us = now_us
    raw = event.SerializeToString(deterministic=True)
    identity = hashlib.blake2b(raw, digest_size=16, person=b"start").digest()
    id_hi, id_lo = id_words(identity)
    records = pack_event(
        kind=EventKind.ENGINE_STARTED,
        id_hi=id_hi,
        id_lo=id_lo,
        event_us=now_us,
        first=1,
        last=1,
    )
    decoded = Decoded(EventKind.ENGINE_STARTED, identity, identity, 0, now_us, True, records)
    return Entry(raw, "engine", decoded), started


def read_start(payload: bytes) -> governance_pb2.EngineStarted:
    """Read a start back from the log."""
    return event_pb2.Event.FromString(payload).engine_started


def settings_of(started: governance_pb2.EngineStarted, artefacts: Artefacts) -> ShardSettings:
    """What a start put in force.

    Raises
    ------
    OtherBuild
        If it was made with another table of features than this build's.
    """
    features = int.from_bytes(started.features_sha256, "little")
    if features != VERSION:
        raise OtherBuild(
            f"the log was written with feature table {features:016x} and this build has "
            f"{VERSION:016x}; run build {started.build[:16]} for it"
        )
    name = started.config_sha256.hex()
    artefact = unpack_artefact(artefacts.read(name))
    version = int(name[:16], 16)
    return ShardSettings(
        policy=artefact.policy,
        default_lane=artefact.default_lane,
        prior=artefact.prior,
        base=artefact.base,
        model=artefact.model,
        seed=started.seed,
        prior_version=version,
        policy_version=version,
        retention_traveler_us=started.retention_traveler_s * 1_000_000,
        retention_parcel_us=started.retention_parcel_s * 1_000_000,
    )
