"""What is loaded: a real engine, the bare server beside it, and the generator, each a process."""

from __future__ import annotations

import argparse
import itertools
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.arrivals import ARRIVALS, Schedule, schedule
from benchmarks.asking import Gate, check_answers, prepare
from benchmarks.installation import Installation
from benchmarks.open_loop import Generator, Run, generating
from benchmarks.processes import Child
from benchmarks.quantiles import Times, percentile
from benchmarks.questions import PATIENT_MS, Questions
from benchmarks.report import Report
from benchmarks.samples import NEEDED
from benchmarks.shipping import Running, whole
from benchmarks.ways import EMPTY, WAYS, Target, Told, read
from haechi.rpc.roles import Role
from haechi.streams.cores import core_of

_CHECKED: Final = 200
_CALM_RATE: Final = 100.0
_CALM_S: Final = 0.5
_CALM_US: Final = 20_000
_PATIENCE_S: Final = 120.0

_PERCENTS: Final = (50.0, 90.0, 99.0, 99.9, 99.99)

LATE_HEADS: Final = [*(f"p{percent:g}_us" for percent in _PERCENTS), "max_us"]
"""Of what :func:`lateness` tells."""

HEADS: Final = [
    "offered_per_s", "answered_per_s", *LATE_HEADS, "calls", "shed", "failed", "lag_p99_us",
]  # fmt: skip
"""Of the rows that :meth:`Asked.row` makes."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that every benchmark under load has."""
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="length of each run (default %(default)s)"
    )
    parser.add_argument(
        "--arrivals", choices=ARRIVALS, default="poisson", help="(default %(default)s)"
    )
    parser.add_argument(
        "--subjects", type=int, default=2000, help="who is asked about, in turn (%(default)s)"
    )
    parser.add_argument(
        "--connections", type=int, default=4, help="of the generator (default %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="where the log lies: chooses the filesystem")


def lateness(times: Times) -> list[Any]:
    """Percentiles, as far as so many times can tell them, and the longest, microseconds."""
    told = [
        round(percentile(times, percent)) if len(times) >= NEEDED.get(percent, 1) else "-"
        for percent in _PERCENTS
    ]
    return [*told, round(float(times.max()))]


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a load.

    Parameters
    ----------
    run
        When what was answered.
    told
        What was answered; None for empty calls.
    each
        Questions in a message.
    """

    run: Run
    told: Told | None
    each: int

    @property
    def shed(self) -> int:
        """Questions that the core did not answer in time."""
        return int(self.told.shed.sum()) if self.told else 0

    @property
    def failed(self) -> int:
        """Questions that had no answer."""
        return sum(self.run.failures.values()) * self.each

    @property
    def sustained(self) -> bool:
        """Whether the server kept up and the core answered all."""
        return self.run.sustained() and not self.shed and not self.failed

    @property
    def late_us(self) -> Times:
        """From when each message was meant to be sent to its answer, shape (n,)."""
        return self.run.late_us.astype(np.float64)

    @property
    def accepted_us(self) -> Times:
        """The same of each question that the core answered, shape (n,)."""
        late = np.repeat(self.late_us, self.each)
        return late[self.told.accepted] if self.told else late

    def row(self) -> list[Any]:
        """Tell it, as ``HEADS`` names it; rates and counts are of questions."""
        run, each = self.run, self.each
        rates = (round(rate * each) for rate in (run.offered, run.answered))
        lag = round(percentile(run.lag_us.astype(np.float64), 99))
        calls = len(run.answers) * each
        return [*rates, *lateness(self.late_us), calls, self.shed, self.failed, lag]


class UnderLoad:
    """Asks whom it was told, at times that do not depend on the answers.

    Parameters
    ----------
    given
        The options.
    report
        Its seed is that of the schedules.
    installation
        The engine's.
    engine
        Its process.
    ports
        Where the engine and the bare server listen.
    questions
        What is asked.
    generator
        Who asks.
    untouched
        Folder with a copy of what the log held before anybody asked.
    """

    def __init__(
        self,
        given: argparse.Namespace,
        report: Report,
        installation: Installation,
        engine: Child,
        ports: tuple[int, int],
        questions: Questions,
        generator: Generator,
        untouched: Path,
    ) -> None:
        self.installation = installation
        self.engine = engine
        self.questions = questions
        self.generator = generator
        self.port, bare = ports
        metadata = installation.token(Role.GATE)
        self.targets = {
            name: Target(way, bare, (), given.connections)
            if way is EMPTY
            else Target(way, self.port, metadata, given.connections)
            for name, way in WAYS.items()
        }
        self.running: Running | None = None
        self._untouched = untouched
        self._arrivals = given.arrivals
        self._seeds = itertools.count(report.seed)

    def schedule(self, name: str, rate: float, seconds: float) -> Schedule:
        """Plan a steady load of so many questions a second."""
        each = WAYS[name].each
        return schedule(self._arrivals, rate / each, seconds, next(self._seeds))

    def ask(
        self,
        name: str,
        due_ns: Schedule,
        budget_ms: int = PATIENT_MS,
        about: Iterable[int] | None = None,
        port: int | None = None,
    ) -> Asked:
        """Ask in a way, at those times.

        Parameters
        ----------
        name
            The way.
        due_ns
            When each message is meant to be sent.
        budget_ms
            Budget of each question.
        about
            Numbers of the subjects, if not all in turn.
        port
            Where another engine of the same log listens that is to be asked.
        """
        target = self.targets[name]
        if port is not None:
            target = replace(target, port=port)
        each = target.way.each
        if about is None:
            made = self.questions.make(len(due_ns) * each, budget_ms)
        else:
            made = self.questions.about(about, budget_ms)
        run = self.generator.run(target.plan(due_ns, made))
        return Asked(run, None if target.way is EMPTY else read(target.way, run), each)

    def steady(self, name: str, rate: float, seconds: float, budget_ms: int = PATIENT_MS) -> Asked:
        """Ask at a steady rate, once what was asked before is answered."""
        self.calm_down(name)
        return self.ask(name, self.schedule(name, rate, seconds), budget_ms)

    def copied(self, folder: Path) -> Installation:
        """Copy what the log held before anybody asked, keys and all."""
        shutil.copytree(self._untouched, folder)
        return Installation(folder)

    def calm_down(self, name: str) -> float:
        """Wait until the server answers as one that has nothing else to do; seconds.

        Raises
        ------
        RuntimeError
            If it does not within two minutes.
        """
        single = name if WAYS[name].each == 1 else "unary"
        began = time.monotonic()
        while (waited_s := time.monotonic() - began) < _PATIENCE_S:
            calm = self.ask(single, schedule("fixed", _CALM_RATE, _CALM_S, 0))
            if calm.sustained and np.median(calm.run.late_us) < _CALM_US:
                return waited_s
        raise RuntimeError(
            f"{name}: even {_CALM_RATE:g} calls a second are not answered any more, "
            f"{calm.shed} shed, failed by status: {calm.run.failures or 'none'}; look at what the "
            "engine said above, and for what else runs on this machine"
        )


@contextmanager
def under_load(
    given: argparse.Namespace, report: Report, folder: Path, *, store: bool = False
) -> Iterator[UnderLoad]:
    """Make a log, start engine, bare server and generator, and check that answers are right.

    Parameters
    ----------
    given, report
        As of :class:`UnderLoad`.
    folder
        Where the log is made.
    store
        Whether the decisions go to a store, too.
    """
    installation, untouched = Installation(folder / "loaded"), folder / "untouched"
    asked = prepare(installation, report.seed, max(given.subjects, _CHECKED))
    installation.keyring()  # makes the keys, so that a copy knows the same tokens
    shutil.copytree(installation.data, untouched)
    with ExitStack() as stack:
        bare = stack.enter_context(Child("benchmarks.bare_server"))
        running = stack.enter_context(whole(installation)) if store else None
        if running is None:
            engine = stack.enter_context(Child.engine(installation.data))
            port = int(engine.ready()["port"])
        else:
            engine, port = running.children["engine"], running.grpc_port
        generator = stack.enter_context(generating(core_of(installation.profile())))
        under = UnderLoad(
            given, report, installation, engine, (port, int(bare.ready()["port"])),
            Questions(asked), generator, untouched,
        )  # fmt: skip
        under.running = running
        with closing(Gate(installation, port, asked)) as gate:
            answers = [gate(number) for number in range(_CHECKED)]
        report.values["verdicts"] = check_answers(answers, installation)
        report.note(
            f"{given.arrivals} arrivals over {given.connections} connections; "
            f"{_CHECKED} answers are on record, and every further one is read"
        )
        yield under
