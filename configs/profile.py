"""How one machine runs: profile.toml as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from haechi.configs.cluster import REPLICATED
from haechi.configs.port import config_text
from haechi.configs.schema import Target
from haechi.configs.tables import Table
from haechi.engine.errors import ConfigError

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class EngineProfile:
    """The ``[engine]`` table; times in microseconds."""

    shard: int
    durability: Literal["process", "disk", "replica"]
    intake_limit: int
    late_limit: int
    one_core: bool
    id_window_us: int
    ahead_us: int
    retention_traveler_us: int
    retention_parcel_us: int
    cases: int


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """The ``[server]`` table; empty paths mean none."""

    host: str
    port: int
    budget_ms: int
    certificate: str
    key: str
    client_ca: str


@dataclass(frozen=True, slots=True)
class StoreProfile:
    """The ``[store]`` table; an empty address means the embedded store, an empty cluster none."""

    address: str
    port: int
    user: str
    cluster: str = ""

    @property
    def target(self) -> Target:
        """Where the schema stands there."""
        if not self.cluster:
            return Target()
        return Target(engine=REPLICATED, cluster=self.cluster)


@dataclass(frozen=True, slots=True)
class MonitorProfile:
    """The ``[monitor]`` table; a profile without it has the monitor on."""

    on: bool


@dataclass(frozen=True, slots=True)
class FacesProfile:
    """The ``[faces]`` table; without it the service is on. Empty keys mean the user's folder."""

    on: bool = True
    port: int = 50552
    keys: str = ""


@dataclass(frozen=True, slots=True)
class MetricsProfile:
    """The ``[metrics]`` table; without it they are on."""

    on: bool = True
    port: int = 9464


@dataclass(frozen=True, slots=True)
class DashboardProfile:
    """The ``[dashboard]`` table; without it the live page is on."""

    on: bool = True
    port: int = 8787


@dataclass(frozen=True, slots=True)
class KafkaProfile:
    """The ``[kafka]`` table; without it there is no Kafka."""

    bootstrap: str = ""
    skip_lost: bool = False


@dataclass(frozen=True, slots=True)
class StandbyProfile:
    """The ``[standby]`` table; without it no other engine is asked."""

    wait_ms: int = 200
    alone: Literal["refer", "process"] = "refer"
    peer: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotsProfile:
    """The ``[snapshots]`` table; without it they are on."""

    on: bool = True
    every_minutes: int = 60
    keep: int = 2


@dataclass(frozen=True, slots=True)
class Profile:
    """A whole profile."""

    engine: EngineProfile
    server: ServerProfile
    store: StoreProfile
    monitor: MonitorProfile
    faces: FacesProfile
    metrics: MetricsProfile = MetricsProfile()
    dashboard: DashboardProfile = DashboardProfile()
    kafka: KafkaProfile = KafkaProfile()
    standby: StandbyProfile = StandbyProfile()
    snapshots: SnapshotsProfile = SnapshotsProfile()

    @classmethod
    def load(cls, path: Path | None = None) -> Profile:
        """Read a profile; the packaged one if no path is given.

        Raises
        ------
        ConfigError
            If it cannot be read or used; the message names the key's path.
        """
        folder, name = (path.parent, path.name) if path else (None, "profile.toml")
        root = Table.parse(config_text(name, folder), name)
        profile = cls(
            _engine(root.table("engine")),
            _server(root.table("server")),
            _store(root.table("store")),
            _monitor(root.table("monitor")) if root.has("monitor") else MonitorProfile(on=True),
            _faces(root.table("faces")) if root.has("faces") else FacesProfile(),
            _metrics(root.table("metrics")) if root.has("metrics") else MetricsProfile(),
            _dashboard(root.table("dashboard")) if root.has("dashboard") else DashboardProfile(),
            _kafka(root.table("kafka")) if root.has("kafka") else KafkaProfile(),
            _standby(root.table("standby")) if root.has("standby") else StandbyProfile(),
            _snapshots(root.table("snapshots")) if root.has("snapshots") else SnapshotsProfile(),
        )
        root.finish()
        return profile


