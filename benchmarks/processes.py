"""Children of a benchmark: started, waited for until ready, watched, and stopped again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from benchmarks.machine import ROOT
from haechi.app.surroundings import engine_environment

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_STOP_S: Final = 30.0


class Child:
    """A Python module in a process of its own, which says in a line of JSON when it is ready.

    It is to end when its standard input is closed, so that it never outlives the benchmark, or
    at the signal that it is known to obey.

    Parameters
    ----------
    module
        What ``python -m`` is to run.
    arguments
        Its arguments.
    pass_fds
        Descriptors that it inherits.
    ends
        Signal that ends it, if closing its input does not.
    environment
        Its environment, if not this process's.
    """

    def __init__(
        self,
        module: str,
        *arguments: object,
        pass_fds: Sequence[int] = (),
        ends: signal.Signals | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.module = module
        self._ends = ends
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=pass_fds,
            env=environment,
        )
        self.pid: Final = self._process.pid

    @classmethod
    def engine(cls, *arguments: object, pass_fds: Sequence[int] = ()) -> Self:
        """An engine's process, started as `haechi up` starts it."""
        environment = engine_environment(os.environ)
        return cls(
            "benchmarks.served_engine", *arguments, pass_fds=pass_fds, environment=environment
        )

    def ready(self) -> dict[str, Any]:
        """Wait for its line.

        Raises
        ------
        RuntimeError
            If it ended before.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.module} ended with {self._process.wait()} before it served")
        said: dict[str, Any] = json.loads(line)
        return said

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close its input, and wait until it has ended."""
        if self._ends is not None:
            self._process.send_signal(self._ends)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def cpu_s(self) -> float:
        """Seconds of processor time that it has used, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_mb(self) -> float:
        """Most memory that it has held, megabytes."""
        return self._status_mb("VmHWM")

    def held_mb(self) -> float:
        """Memory that it holds, megabytes."""
        return self._status_mb("VmRSS")

    def _status_mb(self, which: str) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines():
            if line.startswith(which):
                return int(line.split()[1]) / 1024
        return 0.0


def serve_until_closed(ready: dict[str, Any]) -> None:
    """Say that a child is ready, and wait until its parent closes its input."""
    print(json.dumps(ready), flush=True)
    sys.stdin.read()
