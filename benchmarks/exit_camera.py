"""How soon a face at the exit has become a decision at the gate, and what gates notice of cameras.

A whole installation on this machine: store, engine, shipper, face service, and a camera's process
with real weights that looks at real photographs. A traveler at risk is enrolled at the desk and
seen at two exits by turns, so that each sight pushes a decision to a gate. The time runs from a
decoded frame to the decision, as the gate's Watch gets it. Then a gate asks at a fixed rate while
the camera looks once a second, and while it does not, by turns.
"""

from __future__ import annotations

import argparse
import queue
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.processes import Child
from benchmarks.report import Progress, Report
from benchmarks.steady_gate import SteadyGate, event_about, manifest_of
from haechi.app.installation import Installation
from haechi.streams.cores import core_of
from haechi.streams.vision.weights import default_folder

_GOAL_MS: Final = 150.0
_GOAL_ENGINE_MS: Final = 10.0
_GOAL_RATIO: Final = 1.3
_EXITS: Final = (
    ("ICN-T1-CAM-EXIT-1", "ICN-T1-EXIT-1"),
    ("ICN-T1-CAM-EXIT-2", "ICN-T1-EXIT-2"),
)
_DESK: Final = "ICN-T1-CAM-DESK-1"
_WAIT_S: Final = 20.0
_YEAR_US: Final = 365 * 86_400_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--rounds", type=int, default=100, help="(default %(default)s)")
    parser.add_argument(
        "--seconds", type=int, default=20, help="with and without a camera (default %(default)s)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    photos = default_folder() / "photos"
    with (
        tempfile.TemporaryDirectory() as name,
        Installation(Path(name), any_port=True, faces=True) as running,
    ):
        core = core_of(running.profile.engine)
        with Child(
                "benchmarks.camera_process", name, "" if core is None else core,
                photos / "obama.jpg", photos / "obama2.jpg",
            ) as camera:  # fmt: skip
            pixels = camera.ready()["pixels"]
            look = _looking(camera)
            _enrol(running, look)
            _pushes(given.rounds, running, look, report)
            _gates(given.seconds, running, look, report)
    report.note(f"frames of {pixels[1][1]} x {pixels[1][0]} pixels, decoded; one thread a model")


Look = Callable[..., dict[str, Any]]


def _looking(camera: Child) -> Look:
    def look(device: str, photo: int, traveler: str = "") -> dict[str, Any]:
        camera.tell(f"{device} {photo} {traveler}")
        told = camera.ready()
        assert not told["refusal"], told
        return told

    return look


def _enrol(running: Installation, look: Look) -> None:
    """Let the desk see a traveler whom intelligence names."""
    entry = event_about(
        "nobody",
        intelligence={
            "watched": 2, "value": "KOR/M00000001", "weight": 1.0, "legal_basis": "Act",
            "expires_us": time.time_ns() // 1000 + _YEAR_US, "entry_id": "e-1",
            "list_name": "measured",
        },
    )  # fmt: skip
    entry.envelope.ClearField("subjects")
    with running.client("feeder") as feeder:
        for told in feeder.publish([manifest_of("seen-1", "M00000001"), entry]):
            assert told.HasField("accepted"), told
        crowd = (manifest_of(f"t-{number}", f"N{number:08d}") for number in range(1000))
        assert all(told.HasField("accepted") for told in feeder.publish(crowd))
    until = time.monotonic() + _WAIT_S
    look(_DESK, 0, "seen-1")
    while not look(_EXITS[0][0], 1)["events"]:
        assert time.monotonic() < until, "the traveler was not enrolled"


def _pushes(rounds: int, running: Installation, look: Look, report: Report) -> None:
    pushed: queue.Queue[tuple[int, str]] = queue.Queue()
    frame_ms, template_ms, engine_ms = [], [], []
    with running.client("gate") as gate, closing(gate.watch()) as watching:

        def follow() -> None:
            for one in watching:
                pushed.put((time.perf_counter_ns(), one.gate))

        threading.Thread(target=follow, daemon=True).start()
        assert watching.standing.wait(_WAIT_S)
        with Progress("sights", rounds) as progress:
            for number in range(rounds):
                device, where = _EXITS[(number + 1) % 2]
                told = look(device, 1)
                while True:
                    at_ns, at = pushed.get(timeout=_WAIT_S)
                    if at == where:
                        break
                frame_ms.append((at_ns - told["began_ns"]) / 1e6)
                template_ms.append((told["template_ns"] - told["began_ns"]) / 1e6)
                engine_ms.append((at_ns - told["template_ns"]) / 1e6)
                progress.at(number)
    rows = []
    for what, times in (
        ("frame to template", template_ms),
        ("template to the pushed decision", engine_ms),
        ("frame to the pushed decision", frame_ms),
    ):
        report.keep(what, times, "ms")
        p50, p99 = np.quantile(times, [0.5, 0.99])
        rows.append([what, len(times), round(float(p50), 2), round(float(p99), 2)])
    report.table("sights", ["way", "sights", "p50_ms", "p99_ms"], rows)
    report.goal("ms from the frame to the pushed decision, p50", rows[2][2], _GOAL_MS)
    # The face service and two transports are counted in.
    report.goal("ms of which face service and engine add, p50", rows[1][2], _GOAL_ENGINE_MS)


def _gates(seconds: int, running: Installation, look: Look, report: Report) -> None:
    asked = (f"t-{number % 1000}" for number in range(10**9))
    gate = SteadyGate(running.client("gate"), lambda: next(asked))
    quiet, busy = [], []
    time.sleep(1.0)
    with Progress("seconds", 2 * seconds) as progress:
        for number in range(2 * seconds):
            began = time.perf_counter()
            if number % 2:
                look(_EXITS[number // 2 % 2][0], 1)
            time.sleep(max(0.0, began + 1.0 - time.perf_counter()))
            (busy if number % 2 else quiet).append((began, began + 1.0))
            progress.at(number)
    gate.stop()
    rows = []
    for what, windows in (("no camera", quiet), ("one frame a second", busy)):
        times = gate.times_ms(windows)
        p50, p99 = np.quantile(times, [0.5, 0.99])
        rows.append([what, len(times), round(float(p50), 2), round(float(p99), 2)])
    report.table("gates", ["cameras", "calls", "p50_ms", "p99_ms"], rows)
    report.goal(
        "gates' p99 with a camera / without", rows[1][3] / rows[0][3], _GOAL_RATIO, kind="ratio"
    )
