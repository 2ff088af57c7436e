"""One real Kafka broker on loopback, for tests and for trying it: KRaft, no replicas, no safety."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError, Unavailable
from haechi.streams.kafka import jars
from haechi.streams.kafka.extra import confluent_kafka

HOST: Final = "127.0.0.1"
_CLUSTER: Final = "haechi-on-loopback-000"
_START_S: Final = 90.0
_STOP_S: Final = 30.0
_LOOK_S: Final = 0.5
_MEMORY: Final = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC")
_SHOWN: Final = 300

_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{host}:{controller}
log.dirs={logs}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


class Broker:
    """A broker with its data in a folder; started again there, it goes on where it was.

    Parameters
    ----------
    folder
        Its data, its settings and what it says (``broker.log``).
    port
        Where it listens; 0 for any free port, which it keeps from then on.
    libraries
        Folder of the jars; the user's cache if not given.
    """

    def __init__(self, folder: Path, port: int = 0, libraries: Path | None = None) -> None:
        self._folder = folder
        self._libraries = libraries or jars.default_folder()
        self._process: subprocess.Popen[bytes] | None = None
        self.port, self._controller = _free_ports(port)

    @property
    def bootstrap(self) -> str:
        """Where clients begin, host and port."""
        return f"{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and return once it serves.

        Raises
        ------
        ConfigError
            If Java or a jar is missing.
        Unavailable
            If it ends, or does not serve in time.
        """
        java = jars.need_java()
        if name := jars.wrong_jar(self._libraries):
            raise ConfigError(
                f"{self._libraries} lacks {name} as it was pinned: run haechi kafka install"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        logs = self._folder.resolve() / "logs"
        settings = self._folder / "server.properties"
        settings.write_text(
            _PROPERTIES.format(host=HOST, port=self.port, controller=self._controller, logs=logs)
        )
        run: list[str | Path] = [java, *_MEMORY, "-cp", f"{self._libraries}/*"]
        with (self._folder / "broker.log").open("ab") as said:
            if not (logs / "meta.properties").exists():
                format_: list[str | Path] = [
                    "kafka.tools.StorageTool",
                    "format",
                    "-t",
                    _CLUSTER,
                    "-c",
                    settings,
                ]
                subprocess.run([*run, *format_], stdout=said, stderr=said, check=False)
            # Ctrl-C goes to us, and we stop it in order.
            self._process = subprocess.Popen(
                [*run, "kafka.Kafka", settings],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            self._wait_serving()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it cleanly, and with SIGKILL if that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
        self.kill()

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _wait_serving(self) -> None:
        assert self._process is not None
        library = confluent_kafka()
        admin = library.admin.AdminClient(
            {"bootstrap.servers": self.bootstrap, "log_level": 0, "reconnect.backoff.max.ms": 500}
        )
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise Unavailable(
                    f"Kafka ended with exit code {self._process.returncode}: {self._last_said()}"
                )
            with contextlib.suppress(library.KafkaException):
                if admin.list_topics(timeout=_LOOK_S).brokers:
                    return
        raise Unavailable(f"Kafka did not serve within {_START_S:g} s: {self._last_said()}")

    def _last_said(self) -> str:
        path = self._folder / "broker.log"
        lines = path.read_text(errors="replace").splitlines()
        wrong = [line for line in lines if "ERROR" in line or "Exception" in line]
        return f"{(wrong or lines or ['nothing'])[-1][:_SHOWN]} (see {path})"


def _free_ports(wanted: int) -> tuple[int, int]:
    """The wanted port, or a free one, and another free one."""
    with socket.socket() as first, socket.socket() as second:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            first.bind((HOST, wanted))
        except OSError as error:
            raise ConfigError(
                f"port {wanted} of {HOST} cannot be had ({error.strerror}): name another, 0 for any"
            ) from None
        second.bind((HOST, 0))
        return first.getsockname()[1], second.getsockname()[1]
