"""One process of the installation, kept alive: started, listened to, and started again."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from haechi.app.exits import LASTING, ChildFailed

FIRST_WAIT_S: Final = 0.2
LONGEST_WAIT_S: Final = 30.0
STEADY_S: Final = 60.0
"""A process that lived so long failed for another reason than the last time."""


class Child:
    """A supervised process.

    Parameters
    ----------
    name
        What it is called to people.
    command
        Gives the arguments after ``python -m haechi.app``; asked anew at each start.
    lifeline
        Reading end of the pipe that closes with the supervisor.
    inherited
        Further descriptors that it gets.
    say
        Tells a person what happened to it.
    on_phase
        Called with its text, how far it is, of how much, and whether it will take long.
    errors
        File for what it writes to standard error; None for the supervisor's own.
    environment
        Its environment; None for the supervisor's own.
    """

    def __init__(
        self,
        name: str,
        command: Callable[[], Sequence[str]],
        lifeline: int,
        inherited: Sequence[int],
        say: Callable[[str], None],
        on_phase: Callable[[str, int, int | None, bool], None],
        errors: Path | None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._command = command
        self._lifeline = lifeline
        self._inherited = (lifeline, *inherited)
        self._say = say
        self._on_phase = on_phase
        self._errors = errors
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._ready = False
        self._ever_ready = False
        self._failed: ChildFailed | None = None
        self._said = ""
        self._killed = False
        self.starts = 0
        self.port = 0
        self.last_code: int | None = None
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Its process number, or None while it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def failed(self) -> ChildFailed | None:
        """Why it is not started again, or None."""
        return self._failed

    @property
    def ready(self) -> bool:
        """Whether it does its work."""
        return self._ready

    def start(self) -> None:
        """Start it and keep it alive."""
        self._stopping.clear()
        self._failed = None
        self._thread = threading.Thread(
            target=self._keep_alive, name=f"keep-{self.name}", daemon=True
        )
        self._thread.start()

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until it does its work; False if it does not within the time.

        Raises
        ------
        ChildFailed
            If it ended for good.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._failed, timeout_s)
            if self._failed is not None:
                raise self._failed
            return self._ready

    def kill(self) -> None:
        """End it with SIGKILL; it starts again by itself, as after a crash."""
        with self._changed:
            # Whoever waits for it from now on waits for the next start.
            self._ready = False
            self._killed = True
        process = self._process
        if process is not None:
            process.kill()

    def ask_to_stop(self) -> None:
        """Tell it to end cleanly, and start it no more; :meth:`stop` waits for it."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)

    def stop(self, timeout_s: float) -> int | None:
        """End it cleanly, and with SIGKILL after ``timeout_s``; its exit code."""
        self.ask_to_stop()
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout_s)
            if process.poll() is None:
                self._say(f"the {self.name} did not end within {timeout_s:g} s and was killed")
                process.kill()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        return self.last_code

    def _keep_alive(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stopping.is_set():
            began = time.monotonic()
            code = self._live()
            with self._changed:
                self.last_code, self._ready = code, False
                # Whom we killed before it was ready did not fail to start.
                unable = not self._ever_ready and not self._killed
                if not self._stopping.is_set() and (code in LASTING or unable):
                    self._failed = ChildFailed(code, self._said or self._unsaid(code))
                self._changed.notify_all()
            if self._stopping.is_set():
                return
            if self._failed is not None:
                self._tell(f"the {self.name} cannot go on: {self._failed}")
                return
            if self._killed or time.monotonic() - began > STEADY_S:
                wait_s = FIRST_WAIT_S
            self._killed = False
            self._tell(f"{self._said or self._unsaid(code)}; it starts again in {wait_s:g} s")
            self._stopping.wait(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _tell(self, text: str) -> None:
        """Tell a person, and whoever reads its file later."""
        self._say(text)
        if self._errors is not None:
            with contextlib.suppress(OSError), self._errors.open("a") as file:
                file.write(f"{text}\n")

    def _unsaid(self, code: int) -> str:
        how = f"was ended by {_signal(-code)}" if code < 0 else f"ended with exit code {code}"
        seen = f" (see {self._errors})" if self._errors else ""
        return f"the {self.name} {how}{seen}"

    def _live(self) -> int:
        """Start it once and listen to it until it ends; its exit code."""
        command = [sys.executable, "-m", "haechi.app", *self._command()]
        with contextlib.ExitStack() as open_files:
            errors: IO[str] | None = None
            if self._errors is not None:
                errors = open_files.enter_context(self._errors.open("a"))
            self._said = ""
            process = subprocess.Popen(
                [*command, "--lifeline", str(self._lifeline)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                pass_fds=self._inherited,
                env=self._environment,
                # Ctrl-C goes to the supervisor alone, which stops the others in order.
                start_new_session=True,
            )
            self._process = process
            self.starts += 1
            if self._stopping.is_set():
                process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            with process.stdout as lines:
                for line in lines:
                    self._listen(line)
            return process.wait()

    def _listen(self, line: str) -> None:
        try:
            report = json.loads(line)
        except ValueError:
            return
        if "phase" in report:
            self._on_phase(report["phase"], report["done"], report["total"], report["at_once"])
        elif "error" in report:
            self._said = report["error"]
        elif report.get("ready"):
            with self._changed:
                self._ready = self._ever_ready = True
                self.port = int(report.get("port", 0))
                self._changed.notify_all()


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