def _engine(table: Table) -> EngineProfile:
    durability = table.text("durability")
    if durability not in ("process", "disk", "replica"):
        raise ConfigError(
            f'{table.at("durability")} is "{durability}"; give "process", "disk" or "replica"'
        )
    engine = EngineProfile(
        shard=table.whole("shard", 0, 65535),
        durability=cast(Literal["process", "disk", "replica"], durability),
        intake_limit=table.whole("intake_limit", 1, 1 << 24),
        late_limit=table.whole("late_limit", 1, 1 << 24),
        one_core=table.flag("one_core"),
        id_window_us=table.whole("id_window_days", 1, 365) * _DAY_US,
        ahead_us=table.whole("ahead_s", 0, 86_400) * 1_000_000,
        retention_traveler_us=table.whole("retention_traveler_days", 1, 365) * _DAY_US,
        retention_parcel_us=table.whole("retention_parcel_days", 1, 3650) * _DAY_US,
        cases=table.whole("cases", 1, 1 << 28),
    )
    table.finish()
    return engine


def _server(table: Table) -> ServerProfile:
    server = ServerProfile(
        host=table.text("host"),
        port=table.whole("port", 0, 65535),
        budget_ms=table.whole("budget_ms", 1, 10_000),
        certificate=table.text("certificate") if table.has("certificate") else "",
        key=table.text("key") if table.has("key") else "",
        client_ca=table.text("client_ca") if table.has("client_ca") else "",
    )
    table.finish()
    return server


def _store(table: Table) -> StoreProfile:
    store = StoreProfile(
        address=table.text("address") if table.has("address") else "",
        port=table.whole("port", 0, 65535),
        user=table.text("user"),
        cluster=table.text("cluster") if table.has("cluster") else "",
    )
    if store.cluster and not store.address:
        raise ConfigError(
            f'{table.at("cluster")} is "{store.cluster}", and there is no address: name a '
            "node of the cluster, for the embedded store is on none"
        )
    table.finish()
    return store


def _monitor(table: Table) -> MonitorProfile:
    monitor = MonitorProfile(on=table.flag("on"))
    table.finish()
    return monitor


def _faces(table: Table) -> FacesProfile:
    faces = FacesProfile(
        on=table.flag("on"),
        port=table.whole("port", 0, 65535),
        keys=table.text("keys") if table.has("keys") else "",
    )
    table.finish()
    return faces


def _metrics(table: Table) -> MetricsProfile:
    metrics = MetricsProfile(on=table.flag("on"), port=table.whole("port", 0, 65535))
    table.finish()
    return metrics


def _dashboard(table: Table) -> DashboardProfile:
    dashboard = DashboardProfile(on=table.flag("on"), port=table.whole("port", 0, 65535))
    table.finish()
    return dashboard


def _kafka(table: Table) -> KafkaProfile:
    kafka = KafkaProfile(
        bootstrap=table.text("bootstrap"),
        skip_lost=table.flag("skip_lost") if table.has("skip_lost") else False,
    )
    table.finish()
    return kafka


def _standby(table: Table) -> StandbyProfile:
    alone = table.text("alone")
    if alone not in ("refer", "process"):
        raise ConfigError(f'{table.at("alone")} is "{alone}"; give "refer" or "process"')
    standby = StandbyProfile(
        wait_ms=table.whole("wait_ms", 1, 10_000),
        alone=cast(Literal["refer", "process"], alone),
        peer=table.text("peer") if table.has("peer") else "",
        certificate=table.text("certificate") if table.has("certificate") else "",
    )
    table.finish()
    return standby


def _snapshots(table: Table) -> SnapshotsProfile:
    snapshots = SnapshotsProfile(
        on=table.flag("on"),
        every_minutes=table.whole("every_minutes", 1, 10_080),
        keep=table.whole("keep", 1, 100),
    )
    table.finish()
    return snapshots
