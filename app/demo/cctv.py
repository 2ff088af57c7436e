"""AI CCTV on real photographs: two travelers, from the desk to the exit, and then forgotten."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect
from haechi.app.demo.records import Records, numbers_of, reasons_of, verdict_of
from haechi.app.demo.traces import Traces, search

if TYPE_CHECKING:
    from haechi.app.installation import Installation
    from haechi.app.terminal import Phases
    from haechi.rpc.v1.decision_pb2 import GateAnswer
    from haechi.rpc.v1.event_pb2 import Event
    from haechi.rpc.v1.face_service_pb2 import DescribeGalleriesResponse

DESK: Final = "ICN-T1-CAM-DESK-1"
EXIT: Final = "ICN-T1-CAM-EXIT-3"
GATE: Final = "ICN-T1-EXIT-3"
"""The family exit: its lane asks for no face, because only those at risk are enrolled."""

WANTED, OTHER = "cctv-1", "cctv-2"
_WAIT_S: Final = 30.0
_YEAR_US: Final = 365 * 86_400_000_000


@dataclass(slots=True)
class Cctv:
    """What the cameras' part showed.

    Parameters
    ----------
    skipped
        Why it was not played; empty if it was.
    lines
        What happened.
    faults
        What is not as it must be.
    pushed_ms
        From the exit camera's start to the decision at the gate, of which the camera's own start
        is most; milliseconds.
    traces
        Where images and templates were looked for, and found.
    """

    skipped: str = ""
    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    traces: Traces | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it to machines."""
        return asdict(self)


def missing() -> str:
    """Why cameras cannot be shown here; empty if they can."""
    from haechi.streams.vision.weights import MODELS, PHOTOS, default_folder, is_there

    for library in ("cv2", "deepface", "onnxruntime", "werkzeug"):
        if find_spec(library) is None:
            return f"{library} is not installed: make extra-vision"
    if not all(is_there(default_folder(), file) for file in (*MODELS, *PHOTOS)):
        return "models or photographs are missing: haechi face-models install --photos"
    return ""


def play(installation: Installation, phases: Phases, stop: threading.Event) -> Cctv:
    """Play it, if cameras can be shown here."""
    shown = Cctv(skipped=missing())
    if not shown.skipped:
        phases.show("cameras look at real photographs")
        _Act(installation, shown, stop).play()
        phases.close()
    return shown


