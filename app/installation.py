"""The whole of one machine as a library call: its processes, started and stopped.

`haechi up`, `feed`, `sql`, the demo and the tests all stand on this.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Final, Self

from haechi.app import connect
from haechi.app.child import Child
from haechi.app.configuration import has_cameras, load_profile
from haechi.app.exits import ChildFailed
from haechi.app.folder import Address, DataFolder
from haechi.app.surroundings import engine_environment
from haechi.engine.errors import ConfigError, StoreError, Unavailable

if TYPE_CHECKING:
    from haechi.rpc.client import HaechiClient

START_S: Final = 600.0
"""How long a start may take: a first compilation on a slow machine, or a long log."""

STOP_S: Final = 20.0
_OLD_S: Final = 20.0
_MONITOR: Final = "monitor"
_FACES: Final = "faces"
_METRICS: Final = "metrics"
_PUBLISH: Final = "publish"
_DASHBOARD: Final = "dashboard"
_SNAPSHOT: Final = "snapshot"
_BESIDE: Final = (_DASHBOARD, _METRICS, _FACES, _MONITOR, _PUBLISH, _SNAPSHOT)
"""Processes without which gates are answered all the same: their end ends nothing else."""

_LOOK_S: Final = 0.1


def _nothing(*_: object) -> None:
    """Show nobody anything."""


class Installation:
    """Store, engine, shipper, face service, monitor and live page on one data directory.

    Parameters
    ----------
    data
        The data directory, made if need be.
    profile
        Profile file; the packaged one if not given.
    configs
        Folder of lanes.toml, port.toml and prior.toml; the packaged ones if not given.
    any_port
        Take free ports instead of the profile's, so that it disturbs nobody.
    engine
        Whether to run engine and shipper; without them it is a store to ask.
    store
        Whether to run the store (unless the profile names a ClickHouse server) and the shipper.
    monitor
        Whether to run the monitor, if the profile has it on. Nothing waits for it, and its end
        ends nothing else.
    faces
        Whether to run the face service, if the profile has it on and the port has cameras.
    metrics
        Whether to serve figures for Prometheus, if the profile has them on; as the monitor.
    dashboard
        Whether to serve the live page, if the profile has it on. Its end ends nothing else.
    snapshots
        Whether to write snapshots, if the profile has them on; as the monitor.
    own_errors
        Let the processes write to this process's standard error, instead of to
        ``run/NAME.log``.
    say
        Told what happens to the processes, a line at a time.
    on_phase
        Called while they start: text, how far, of how much (or None), and whether it is
        known to take long.
    stop
        Set while it starts, it gives up starting and raises ``KeyboardInterrupt``.

    Examples
    --------
    >>> with Installation(Path("var"), any_port=True) as running:  # doctest: +SKIP
    ...     answer = running.client("gate").decide(event)
    ...     running.kill_engine()
    ...     running.wait_ready("engine")
    """

    def __init__(
        self,
        data: Path,
        profile: Path | None = None,
        configs: Path | None = None,
        *,
        any_port: bool = False,
        engine: bool = True,
        store: bool = True,
        monitor: bool = False,
        faces: bool = False,
        metrics: bool = False,
        dashboard: bool = False,
        snapshots: bool = False,
        own_errors: bool = False,
        say: Callable[[str], None] = _nothing,
        on_phase: Callable[[str, int, int | None, bool], None] = _nothing,
        stop: threading.Event | None = None,
    ) -> None:
        self.folder: Final = DataFolder(data.resolve())
        self.profile: Final = load_profile(profile)
        self._profile_path = profile.resolve() if profile else None
        self._configs = configs.resolve() if configs else None
        self._any_port = any_port
        self._own_errors = own_errors
        self._say = say
        self._on_phase = on_phase
        self._given_up = stop or threading.Event()
        self.embedded: Final = store and not self.profile.store.address
        self._with_engine = engine
        self._with_shipper = engine and store
        self._with_monitor = engine and monitor and self.profile.monitor.on
        self._with_faces = engine and faces and self.profile.faces.on and has_cameras(configs)
        self._with_metrics = engine and metrics and self.profile.metrics.on
        self._with_dashboard = engine and dashboard and self.profile.dashboard.on
        self._with_snapshots = engine and snapshots and self.profile.snapshots.on
        self._lock: IO[str] | None = None
        self._pipes: list[int] = []
        self.children: Final[dict[str, Child]] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start everything and wait until it works.

        Raises
        ------
        ConfigError
            If an installation runs on this directory already.
        ChildFailed
            If a process ended before it was ready; everything is stopped again.
        """
        self.folder.make()
        self._take_lock()
        try:
            lifeline, self._end_of_lifeline = os.pipe()
            wake_in, wake_out = os.pipe()
            self._pipes = [lifeline, self._end_of_lifeline, wake_in, wake_out]
            if self.embedded:
                self._wait_free(self.folder.store / "haechi-store.lock")
                self._add("store", lambda: self._on_port("store"), lifeline)
            if self._with_engine:
                self._wait_free(self.folder.log / "lock")
                self._add(
                    "engine",
                    lambda: [*self._on_port("engine"), "--wake", str(wake_out)],
                    lifeline,
                    wake_out,
                )
            for name in self.children:
                self.wait_ready(name)
            if self._with_shipper:
                self._add("ship", lambda: ["--wake", str(wake_in)], lifeline, wake_in)
                self.wait_ready("ship")
            if self._with_faces:
                self._add(_FACES, lambda: self._on_port(_FACES), lifeline)
                # Why it is not ready, if so, its supervisor has said.
                with contextlib.suppress(ChildFailed):
                    self.wait_ready(_FACES)
            if self._with_monitor:
                self._add(_MONITOR, list, lifeline)
            if self._with_snapshots:
                every = str(self.profile.snapshots.every_minutes)
                self._add(_SNAPSHOT, lambda: ["--every", every], lifeline)
            if self._with_engine and self.profile.kafka.bootstrap:
                self._add(_PUBLISH, list, lifeline)
            if self._with_metrics:
                self._add(_METRICS, lambda: self._on_port(_METRICS), lifeline)
            if self._with_dashboard:
                self._add(_DASHBOARD, lambda: self._on_port(_DASHBOARD), lifeline)
                with contextlib.suppress(ChildFailed):
                    self.wait_ready(_DASHBOARD)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop who asks the engine, then it, let the shipper flush, then stop the store."""
        for name in _BESIDE:
            if name in self.children:
                # They end while the engine does, and nobody waits for all of them.
                self.children[name].ask_to_stop()
        for name in ("engine", *_BESIDE, "ship", "store"):
            child = self.children.get(name)
            if child is not None:
                child.stop(STOP_S)
        self.children.clear()
        for descriptor in self._pipes:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._pipes = []
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def wait_ready(self, name: str, timeout_s: float = START_S) -> None:
        """Wait until a process works: the store answers, the engine is healthy.

        Raises
        ------
        ChildFailed
            If it ended for good, or is not ready in time.
        """
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if self._given_up.is_set():
                raise KeyboardInterrupt
            if self.children[name].wait_ready(_LOOK_S) and (
                name == "ship" or name in _BESIDE or self._answers(name)
            ):
                return
        seen = f"; see {self.folder.run / name}.log" if not self._own_errors else ""
        raise ChildFailed(1, f"the {name} was not ready within {timeout_s:g} s{seen}")

    def wait_shipped(self, timeout_s: float = 60.0) -> bool:
        """Wait until ClickHouse has acknowledged all that the log holds now; False if late."""
        reader = self.open_reader()
        try:
            head = reader.head()
        finally:
            reader.close()
        if head is None:
            return True
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            with contextlib.suppress(OSError, ValueError, KeyError):
                said = json.loads((self.folder.run / "shipper.json").read_text("utf-8"))
                rows = said["rows"].get("events", 0)
                if said["shipped_offset"] >= head.offset and rows > head.offset:
                    return True
            time.sleep(0.05)
        return False

    def failed(self) -> ChildFailed | None:
        """Why a process is not started again, or None while all is well."""
        failures = (c.failed for name, c in self.children.items() if name not in _BESIDE)
        return next((failure for failure in failures if failure is not None), None)

    def kill_engine(self) -> None:
        """End the engine with SIGKILL, as a crash would; it starts again by itself."""
        self.children["engine"].kill()

    def stop_child(self, name: str) -> None:
        """Stop one process and leave it stopped."""
        self.children[name].stop(STOP_S)

    def start_child(self, name: str, timeout_s: float = START_S) -> None:
        """Start what :meth:`stop_child` stopped, at the same address, and wait for it."""
        self.children[name].start()
        self.wait_ready(name, timeout_s)

    def address(self, name: str) -> Address:
        """Where the engine or the store listens.

        Raises
        ------
        Unavailable
            If it does not run.
        """
        return self.folder.need(name)

    def token_file(self, name: str) -> Path:
        """Token file of one of the demo's principals (gate, sensor, feeder, officer, ...)."""
        return self.folder.secrets / f"{name}.token"

    def client(self, name: str) -> HaechiClient:
        """A client of the engine with the token of one of the demo's principals."""
        return connect.client(self.folder, name)

    def clickhouse(self, user: str = "analyst") -> Any:
        """A clickhouse_connect client of the store, as analyst or as engine."""
        import clickhouse_connect

        where = connect.store(self.folder, self.profile, user)
        return clickhouse_connect.get_client(
            host=where.host,
            port=where.port,
            username=where.user,
            password=where.password,
            autogenerate_session_id=False,
        )

    def open_reader(self) -> Any:
        """A reader of the log, without the subjects' keys."""
        from haechi.streams.log.reader import LogReader

        return LogReader(self.folder.log)

    def _add(self, name: str, arguments: Callable[[], list[str]], *inherited: int) -> None:
        def command() -> list[str]:
            given = [name, "--data", str(self.folder.root)]
            if self._profile_path is not None:
                given += ["--profile", str(self._profile_path)]
            if self._configs is not None and name != "store":
                given += ["--configs", str(self._configs)]
            return given + arguments()

        errors = None if self._own_errors else self.folder.run / f"{name}.log"
        child = Child(
            name,
            command,
            inherited[0],
            inherited[1:],
            self._say,
            self._on_phase,
            errors,
            engine_environment(os.environ) if name == "engine" else None,
        )
        self.children[name] = child
        child.start()

    def _on_port(self, name: str) -> list[str]:
        """Come back where clients look for it."""
        child = self.children[name]
        if child.port:
            return ["--port", str(child.port)]
        return ["--port", "0"] if self._any_port else []

    def _answers(self, name: str) -> bool:
        try:
            if name == "store":
                address = self.address("store")
                url = f"http://{address.target}/ping"
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return bool(answer.status == 200)
            with self.client("operator") as client:
                return client.healthy()
        except (OSError, Unavailable, StoreError, ConfigError):
            return False

    def _take_lock(self) -> None:
        lock = (self.folder.run / "up.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise ConfigError(
                f"an installation runs on {self.folder.root} already"
                f"{f' (process {holder})' if holder else ''}; stop it, or use another --data"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _wait_free(self, path: Path) -> None:
        """Let processes whose supervisor was killed finish ending."""
        until = time.monotonic() + _OLD_S
        while path.exists() and time.monotonic() < until:
            with path.open("a") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(0.1)
                    continue
            return