class _Act:
    def __init__(self, installation: Installation, shown: Cctv, stop: threading.Event) -> None:
        from haechi.streams.vision.weights import default_folder

        self._installation = installation
        self._shown = shown
        self._stop = stop
        self._photos = default_folder() / "photos"
        self._pushed: list[tuple[GateAnswer, float]] = []

    def play(self) -> None:
        with self._installation.client("gate") as gate:
            watching = gate.watch(gate=GATE)

            def follow() -> None:
                self._pushed += ((one.answer, time.monotonic()) for one in watching)

            thread = threading.Thread(target=follow, name="demo-cctv", daemon=True)
            thread.start()
            watching.standing.wait(_WAIT_S)
            self._at_the_desk()
            self._at_the_exit(gate.decide)
            self._with_anothers_papers(gate.decide)
            watching.close()
            thread.join()
        self._forgotten()

    def _at_the_desk(self) -> None:
        manifests = [_manifest(WANTED, "M40000001"), _manifest(OTHER, "M40000002")]
        self._publish("feeder", *manifests)
        self._look("desk", DESK, {"obama.jpg": WANTED, "biden.jpg": OTHER})
        self._say(f"Desk: both are photographed; {self._galleries()}.")
        self._publish("feeder", _wanted("KOR/M40000001"))
        self._await(lambda: self._templates() == 1, "nobody was enrolled at the engine's word")
        self._say(f"Intelligence names the document of {WANTED}; {self._galleries()}.")

    def _at_the_exit(self, decide: Callable[[Event], Any]) -> None:
        before = len(self._pushed)
        self._look("exit", EXIT, {"obama2.jpg": "", "biden.jpg": ""})
        self._await(lambda: len(self._pushed) > before, "nothing was pushed to the exit's gate")
        if len(self._pushed) > before:
            self._say("Exit, other photographs, nobody shows papers. Pushed before the gate asks:")
            self._decided(self._pushed[before][0], stopped=True)
        counts = {one.what: one.count for one in self._described().counts if one.camera == EXIT}
        if (counts.get("SAME"), counts.get("UNKNOWN")) != (1, 1):
            self._fault(f"The exit's camera told {counts} instead of one SAME and one UNKNOWN.")
        self._say(f"The exit camera: {counts.get('SAME', 0)} same, {counts.get('UNKNOWN', 0)} "
                  "unknown, of whom nothing is kept.")  # fmt: skip
        answer = decide(_question(OTHER)).answer
        self._say(f"{OTHER} asks:")
        self._decided(answer, stopped=False)

    def _with_anothers_papers(self, decide: Callable[[Event], Any]) -> None:
        self._look("exit", EXIT, {"biden.jpg": WANTED})
        answer = decide(_question(WANTED)).answer
        self._say(f"Somebody else with the papers of {WANTED}:")
        decision = self._decided(answer, stopped=True)
        if "face at the exit is not that of the desk" not in decision:
            self._fault("The decision does not say that the face is somebody else's.")

    def _forgotten(self) -> None:
        from haechi.rpc.v1.envelope_pb2 import SubjectReference
        from haechi.rpc.v1.face_service_pb2 import EraseFacesRequest

        with connect.faces(self._installation.folder, "approver-1") as client:
            erased = client.erase(
                EraseFacesRequest(
                    subject=SubjectReference(traveler_id=WANTED), reason="the demo is over"
                )
            )
        self._say(f"{WANTED} is erased on request: {erased.erased} template; {self._galleries()}.")
        if erased.erased != 1 or self._templates():
            self._fault("The gallery still holds who was erased.")
        self._installation.wait_shipped()
        self._shown.traces = search(self._installation, self._photos)
        self._say(self._shown.traces.told())
        if self._shown.traces.found:
            self._fault(f"A photograph or a template lies in {self._shown.traces.found[0]}.")

    def _look(self, role: str, camera: str, who: Mapping[str, str]) -> None:
        """Let a camera's own process look at photographs, some of them with somebody's papers."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for photo in who:
                (folder / photo).symlink_to(self._photos / photo)
            rows = [f"{photo},{traveler}," for photo, traveler in who.items() if traveler]
            (folder / "frames.csv").write_text("\n".join(["file,traveler_id,captured_at", *rows]))
            told = subprocess.run(
                [sys.executable, "-m", "haechi.app", "camera", "--role", role, "--id", camera,
                 "--data", str(self._installation.folder.root), "--json", str(folder)],
                capture_output=True, text=True, check=False, timeout=300,
            )  # fmt: skip
        if told.returncode != 0:
            said = json.loads(told.stdout) if told.stdout.strip() else told.stderr.strip()
            self._fault(f"The camera at the {role} ended with {told.returncode}: {said}")

    def _decided(self, answer: GateAnswer, *, stopped: bool) -> str:
        from haechi.rpc.v1.vocabulary_pb2 import VERDICT_RELEASE

        if stopped == (answer.verdict == VERDICT_RELEASE):
            self._fault(f"The gate was told {answer.verdict}, which is not as it must be.")
        with Records(self._installation.folder) as records:
            decision = records.decision(answer.decision_id)
        if decision is None:
            self._fault("A decision that was told is not in the log.")
            return ""
        self._say(f"  {verdict_of(decision)}; {numbers_of(decision)}")
        reasons = reasons_of(decision)
        reasons += [f"cameras: {one.text}" for one in decision.evidence if one.text]
        for line in reasons:
            self._say(f"    {line}")
        return "\n".join(reasons)

    def _publish(self, role: str, *events: Event) -> None:
        with self._installation.client(role) as client:
            for told in client.publish(events):
                if told.HasField("refusal"):
                    self._fault(f"An event was refused: {told.refusal.code}")

    def _described(self) -> DescribeGalleriesResponse:
        with connect.faces(self._installation.folder, "operator") as client:
            return client.describe()

    def _templates(self) -> int:
        return sum(one.templates for one in self._described().galleries)

    def _galleries(self) -> str:
        described = self._described().galleries
        waiting, enrolled = sum(g.waiting for g in described), sum(g.templates for g in described)
        return f"{waiting} wait in memory, {enrolled} enrolled"

    def _await(self, true: Callable[[], bool], fault: str) -> None:
        until = time.monotonic() + _WAIT_S
        while not true():
            if time.monotonic() > until or self._stop.wait(0.05):
                self._fault(f"Within {_WAIT_S:g} s {fault}.")
                return

    def _say(self, line: str) -> None:
        self._shown.lines.append(line)

    def _fault(self, text: str) -> None:
        self._shown.faults.append(text)


def _event(traveler: str, **kind: Any) -> Event:
    from haechi.rpc.v1.event_pb2 import Event

    event = Event(**kind)
    envelope = event.envelope
    envelope.event_id = f"demo-cctv:{uuid.uuid4()}"
    envelope.schema_version = 1
    envelope.source = "demo"
    envelope.event_time_us = time.time_ns() // 1000
    if traveler:
        envelope.subjects.add().traveler_id = traveler
    return event


def _manifest(traveler: str, document: str) -> Event:
    return _event(
        traveler,
        traveler_manifest={
            "manifest_version": 1, "document_type": 1, "document_state": 1,
            "issuing_state": "KOR", "document_number": document, "birth_year": 1961,
            "nationality": "KOR", "sex": 1, "flight": "KE902", "boarded": True,
            "flight_date": int(time.strftime("%Y%m%d", time.gmtime())),
        },
    )  # fmt: skip


def _wanted(document: str) -> Event:
    return _event(
        "",
        intelligence={
            "watched": 2, "value": document, "weight": 1.0, "legal_basis": "demo",
            "expires_us": time.time_ns() // 1000 + _YEAR_US, "entry_id": "demo-cctv",
            "list_name": "demo",
        },
    )  # fmt: skip


def _question(traveler: str) -> Event:
    return _event(traveler, gate_event={"gate": GATE, "lane": "family", "budget_ms": 1000})
